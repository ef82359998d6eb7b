/** What is drawn of a case: two sides, and one output of theirs. */
import { clamped, differing, firstDifference, nextDifference, previousDifference, step } from "./maps.ts";
import type { AxisMap } from "./payload.ts";
import { changedIn, focus } from "./focus.ts";
import type { Report } from "./report.ts";
import type { State } from "./state.ts";

/** The request, as a side; the others are numbers of environments. */
export const ASKED = -1;

export interface Drawn {
  sides: [number, number];
  maps: [AxisMap[], AxisMap[]];
  /** how many outputs there are along each axis, in the side that has more */
  sizes: number[];
  /** for each axis, which outputs read other elements; null where one side is not known */
  differences: boolean[][] | null;
  output: number[];
}

export type Stepping = "next output" | "previous output" | "next difference" | "previous difference";

/** What the state says to draw; null where there is nothing to see. */
export function drawn(report: Report, number: number, state: State): Drawn | null {
  const sides = chosen(report, number, state);
  if (!sides) return null;
  const maps = sides.map((side) => sideMaps(report, number, side)) as [AxisMap[], AxisMap[]];
  const known = maps.filter((side) => side.length);
  if (!known.length) return null;
  const sizes = known[0]!.map((_, axis) => Math.max(...known.map((side) => side[axis]!.outputs)));
  const differences = known.length === 2 ? sizes.map((_, axis) => differing(maps[0][axis]!, maps[1][axis]!)) : null;
  const start = state.output.length ? state.output : ((differences && firstDifference(differences)) ?? []);
  return { sides, maps, sizes, differences, output: clamped(sizes, start) };
}

/** The output that a step leads to; null where there is none. */
export function stepped(report: Report, number: number, state: State, how: Stepping): number[] | null {
  const found = drawn(report, number, state);
  if (!found) return null;
  const { sizes, differences, output } = found;
  if (how === "next output") return step(sizes, output, 1);
  if (how === "previous output") return step(sizes, output, -1);
  if (!differences) return null;
  return how === "next difference" ? nextDifference(differences, output) : previousDifference(differences, output);
}

export function sideMaps(report: Report, number: number, side: number): AxisMap[] {
  return side === ASKED ? report.askedMaps(number) : report.cellMaps(report.cell(number, side));
}

/** How many outputs read other elements. */
export function countDifferent(sizes: number[], differences: boolean[][]): number {
  const product = (numbers: number[]): number => numbers.reduce((total, number) => total * number, 1);
  return product(sizes) - product(differences.map((flags) => flags.filter((differs) => !differs).length));
}

/** Those of the state; by default the request and the environment that is open, of two runs what changed before and
 *  after. Null where such a drawing would show nothing: no elements are known there, or they are the requested ones and
 *  something else is wrong. */
function chosen(report: Report, number: number, state: State): [number, number] | null {
  const { sides } = state;
  const found = sides?.map((label) => (label === "" ? ASKED : report.environment(label)));
  if (found && found.every((side, i) => side >= 0 || sides![i] === "")) return found as [number, number];
  const open = focus(report, number, state);
  if (open < 0) return null;
  const earlier = other(report, changedIn(report, number), open);
  if (earlier !== undefined) return [Math.min(open, earlier), Math.max(open, earlier)];
  const [asked, maps] = [sideMaps(report, number, ASKED), sideMaps(report, number, open)];
  if (!maps.length) return null;
  const same = asked.length === maps.length && maps.every((map, axis) => !differing(asked[axis]!, map).includes(true));
  return same && report.diverges(report.cell(number, open)) ? null : [ASKED, open];
}

/** Of two runs, the column of the other run: the one with the same label, else any other that changed. */
function other(report: Report, changed: number[], open: number): number | undefined {
  if (!changed.includes(open)) return undefined;
  const name = (environment: number): string => report.environments[environment]!.label.replace(/ \((earlier|later)\)$/, "");
  const others = changed.filter((environment) => environment !== open);
  return others.find((environment) => name(environment) === name(open)) ?? others[0];
}
