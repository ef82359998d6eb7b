/** A query's tree held against the cases of a report, or against those of one finding. */
import { at, onColumn, type Report } from "./report.ts";
import type { Dictionary } from "./payload.ts";
import { NAMES, OTHERS, SIZES, STATES, VERDICTS } from "./states.ts";
import { type Part, QueryError, type Tree } from "./tree.ts";
import { word } from "./words.ts";

/** For each case of a scope, whether it matches: 1 or 0. */
export type Mask = Uint8Array;
type CellTest = (cell: number) => boolean;

/** What is looked at: cases, in some environments. Of a finding, only what was found there. */
export interface Scope {
  cases: ArrayLike<number>;
  environments: number[];
  /** the number of the finding, and its cause */
  finding?: number;
  cause?: string;
}

/** Which values of a column contain a text, asked once for all scopes. */
export class Texts {
  private readonly known = new Map<string, boolean[]>();
  private static readonly lowered = new WeakMap<string[], string[]>();
  private readonly columns: string[][] = [];

  containing(texts: string[], part: string): boolean[] {
    if (!this.columns.includes(texts)) this.columns.push(texts);
    const key = `${this.columns.indexOf(texts)} ${part}`;
    let found = this.known.get(key);
    if (!found) this.known.set(key, (found = this.lower(texts).map((text) => text.includes(part))));
    return found;
  }

  /** Lower case, once for each list of texts and not for each key that is typed. */
  private lower(texts: string[]): string[] {
    let lower = Texts.lowered.get(texts);
    if (!lower) Texts.lowered.set(texts, (lower = texts.map((text) => text.toLowerCase())));
    return lower;
  }
}

export class Matching {
  private readonly report: Report;
  private readonly scope: Scope;
  private readonly texts: Texts;

  constructor(report: Report, scope: Scope, texts: Texts) {
    this.report = report;
    this.scope = scope;
    this.texts = texts;
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
    const mask = this.all(start);
    for (const tree of trees) {
      const other = this.mask(tree);
      for (let i = 0; i < mask.length; i++) mask[i] = combine(mask[i]!, other[i]!);
    }
    return mask;
  }

  private all(value: number): Mask {
    return new Uint8Array(this.scope.cases.length).fill(value);
  }

  private cases(test: (number: number) => boolean): Mask {
    return Uint8Array.from(this.scope.cases, (number) => Number(test(number)));
  }

  /** The cases of which some cell passes, in these environments. */
  private cells(test: CellTest, environments = this.scope.environments, mask = this.all(0)): Mask {
    const { cases } = this.scope;
    for (const environment of environments) {
      for (let i = 0; i < mask.length; i++) {
        if (!mask[i] && test(this.report.cell(cases[i]!, environment))) mask[i] = 1;
      }
    }
    return mask;
  }

  private text(part: string): Mask {
    if (this.scope.cause?.toLowerCase().includes(part)) return this.all(1);
    const { cases, cells } = this.report.payload;
    const [ids, titles] = [this.texts.containing(cases.id, part), this.texts.containing(cases.title.values, part)];
    const mask = this.cases((number) => ids[number]! || titles[cases.title.of[number]!]!);
    for (const column of [cells.reason, cells.source, cells.literal, cells.portSource, cells.error]) {
      const passes = this.texts.containing(column.values, part);
      if (passes.includes(true)) this.cells((cell) => passes[column.of[cell]!]!, undefined, mask);
    }
    return this.cells(onColumn(cells.verdict, (verdict) => word(verdict).includes(part)), undefined, mask);
  }

  private named(name: Part, value: Part): Mask {
    const { cases } = this.report.payload;
    const members = this.report.named(name.text);
    if (members.length) return this.state(value, members.filter((member) => this.scope.environments.includes(member)), members.length > 1);
    if (name.text === "op") return this.cases(onColumn<string>(cases.op, (op) => op === value.text));
    if (name.text === "id") {
      const contains = this.texts.containing(cases.id, value.text.toLowerCase());
      return this.cases((number) => contains[number]!);
    }
    if (name.text === "is") return this.state(value, this.scope.environments, true);
    if (name.text === "finding") return this.finding(value);
    const sizes = SIZES.find((size) => size === name.text);
    if (sizes) return this.cases(onColumn(cases[sizes], (text) => sameSizes(text, value.text)));
    const other = OTHERS.find((field) => field === name.text);
    if (other) return this.cases(onColumn(cases.others, (texts) => texts.some((text) => isOther(text, other, value.text))));
    throw new QueryError(`nothing is called ${name.text}; there are ${NAMES.join(", ")}, ${this.environments()}`, name.place);
  }

  /** Some of the environments are so; of agreement, every one that ran. */
  private state(value: Part, environments: number[], several: boolean): Mask {
    const found = this.cells(this.test(value), environments);
    if (VERDICTS[value.text] !== "agrees" || !several) return found;
    const otherwise = this.cells(this.report.diverges, environments);
    return found.map((matches, i) => matches & (1 - otherwise[i]!));
  }

  private test(value: Part): CellTest {
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
    const asked = /^\d{1,9}$/.test(value.text) ? Number(value.text) : 0;
    const finding = findings[asked - 1];
    if (!finding) throw new QueryError(`no finding ${value.text}; there are ${findings.length}`, value.place);
    if (this.scope.finding) return this.all(Number(this.scope.finding === asked));
    const mask = this.all(0);
    for (const number of finding.cases) mask[number] = 1;
    return mask;
  }

  /** Whether two environments did the same: the verdict, the shape, and the elements read; of groups, all with all. */
  private alike(one: Part, other: Part, same: boolean): Mask {
    const { verdict, shape, maps } = this.report.payload.cells;
    const columns: Dictionary<unknown>[] = [verdict, shape, maps];
    const [left, right] = [this.members(one), this.members(other)];
    return this.cases((number) => {
      const [first, second] = [left, right].map((members) => members.map((member) => this.report.cell(number, member)).filter((cell) => at(verdict, cell) !== ""));
      const pairs = first!.flatMap((cell) => second!.map((compared) => columns.every((column) => column.of[cell] === column.of[compared])));
      return pairs.length > 0 && pairs.every(Boolean) === same;
    });
  }

  private members(name: Part): number[] {
    const members = this.report.named(name.text);
    if (members.length) return members;
    throw new QueryError(`no environment ${name.text}; there are ${this.environments()}`, name.place);
  }

  /** What an error message says that one may name. */
  private environments(): string {
    const { environments, groups } = this.report;
    const labels = environments.map(({ label }) => label).join(", ");
    return (labels || "none") + (groups.length ? `, and the groups ${groups.join(", ")}` : "");
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
