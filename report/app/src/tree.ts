/** A query as a tree, and what is wrong with one that is none. */
import { parse as parseGrammar } from "./grammar.js";

type Place = [number, number];
export interface Part { text: string; place: Place }
export type Tree =
  | { kind: "all" | "any"; of: Tree[] }
  | { kind: "not"; of: Tree }
  | { kind: "pair"; name: Part; sign: ":" | "=" | "!="; value: Part }
  | ({ kind: "text" } & Part);

/** What is wrong with a query; `place` is the offsets of the part that is. */
export class QueryError extends Error {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** Throws QueryError. */
export function parse(text: string): Tree {
  try {
    return parseGrammar(text) as Tree;
  } catch (error) {
    const { location, found } = error as { location?: { start: { offset: number } }; found?: string | null };
    if (!location) throw error;
    const start = location.start.offset;
    const open = text.slice(0, start);
    const what = /[:=]$/.test(open) ? `a value is missing after ${open.split(/[\s(]/).pop()}`
      : found == null ? "something is missing at the end"
      : `${found} is not expected here; in quotes it is text`;
    throw new QueryError(what, [start, Math.min(start + 1, text.length)]);
  }
}
