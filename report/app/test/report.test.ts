import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { focus } from "../src/focus.ts";
import { groups } from "../src/groups.ts";
import { issue } from "../src/issue.ts";
import { order } from "../src/order.ts";
import type { Payload, VerdictName } from "../src/payload.ts";
import { script } from "../src/script.ts";
import { countDifferent, drawn, stepped } from "../src/stepping.ts";
import { INITIAL } from "../src/state.ts";
import { unpack } from "../src/unpack.ts";
import { largest, planes, shown } from "../src/values.ts";
import { count, grouped, named, tuple, unversioned } from "../src/words.ts";
import { affine, made, type CellRow } from "./made.ts";

const rows = (report: Parameters<typeof order>[0], sort: string): number[] => [...order(report, sort)].map((number) => number + 1);

test("the most dangerous comes first; what is expected after what is not, what agrees last", () => {
  const report = made(["a", "b"], [
    [{ id: "c10" }, "agrees", "agrees"],
    [{ id: "c9" }, "agrees", { verdict: "shifted", waived: "known" }],
    [{ id: "c2" }, "inexpressible", "agrees"],
    [{ id: "c1" }, { misdeclares: true }, "agrees"],
    [{ id: "c0" }, "shape", "shifted"],
    [{ id: "b" }, "", ""],
    [{ id: "a" }, "values", "rejects"],
  ]);
  assert.deepEqual(rows(report, ""), [5, 7, 3, 4, 2, 1, 6]);
  assert.deepEqual(rows(report, "catalog"), [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(rows(report, "id"), [7, 6, 5, 4, 3, 2, 1]); // c10 after c9
  assert.deepEqual(rows(report, "env:b"), [5, 7, 2, 1, 3, 4, 6]);
  assert.deepEqual(rows(report, "env:no such"), rows(report, ""));
});

test("of two runs, what changed comes first", () => {
  const report = made(["a"], [[{}, "shifted"], [{}, { verdict: "agrees", change: "changed" }], [{}, { verdict: "shape", change: "added" }]], { kind: "diff" });
  assert.deepEqual(rows(report, ""), [3, 2, 1]);
});

test("a case is named by its id, and by a number where another has that id", () => {
  const report = made(["a"], [[{ id: "x" }, "agrees"], [{ id: "x" }, "agrees"], [{ id: "#1" }, "agrees"]]);
  assert.deepEqual([0, 1, 2].map((number) => report.key(number)), ["x", "#2", "#1"]);
  assert.deepEqual(["x", "#2", "#1", "#99", "", "__proto__"].map((key) => report.case(key)), [0, 1, 2, -1, -1, -1]);
});

test("environments that did the same are one group", () => {
  const report = made(["a", "b", "c"], [[{}, "agrees", { verdict: "shifted", reason: "r" }, { source: "other()" }]]);
  assert.deepEqual(groups(report, 0), [[1], [0, 2]]);
});

const maps = [affine(4, 3, 1, 2, 8), affine(4, 3, 0, 2, 8)];
const shifted = made(["torch", "keras"], [[{ maps: [0, 0] }, { maps: [0, 0] }, { verdict: "shifted", maps: [0, 1] }]], { maps });

test("the request is drawn against the first that diverges, at the first difference", () => {
  const found = drawn(shifted, 0, INITIAL)!;
  assert.deepEqual(found.sides, [-1, 1]);
  assert.deepEqual(found.sizes, [4, 4]);
  assert.deepEqual(found.output, [0, 0]);
  assert.equal(countDifferent(found.sizes, found.differences!), 16);
});

test("sides and outputs that there are not are not drawn", () => {
  assert.deepEqual(drawn(shifted, 0, { ...INITIAL, sides: ["torch", "gone"], output: [99, 1] })!.sides, [-1, 1]);
  assert.deepEqual(drawn(shifted, 0, { ...INITIAL, sides: ["torch", ""], output: [99, 1] })!.output, [3, 1]);
  assert.equal(drawn(made(["a"], [[{}, "rejects"]]), 0, INITIAL), null);
});

test("of two runs, what changed is drawn before and after", () => {
  const [old, now]: CellRow[] = [{ verdict: "shifted", maps: [0, 1], change: "changed" }, { maps: [0, 0], change: "changed" }];
  const report = made(["jax, new", "torch 1, old", "torch 2, new"], [[{ maps: [0, 0] }, { maps: [0, 0] }, old!, now!]], { maps, kind: "diff" });
  assert.deepEqual(drawn(report, 0, INITIAL)!.sides, [1, 2]);
});

test("of releases, what changed is drawn beside the one before that was observed", () => {
  const cells: (CellRow | VerdictName)[] = [{ maps: [0, 0] }, { maps: [0, 0] }, "", { verdict: "shifted", maps: [0, 1], change: "changed" }, { verdict: "shifted", maps: [0, 1] }];
  const report = made(["1.0", "1.1", "1.2", "1.3", "1.4"], [[{ maps: [0, 0] }, ...cells]], { maps, kind: "history" });
  assert.deepEqual(drawn(report, 0, INITIAL)!.sides, [1, 3]);
  assert.deepEqual(drawn(report, 0, { ...INITIAL, environment: "1.4" })!.sides, [-1, 4]);
});

test("steps", () => {
  assert.deepEqual(stepped(drawn(shifted, 0, { ...INITIAL, output: [0, 3] })!, "next output"), [1, 0]);
  assert.deepEqual(stepped(drawn(shifted, 0, { ...INITIAL, output: [1, 0] })!, "previous difference"), [0, 3]);
  assert.equal(stepped(drawn(shifted, 0, { ...INITIAL, sides: ["", "torch"] })!, "next difference"), null);
});

test("the case is open on the environment of the state, else of the drawing, else on the most dangerous", () => {
  const report = made(["flax", "torch", "keras"], [[{}, "agrees", "rejects", "shifted"]]);
  const on = (state: Partial<typeof INITIAL>): number => focus(report, 0, { ...INITIAL, ...state });
  assert.equal(on({}), 2);
  assert.equal(on({ environment: "flax" }), 0);
  assert.equal(on({ environment: "gone" }), 2);
  assert.equal(on({ sides: ["", "torch"] }), 1);
  assert.equal(on({ environment: "flax", sides: ["", "torch"] }), 0);
  assert.equal(focus(made([], [[{}]]), 0, INITIAL), -1);
});

test("what reads the requested elements is drawn only where it agrees", () => {
  const report = made(["torch", "flax"], [[{ maps: [0, 0] }, { maps: [0, 0] }, { verdict: "values", maps: [0, 0] }]], { maps });
  assert.deepEqual(drawn(report, 0, { ...INITIAL, environment: "torch" })!.sides, [-1, 0]);
  assert.equal(drawn(report, 0, { ...INITIAL, environment: "flax" }), null);
});

test("an issue says where the report is without the folders of a disk, and its code cannot close its fence", () => {
  const report = made(["torch"], [[{ id: "a" }, { verdict: "shifted", source: "layer('```')", reason: "as @someone said in #12" }]]);
  const told = issue(report, 0, 0, "file:///home/me/report.html#case=a/b");
  assert.match(told, /`report.html#case=a\/b`/);
  assert.doesNotMatch(told, /home|@someone|#12/);
  assert.match(told, /````python\nlayer\('```'\)\n````/);
  assert.match(issue(report, 0, 0, "https://ci.example/report.html#case=a"), /: https:\/\/ci.example\/report.html#case=a\n/);
});

test("a script has its blanks filled once", () => {
  const report = made(["a", "b"], [[{}, { source: "f('@INPUT@')" }, { source: "" }]]);
  report.environments[0]!.script = "@SOURCE@ @INPUT@ @WEIGHTS@ '@DTYPE@' @OTHER@";
  assert.equal(script(report, 0, 0), "f('@INPUT@') (1, 1, 8, 8) (1, 1, 3, 3) 'float32' @OTHER@");
  assert.equal(script(report, 0, 1), "");
});

test("numbers are compared a plane at a time", () => {
  const values = { cell: 0, shape: [1, 2, 2, 2], got: [1, 2, 3, 4, 5, "nan", "inf", 8], expected: [1, 2, 3, 4, 5.5, 6, 7, 6] };
  const found = planes(values);
  assert.deepEqual(found.map(({ name, off }) => [name, off]), [["channel 1", [0, 0, 0, 0]], ["channel 2", [0.5, Infinity, Infinity, 2]]]);
  assert.deepEqual(largest(found[1]!, 3).map(({ output, off }) => [output, off]), [[[0, 1], Infinity], [[1, 0], Infinity], [[1, 1], 2]]);
  assert.deepEqual(planes({ ...values, expected: null }), []);
  assert.deepEqual(planes({ cell: 0, shape: [1, 1, 0, 2], got: [], expected: [] }), []);
  assert.deepEqual(planes({ cell: 0, shape: [2, 1, 2], got: [1, 2, 3, 4], expected: [1, 2, 3, 4] }).map(({ name, rows }) => [name, rows]), [["batch 1", 1], ["batch 2", 1]]);
});

test("two infinities of the same sign do not differ", () => {
  assert.deepEqual(planes({ cell: 0, shape: [1, 1, 2], got: ["inf", "-inf"], expected: [Infinity, Infinity] })[0]!.off, [0, Infinity]);
});

test("numbers are shown with what matters of them", () => {
  assert.deepEqual([0.1 + 0.2, 3, -7.25, NaN, Infinity, 1e21].map(shown), ["0.3", "3", "-7.25", "NaN", "Infinity", "1e+21"]);
});

test("words", () => {
  assert.equal(count(1, "case"), "1 case");
  assert.equal(count(20_000, "case"), "20,000 cases");
  assert.equal(grouped(1_234_567), "1,234,567");
  assert.equal(tuple("2x1"), "(2,1)");
  assert.equal(tuple(""), "none");
});

test("a payload is unpacked, and one of another format refused", async () => {
  const pack = (payload: unknown): string => gzipSync(JSON.stringify(payload)).toString("base64");
  const unpacked: Payload = (await unpack(`\n${pack({ format: 1, headline: "é\ud83d", findings: [{ cases: [2, 1, 5, -8] }, { cases: [] }] })}\n`)) as Payload;
  assert.equal(unpacked.headline, "é\ud83d");
  assert.deepEqual(unpacked.findings.map(({ cases }) => cases), [[2, 3, 8, 0], []]);
  await assert.rejects(unpack(pack({ format: 2 })), /format 2/);
  await assert.rejects(unpack("@PAYLOAD@"));
});

test("a version that the label of a release says is not said twice", () => {
  const [torch, release] = [{ label: "torch", version: "2.13.0" }, { label: "keras-torch==3.14.1", version: "3.14.1" }];
  assert.equal(named(torch), "torch 2.13.0");
  assert.equal(named(release), "keras-torch 3.14.1");
  assert.equal(unversioned(release), "keras-torch");
  assert.equal(unversioned({ label: "keras==3.1", version: "3.1.2" }), "keras==3.1");
  assert.equal(named({ label: "mine", version: "" }), "mine");
});
