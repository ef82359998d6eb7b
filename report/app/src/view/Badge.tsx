import { type Kind, word } from "../words.ts";
import { Icon } from "./Icon.tsx";

/** A verdict as a class of the style sheet. */
export function verdictClass(kind: Kind): string {
  return `v-${kind ? kind.replaceAll(" ", "-") : "not-run"}`;
}

export function Badge({ kind }: { kind: Kind }) {
  return (
    <span class={`badge ${verdictClass(kind)}`}>
      <Icon kind={kind} />
      {word(kind)}
    </span>
  );
}
