/** The state of the page, kept in its address: back and forward work, and a link leads to what is seen. */
import { fromHash, INITIAL, type State, toHash } from "./state.ts";

/** Browsers refuse more than some hundred changes of the address in half a minute. */
const PAUSE = 200;

export class Store {
  state: State = fromHash(location.hash);
  private readonly listeners = new Set<() => void>();
  private timer = 0;
  /** whether the entry of the history is of the query that is being typed */
  private typing = false;

  constructor() {
    addEventListener("popstate", () => this.read());
    addEventListener("hashchange", () => this.read());
    addEventListener("pagehide", () => this.write());
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Change something that one may want to come back from. */
  go(change: Partial<State>): void {
    this.write();
    this.typing = false;
    this.set(change);
    const hash = toHash(this.state);
    if (hash !== location.hash) this.safely(() => history.pushState(null, "", hash));
  }

  /** Change something in passing; the address follows when it rests. */
  adjust(change: Partial<State>): void {
    this.set(change);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.write(), PAUSE);
  }

  /** A query as it is typed: the first key makes an entry of the history, the others change it. */
  type(query: string): void {
    if (this.typing) return this.adjust({ query });
    this.go({ query });
    this.typing = true;
  }

  /** The query is as it was meant; the next one is another entry. */
  commit(): void {
    this.typing = false;
  }

  /** The address of a state that differs so from this one. */
  link(change: Partial<State>): string {
    return toHash({ ...this.state, ...change });
  }

  /** Write what is not yet in the address. */
  write(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.safely(() => history.replaceState(null, "", toHash(this.state)));
  }

  private read(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.typing = false;
    const { theme } = this.state;
    this.state = { ...INITIAL, ...fromHash(location.hash) };
    this.state.theme ||= theme;
    this.tell();
  }

  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  /** An address that cannot be changed costs a link, not the page. */
  private safely(change: () => void): void {
    try {
      change();
    } catch (error) {
      console.warn(error);
    }
  }
}
