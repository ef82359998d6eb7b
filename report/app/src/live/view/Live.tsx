import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Address } from "../../address.ts";
import { action } from "../../keys.ts";
import { stepped, type Stepping } from "../../stepping.ts";
import { useKeys, useTheme } from "../../view/hooks.ts";
import type { Answer, Question } from "../answer.ts";
import { type Drawn, drawing } from "../drawing.ts";
import { type Page, recorded } from "../page.ts";
import { Python } from "../python.ts";
import type { State } from "../state.ts";
import { Ask } from "./Ask.tsx";
import { Examples } from "./Examples.tsx";
import { type Draws, Layer } from "./Layer.tsx";
import { Pair } from "./Pair.tsx";
import { Sentences } from "./Sentences.tsx";

const PAUSE = 400; // milliseconds without a key, after which a question is taken to be written

/** The page: a question, and below it its answer, or that of the first example. */
export function Live({ page, store }: { page: Page; store: Address<State> }) {
  const [, redraw] = useReducer((number: number) => number + 1, 0);
  useEffect(() => store.subscribe(() => redraw(null)), []);
  const flip = useTheme(store);
  const python = useMemo(() => new Python(page, () => redraw(null)), []);
  const { line, second, input, to } = store.state;
  const question = { line, second, input, to };
  const found = useAnswer(page, python, question);
  const { answer, waits } = found;
  const shown = answer?.kind === "problems" || !line.trim() ? undefined : answer;
  const example = line.trim() ? undefined : page.examples[0]!;
  const drawn = drawing(example?.answer ?? shown, store.state);
  const go = (how: Stepping): void => {
    const output = drawn && stepped(drawn, how);
    if (output) store.adjust({ output });
  };
  const draws: Draws = {
    go, choose: (output) => store.adjust({ output }), draw: (side) => store.go({ side, output: [] }),
  };
  useKeys((event) => {
    const does = action(event);
    if (does === "theme") flip();
    else if (does?.endsWith("output") || does?.endsWith("difference")) go(does as Stepping);
    else return;
    event.preventDefault();
  });
  return (
    <main class="live">
      <div class="bar">
        <span class="name">convparity</span>
        <span class="tools">
          {page.matrix && <a href={page.matrix}>Matrix</a>}
          <button type="button" onClick={flip} title="t">
            Theme
          </button>
        </span>
      </div>
      <header>
        <h1>{page.headline}</h1>
        <p class="summary">
          Paste a line of Keras, PyTorch, Flax, MXNet or ONNX, and read what to write elsewhere, and where the usual line is
          another layer. Your browser works it out; nothing is sent anywhere.
        </p>
      </header>
      <Ask
        page={page} store={store} python={python} problems={answer?.kind === "problems" ? answer.problems : []}
        status={status(page, python, found)}
      />
      <Examples page={page} store={store} />
      <div aria-busy={waits} class={waits ? "answer old" : "answer"}>
        {example && <p class="muted">The first example, {example.line} on {example.input}:</p>}
        <Answered answer={example?.answer ?? shown} drawn={drawn} {...draws} />
      </div>
      <Footer page={page} />
    </main>
  );
}

function Answered({ answer, ...rest }: { answer: Answer | undefined; drawn: Drawn | null } & Draws) {
  if (answer?.kind === "layer") return <Layer answer={answer} {...rest} />;
  if (answer?.kind === "pair") return <Pair answer={answer} {...rest} />;
  if (answer?.kind === "lines") return <Sentences lines={answer.lines} />;
  return null;
}

function Footer({ page }: { page: Page }) {
  return (
    <footer class="muted">
      Predicted by models of {page.held.join(", ")}; nothing was run. convparity {page.version} measures it: `convparity
      explain LINE --run`. Python runs in the browser by Pyodide.
    </footer>
  );
}

/** What the page is doing, or where the answer comes from. */
function status(page: Page, python: Python, { answer, milliseconds, waits }: Found): string {
  if (waits && python.status === "loading") return `Loading Python: ${page.megabytes} MB from this site, once ...`;
  if (waits) return "Working it out ...";
  if (!answer || answer.kind === "problems") return "";
  return milliseconds === undefined ? "Answered when this page was made" : `Answered in ${Math.max(1, Math.round(milliseconds))} ms`;
}

interface Found {
  answer?: Answer;
  milliseconds?: number;
  waits: boolean;
}

/** The answer to a question: that of an example at once, any other from Python, once the question is written. */
function useAnswer(page: Page, python: Python, question: Question): Found {
  const [found, set] = useState<Found>({ waits: false });
  const first = useRef(true);
  const key = JSON.stringify(question);
  useEffect(() => {
    const known = recorded(page, question);
    if (known || !question.line.trim()) return set({ answer: known?.answer, waits: false });
    set(({ answer }) => ({ answer, waits: true }));
    const ask = (): void => python.ask(question, (answered) => set({ ...answered, waits: false }));
    const timer = setTimeout(ask, first.current ? 0 : PAUSE);
    return () => clearTimeout(timer);
  }, [key]);
  useEffect(() => {
    first.current = false;
  }, []);
  return { ...found, waits: found.waits && python.status !== "failed" };
}
