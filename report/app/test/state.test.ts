import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHash, INITIAL, type State, toHash } from "../src/state.ts";

test("a state comes back from its address", () => {
  const state: State = { query: 'is:silent "a b" &=#%', sort: "env:my env", open: "case #1&2", environment: "a=b", sides: ["", "torch+cpu"], output: [0, 11], theme: "dark" };
  assert.deepEqual(fromHash(toHash(state)), state);
  assert.equal(toHash(INITIAL), "#");
  assert.equal(toHash({ ...INITIAL, open: "a", output: [0, 2] }), "#case=a&output=1%2C3");
  assert.equal(toHash({ ...INITIAL, open: "a", environment: "keras" }), "#case=a&env=keras");
  assert.equal(toHash({ ...INITIAL, environment: "keras" }), "#");
});

test("an address that is none of ours says nothing", () => {
  for (const hash of ["", "#", "#findings", "#%E0%A4%A", "#theme=pink", "#output=1,2", "#a=x&b=y", `#${"&".repeat(10_000)}`]) {
    assert.deepEqual(fromHash(hash), INITIAL, hash);
  }
});

test("outputs that cannot be are ignored", () => {
  for (const output of ["0,1", "-1", "1e3", "1,2,3,4", "99999999999999999999", "x", "1,"]) {
    assert.deepEqual(fromHash(`#case=a&output=${output}`).output, [], output);
  }
});

test("a text without end is cut", () => {
  assert.equal(fromHash(`#q=${"x".repeat(100_000)}`).query.length, 4000);
});
