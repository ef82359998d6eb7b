import { useEffect, useReducer } from "preact/hooks";
import { action, KEYS } from "../keys.ts";
import { type ModelsPayload, opened, parts, windowsOf } from "../models.ts";
import { stepped, type Stepping } from "../stepping.ts";
import type { Store } from "../store.ts";
import { useKeys, useTheme } from "./hooks.ts";
import { Agreeing, Fault, Harmless, Later, Unpaired } from "./Faults.tsx";

const NONE = "none"; // in the address, where the reader closed what was open
const MINE = ["down", "up", "open", "close", "previous difference", "next difference", "previous output", "next output", "theme"];

/** Two models: the layers of the port in order, and of those that differ by themselves, why and what to write. */
export function Models({ payload, store }: { payload: ModelsPayload; store: Store }) {
  const [, redraw] = useReducer((number: number) => number + 1, 0);
  useEffect(() => store.subscribe(() => redraw(null)), []);
  const flip = useTheme(store);
  const open = opened(store.state.open, payload.findings.length);
  const toggle = (number: number): void => store.go({ open: number === open ? NONE : String(number + 1), output: [] });
  const go = (how: Stepping): void => {
    const found = open < 0 ? null : windowsOf(payload, payload.findings[open]!, store.state.output);
    const output = found && stepped(found, how);
    if (output) store.adjust({ open: String(open + 1), output });
  };
  useKeys((event) => {
    const act: Record<string, () => void> = {
      down: () => focusOn(1), up: () => focusOn(-1), close: () => open >= 0 && toggle(open), theme: flip,
      "next output": () => go("next output"), "previous output": () => go("previous output"),
      "next difference": () => go("next difference"), "previous difference": () => go("previous difference"),
    };
    const mine = act[action(event) ?? ""];
    if (!mine) return;
    event.preventDefault();
    mine();
  });
  const [original, port] = payload.models;
  return (
    <div class="page">
      <main class="models">
        <div class="bar">
          <span class="name">convparity</span>
          <span class="tools">
            <button type="button" onClick={flip} title="t">
              Theme
            </button>
          </span>
        </div>
        <header class="head">
          <h1>{payload.headline}</h1>
          {payload.summary.length > 0 && <p class="summary">{payload.summary.join(" ")}</p>}
          <dl class="models">
            <dt>original</dt>
            <dd>{original}</dd>
            <dt>port</dt>
            <dd>{port}</dd>
          </dl>
          {payload.notes.length > 0 && (
            <div class="alert" role="note">
              {payload.notes.map((note) => (
                <p>{note}</p>
              ))}
            </div>
          )}
        </header>
        <section aria-labelledby="layers">
          <h2 id="layers">Layers, in the order of the port</h2>
          <ol class="faults">
            {parts(payload).map(({ layers, findings }) =>
              findings.length
                ? findings.map((number) => (
                    <Fault key={number} payload={payload} store={store} number={number} open={number === open} toggle={() => toggle(number)} go={go} />
                  ))
                : <Agreeing layers={layers} />,
            )}
          </ol>
        </section>
        <Harmless findings={payload.harmless} />
        <Later rows={payload.later} />
        <Unpaired rows={payload.unpaired} />
        <p class="muted keys">
          {KEYS.filter(([, what]) => MINE.includes(what)).map(([keys, , words]) => (
            <span>
              {keys.map((key) => (
                <kbd>{key.replace("Arrow", "")}</kbd>
              ))}
              {words.split(",")[0]}
            </span>
          ))}
        </p>
      </main>
    </div>
  );
}

/** Move the focus by so many layers that differ. */
function focusOn(by: number): void {
  const all = [...document.querySelectorAll<HTMLElement>(".fault > h3 > button")];
  const here = all.indexOf(document.activeElement as HTMLElement);
  const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1);
  all[next]?.focus();
}
