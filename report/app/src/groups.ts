/** The environments that did the same with a case. */
import { at, type Report } from "./report.ts";

/** Numbers of environments, what is most dangerous first. */
export function groups(report: Report, number: number): number[][] {
  const { verdict, misdeclares, shape, maps, pads, reason, holds, port, portReason, waived, change } = report.payload.cells;
  const columns = [verdict, misdeclares, shape, maps, pads, reason, holds, port, portReason, waived, change];
  const found = new Map<string, number[]>();
  report.environments.forEach((_, environment) => {
    const cell = report.cell(number, environment);
    const key = columns.map((column) => column.of[cell]).join();
    found.set(key, [...(found.get(key) ?? []), environment]);
  });
  const rank = (group: number[]): number => report.rank(report.cell(number, group[0]!));
  return [...found.values()].sort((one, other) => rank(one) - rank(other));
}

/** The texts that environments have, each with who has it; none for who has none. */
export function byText(report: Report, environments: number[], text: (environment: number) => string): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const environment of environments) {
    const said = text(environment);
    if (said) found.set(said, [...(found.get(said) ?? []), report.environments[environment]!.label]);
  }
  return [...found];
}

/** The value of a column in the environments of a group, which all have the same. */
export function common<T>(report: Report, number: number, group: number[], column: { values: T[]; of: number[] }): T {
  return at(column, report.cell(number, group[0]!));
}
