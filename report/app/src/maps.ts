/** Axis maps: which input elements an output reads, where two maps differ, and how one steps through outputs. */
import type { AxisMap } from "./payload.ts";

/** One tap of a window: the element that it reads, or padding. */
export interface Tap {
  /** the element, or the place in padding, below 0 or from the size on; null where that place is not known */
  place: number | null;
  padding: boolean;
}

/** The taps of one output; none where the map has no such output. */
export function taps(map: AxisMap, output: number): Tap[] {
  if (output >= map.outputs) return [];
  return Array.from({ length: map.taps }, (_, tap) => {
    if ("before" in map) {
      const place = output * map.stride - map.before + tap * map.dilation;
      return { place, padding: place < 0 || place >= map.size };
    }
    const place = "reads" in map ? map.reads[output * map.taps + tap]! : (output + map.crop - tap * map.dilation) / map.stride;
    const inside = Number.isInteger(place) && place >= 0 && place < map.size;
    return { place: inside ? place : null, padding: !inside };
  });
}

/** The first place of an axis with its padding, and one past the last. */
export function extent(map: AxisMap): [number, number] {
  if (!("before" in map) || !map.outputs || !map.taps) return [0, map.size];
  const last = (map.outputs - 1) * map.stride - map.before + (map.taps - 1) * map.dilation;
  return [Math.min(0, 0 - map.before), Math.max(map.size, last + 1)];
}

/** For each output that either has, whether the two read different elements, or only one has it. */
export function differing(one: AxisMap, other: AxisMap): boolean[] {
  const outputs = Math.max(one.outputs, other.outputs);
  return Array.from({ length: outputs }, (_, output) => elements(one, output) !== elements(other, output));
}

function elements(map: AxisMap, output: number): string {
  return output < map.outputs ? taps(map, output).map((tap) => (tap.padding ? "." : tap.place)).join() : "none";
}

export function differs(axes: boolean[][], output: number[]): boolean {
  return axes.some((differing, axis) => differing[output[axis]!]);
}

/** The next output in row-major order that differs; null where there is none. */
export function nextDifference(axes: boolean[][], output: number[]): number[] | null {
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const before = output.slice(0, axis);
    const beforeDiffers = differs(axes, before);
    const later = axes.slice(axis + 1);
    const laterDiffers = later.some((flags) => flags.includes(true)) && later.every((flags) => flags.length);
    const flags = axes[axis]!;
    for (let index = output[axis]! + 1; index < flags.length; index++) {
      if (beforeDiffers || flags[index]) return [...before, index, ...later.map(() => 0)];
      if (laterDiffers) return [...before, index, ...firstDifference(later)!];
    }
  }
  return null;
}

export function previousDifference(axes: boolean[][], output: number[]): number[] | null {
  const mirrored = (place: number[]): number[] => place.map((index, axis) => axes[axis]!.length - 1 - index);
  const found = nextDifference(axes.map((flags) => flags.toReversed()), mirrored(output));
  return found && mirrored(found);
}

export function firstDifference(axes: boolean[][]): number[] | null {
  const start = axes.map(() => 0);
  return differs(axes, start) ? start : nextDifference(axes, start);
}

/** The output that many places further on in row-major order; at either end it stays. */
export function step(sizes: number[], output: number[], by: number): number[] {
  const total = sizes.reduce((product, size) => product * size, 1);
  let number = output.reduce((sum, index, axis) => sum * sizes[axis]! + index, 0);
  number = Math.min(Math.max(number + by, 0), Math.max(total - 1, 0));
  return sizes.map((_, axis) => {
    const inner = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
    return Math.floor(number / inner) % sizes[axis]!;
  });
}

/** An output of that many axes, inside the sizes. */
export function clamped(sizes: number[], output: number[]): number[] {
  return sizes.map((size, axis) => Math.min(output[axis] ?? 0, Math.max(size - 1, 0)));
}
