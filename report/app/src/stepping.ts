/** What is drawn of two things: an output of theirs, and of a case, which two. */
import { clamped, differing, firstDifference, nextDifference, previousDifference, step } from "./maps.ts";
import type { AxisMap } from "./payload.ts";
import { changedIn, focus } from "./focus.ts";
import type { Report } from "./report.ts";
import type { State } from "./state.ts";

/** The request, as a side; the others are numbers of environments. */
export const ASKED = -1;

/** One output of two things that read the same input. */
export interface Windows {
  maps: [AxisMap[], AxisMap[]];
  /** how many outputs there are along each axis, in the side that has more */
  sizes: number[];
  /** for each axis, which outputs read other elements; null where one side is not known */
  differences: boolean[][] | null;
  output: number[];
}

export interface Drawn extends Windows {
  sides: [number, number];
}

export type Stepping = "next output" | "previous output" | "next difference" | "previous difference";

/** What the state says to draw; null where there is nothing to see. */
export function drawn(report: Report, number: number, state: State): Drawn | null {
  const sides = chosen(report, number, state);
  if (!sides) return null;
  const found = windows(sides.map((side) => sideMaps(report, number, side)) as [AxisMap[], AxisMap[]], state.output);
  return found && { ...found, sides };
}

/** An output of two things, by default the first that differs; null where neither is known. */
export function windows(maps: [AxisMap[], AxisMap[]], output: number[]): Windows | null {
  const known = maps.filter((side) => side.length);
  if (!known.length) return null;
  const sizes = known[0]!.map((_, axis) => Math.max(...known.map((side) => side[axis]!.outputs)));
  const differences = known.length === 2 ? sizes.map((_, axis) => differing(maps[0][axis]!, maps[1][axis]!)) : null;
  const start = output.length ? output : ((differences && firstDifference(differences)) ?? []);
  return { maps, sizes, differences, output: clamped(sizes, start) };
}

/** The output that a step leads to; null where there is none. */
export function stepped({ sizes, differences, output }: Windows, how: Stepping): number[] | null {
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
  const earlier = other(report, number, open);
  if (earlier !== undefined) return [Math.min(open, earlier), Math.max(open, earlier)];
  const [asked, maps] = [sideMaps(report, number, ASKED), sideMaps(report, number, open)];
  if (!maps.length) return null;
  const same = asked.length === maps.length && maps.every((map, axis) => !differing(asked[axis]!, map).includes(true));
  return same && report.diverges(report.cell(number, open)) ? null : [ASKED, open];
}

/** What a change is drawn beside. Of two runs, the column of the other run: the one with the same label, else any other
 *  that changed. Of releases, the one before. */
function other(report: Report, number: number, open: number): number | undefined {
  const changed = changedIn(report, number);
  if (!changed.includes(open)) return undefined;
  if (report.payload.kind === "history") {
    const before = (environment: number): boolean => report.verdict(report.cell(number, environment)) !== "";
    return report.environments.map((_, environment) => environment).slice(0, open).findLast(before);
  }
  const name = (environment: number): string => report.environments[environment]!.label.replace(/ \((earlier|later)\)$/, "");
  const others = changed.filter((environment) => environment !== open);
  return others.find((environment) => name(environment) === name(open)) ?? others[0];
}
