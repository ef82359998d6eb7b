/** The query language: a text, parsed, and held against a report. */
import { parse as parseGrammar } from "./grammar.js";
import { at, onColumn, type Report } from "./report.ts";
import type { Dictionary, VerdictName } from "./payload.ts";

type Place = [number, number];
interface Part { text: string; place: Place }
type Tree =
  | { kind: "all" | "any"; of: Tree[] }
  | { kind: "not"; of: Tree }
  | { kind: "pair"; name: Part; sign: ":" | "=" | "!="; value: Part }
  | ({ kind: "text" } & Part);

/** What is wrong with a query; `place` is the offsets of the part that is. */
export class QueryError extends Error {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** For each case, whether it matches: 1 or 0. */
export type Mask = Uint8Array;
type CellTest = (cell: number) => boolean;

export const SIZES = ["input", "kernel", "stride", "dilation", "padding"] as const;
/** The parameters that a case names only where they are not as by default. */
export const OTHERS = [
  "batch", "in_channels", "out_channels", "groups", "padding_mode", "output_padding", "output_size", "ceil_mode",
  "count_include_pad", "divisor_override", "dtype", "hostile",
] as const;
export const NAMES = ["op", ...SIZES, "id", "is", "finding", ...OTHERS];
/** What a cell may be, after `is:` or the label of an environment. */
export const STATES = [
  "different", "silent", "shifted", "values", "shape", "accepts", "unproven", "crashed", "timed-out", "out-of-memory", "rejected",
  "inexpressible", "misdeclared", "agreeing", "missing", "waived", "changed", "added", "gone",
] as const;

const VERDICTS: Record<string, VerdictName> = {
  silent: "shifted", shifted: "shifted", values: "values", shape: "shape", accepts: "accepts",
  unproven: "unproven", crashed: "crashed",
  "timed-out": "timed out", "out-of-memory": "out of memory", rejected: "rejects", rejects: "rejects",
  inexpressible: "inexpressible", agreeing: "agrees", agrees: "agrees", missing: "",
};

/** The query that a verdict's button sets. */
export function stateOf(verdict: string): string {
  return verdict === "misdeclares" ? "misdeclared" : STATES.find((state) => VERDICTS[state] === verdict) ?? verdict;
}

/** A name or value as a query writes it. */
export function quoted(text: string): string {
  return /^[^\s"():=!-][^\s"():=!]*$/.test(text) && !/^or$/i.test(text) ? text : `"${text.replaceAll('"', "")}"`;
}

/** The cases that match. Throws QueryError. */
export function match(text: string, report: Report): Mask {
  return new Matching(report).mask(parse(text));
}

/** Throws QueryError. */
function parse(text: string): Tree {
  try {
    return parseGrammar(text) as Tree;
  } catch (error) {
    const { location, found } = error as { location?: { start: { offset: number } }; found?: string | null };
    if (!location) throw error;
    const start = location.start.offset;
    const open = text.slice(0, start);
    const what = /[:=]$/.test(open) ? `a value is missing after ${open.split(/[\s(]/).pop()}`
      : found == null ? "something is missing at the end"
      : `${found} is not expected here; in quotes it is text`;
    throw new QueryError(what, [start, Math.min(start + 1, text.length)]);
  }
}

/** Lower case, once for each list of texts and not for each key that is typed. */
const lowered = new WeakMap<string[], string[]>();

/** Whether the text of a number contains a part, which is in lower case. */
function containing(texts: string[], part: string): (number: number) => boolean {
  let lower = lowered.get(texts);
  if (!lower) lowered.set(texts, (lower = texts.map((text) => text.toLowerCase())));
  const small = lower;
  return (number) => small[number]!.includes(part);
}

class Matching {
  private readonly report: Report;

  constructor(report: Report) {
    this.report = report;
  }

  mask(tree: Tree): Mask {
    switch (tree.kind) {
      case "all":
        return this.combined(tree.of, 1, (one, other) => one & other);
      case "any":
        return this.combined(tree.of, 0, (one, other) => one | other);
      case "not":
        return this.mask(tree.of).map((matches) => 1 - matches);
      case "text":
        return this.text(tree.text.toLowerCase());
      case "pair":
        return tree.sign === ":" ? this.named(tree.name, tree.value) : this.alike(tree.name, tree.value, tree.sign === "=");
    }
  }

  private combined(trees: Tree[], start: number, combine: (one: number, other: number) => number): Mask {
    const mask = new Uint8Array(this.report.count).fill(start);
    for (const tree of trees) {
      const other = this.mask(tree);
      for (let number = 0; number < mask.length; number++) mask[number] = combine(mask[number]!, other[number]!);
    }
    return mask;
  }

  private cases(test: (number: number) => boolean): Mask {
    return Uint8Array.from({ length: this.report.count }, (_, number) => Number(test(number)));
  }

  /** The cases of which some cell passes. */
  private cells(test: CellTest): Mask {
    const mask = new Uint8Array(this.report.count);
    this.mark(mask, test);
    return mask;
  }

  private mark(mask: Mask, test: CellTest): void {
    const count = mask.length;
    for (let cell = 0; cell < count * this.report.environments.length; cell++) {
      if (!mask[cell % count] && test(cell)) mask[cell % count] = 1;
    }
  }

