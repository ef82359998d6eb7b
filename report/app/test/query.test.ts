import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { match, search } from "../src/query.ts";
import { quoted, stateOf } from "../src/states.ts";
import { QueryError } from "../src/tree.ts";
import { completions } from "../src/complete.ts";
import { made } from "./made.ts";

const report = made(
  ["torch", "my env", "or"],
  [
    [{ id: "Stem-512", title: "7x7, stride 2", stride: "2x2", kernel: "7x7", padding: "same", input: "512x512" }, "agrees", { verdict: "shifted", maps: [1], reason: "windows lie 1 px right" }, "shape"],
    [{ op: "max_pool", stride: "2x1", kernel: "3x5", others: ["dtype float16", "output_padding 1x1"] }, "rejects", { verdict: "rejects", error: "ValueError: (no)" }, ""],
    [{ input: "9", stride: "2", dilation: "2", kernel: "3", padding: "1+2" }, "agrees", { misdeclares: true }, ""],
    [{ padding: "0,1" }, "agrees", { source: 'Conv("A")' }, "agrees"],
    [{}, { verdict: "crashed", waived: "known" }, { verdict: "timed out", change: "changed" }, { change: "added" }],
  ],
  { findings: [{ verdict: "shifted", silent: true, environments: [1], cause: "", example: 0, cases: [0, 3], waived: false }] },
);

function matching(query: string): number[] {
  return [...match(query, report)].flatMap((matches, number) => (matches ? [number + 1] : []));
}

const CASES: [query: string, numbers: number[]][] = [
  ["", [1, 2, 3, 4, 5]],
  ["  ", [1, 2, 3, 4, 5]],
  ["op:max_pool", [2]],
  ["stride:2", [1, 3]],
  ["stride:2x2", [1, 3]],
  ["stride:2,1", [2]],
  ["kernel:3x5", [2]],
  ["input:512", [1]],
  ["input:9", [3]],
  ["dilation:2", [3]],
  ["padding:same", [1]],
  ["padding:0,1", [4]],
  ["padding:0", [2, 5]],
  ["padding:1+2", [3]],
  ["dtype:float16", [2]],
  ["output_padding:1", [2]],
  ["id:stem", [1]],
  ["is:different", [1, 2, 3, 5]],
  ["is:silent", [1]],
  ["is:shifted", [1]],
  ["is:rejected", [2]],
  ["is:misdeclared", [3]],
  ["is:missing", [2, 3]],
  ["is:agreeing", [4]],
  ["is:waived", [5]],
  ["is:changed", [5]],
  ["is:added", [5]],
  ["is:gone", []],
  ["is:timed-out", [5]],
  ['is:"timed out"', [5]],
  ["torch:agrees", [1, 3, 4]],
  ['"my env":shifted', [1]],
  ['"my env":rejects', [2]],
  ["or:shape", [1]],
  ["torch=or", [4]],
  ["torch!=or", [1, 5]],
  ['torch="my env"', [2, 3, 4]],
  ["finding:1", [1, 4]],
  ["stem", [1]],
  ["STRIDE", [1]],
  ['"7x7, stride 2"', [1]],
  ["right", [1]],
  ['"valueerror: (no"', [2]],
  ["conv(", []],
  ["stride:2 padding:same", [1]],
  ["-stride:2", [2, 4, 5]],
  ["--stride:2", [1, 3]],
  ["op:max_pool or padding:same", [1, 2]],
  ["op:max_pool OR padding:same stride:1", [2]],
  ["stride:2 (padding:same or dilation:2)", [1, 3]],
  ["-(stride:2 or stride:2x1)", [4, 5]],
  ['"unclosed', []],
];

suite("queries", () => {
  for (const [query, numbers] of CASES.filter(([query]) => query !== "conv(")) {
    test(query || "nothing", () => assert.deepEqual(matching(query), numbers));
  }
});

