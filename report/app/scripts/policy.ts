/** The Content-Security-Policy of a built page: its own script and style, by their hashes, and what it says it needs. */
import { createHash } from "node:crypto";

export const PLACEHOLDER = "@POLICY@";

/** What a page may load besides its own script and style. */
export interface Allowed {
  scripts: string[];
  others: string[];
}

/** A report loads nothing. */
export const REPORT: Allowed = { scripts: [], others: [] };

/** The live page loads Python from its own folder, and runs it in a worker, which inherits the policy. */
export const LIVE: Allowed = { scripts: ["'self'", "'wasm-unsafe-eval'"], others: ["worker-src blob:", "connect-src 'self'"] };

export function withPolicy(html: string, allowed: Allowed): string {
  const policy = [
    "default-src 'none'",
    ["script-src", ...allowed.scripts, hashes(html, /<script type="module"[^>]*>([^]*?)<\/script>/g)].join(" "),
    `style-src ${hashes(html, /<style[^>]*>([^]*?)<\/style>/g)}`,
    ...allowed.others,
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
