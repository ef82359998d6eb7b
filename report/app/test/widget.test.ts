/** The padding's control, and how changes are sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeasuredRow } from "../src/live/view/Measured.tsx";
import { type Connection, Sender } from "../src/widget/model.ts";
import { as, kind, sides } from "../src/widget/padding.ts";

/** How Jupyter says that the kernel is busy with a message, or idle after it; marimo calls it instead. */
type Callbacks = (() => void) & { iopub: { status: (message: { content: { execution_state: string } }) => void } };

/** A model whose kernel has answered as many changes as ``answered`` says, and measured as many rows. */
function connection(
  answered: () => number, sent: unknown[] = [], shown: unknown[] = [], measured: () => Partial<MeasuredRow>[] = () => [],
  calls: Callbacks[] = [],
): Connection {
  const values = { answered, measured, shown: () => shown.at(-1) ?? [0, 0] };
  return {
    get: (name) => values[name as keyof typeof values]() as never,
    set: (_, value) => void shown.push(value),
    save_changes: () => undefined,
    send: (content, callbacks) => {
      sent.push(content);
      if (callbacks) calls.push(callbacks as Callbacks);
    },
  };
}

test("a padding is a word, numbers or sides", () => {
  assert.deepEqual(["same", "causal", "1", "0,1", "0+1", "-1"].map(kind), ["same", "causal", "numbers", "numbers", "sides", "numbers"]);
  assert.deepEqual(["2", "0+1", "1+2,3+4", "-1", "same", ""].map(sides), [[2, 2], [0, 1], [1, 2], [-1, -1], [0, 0], [0, 0]]);
});

test("a padding becomes another kind of padding with the same numbers", () => {
  assert.equal(as("sides", "2"), "2+2");
  assert.equal(as("numbers", "1+2"), "1");
  assert.equal(as("same", "1"), "same");
  assert.equal(as("sides", "same"), "0+0");
});

test("of changes that are made while one is unanswered, the last for each control is sent", () => {
  const sent: unknown[] = [];
  let [answered, now] = [7, 100];
  const shown: unknown[] = [];
  const sender = new Sender(connection(() => answered, sent, shown), true, () => now);
  sender.change("kernel", "4");
  for (const text of ["5", "6", "7"]) sender.change("kernel", text);
  sender.change("stride", "2");
  assert.deepEqual(sent, [{ number: 8, texts: { kernel: "4" } }]);
  now = 130;
  answered = 8;
  sender.heard();
  assert.equal(sender.took, 30);
  assert.deepEqual(sent.slice(1), [{ number: 9, texts: { kernel: "7", stride: "2" } }]);
  assert.ok(sender.unanswered);
  assert.deepEqual(shown, []); // what was answered is no longer what is asked
  answered = 9;
  sender.heard();
  assert.deepEqual(shown, [[9, 0]]);
});

test("a measurement that comes later is no answer, and leaves the time of the answer as it was", () => {
  let [answered, now] = [0, 100];
  const sender = new Sender(connection(() => answered), true, () => now);
  sender.heard();
  assert.equal(sender.took, null);
  sender.change("kernel", "4");
  [answered, now] = [1, 120];
  sender.heard();
  now = 600;
  sender.heard();
  assert.equal(sender.took, 20);
});

test("the kernel is told once of what was measured, when nothing is being measured any more", () => {
  let [answered, rows]: [number, Partial<MeasuredRow>[]] = [0, []];
  const shown: unknown[] = [];
  const model = connection(() => answered, [], shown, () => rows);
  const sender = new Sender(model);
  const measuring: Partial<MeasuredRow> = { verdict: "", fault: "" };
  const measured: Partial<MeasuredRow> = { verdict: "agrees", fault: "" };
  const fault: Partial<MeasuredRow> = { verdict: "", fault: "none" };
  for (rows of [[], [measuring], [measured, measuring]]) sender.heard();
  assert.deepEqual(shown, []);
  rows = [measured, fault];
  sender.heard();
  sender.heard();
  new Sender(model).heard(); // as where a cell that runs again shows the widget
  assert.deepEqual(shown, [[0, 2]]);
  sender.change("kernel", "4");
  sender.heard();
  [answered, rows] = [1, []];
  sender.heard();
  rows = [measured, fault];
  sender.heard();
  assert.deepEqual(shown.slice(1), [[1, 0], [1, 2]]);
});

test("where Jupyter says that the kernel has begun a change, what waits is sent, or an empty message", () => {
  let [answered, now] = [0, 100];
  const [sent, shown, calls]: [unknown[], unknown[], Callbacks[]] = [[], [], []];
  const sender = new Sender(connection(() => answered, sent, shown, () => [], calls), true, () => now);
  const state = (number: number, execution_state: string): void => calls[number - 1]?.iopub.status({ content: { execution_state } });
  const news = (): unknown[] => sent.splice(0);
  sender.change("kernel", "4");
  state(1, "busy");
  assert.deepEqual(news(), [{ number: 1, texts: { kernel: "4" } }, {}]);
  answered = 1;
  sender.heard();
  state(1, "idle");
  now = 200;
  sender.change("kernel", "5");
  for (const text of ["6", "7"]) sender.change("kernel", text);
  assert.deepEqual(news(), [{ number: 2, texts: { kernel: "5" } }]);
  now = 210;
  state(2, "busy");
  sender.change("kernel", "8");
  state(2, "busy");
  sender.heard(); // a measurement
  assert.deepEqual(news(), [{ number: 3, texts: { kernel: "7" } }]); // two are unanswered at most
  now = 220;
  answered = 2;
  sender.heard();
  assert.equal(sender.took, 20);
  assert.deepEqual(news(), [{ number: 4, texts: { kernel: "8" } }]);
  now = 300;
  answered = 4; // both answers came at once
  sender.heard();
  state(4, "busy");
  assert.equal(sender.took, 80);
  assert.deepEqual(news(), []);
  assert.deepEqual(shown, []); // which only marimo needs to know
});

test("no empty message is sent where it would not have an answer sooner", () => {
  const [sent, calls]: [unknown[], Callbacks[]] = [[], []];
  const sender = new Sender(connection(() => 0, sent, [], () => [], calls), false);
  sender.change("kernel", "4");
  calls[0]?.iopub.status({ content: { execution_state: "busy" } });
  assert.deepEqual(sent, [{ number: 1, texts: { kernel: "4" } }]);
});

test("marimo, which calls a function once a message is sent, is sent nothing for that", () => {
  const [sent, calls]: [unknown[], Callbacks[]] = [[], []];
  const sender = new Sender(connection(() => 0, sent, [], () => [], calls));
  sender.change("kernel", "4");
  calls[0]?.();
  sender.change("kernel", "5");
  sender.heard(); // a measurement
  assert.deepEqual(sent, [{ number: 1, texts: { kernel: "4" } }]);
});
