/** What is drawn of an answer: the request beside a framework, or the first line beside the second. */
import { type Windows, windows } from "../stepping.ts";
import { type Answer, drawnRow } from "./answer.ts";
import type { State } from "./state.ts";

export interface Drawn extends Windows {
  /** the adapter on the right; "" where it is the second line */
  side: string;
}

/** The windows of an answer at the output of a state; null where there are none to draw. */
export function drawing(answer: Answer | undefined, state: Pick<State, "side" | "output">): Drawn | null {
  if (answer?.kind === "pair") {
    const [one, other] = answer.sides;
    if (!one.maps.length || one.maps.length !== other.maps.length) return null;
    const found = windows([one.maps, other.maps], state.output);
    return found && { ...found, side: "" };
  }
  if (answer?.kind !== "layer") return null;
  const row = drawnRow(answer, state.side);
  const found = row && windows([answer.maps, row.maps], state.output);
  return found ? { ...found, side: row.adapter } : null;
}