  private text(part: string): Mask {
    const { cases, cells } = this.report.payload;
    const [id, title] = [containing(cases.id, part), containing(cases.title.values, part)];
    const titled = cases.title.values.map((_, value) => title(value));
    const mask = this.cases((number) => id(number) || titled[cases.title.of[number]!]!);
    for (const column of [cells.reason, cells.source, cells.literal, cells.portSource, cells.error]) {
      const contains = containing(column.values, part);
      const passes = column.values.map((_, value) => contains(value));
      if (passes.includes(true)) this.mark(mask, (cell) => passes[column.of[cell]!]!);
    }
    return mask;
  }

  private named(name: Part, value: Part): Mask {
    const { cases } = this.report.payload;
    const environment = this.report.environment(name.text);
    if (environment >= 0) return this.inEnvironment(environment, value);
    if (name.text === "op") return this.cases(onColumn<string>(cases.op, (op) => op === value.text));
    if (name.text === "id") {
      const contains = containing(cases.id, value.text.toLowerCase());
      return this.cases(contains);
    }
    if (name.text === "is") return this.is(value);
    if (name.text === "finding") return this.finding(value);
    const sizes = SIZES.find((size) => size === name.text);
    if (sizes) return this.cases(onColumn(cases[sizes], (text) => sameSizes(text, value.text)));
    const other = OTHERS.find((field) => field === name.text);
    if (other) return this.cases(onColumn(cases.others, (texts) => texts.some((text) => isOther(text, other, value.text))));
    const labels = this.report.environments.map(({ label }) => label);
    throw new QueryError(`nothing is called ${name.text}; there are ${[...NAMES, ...labels].join(", ")}`, name.place);
  }

  private inEnvironment(environment: number, value: Part): Mask {
    const test = this.state(value);
    return this.cases((number) => test(this.report.cell(number, environment)));
  }

  /** Some cell is so; of agreement, every cell that was run. */
  private is(value: Part): Mask {
    const test = this.state(value);
    if (VERDICTS[value.text] !== "agrees") return this.cells(test);
    const [agrees, otherwise] = [this.cells(test), this.cells(this.report.diverges)];
    return agrees.map((matches, number) => matches & (1 - otherwise[number]!));
  }

  private state(value: Part): CellTest {
    const { cells } = this.report.payload;
    const name = value.text.replaceAll(" ", "-");
    const verdict = VERDICTS[name];
    if (verdict !== undefined) return onColumn(cells.verdict, (found) => found === verdict);
    if (name === "different") return this.report.diverges;
    if (name === "waived") return this.report.waived;
    if (name === "misdeclared" || name === "misdeclares") return onColumn(cells.misdeclares, Boolean);
    if (name === "changed" || name === "added" || name === "gone") return onColumn(cells.change, (change) => change === name);
    throw new QueryError(`nothing can be ${value.text}; there are ${STATES.join(", ")}`, value.place);
  }

  private finding(value: Part): Mask {
    const { findings } = this.report.payload;
    const finding = /^\d{1,9}$/.test(value.text) ? findings[Number(value.text) - 1] : undefined;
    if (!finding) throw new QueryError(`no finding ${value.text}; there are ${findings.length}`, value.place);
    const mask = new Uint8Array(this.report.count);
    for (const number of finding.cases) mask[number] = 1;
    return mask;
  }

  /** Whether two environments did the same: the verdict, the shape, and the elements read. */
  private alike(one: Part, other: Part, same: boolean): Mask {
    const { verdict, shape, maps } = this.report.payload.cells;
    const columns: Dictionary<unknown>[] = [verdict, shape, maps];
    const [left, right] = [this.column(one), this.column(other)];
    return this.cases((number) => {
      const [first, second] = [this.report.cell(number, left), this.report.cell(number, right)];
      if (at(verdict, first) === "" || at(verdict, second) === "") return false;
      return columns.every((column) => column.of[first] === column.of[second]) === same;
    });
  }

  private column(label: Part): number {
    const environment = this.report.environment(label.text);
    if (environment >= 0) return environment;
    const labels = this.report.environments.map((known) => known.label).join(", ");
    throw new QueryError(`no environment ${label.text}; there are ${labels || "none"}`, label.place);
  }
}

/** "2" stands for 2 on every axis, and "2x2" and "2,2" are the same. */
function sameSizes(found: string, asked: string): boolean {
  const [sizes, wanted] = [found, asked].map((text) => text.replaceAll("x", ",").split(","));
  if (found === asked) return true;
  const long = Math.max(sizes!.length, wanted!.length);
  if (![1, long].includes(sizes!.length) || ![1, long].includes(wanted!.length)) return false;
  return Array.from({ length: long }, (_, axis) => axis).every(
    (axis) => sizes![Math.min(axis, sizes!.length - 1)] === wanted![Math.min(axis, wanted!.length - 1)],
  );
}

/** Whether a text such as "output_padding 1x1" says that a parameter has a value. */
function isOther(text: string, name: string, value: string): boolean {
  return text.startsWith(`${name} `) && sameSizes(text.slice(name.length + 1), value);
}
