import { focus } from "../focus.ts";
import { at, type Report } from "../report.ts";
import { ASKED, drawn, type Stepping } from "../stepping.ts";
import type { Store } from "../store.ts";
import { SideBySide } from "./Windows.tsx";

/** The windows of a case in two things, the request or environments, which the reader chooses. */
export function Drawing({ report, store, number, go }: { report: Report; store: Store; number: number; go: (how: Stepping) => void }) {
  const found = drawn(report, number, store.state);
  if (!found) return null;
  const label = (side: number): string => (side === ASKED ? "" : report.environments[side]!.label);
  const choose = (which: 0 | 1, side: number): void => {
    const sides = found.sides.map(label) as [string, string];
    sides[which] = label(side);
    store.go({ environment: label(focus(report, number, store.state)), sides, output: found.output });
  };
  const changed = report.payload.kind !== "run" && !found.sides.includes(ASKED);
  const names = changed ? (found.sides.map(label) as [string, string]) : undefined;
  const caption = (which: 0 | 1) => (
    <select
      aria-label={which ? "Drawn on the right" : "Drawn on the left"}
      value={String(found.sides[which])}
      onChange={(event) => choose(which, Number(event.currentTarget.value))}
    >
      <option value={ASKED}>requested</option>
      {report.environments.map((environment, i) => (
        <option value={i}>{environment.label}</option>
      ))}
    </select>
  );
  return (
    <SideBySide
      found={found} captions={[caption(0), caption(1)]} names={names} axes={report.axes(number)}
      transposed={at(report.payload.cases.op, number) === "conv_transpose"}
      noAnswer={at(report.payload.cases.noAnswer, number) !== "" ? found.sides.indexOf(ASKED) : -1}
      go={go} choose={(output) => store.adjust({ output })}
    />
  );
}
