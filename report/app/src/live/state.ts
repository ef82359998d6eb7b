/** What the address of the live page says after its #: the question, and what is drawn. */
import type { Hash } from "../address.ts";
import { positions, type Theme } from "../state.ts";
import type { Question } from "./answer.ts";

export interface State extends Question {
  /** the adapter that is drawn beside the request; "" is the default */
  side: string;
  /** the output that is drawn, counted from 0; [] is the first that differs */
  output: number[];
  theme: Theme;
}

export const INITIAL: State = { line: "", second: "", input: "3x224x224", to: "", side: "", output: [], theme: "" };

const LONGEST = 10_000; // characters that convparity reads
const TEXTS = ["line", "second", "input", "to", "side"] as const;

export const HASH: Hash<State> = { initial: INITIAL, from, to };

/** A state from an address; what is not understood is left out. */
function from(hash: string): State {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...INITIAL };
  for (const name of TEXTS) state[name] = (found.get(name) ?? INITIAL[name]).slice(0, LONGEST);
  const theme = found.get("theme");
  if (theme === "light" || theme === "dark") state.theme = theme;
  state.output = positions(found.get("output") ?? "");
  return state;
}

function to(state: State): string {
  const made = new URLSearchParams();
  for (const name of TEXTS) if (state[name] !== INITIAL[name]) made.set(name, state[name]);
  if (state.output.length) made.set("output", state.output.map((index) => index + 1).join(","));
  if (state.theme) made.set("theme", state.theme);
  return `#${made}`;
}
