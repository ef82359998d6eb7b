/** In which order the matrix lists its cases. */
import type { Report } from "./report.ts";

export const DANGEROUS = "danger";
export const CATALOG = "catalog";
export const ID = "id";

/** The cases in order. `sort` is one of the words above, or "env:" and a label; others are as "danger". */
export function order(report: Report, sort: string): Uint32Array {
  const numbers = Uint32Array.from({ length: report.count }, (_, number) => number);
  if (sort === CATALOG) return numbers;
  if (sort === ID) {
    const { id } = report.payload.cases;
    return numbers.sort((one, other) => compare(id[one]!, id[other]!) || one - other);
  }
  const environment = sort.startsWith("env:") ? report.environment(sort.slice(4)) : -1;
  const ranks = Uint16Array.from(numbers, (number) => (environment < 0 ? worst(report, number) : report.rank(report.cell(number, environment))));
  return numbers.sort((one, other) => ranks[one]! - ranks[other]! || one - other);
}

const collator = new Intl.Collator("en", { numeric: true });

function compare(one: string, other: string): number {
  return collator.compare(one, other);
}

/** The rank of a case's most dangerous cell; of two runs, what changed is first. */
function worst(report: Report, number: number): number {
  const { change } = report.payload.cells;
  let rank = 1000;
  for (let environment = 0; environment < report.environments.length; environment++) {
    const cell = report.cell(number, environment);
    const same = report.payload.kind === "diff" && change.values[change.of[cell]!] === "";
    rank = Math.min(rank, report.rank(cell) + (same ? 400 : 0));
  }
  return rank;
}
