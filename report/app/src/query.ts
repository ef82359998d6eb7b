/** A query held against a report: the cases and the findings that match. */
import { type Mask, Matching, Texts } from "./matching.ts";
import type { Report } from "./report.ts";
import { parse } from "./tree.ts";

export interface Found {
  /** for each case, whether it matches: 1 or 0 */
  cases: Mask;
  /** for each finding, whether it does in one of its cases */
  findings: boolean[];
}

/** Throws QueryError. */
export function search(text: string, report: Report): Found {
  const tree = parse(text);
  const texts = new Texts();
  const every = report.environments.map((_, environment) => environment);
  const cases = Uint32Array.from({ length: report.count }, (_, number) => number);
  return {
    cases: new Matching(report, { cases, environments: every }, texts).mask(tree),
    findings: report.payload.findings.map((finding, i) => new Matching(report, { ...finding, finding: i + 1 }, texts).mask(tree).includes(1)),
  };
}

/** The cases that match. Throws QueryError. */
export function match(text: string, report: Report): Mask {
  return search(text, report).cases;
}
