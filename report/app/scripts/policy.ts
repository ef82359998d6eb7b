/** The Content-Security-Policy of the built page: its own script and style, by their hashes, and nothing else. */
import { createHash } from "node:crypto";

export const PLACEHOLDER = "@POLICY@";

export function withPolicy(html: string): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashes(html, /<script type="module"[^>]*>([^]*?)<\/script>/g)}`,
    `style-src ${hashes(html, /<style[^>]*>([^]*?)<\/style>/g)}`,
    "img-src data:", // the empty icon, without which browsers ask for one
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return html.replace(PLACEHOLDER, policy.join("; "));
}

function hashes(html: string, element: RegExp): string {
  const found = [...html.matchAll(element)].map(([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`);
  if (found.length !== 1) throw new Error(`${found.length} elements where one is to be inlined: ${element}`);
  return found[0]!;
}
