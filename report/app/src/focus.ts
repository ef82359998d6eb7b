/** The environment on which a case is open: its verdict, sentence and port are shown first, and its windows are drawn. */
import type { Finding } from "./payload.ts";
import { at, type Report } from "./report.ts";
import type { State } from "./state.ts";

/** The environment of the state; else the one whose verdict is the most dangerous, of two runs among what changed. -1 where none ran. */
export function focus(report: Report, number: number, state: State): number {
  const chosen = report.environment(state.environment);
  if (chosen >= 0) return chosen;
  const drawn = report.environment(state.sides?.[1] || state.sides?.[0] || "");
  if (drawn >= 0) return drawn;
  const changed = changedIn(report, number);
  if (changed.length) return changed.at(-1)!;
  const rank = (environment: number): number => report.rank(report.cell(number, environment));
  return report.environments.reduce((best, _, i) => (best < 0 || rank(i) < rank(best) ? i : best), -1);
}

/** Of two runs, the environments in which a case changed. */
export function changedIn(report: Report, number: number): number[] {
  const changed = (environment: number): boolean => at(report.payload.cells.change, report.cell(number, environment)) === "changed";
  return report.environments.flatMap((_, environment) => (changed(environment) ? [environment] : []));
}

/** The change of the state that opens a case, on an environment if one is named. */
export function opening(report: Report, number: number, environment = -1): Partial<State> {
  return { open: report.key(number), environment: report.environments[environment]?.label ?? "", sides: null, output: [] };
}

/** The environment that a finding's example is opened on: the first that it was found in; of a change, the later. */
export function environmentOf(report: Report, finding: Finding): number {
  return (report.payload.kind !== "run" ? finding.environments.at(-1) : finding.environments[0]) ?? -1;
}
