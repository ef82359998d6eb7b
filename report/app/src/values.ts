/** The numbers of an output against those of the reference, a plane at a time. */
import type { Values } from "./payload.ts";

export interface Plane {
  /** "channel 2"; "" where there is only one */
  name: string;
  rows: number;
  columns: number;
  got: number[];
  expected: number[];
  /** |got - expected|, infinite where one of them is no number */
  off: number[];
}

export interface Off {
  output: number[];
  got: number;
  expected: number;
  off: number;
}

/** The planes of the last two axes; none where there is nothing to compare with. */
export function planes({ shape, got, expected }: Values): Plane[] {
  if (!expected) return [];
  const spatial = shape.slice(2);
  const [rows, columns] = spatial.length === 1 ? [1, spatial[0]!] : spatial.slice(-2) as [number, number];
  const size = rows * columns;
  const names = ["batch", "channel", "slice"];
  const outer = shape.slice(0, shape.length - Math.min(spatial.length, 2));
  return Array.from({ length: size ? got.length / size : 0 }, (_, plane) => {
    const numbers = got.slice(plane * size, (plane + 1) * size).map(parsed);
    const asked = expected.slice(plane * size, (plane + 1) * size);
    return { name: named(outer, plane, names), rows, columns, got: numbers, expected: asked, off: numbers.map((number, i) => distance(number, asked[i]!)) };
  });
}

/** The largest differences of a plane, the largest first. */
export function largest(plane: Plane, most: number): Off[] {
  const numbers = plane.off.map((_, i) => i).filter((i) => plane.off[i]! > 0);
  numbers.sort((one, other) => compare(plane.off[other]!, plane.off[one]!) || one - other);
  return numbers.slice(0, most).map((i) => ({
    output: plane.rows === 1 ? [i] : [Math.floor(i / plane.columns), i % plane.columns],
    got: plane.got[i]!,
    expected: plane.expected[i]!,
    off: plane.off[i]!,
  }));
}

export function shown(number: number): string {
  return Number.isInteger(number) && Math.abs(number) < 1e15 ? String(number) : String(Number(number.toPrecision(6)));
}

/** A number, or Python's text for one that is not finite. */
function parsed(number: number | string): number {
  return Number(typeof number === "string" ? number.replace("inf", "Infinity") : number);
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function distance(got: number, expected: number): number {
  const off = Math.abs(got - expected);
  return got === expected ? 0 : Number.isNaN(off) ? Infinity : off;
}

function named(outer: number[], plane: number, names: string[]): string {
  const parts: string[] = [];
  for (let axis = outer.length - 1, rest = plane; axis >= 0; axis--) {
    if (outer[axis]! > 1) parts.unshift(`${names[axis]} ${(rest % outer[axis]!) + 1}`);
    rest = Math.floor(rest / outer[axis]!);
  }
  return parts.join(", ");
}
