/** Payloads made up for tests: every column is given row by row. */
import type { AxisMap, Cells, Cases, Dictionary, Environment, Payload, VerdictName } from "../src/payload.ts";
import { Report } from "../src/report.ts";

export function column<T>(rows: T[]): Dictionary<T> {
  const keys = rows.map((row) => JSON.stringify(row));
  const distinct = [...new Set(keys)];
  return { values: distinct.map((key) => JSON.parse(key) as T), of: keys.map((key) => distinct.indexOf(key)) };
}

type Row<Table> = { [Name in keyof Table]: Table[Name] extends Dictionary<infer T> ? T : Table[Name] extends (infer T)[] ? T : never };
export type CaseRow = Partial<Row<Cases>>;
export type CellRow = Partial<Row<Cells>>;

const CASE: Row<Cases> = {
  id: "", title: "", op: "conv", input: "8x8", kernel: "3x3", stride: "1x1", dilation: "1x1", padding: "0", others: [],
  expected: "6x6", noAnswer: "", maps: [], formula: [], arrays: ["(1, 1, 8, 8)", "(1, 1, 3, 3)", "float32"],
};
const CELL: Row<Cells> = {
  verdict: "agrees", misdeclares: false, shape: "6x6", source: "layer()", literal: "", reason: "", holds: "", error: "", log: "",
  maps: [], pads: "", port: "", portSource: "", portReason: "", carried: [], waived: "", change: "",
};

/** Cases, each with a cell for each label. A verdict alone stands for a cell. */
export function made(labels: string[], rows: [CaseRow, ...(CellRow | VerdictName)[]][], more: Partial<Payload> = {}): Report {
  const cases = rows.map(([row], number) => ({ ...CASE, id: `case-${number + 1}`, title: `title ${number + 1}`, ...row }));
  const cells = labels.flatMap((_, environment) => rows.map((row) => {
    const cell = row[environment + 1] as CellRow | VerdictName;
    return { ...CELL, ...(typeof cell === "string" ? { verdict: cell } : cell) };
  }));
  const columns = <Table extends object>(table: Table[], names: Table, plain: string[]): unknown =>
    Object.fromEntries(Object.keys(names).map((name) => {
      const values = table.map((row) => row[name as keyof Table]);
      return [name, plain.includes(name) ? values : column(values)];
    }));
  return new Report({
    format: 1, version: "0", kind: "run", headline: "", summary: [], complete: true, notes: [], gate: "", failures: [], faults: [],
    environments: labels.map(environment),
    cases: columns(cases, CASE, ["id"]) as Cases,
    cells: columns(cells, CELL, []) as Cells,
    carried: [], maps: [], values: [], findings: [], meanings: {}, ...more,
  });
}

function environment(label: string): Environment {
  return { label, adapter: "torch", framework: "PyTorch", version: "1", basis: "measured", packages: [], facts: [], imports: "", script: "" };
}

/** A map by its numbers. */
export function affine(outputs: number, taps: number, before: number, stride: number, size: number, dilation = 1): AxisMap {
  return { outputs, taps, before, stride, dilation, size };
}

/** A map by its rows. */
export function listed(size: number, ...rows: number[][]): AxisMap {
  return { outputs: rows.length, taps: rows[0]?.length ?? 0, size, reads: rows.flat() };
}
