/** The data block of the page: JSON, gzip'ed, in base64. */
import type { ModelsPayload } from "./models.ts";
import type { Payload } from "./payload.ts";

/** Throws where it is not what report/formats writes. */
export async function unpack(base64: string): Promise<Payload | ModelsPayload> {
  const unzipped = new Blob([bytes(atob(base64.trim()))]).stream().pipeThrough(new DecompressionStream("gzip"));
  const payload = (await new Response(unzipped).json()) as Payload | ModelsPayload;
  if (payload.format !== 1) throw new Error(`a report of format ${payload.format}, and this page reads format 1`);
  if (payload.kind === "models") return payload;
  for (const finding of payload.findings) {
    let number = 0;
    finding.cases = finding.cases.map((step) => (number += step));
  }
  return payload;
}

function bytes(binary: string): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) made[i] = binary.charCodeAt(i);
  return made;
}
