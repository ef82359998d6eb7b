/** A padding as its control writes it: a word, "1", "0,1" for the axes, "0+1" for the sides, "0+1,2+2" for both. */

export const WORDS = ["valid", "same", "same_lower", "causal"] as const;
export type Kind = "numbers" | "sides" | (typeof WORDS)[number];
export const KINDS: readonly Kind[] = ["numbers", "sides", ...WORDS];

export function kind(padding: string): Kind {
  const word = WORDS.find((word) => word === padding);
  return word ?? (padding.includes("+") ? "sides" : "numbers");
}

/** The padding before and after, of the first axis; 0 where it is none. */
export function sides(padding: string): [before: number, after: number] {
  const [before, after = before] = (padding.split(/[,x]/)[0] ?? "").split("+").map((part) => parseInt(part, 10) || 0);
  return [before ?? 0, after ?? 0];
}

/** A padding of another kind, as near as it gets. */
export function as(wanted: Kind, padding: string): string {
  const [before, after] = sides(padding);
  if (wanted === "numbers") return String(before);
  if (wanted === "sides") return `${before}+${after}`;
  return wanted;
}
