/** The script that shows what a layer as written does, with nothing but its framework. */
import { at, type Report } from "./report.ts";

/** "" where there is none. */
export function script(report: Report, number: number, environment: number): string {
  const source = at(report.payload.cells.source, report.cell(number, environment));
  const template = report.environments[environment]!.script;
  if (!source || !template) return "";
  const [input, weights, dtype] = at(report.payload.cases.arrays, number);
  const blanks: Record<string, string> = { "@SOURCE@": source, "@INPUT@": input, "@WEIGHTS@": weights, "@DTYPE@": dtype };
  return template.replace(/@(SOURCE|INPUT|WEIGHTS|DTYPE)@/g, (blank) => blanks[blank]!);
}
