import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, type Layer, type ModelsPayload, opened, parts, windowsOf } from "../src/models.ts";
import { affine } from "./made.ts";

const layer = (port: string): Layer => ({ port, original: port, source: "", kind: "conv", chained: "0" });
const finding = (place: number, maps: number[][] = []): Finding => ({
  place, maps, port: "", original: "", source: "", layer: "conv", kind: "pads", cause: "", write: "", alone: "", chained: "", title: [], transposed: false,
});

function payload(layers: string[], findings: Finding[]): ModelsPayload {
  return {
    format: 1, kind: "models", version: "0", headline: "", summary: [], notes: [], models: ["", ""], layers: layers.map(layer), findings,
    harmless: [], later: [], unpaired: [], maps: [affine(4, 3, 0, 2, 8), affine(4, 3, 1, 2, 8)],
  };
}

test("layers that agree and follow each other are one part, and the model's outputs come last", () => {
  const found = parts(payload(["a", "b", "c", "d"], [finding(-1), finding(2), finding(2)]));
  assert.deepEqual(found.map(({ layers, findings }) => [layers.map(({ port }) => port).join(), findings]), [["a,b", []], ["c", [1, 2]], ["d", []], ["", [0]]]);
});

test("the first fault is open unless the address says another, or none", () => {
  assert.deepEqual(["", "2", "none", "9", "x", "0"].map((open) => opened(open, 3)), [0, 1, -1, -1, -1, -1]);
  assert.equal(opened("", 0), -1);
});

test("the windows are drawn at the first output that differs", () => {
  const both = payload(["a"], [finding(0, [[0, 0], [1, 0]])]);
  assert.deepEqual(windowsOf(both, both.findings[0]!, [])!.output, [0, 0]);
  assert.deepEqual(windowsOf(both, both.findings[0]!, [])!.differences, [[true, true, true, true], [false, false, false, false]]);
  assert.deepEqual(windowsOf(both, both.findings[0]!, [9, 1])!.output, [3, 1]);
  assert.equal(windowsOf(both, finding(0), []), null);
  assert.equal(windowsOf(both, finding(0, [[], [1]]), []), null);
});
