/** A question and its answer, as report/live/answer.py gives it. Every text may come from anyone: text nodes only. */
import type { AxisMap, VerdictName } from "../payload.ts";

export interface Question {
  line: string;
  /** a line to compare with the first; "" for none */
  second: string;
  input: string;
  /** an adapter, or "" for all */
  to: string;
}

/** A layer in words, its output sizes, and the formula with its numbers for each axis. */
export interface WorkedOut {
  layer: string;
  shape: number[] | null;
  formula: { axis: string; pads: string; formula: string; windows: string }[];
  result: string[];
}

/** What one framework does with the layer, as `explain --json` has it. */
export interface Row {
  adapter: string;
  framework: string;
  /** "torch 2.13.0" */
  version: string;
  /** null where nothing is predicted */
  verdict: VerdictName | null;
  shape: number[] | null;
  /** the text of `explain --to`, line by line; code is indented */
  answer: string[];
  /** for each axis, what the line that people write reads; [] where that is not drawn */
  maps: AxisMap[];
}

export interface LayerAnswer extends WorkedOut {
  kind: "layer";
  framework: string | null;
  refusal: string | null;
  asides: string[];
  frameworks: Row[];
  maps: AxisMap[];
  transposed: boolean;
}

interface Line {
  line: string;
  framework: string;
  shape: number[] | null;
}

/** Two lines, as `compare --json` has them. */
export interface PairAnswer {
  kind: "pair";
  same: boolean;
  verdict: VerdictName;
  heading: string;
  first: Line;
  second: Line;
  write: string | null;
  remarks: string[];
  sides: [WorkedOut & { maps: AxisMap[] }, WorkedOut & { maps: AxisMap[] }];
  transposed: boolean;
}

export type Answer =
  | LayerAnswer
  | PairAnswer
  /** for a batch norm or an activation */
  | { kind: "lines"; lines: string[] }
  /** why it cannot be read, each as the terminal prints it */
  | { kind: "problems"; problems: string[] };

/** A sentence, or code; code that is not to be written comes after "and not". */
export type Told = { say: string } | { code: string; not: boolean };

const CODE = "    ";

/** Lines of text as sentences and code. */
export function told(lines: string[]): Told[] {
  const found: Told[] = [];
  let last = "";
  for (const line of lines.filter(Boolean)) {
    if (line.startsWith(CODE)) found.push({ code: line.slice(CODE.length), not: last === "and not" });
    else found.push({ say: line });
    last = line;
  }
  return found;
}

/** Frameworks that are told the same, such as Keras on its three backends. */
export function alike(rows: Row[]): Row[][] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.framework, row.verdict, row.shape, row.answer]);
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found.values()];
}

/** The row whose windows are drawn: the one of the adapter, else the first that reads other elements, else any. */
export function drawnRow({ frameworks, maps }: LayerAnswer, adapter: string): Row | undefined {
  if (!maps.length) return undefined;
  const drawable = frameworks.filter((row) => row.maps.length === maps.length);
  return drawable.find((row) => row.adapter === adapter) ?? drawable.find((row) => row.verdict !== "agrees") ?? drawable[0];
}
