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
  send(content: unknown): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

export type Connection = Pick<Model, "send" | "get" | "set" | "save_changes">;

/** Sends changes one at a time; of those that are made while one is unanswered, the last for each control is sent. */
export class Sender {
  private number = 0;
  private sent = 0;
  private timed = 0; // the number of the last change whose answer was heard
  private waiting = new Map<Control, string>();
  /** milliseconds that the last answer took; null before the first */
  took: number | null = null;

  private readonly model: Connection;
  private readonly now: () => number;

  constructor(model: Connection, now: () => number = () => performance.now()) {
    this.model = model;
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
    if (this.unanswered) return;
    if (this.timed !== this.number) {
      this.timed = this.number;
      this.took = this.now() - this.sent;
      if (this.waiting.size) return this.next();
    }
    this.tell();
  }

  /** Tell the kernel what is shown, unless it knows: cells that then run may show the widget again. */
  private tell(): void {
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
    this.number = Math.max(this.number, this.model.get("answered")) + 1;
    this.sent = this.now();
    this.model.send({ number: this.number, texts });
  }
}
