/** What the widget of a notebook shows and sends. The other end is engine/widget/explorer.py. */
import type { LayerAnswer } from "../live/answer.ts";
import type { MeasuredRow } from "../live/view/Measured.tsx";

/** The text of each control. */
export interface Controls {
  layer: string;
  op: string;
  /** how many spatial axes there are */
  axes: string;
  input: string;
  kernel: string;
  output_size: string;
  stride: string;
  padding: string;
  padding_mode: string;
  output_padding: string;
  dilation: string;
}

export type Control = keyof Controls;

/** The values that are kept in step with Python. */
export interface Shared {
  controls: Controls;
  /** the controls that mean something for this layer */
  usable: Control[];
  answer: LayerAnswer;
  /** why a text cannot be, a sentence for its control */
  problems: Partial<Record<Control, string>>;
  measured: MeasuredRow[];
  /** whether layers are measured, and whether they could be */
  measures: boolean;
  measurable: boolean;
  /** the adapter that is drawn beside the request; "" is the default */
  side: string;
  /** the output that is drawn, counted from 0; [] is the first that differs */
  output: number[];
  /** the number of the last change that was answered */
  answered: number;
  /**
   * the number of the last answer that was shown, and how many measurements of it, once all are there; marimo runs the
   * cells that depend on the widget when these change
   */
  shown: [number, number];
  /** what names the static figure of this widget in the notebook */
  still: string;
}

/** The part of a widget's model that is used here, as anywidget passes it. */
export interface Model {
  get<K extends keyof Shared>(name: K): Shared[K];
  set<K extends keyof Shared>(name: K, value: Shared[K]): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

export type Connection = Pick<Model, "send" | "get" | "set" | "save_changes">;

/**
 * Sends a change once the one before is answered; of those that are made meanwhile, the last for each control is sent.
 *
 * Jupyter holds an answer back until the browser has sent something, for up to 40 ms: the websockets of jupyter_server
 * (2.21, tornado 6.6) leave Nagle's algorithm on. So there the next change is sent once the kernel has begun the one before.
 */
export class Sender {
  private number = 0;
  private sent = new Map<number, number>(); // when, by the number of the change
  private waiting = new Map<Control, string>();
  private jupyter = false; // which says when the kernel begins a change
  /** milliseconds that the last answer took; null before the first */
  took: number | null = null;

  private readonly model: Connection;
  private readonly hurries: boolean;
  private readonly now: () => number;

  /** ``hurries`` says whether empty messages are sent where nothing else is, to have an answer at once. */
  constructor(model: Connection, hurries = true, now: () => number = () => performance.now()) {
    this.model = model;
    this.hurries = hurries;
    this.now = now;
  }

  change(control: Control, text: string): void {
    this.waiting.set(control, text);
    if (!this.unanswered) this.next();
  }

  /** Whether a change was sent that has no answer. */
  get unanswered(): boolean {
    return this.model.get("answered") < this.number;
  }

  /** To be called when anything has come: an answer, or a measurement, which is none. */
  heard(): void {
    const answered = this.model.get("answered");
    const sent = this.sent.get(answered);
    if (sent !== undefined) this.took = this.now() - sent;
    for (const number of this.sent.keys()) if (number <= answered) this.sent.delete(number);
    const most = this.jupyter ? 2 : 1;
    if (this.waiting.size && this.number - answered < most) this.next();
    else if (!this.unanswered) this.tell();
  }

  /** Send what waits, or else an empty message. */
  private begun(number: number): void {
    this.jupyter = true;
    if (number !== this.number || !this.unanswered) return;
    if (this.waiting.size) this.next();
    else if (this.hurries) this.model.send({});
  }

  /** Tell the kernel of marimo what is shown, unless it knows: cells that then run may show the widget again. */
  private tell(): void {
    if (this.jupyter) return; // where no cell runs for it
    const rows = this.model.get("measured");
    const measured = rows.every((row) => row.verdict || row.fault) ? rows.length : 0;
    const [answer, before] = this.model.get("shown");
    if (answer === this.model.get("answered") && before === measured) return;
    this.model.set("shown", [this.model.get("answered"), measured]);
    this.model.save_changes();
  }

  private next(): void {
    const texts = Object.fromEntries(this.waiting);
    this.waiting.clear();
    const number = Math.max(this.number, this.model.get("answered")) + 1;
    this.number = number;
    this.sent.set(number, this.now());
    const status = ({ content }: { content: { execution_state: string } }): void => {
      if (content.execution_state === "busy") this.begun(number);
    };
    const callbacks = Object.assign(() => undefined, { iopub: { status } }); // marimo calls it, Jupyter what is in it
    this.model.send({ number, texts }, callbacks);
  }
}
