import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, drawnRow, type LayerAnswer, type Row, told } from "../src/live/answer.ts";
import { drawing } from "../src/live/drawing.ts";
import { type Page, recorded } from "../src/live/page.ts";
import { HASH, INITIAL, type State } from "../src/live/state.ts";

const MAP = { outputs: 4, taps: 3, size: 8, before: 0, stride: 2, dilation: 1 };
const row = (adapter: string, framework: string, verdict: Row["verdict"], before?: number): Row => ({
  adapter, framework, verdict, version: "1", shape: [4], answer: [framework], maps: before === undefined ? [] : [{ ...MAP, before }],
});
const layer = (...frameworks: Row[]): LayerAnswer => ({
  kind: "layer", framework: "Keras", refusal: null, asides: [], frameworks, maps: [MAP], transposed: false,
  layer: "", shape: [4], formula: [], result: [],
});

test("a question comes back from its address, and an address of nothing asks nothing", () => {
  const state: State = { line: "nn.Conv2d(3,\n  8, '&=#%+é')", second: "b", input: "8x8", to: "torch", side: "flax", output: [0, 11], theme: "dark" };
  assert.deepEqual(HASH.from(HASH.to(state)), state);
  assert.equal(HASH.to(INITIAL), "#");
  assert.deepEqual(HASH.from("#output=x&theme=pink&other=1"), INITIAL);
});

test("indented lines are code, and code after 'and not' is not to be written", () => {
  assert.deepEqual(told(["In Flax, write", "", "    a(1)", "", "and not", "", "    b(2)", "", "It differs."]), [
    { say: "In Flax, write" }, { code: "a(1)", not: false }, { say: "and not" }, { code: "b(2)", not: true }, { say: "It differs." },
  ]);
});

test("backends that are told the same are one row, and others are not", () => {
  const rows = [row("tensorflow", "Keras", "agrees"), row("torch", "PyTorch", "agrees"), row("keras-jax", "Keras", "agrees"), row("keras-torch", "Keras", "shifted")];
  assert.deepEqual(alike(rows).map((group) => group.map(({ adapter }) => adapter)), [["tensorflow", "keras-jax"], ["torch"], ["keras-torch"]]);
});

test("the framework that reads other elements is drawn, unless another one is chosen", () => {
  const answer = layer(row("torch", "PyTorch", "agrees", 0), row("mxnet", "MXNet", "shifted", 1), row("flax", "Flax", "inexpressible"));
  assert.equal(drawnRow(answer, "")!.adapter, "mxnet");
  assert.equal(drawnRow(answer, "torch")!.adapter, "torch");
  assert.equal(drawnRow(answer, "flax")!.adapter, "mxnet"); // it has no windows
  // With one element of padding before, window 1 reads it; without, elements 1 to 3: all four outputs differ.
  assert.deepEqual(drawing(answer, INITIAL)!.differences, [[true, true, true, true]]);
  assert.equal(drawing({ kind: "lines", lines: [] }, INITIAL), null);
});

test("an example answers just its own question", () => {
  const example = { title: "t", line: "a", second: "", input: "8", to: "", answer: { kind: "lines" as const, lines: [] } };
  const page = { examples: [example] } as unknown as Page;
  assert.equal(recorded(page, { line: "a", second: "", input: "8", to: "" }), example);
  assert.equal(recorded(page, { line: "a", second: "", input: "9", to: "" }), undefined);
});
