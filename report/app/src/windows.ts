/** What a window reads, in words; elements count from 1. */
import type { AxisMap } from "./payload.ts";
import { taps, type Tap } from "./maps.ts";

/** "2 pad, 1-3" */
export function reads(window: Tap[]): string {
  const parts: string[] = [];
  let run: number[] = [];
  let padding = 0;
  const flush = (): void => {
    if (padding) parts.push(padding === 1 ? "pad" : `${padding} pad`);
    if (run.length) parts.push(run.length === 1 ? `${run[0]! + 1}` : `${run[0]! + 1}-${run.at(-1)! + 1}${every(run)}`);
    [run, padding] = [[], 0];
  };
  for (const { place, padding: isPadding } of window) {
    if (isPadding ? run.length : padding || !continues(run, place!)) flush();
    if (isPadding) padding++;
    else run.push(place!);
  }
  flush();
  return parts.join(", ");
}

function every(run: number[]): string {
  const step = Math.abs(run[1]! - run[0]!);
  return step > 1 ? ` by ${step}` : "";
}

function continues(run: number[], place: number): boolean {
  if (run.length < 2) return run.length === 0 || place !== run[0];
  return place - run.at(-1)! === run[1]! - run[0]!;
}

/** "1 (tap 2), 2 (tap 1)"; of a transposed convolution, whose output is a sum over the taps */
export function madeFrom(window: Tap[]): string {
  const found = window.flatMap(({ place, padding }, tap) => (padding ? [] : [`${place! + 1} (tap ${tap + 1})`]));
  return found.join(", ") || "nothing";
}

/** What one output reads: "rows 1-3, columns pad, 1-2" */
export function sentence(maps: AxisMap[], output: number[], axes: string[], transposed: boolean): string {
  if (maps.some((map, axis) => output[axis]! >= map.outputs)) return "has no such output";
  const said = maps.map((map, axis) => {
    const window = taps(map, output[axis]!);
    return transposed ? `${axes[axis]}: ${madeFrom(window)}` : `${axes[axis]} ${reads(window)}`;
  });
  return `${transposed ? "is made from" : "reads"} ${said.join(transposed ? "; " : " | ")}`;
}
