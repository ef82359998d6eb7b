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

type Named = { label: string; version: string };

/** An environment with its version, "torch 2.13.0", which the label of a release, "keras==3.14.1", has already. */
export function named(environment: Named): string {
  return `${unversioned(environment)} ${environment.version}`.trimEnd();
}

/** The label of an environment without the version at its end: "keras" of "keras==3.14.1". */
export function unversioned({ label, version }: Named): string {
  const end = `==${version}`;
  return label.endsWith(end) ? label.slice(0, -end.length) : label;
}

/** "2x1" as "(2,1)", the way the sentences of a report write it. */
export function tuple(sizes: string): string {
  return sizes ? `(${sizes.replaceAll("x", ",")})` : "none";
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
