import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { action } from "../keys.ts";
import type { AxisMap } from "../payload.ts";
import { type Stepping, stepped, windows } from "../stepping.ts";
import { useKeys } from "./hooks.ts";
import { SideBySide } from "./Windows.tsx";

/** What a notebook draws: several things that read the same input. Written by report/figures/drawing.py. */
export interface Payload {
  sides: { name: string; line: string; maps: AxisMap[] }[];
  /** the two that are drawn first */
  chosen: [number, number];
  /** the output that is drawn first; [] for the first that differs */
  output: number[];
  /** the names of the axes */
  axes: string[];
  transposed: boolean;
  theme: "" | "light" | "dark";
}

const STEPS: readonly string[] = ["next output", "previous output", "next difference", "previous difference"] satisfies Stepping[];

/** The windows of two of several things, which the reader chooses and steps through. */
export function Alone({ payload }: { payload: Payload }) {
  const [chosen, choose] = useState(payload.chosen);
  const [output, show] = useState(payload.output);
  const found = windows(chosen.map((side) => payload.sides[side]!.maps) as [AxisMap[], AxisMap[]], output);
  const go = (how: Stepping): void => show((found && stepped(found, how)) ?? output);
  useKeys((event) => {
    const asked = action(event);
    if (asked && STEPS.includes(asked)) go(asked as Stepping);
  });
  if (!found) return null;
  const caption = (which: 0 | 1): ComponentChildren => (
    <>
      <select
        aria-label={which ? "Drawn on the right" : "Drawn on the left"} value={String(chosen[which])}
        onChange={(event) => {
          const side = Number(event.currentTarget.value);
          choose(which ? [chosen[0], side] : [side, chosen[1]]);
          show(found.output);
        }}
      >
        {payload.sides.map(({ name }, side) => (
          <option value={side}>{name}</option>
        ))}
      </select>
      <div>
        <code>{payload.sides[chosen[which]]!.line}</code>
      </div>
    </>
  );
  return <SideBySide found={found} captions={[caption(0), caption(1)]} axes={payload.axes} transposed={payload.transposed} go={go} choose={show} />;
}
