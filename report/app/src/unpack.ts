/** The data block of the page: JSON, gzip'ed, in base64. */
import type { Payload } from "./payload.ts";

/** Throws where it is not what report/payload.py writes. */
export async function unpack(base64: string): Promise<Payload> {
  const packed = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const unzipped = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const payload = (await new Response(unzipped).json()) as Payload;
  if (payload.format !== 1) throw new Error(`a report of format ${payload.format}, and this page reads format 1`);
  return payload;
}
