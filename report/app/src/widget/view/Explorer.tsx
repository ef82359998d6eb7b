import { useEffect, useReducer, useRef } from "preact/hooks";
import { action } from "../../keys.ts";
import { drawing } from "../../live/drawing.ts";
import { type Draws, Drawing, Frameworks } from "../../live/view/Layer.tsx";
import { WorkedOut } from "../../live/view/WorkedOut.tsx";
import { stepped, type Stepping } from "../../stepping.ts";
import type { Model, Sender } from "../model.ts";
import { Controls, Line } from "./Controls.tsx";

const PATIENCE = 2000; // milliseconds

/** A layer that the reader changes, and beside it what follows: the windows, the formula, the verdicts and the ports. */
export function Explorer({ model, sender }: { model: Model; sender: Sender }) {
  const answer = model.get("answer");
  const drawn = drawing(answer, { side: model.get("side"), output: model.get("output") });
  const keep = (side: string, output: number[]): void => {
    model.set("side", side);
    model.set("output", output);
    model.save_changes();
  };
  const draws: Draws = {
    go: (how) => {
      const output = drawn && stepped(drawn, how);
      if (output) keep(model.get("side"), output);
    },
    choose: (output) => keep(model.get("side"), output),
    draw: (adapter) => keep(adapter, []),
  };
  const press = (event: KeyboardEvent): void => {
    const does = action(event);
    if (!does?.endsWith("output") && !does?.endsWith("difference")) return;
    draws.go(does as Stepping);
    event.preventDefault();
  };
  return (
    <main class="explorer live" aria-label="A layer in every framework" onKeyDown={press}>
      <Line model={model} sender={sender} />
      <Controls model={model} sender={sender} />
      <div class="seen">
        {drawn ? <Drawing answer={answer} drawn={drawn} {...draws} /> : <p class="muted">There are no windows to draw.</p>}
        <WorkedOut worked={answer} title="By the formula" />
        <Status model={model} sender={sender} />
      </div>
      {answer.asides.length > 0 && (
        <div class="alert" role="note">
          {answer.asides.map((aside) => (
            <p>{aside}</p>
          ))}
        </div>
      )}
      <Frameworks answer={answer} measured={model.get("measured")} />
    </main>
  );
}

/** How long the last answer took, or that the kernel gives none; and whether layers are measured. */
function Status({ model, sender }: { model: Model; sender: Sender }) {
  const [, redraw] = useReducer((number: number) => number + 1, 0);
  const since = useRef(0);
  const waits = sender.unanswered;
  useEffect(() => {
    if (!waits) return;
    since.current = performance.now();
    const timer = setTimeout(() => redraw(null), PATIENCE);
    return () => clearTimeout(timer);
  }, [waits]);
  const late = waits && performance.now() - since.current >= PATIENCE;
  const took = sender.took === null ? "Predicted; nothing was run for it." : `Predicted in ${Math.max(1, Math.round(sender.took))} ms.`;
  return (
    <div class="status muted">
      <p role="status">{late ? "The kernel does not answer: it is busy, or there is none." : took}</p>
      {model.get("measurable") && (
        <label>
          <input
            type="checkbox" checked={model.get("measures")}
            onChange={(event) => {
              model.set("measures", event.currentTarget.checked);
              model.save_changes();
            }}
          />
          {" "}measure it too
        </label>
      )}
    </div>
  );
}
