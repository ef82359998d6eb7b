/** The choices of a reader, kept in the address: back and forward work, and a link leads to what is seen. */
import type { Theme } from "./state.ts";

/** Browsers refuse more than some hundred changes of the address in half a minute. */
const PAUSE = 200;

/** How a state is written after the # of an address, and read from there. */
export interface Hash<S> {
  initial: S;
  from: (hash: string) => S;
  to: (state: S) => string;
}

export class Address<S extends { theme: Theme }> {
  state: S;
  private readonly listeners = new Set<() => void>();
  private timer = 0;
  private readonly hash: Hash<S>;

  constructor(hash: Hash<S>) {
    this.hash = hash;
    this.state = hash.from(location.hash);
    addEventListener("popstate", () => this.read());
    addEventListener("hashchange", () => this.read());
    addEventListener("pagehide", () => this.write());
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Change something that one may want to come back from. */
  go(change: Partial<S>): void {
    this.write();
    this.set(change);
    const hash = this.hash.to(this.state);
    if (hash !== location.hash) this.safely(() => history.pushState(null, "", hash));
  }

  /** Change something in passing; the address follows when it rests. */
  adjust(change: Partial<S>): void {
    this.set(change);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.write(), PAUSE);
  }

  /** The address of a state that differs so from this one. */
  link(change: Partial<S>): string {
    return this.hash.to({ ...this.state, ...change });
  }

  /** Write what is not yet in the address. */
  write(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.safely(() => history.replaceState(null, "", this.hash.to(this.state)));
  }

  protected read(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    const { theme } = this.state;
    this.state = { ...this.hash.initial, ...this.hash.from(location.hash) };
    this.state.theme ||= theme;
    this.tell();
  }

  private set(change: Partial<S>): void {
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
