/** The Python of the page: nothing of it is fetched before the first question. */
import type { Answer, Question } from "./answer.ts";
import type { Page } from "./page.ts";
import type { Asked, Places, Said } from "./worker.ts";
import Runner from "./worker.ts?worker&inline";

export type Status = "off" | "loading" | "ready" | "failed";

export interface Answered {
  answer: Answer;
  milliseconds: number;
}

const FROM_DISK =
  "This page was opened from disk, and browsers let such a page load nothing; only the examples are answered. " +
  "Serve its folder instead: convparity site --open, or python -m http.server.";

export class Python {
  status: Status = "off";
  /** why it cannot run; "" where it can */
  failure = "";
  private worker: Worker | undefined;
  private number = 0;
  private waiting: { number: number; done: (answered: Answered) => void } | undefined;
  private readonly page: Page;
  private readonly changed: () => void;

  constructor(page: Page, changed: () => void) {
    this.page = page;
    this.changed = changed;
  }

  /** Fetch Python, if that has not begun. */
  start(): void {
    if (this.status !== "off") return;
    if (location.protocol === "file:") return this.fail(FROM_DISK);
    const at = (place: string): string => new URL(place, location.href.replace(/#.*/, "")).href;
    this.worker = new Runner();
    this.worker.onmessage = ({ data }: MessageEvent<Said>) => this.heard(data);
    this.worker.onerror = (event) => this.fail(`Python could not be started: ${event.message || "its script was not loaded"}`);
    this.worker.postMessage({ pyodide: at(this.page.pyodide), code: at(this.page.code) } satisfies Places);
    this.become("loading");
  }

  /** Ask, and give the answer once it is there. Of several questions, only the last is of interest. */
  ask(question: Question, done: (answered: Answered) => void): void {
    this.start();
    this.waiting = { number: ++this.number, done };
    this.worker?.postMessage({ number: this.number, question: JSON.stringify(question) } satisfies Asked);
  }

  private heard(said: Said): void {
    if ("ready" in said) return this.become("ready");
    if ("failed" in said) return this.fail(`Python failed: ${said.failed}`);
    if (said.number !== this.waiting?.number) return;
    const { done } = this.waiting;
    this.waiting = undefined;
    done({ answer: JSON.parse(said.answer), milliseconds: said.milliseconds });
  }

  private fail(why: string): void {
    this.failure = why;
    this.become("failed");
  }

  private become(status: Status): void {
    this.status = status;
    this.changed();
  }
}
