import { type Kind, word } from "../words.ts";
import { Icon } from "./Icon.tsx";

/** A verdict as a class of the style sheet. */
export function verdictClass(kind: Kind): string {
  return `v-${kind ? kind.replaceAll(" ", "-") : "not-run"}`;
}

/** A verdict as a word with its icon; loud is what passes every test of shapes. */
export function Badge({ kind, loud = kind === "shifted" }: { kind: Kind; loud?: boolean }) {
  return (
    <span class={`badge ${verdictClass(kind)}${loud ? " loud" : ""}`}>
      <Icon kind={kind} />
      {word(kind)}
    </span>
  );
}
