/** What the keys do. */

export type Action =
  | "search" | "down" | "up" | "open" | "close" | "previous difference" | "next difference"
  | "previous output" | "next output" | "theme" | "help";

export const KEYS: readonly (readonly [keys: string[], action: Action, words: string])[] = [
  [["/"], "search", "to the search box"],
  [["j", "ArrowDown"], "down", "next row"],
  [["k", "ArrowUp"], "up", "previous row"],
  [["Enter"], "open", "open the row"],
  [["Escape"], "close", "close what is open, then clear the search"],
  [["n"], "next output", "next output of the drawing"],
  [["p"], "previous output", "previous output"],
  [["]"], "next difference", "next output that reads other elements"],
  [["["], "previous difference", "previous output that reads other elements"],
  [["t"], "theme", "dark or light"],
  [["?"], "help", "this help"],
];

/** What a key does, pressed there; undefined where the browser or the element has a use for it. */
export function action(event: KeyboardEvent): Action | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  const found = KEYS.find(([keys]) => keys.includes(event.key))?.[1];
  const where = event.target instanceof Element ? event.target : null;
  if (found === "close") return found;
  if (where?.closest("input, select, textarea, dialog")) return undefined;
  if (event.key === "Enter" && where?.closest("a, button, summary")) return undefined;
  if (event.key.startsWith("Arrow") && where?.closest("aside")) return undefined;
  return found;
}
