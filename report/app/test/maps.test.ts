import assert from "node:assert/strict";
import { test } from "node:test";
import { clamped, differing, extent, firstDifference, nextDifference, previousDifference, step, taps } from "../src/maps.ts";
import type { AxisMap } from "../src/payload.ts";
import { madeFrom, reads, sentence } from "../src/windows.ts";
import { span } from "../src/layout.ts";
import { affine, listed } from "./made.ts";

// Kernel 3, stride 2 on 8 elements: padding (1,1) as requested, and (0,1) as Keras's 'same' has it.
const asked = affine(4, 3, 1, 2, 8);
const same = affine(4, 3, 0, 2, 8);

test("taps lie at output * stride - before + tap * dilation", () => {
  assert.deepEqual(taps(asked, 0), [{ place: -1, padding: true }, { place: 0, padding: false }, { place: 1, padding: false }]);
  assert.deepEqual(taps(same, 3).map((tap) => tap.place), [6, 7, 8]);
  assert.equal(taps(same, 3)[2]!.padding, true);
  assert.deepEqual(taps(affine(2, 2, 1, 1, 4, 3), 1).map((tap) => tap.place), [0, 3]);
  assert.deepEqual(taps(asked, 4), []);
});

test("taps of a listed map have no place in padding", () => {
  assert.deepEqual(taps(listed(3, [-1, 0], [2, -1]), 1), [{ place: 2, padding: false }, { place: null, padding: true }]);
});

test("an output of a transposed convolution gets the elements that are written to it", () => {
  // Kernel 4, stride 2, cropped by 1, on 3 elements: element i is written to output 2i - 1 + tap.
  const map: AxisMap = { outputs: 6, taps: 4, crop: 1, stride: 2, dilation: 1, size: 3 };
  const places = [[null, 0, null, null], [1, null, 0, null], [null, 1, null, 0], [2, null, 1, null], [null, 2, null, 1], [null, null, 2, null]];
  assert.deepEqual(places.map((_, output) => taps(map, output).map((tap) => tap.place)), places);
  assert.deepEqual(taps(map, 0).map((tap) => tap.padding), [true, false, true, true]);
  assert.deepEqual(extent(map), [0, 3]);
  assert.deepEqual(taps({ ...map, crop: -2, dilation: -1 }, 0).map((tap) => tap.place), [null, null, 0, null]); // mirrored
});

test("an axis reaches over its padding, as far as windows do", () => {
  assert.deepEqual(extent(asked), [-1, 8]);
  assert.deepEqual(extent(same), [0, 9]);
  assert.deepEqual(extent(affine(2, 3, -1, 2, 8)), [0, 8]); // one element cropped before
  assert.deepEqual(extent(listed(5, [0])), [0, 5]);
});

test("maps differ where elements do, and where only one has an output", () => {
  assert.deepEqual(differing(asked, same), [true, true, true, true]);
  assert.deepEqual(differing(asked, affine(5, 3, 1, 2, 8)), [false, false, false, false, true]);
  assert.deepEqual(differing(asked, listed(8, [-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7])), [false, false, false, false]);
  assert.deepEqual(differing(affine(1, 1, 1, 1, 3), affine(1, 1, 2, 1, 3)), [false]); // padding is padding
});

test("differences are visited in row-major order, both ways", () => {
  const axes = [[false, true, false], [false, false, true]];
  // By hand: (1,1) x, 1-based (1,3), all of row 2, (3,3).
  const order = [[0, 2], [1, 0], [1, 1], [1, 2], [2, 2]];
  assert.deepEqual(firstDifference(axes), order[0]);
  for (let i = 0; i < order.length; i++) {
    assert.deepEqual(nextDifference(axes, order[i]!), order[i + 1] ?? null);
    assert.deepEqual(previousDifference(axes, order[i]!), order[i - 1] ?? null);
  }
  assert.deepEqual(nextDifference(axes, [0, 0]), [0, 2]);
  assert.deepEqual(previousDifference(axes, [2, 1]), [1, 2]);
  assert.equal(firstDifference([[false], [false, false]]), null);
  assert.equal(firstDifference([[], []]), null);
});

test("three axes", () => {
  const axes = [[false, false], [false, true], [false, false]];
  assert.deepEqual(firstDifference(axes), [0, 1, 0]);
  assert.deepEqual(nextDifference(axes, [0, 1, 1]), [1, 1, 0]);
  assert.deepEqual(previousDifference(axes, [1, 1, 0]), [0, 1, 1]);
});

test("one steps through outputs in row-major order, and stays at the ends", () => {
  assert.deepEqual(step([2, 3], [0, 2], 1), [1, 0]);
  assert.deepEqual(step([2, 3], [1, 0], -1), [0, 2]);
  assert.deepEqual(step([2, 3], [1, 2], 1), [1, 2]);
  assert.deepEqual(step([2, 3], [0, 0], -1), [0, 0]);
  assert.deepEqual(clamped([2, 3], [9]), [1, 0]);
  assert.deepEqual(clamped([0], [4]), [0]);
});

test("windows in words count from 1", () => {
  assert.equal(reads(taps(asked, 0)), "pad, 1-2");
  assert.equal(reads(taps(same, 3)), "7-8, pad");
  assert.equal(reads(taps(affine(1, 5, 2, 1, 2), 0)), "2 pad, 1-2, pad");
  assert.equal(reads(taps(affine(1, 3, 0, 1, 9, 2), 0)), "1-5 by 2");
  assert.equal(reads(taps(listed(3, [2, 1, 0]), 0)), "3-1");
  assert.equal(reads(taps(listed(8, [1, 0, 1]), 0)), "2-1, 2"); // reflected
  assert.equal(reads(taps(listed(8, [0, 0, 1]), 0)), "1, 1-2"); // replicated
  assert.equal(reads(taps(listed(3, [-1]), 0)), "pad");
});

test("an output of a transposed convolution is made from elements, through taps", () => {
  const map = listed(4, [0, -1, -1], [1, -1, 0], [-1, -1, -1]);
  assert.equal(madeFrom(taps(map, 1)), "2 (tap 1), 1 (tap 3)");
  assert.equal(madeFrom(taps(map, 2)), "nothing");
  assert.equal(sentence([map], [0], ["columns"], true), "is made from columns: 1 (tap 1)");
});

test("a sentence names the axes", () => {
  assert.equal(sentence([asked, same], [0, 0], ["rows", "columns"], false), "reads rows pad, 1-2 | columns 1-3");
  assert.equal(sentence([asked, same], [4, 0], ["rows", "columns"], false), "has no such output");
});

test("a long axis is cut around what is read", () => {
  assert.deepEqual(span([[-1, 8], [0, 9]], [0, 1], 20), { from: -1, to: 9, cutBefore: false, cutAfter: false });
  assert.deepEqual(span([[-3, 515]], [100, 106], 27), { from: 93, to: 114, cutBefore: true, cutAfter: true });
  assert.deepEqual(span([[-3, 515]], [-3, 3], 27), { from: -3, to: 18, cutBefore: false, cutAfter: true });
  assert.deepEqual(span([[-3, 515]], [508, 514], 27), { from: 494, to: 515, cutBefore: true, cutAfter: false });
  assert.deepEqual(span([[0, 512]], [], 10), { from: 0, to: 10, cutBefore: false, cutAfter: true });
});
