/** The words of the query language. */
import type { VerdictName } from "./payload.ts";

export const SIZES = ["input", "kernel", "stride", "dilation", "padding"] as const;
/** The parameters that a case names only where they are not as by default. */
export const OTHERS = [
  "batch", "in_channels", "out_channels", "groups", "padding_mode", "input_padding", "output_padding",
  "output_size", "ceil_mode", "count_include_pad", "divisor_override", "dtype", "hostile",
] as const;
export const NAMES = ["op", ...SIZES, "id", "is", "finding", ...OTHERS];
/** What a cell may be, after `is:` or the name of an environment or a group. */
export const STATES = [
  "different", "silent", "shifted", "values", "shape", "accepts", "unproven", "crashed", "timed-out", "out-of-memory", "rejected",
  "inexpressible", "misdeclared", "agreeing", "missing", "waived", "changed", "added", "gone",
] as const;

export const VERDICTS: Record<string, VerdictName> = {
  silent: "shifted", shifted: "shifted", values: "values", shape: "shape", accepts: "accepts",
  unproven: "unproven", crashed: "crashed",
  "timed-out": "timed out", "out-of-memory": "out of memory", rejected: "rejects", rejects: "rejects",
  inexpressible: "inexpressible", agreeing: "agrees", agrees: "agrees", missing: "",
};

/** The query that a verdict's button sets. */
export function stateOf(verdict: string): string {
  return verdict === "misdeclares" ? "misdeclared" : STATES.find((state) => VERDICTS[state] === verdict) ?? verdict;
}

/** A name or value as a query writes it. */
export function quoted(text: string): string {
  return /^[^\s"():=!-][^\s"():=!]*$/.test(text) && !/^or$/i.test(text) ? text : `"${text.replaceAll('"', "")}"`;
}
