/** The data block of the page: JSON, gzip'ed, in base64. */
import type { ModelsPayload } from "./models.ts";
import type { Payload } from "./payload.ts";

/** The content of a page. Throws where it is not what Python writes. */
export async function content<T extends { format: number }>(base64: string): Promise<T> {
  const unzipped = new Blob([bytes(atob(base64.trim()))]).stream().pipeThrough(new DecompressionStream("gzip"));
  const found = (await new Response(unzipped).json()) as T;
  if (found.format !== 1) throw new Error(`a report of format ${found.format}, and this page reads format 1`);
  return found;
}

/** The content of a report's page. */
export async function unpack(base64: string): Promise<Payload | ModelsPayload> {
  const payload = await content<Payload | ModelsPayload>(base64);
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
