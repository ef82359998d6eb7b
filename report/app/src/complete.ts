/** How a query that is being typed may go on. */
import { NAMES, quoted, SIZES, STATES } from "./states.ts";
import type { Report } from "./report.ts";

const MOST = 20;

/** Whole queries that the text is the beginning of; none where its last word is only text. */
export function completions(text: string, report: Report): string[] {
  const [, before, typed] = /^(.*?)([^\s()]*)$/s.exec(text) ?? ["", "", text];
  const sign = typed!.startsWith("-") ? "-" : "";
  const word = typed!.slice(sign.length);
  const [name, value] = word.includes(":") ? split(word) : [word, null];
  const found = value === null ? names(report).map((known) => `${known}:`) : values(name, report).map((known) => `${name}:${known}`);
  if (!word) return [];
  return found.filter((option) => option.startsWith(word) && option !== word).slice(0, MOST).map((option) => before + sign + option);
}

function split(word: string): [string, string] {
  const colon = word.lastIndexOf(":");
  return [word.slice(0, colon), word.slice(colon + 1)];
}

function names(report: Report): string[] {
  return [...NAMES, ...environments(report)];
}

/** The labels of environments and the names of groups, as a query writes them. */
function environments(report: Report): string[] {
  return [...report.environments.map(({ label }) => label), ...report.groups].map(quoted);
}

function values(name: string, report: Report): string[] {
  const { cases, findings } = report.payload;
  if (name === "is" || environments(report).includes(name)) return [...STATES];
  if (name === "op") return [...new Set(cases.op.values)];
  if (name === "finding") return findings.map((_, number) => String(number + 1));
  const sizes = SIZES.find((size) => size === name);
  if (sizes) return cases[sizes].values.map(quoted);
  const said = cases.others.values.flat().filter((text) => text.startsWith(`${name} `));
  return [...new Set(said)].map((text) => quoted(text.slice(name.length + 1)));
}
