/** The words of the page. */
import type { Finding, VerdictName } from "./payload.ts";

export type Kind = Finding["verdict"];

const SHOWN: Partial<Record<Kind, string>> = { shifted: "silent shift", "": "not run" };

/** The most dangerous first: what passes every test of shapes, down to what is as it should be. */
export const DANGER: readonly VerdictName[] = [
  "shifted", "values", "shape", "accepts", "unproven", "crashed", "timed out", "out of memory", "rejects", "inexpressible",
  "agrees", "",
];

export function word(kind: Kind): string {
  return SHOWN[kind] ?? kind;
}

/** "1 case", "20,000 cases" */
export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "2x1" as "(2,1)", the way the sentences of a report write it. */
export function tuple(sizes: string): string {
  return sizes ? `(${sizes.replaceAll("x", ",")})` : "none";
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