suite("findings", () => {
  const found = made(["flax", "keras-torch", "tensorflow"], [
    [{ id: "a" }, "agrees", "shifted", "shifted"],
    [{ id: "b" }, "rejects", "shifted", "shape"],
  ], {
    findings: [
      { verdict: "shifted", silent: true, environments: [1], cause: "windows lie 1 px right", example: 0, cases: [0, 1], waived: false },
      { verdict: "shape", silent: false, environments: [2], cause: "pads less", example: 1, cases: [1], waived: false },
      { verdict: "rejects", silent: false, environments: [0], cause: "raises", example: 1, cases: [1], waived: false },
    ],
  });
  const cases: [query: string, findings: number[]][] = [
    ["", [1, 2, 3]],
    ["is:silent", [1]],
    ["silent", [1]],
    ["is:shape", [2]],
    ["pads", [2]],
    ["id:b", [1, 2, 3]],
    ["id:a", [1]],
    ["finding:2", [2]],
    ["flax:rejected", [3]],
    ["-is:silent", [2, 3]],
    ["is:agreeing", []],
  ];
  for (const [query, findings] of cases) {
    test(query || "nothing", () => assert.deepEqual(search(query, found).findings.flatMap((matches, i) => (matches ? [i + 1] : [])), findings));
  }
});

suite("groups of environments", () => {
  const report = made(["keras-torch", "keras-jax", "torch 1", "torch 2"], [
    [{}, "shifted", "agrees", "agrees", "agrees"],
    [{}, "agrees", "agrees", "rejects", "agrees"],
    [{}, "agrees", "", "shape", "shape"],
  ]);
  report.environments.forEach((environment, i) => Object.assign(environment, i < 2 ? { adapter: environment.label, framework: "Keras" } : { adapter: "torch", framework: "PyTorch" }));
  const cases: [query: string, numbers: number[]][] = [
    ["keras:shifted", [1]],
    ["Keras:shifted", [1]],
    ["keras:agrees", [2, 3]],
    ["torch:different", [2, 3]],
    ["pytorch:shape", [3]],
    ["keras=torch", []],
    ["keras-jax=torch", [1]],
    ["keras!=torch", [1, 2, 3]],
    ["keras=keras", [2, 3]],
  ];
  for (const [query, numbers] of cases) {
    test(query, () => assert.deepEqual([...match(query, report)].flatMap((matches, number) => (matches ? [number + 1] : [])), numbers));
  }
  test("are completed", () => assert.deepEqual(completions("ker", report), ["kernel:", "keras-torch:", "keras-jax:", "keras:"]));
  test("are named where there is no such thing", () => {
    assert.throws(() => match("kera:shifted", report), /nothing is called kera; there are .*keras-torch, keras-jax, torch 1, torch 2, and the groups keras, pytorch, torch$/);
    assert.throws(() => match("kera=torch", report), /no environment kera; there are .*and the groups keras, pytorch, torch$/);
  });
});

const WRONG: [query: string, place: [number, number], words: RegExp][] = [
  ["stride:", [7, 7], /a value is missing after stride:/],
  ["op:conv strid:2", [8, 13], /nothing is called strid; there are op, input/],
  ["is:broken", [3, 9], /nothing can be broken; there are different, silent/],
  ["torch=tensorflow", [6, 16], /no environment tensorflow; there are torch, my env, or/],
  ["finding:7", [8, 9], /no finding 7; there are 1/],
  ["(stride:2", [9, 9], /something is missing at the end/],
  ["a )", [2, 3], /\) is not expected here/],
];

suite("queries that are wrong say where", () => {
  for (const [query, place, words] of WRONG) {
    test(query, () => {
      assert.throws(() => match(query, report), (error) => {
        assert.ok(error instanceof QueryError);
        assert.match(error.message, words);
        assert.deepEqual(error.place, place);
        return true;
      });
    });
  }
});

test("names are quoted where they have to be", () => {
  assert.equal(quoted("keras-torch"), "keras-torch");
  assert.equal(quoted("torch+cpu"), "torch+cpu");
  for (const odd of ["my env", "a:b", "-a", "a=b", "(a)", "or", ""]) assert.equal(quoted(odd), `"${odd}"`);
});

test("every verdict has a query", () => {
  assert.equal(stateOf("shifted"), "silent");
  assert.equal(stateOf("out of memory"), "out-of-memory");
  assert.equal(stateOf(""), "missing");
  assert.equal(stateOf("misdeclares"), "misdeclared");
});

test("a query is completed by names and by the values that there are", () => {
  assert.deepEqual(completions("op:conv str", report), ["op:conv stride:"]);
  assert.deepEqual(completions("-stride:2", report), ["-stride:2x2", "-stride:2x1"]);
  assert.deepEqual(completions("torch:sh", report), ["torch:shifted", "torch:shape"]);
  assert.deepEqual(completions("dtype:", report), ["dtype:float16"]);
  assert.deepEqual(completions("(is:si", report), ["(is:silent"]);
  assert.deepEqual(completions("", report), []);
  assert.deepEqual(completions("zebra", report), []);
});
