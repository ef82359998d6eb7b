/** A payload with what the page asks of it again and again. */
import type { AxisMap, Dictionary, Environment, Payload, Values, VerdictName } from "./payload.ts";
import { DANGER } from "./words.ts";

/** The value of one row of a column. */
export function at<T>(column: Dictionary<T>, row: number): T {
  return column.values[column.of[row]!]!;
}

/** A test of a column's values as a test of its rows: each distinct value is tested once. */
export function onColumn<T>(column: Dictionary<T>, test: (value: T) => boolean): (row: number) => boolean {
  const passes = column.values.map(test);
  return (row) => passes[column.of[row]!]!;
}

/** What axes are called, in the plural, by how many there are. */
export const AXES: Record<number, string[]> = { 1: ["columns"], 2: ["rows", "columns"], 3: ["slices", "rows", "columns"] };

/** The groups that an environment is in: its framework, its adapter, and the part of its label before a "-". */
function groupsOf({ label, adapter, framework }: Environment): string[] {
  const names = [framework, adapter, label.includes("-") ? label.split("-")[0]! : ""];
  return names.filter(Boolean).map((name) => name.toLowerCase());
}

export class Report {
  readonly payload: Payload;
  readonly environments: Environment[];
  readonly count: number;
  readonly diverges: (cell: number) => boolean;
  readonly waived: (cell: number) => boolean;
  private readonly numbers = new Map<string, number>();
  private readonly values = new Map<number, Values>();
  private ranks: Uint8Array | undefined;

  constructor(payload: Payload) {
    this.payload = payload;
    this.environments = payload.environments;
    this.count = payload.cases.id.length;
    const { verdict, misdeclares, waived } = payload.cells;
    const otherwise = onColumn(verdict, (name) => name !== "agrees" && name !== "");
    const declares = onColumn(misdeclares, Boolean);
    this.diverges = (cell) => otherwise(cell) || declares(cell);
    this.waived = onColumn(waived, Boolean);
    payload.cases.id.forEach((id, number) => this.numbers.has(id) || this.numbers.set(id, number));
    for (const values of payload.values) this.values.set(values.cell, values);
  }

  cell(number: number, environment: number): number {
    return environment * this.count + number;
  }

  /** The number of an environment, or -1. */
  environment(label: string): number {
    return this.environments.findIndex((environment) => environment.label === label);
  }

  /** The environments that a name stands for: the one with that label, or those of a group; none where it is neither. */
  named(name: string): number[] {
    const exact = this.environment(name);
    if (exact >= 0) return [exact];
    return this.environments.flatMap((environment, i) => (groupsOf(environment).includes(name.toLowerCase()) ? [i] : []));
  }

  /** The names of groups, without those that are the label of an environment. */
  get groups(): string[] {
    return [...new Set(this.environments.flatMap(groupsOf))].filter((name) => this.environment(name) < 0).sort();
  }

  verdict(cell: number): VerdictName {
    return at(this.payload.cells.verdict, cell);
  }

  /** What names a case in a link: its id; a number where others have that id too. */
  key(number: number): string {
    const id = this.payload.cases.id[number]!;
    return this.numbers.get(id) === number ? id : `#${number + 1}`;
  }

  /** The case of a key, or -1. */
  case(key: string): number {
    const number = this.numbers.get(key) ?? (/^#\d{1,9}$/.test(key) ? Number(key.slice(1)) - 1 : -1);
    return number < this.count ? number : -1;
  }

  /** What the axes of a case are called, in the plural. */
  axes(number: number): string[] {
    return AXES[at(this.payload.cases.input, number).split("x").length] ?? [];
  }

  askedMaps(number: number): AxisMap[] {
    return this.maps(at(this.payload.cases.maps, number));
  }

  cellMaps(cell: number): AxisMap[] {
    return this.maps(at(this.payload.cells.maps, cell));
  }

  valuesOf(cell: number): Values | undefined {
    return this.values.get(cell);
  }

  /** How dangerous a cell is, 0 the most; what is waived comes after what is not. */
  rank(cell: number): number {
    this.ranks ??= this.rankAll();
    return this.ranks[cell]!;
  }

  private rankAll(): Uint8Array {
    const { verdict, misdeclares } = this.payload.cells;
    const ranks = verdict.values.map((name) => DANGER.indexOf(name));
    const agrees = DANGER.indexOf("agrees");
    return Uint8Array.from(verdict.of, (value, cell) => {
      const rank = at(misdeclares, cell) && ranks[value]! >= agrees ? agrees - 0.5 : ranks[value]!;
      return 2 * rank + (this.waived(cell) && rank < agrees ? 2 * agrees : 0) + (rank >= agrees ? 2 * DANGER.length : 0);
    });
  }

  private maps(numbers: number[]): AxisMap[] {
    return numbers.map((number) => this.payload.maps[number]!);
  }
}
