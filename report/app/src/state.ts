/** What the address says after its #: everything that a reader chose. */

export type Theme = "" | "light" | "dark";

export interface State {
  query: string;
  /** as of order.ts; "" is the default */
  sort: string;
  /** the key of the case that is open; "" where none is */
  open: string;
  /** the label of the environment that the case is open on; "" is the one with the most dangerous verdict */
  environment: string;
  /** the labels of the two things that are drawn, "" for the request; null is the default */
  sides: [string, string] | null;
  /** the output that is drawn, counted from 0; [] is the first that differs */
  output: number[];
  theme: Theme;
}

export const INITIAL: State = { query: "", sort: "", open: "", environment: "", sides: null, output: [], theme: "" };

const LONGEST = 4000;
const LARGEST = 2 ** 31;

/** A state from an address; what is not understood is left out. */
export function fromHash(hash: string): State {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (name: string): string => (found.get(name) ?? "").slice(0, LONGEST);
  const open = text("case");
  const theme = text("theme");
  const state: State = { ...INITIAL, query: text("q"), sort: text("sort"), open };
  if (theme === "light" || theme === "dark") state.theme = theme;
  if (open) state.environment = text("env");
  if (open && found.has("a") && found.has("b")) state.sides = [text("a"), text("b")];
  if (open) state.output = positions(text("output"));
  return state;
}

export function toHash(state: State): string {
  const made = new URLSearchParams();
  if (state.query) made.set("q", state.query);
  if (state.sort) made.set("sort", state.sort);
  if (state.open) {
    made.set("case", state.open);
    if (state.environment) made.set("env", state.environment);
    if (state.sides) made.set("a", state.sides[0]);
    if (state.sides) made.set("b", state.sides[1]);
    if (state.output.length) made.set("output", state.output.map((index) => index + 1).join(","));
  }
  if (state.theme) made.set("theme", state.theme);
  return `#${made}`;
}

/** An output, counted from 1 in the address; [] for anything else. */
export function positions(text: string): number[] {
  if (!/^\d+(,\d+){0,2}$/.test(text)) return [];
  const numbers = text.split(",").map((digits) => Number(digits) - 1);
  return numbers.every((number) => number >= 0 && number < LARGEST) ? numbers : [];
}
