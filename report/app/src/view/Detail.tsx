import { useEffect, useRef } from "preact/hooks";
import { focus } from "../focus.ts";
import { groups } from "../groups.ts";
import { issue } from "../issue.ts";
import { at, type Report } from "../report.ts";
import type { Stepping } from "../stepping.ts";
import type { Store } from "../store.ts";
import { tuple } from "../words.ts";
import { Answer } from "./Answer.tsx";
import { verdictClass } from "./Badge.tsx";
import { Copy } from "./Copy.tsx";
import { Drawing } from "./Drawing.tsx";
import { Formula } from "./Formula.tsx";
import { HeatMap } from "./HeatMap.tsx";
import { Written } from "./Written.tsx";

/** One case, open on one environment: the verdict, the sentence and the port come first, then the drawings, then all else. */
export function Detail({ report, store, number, go, close }: {
  report: Report; store: Store; number: number; go: (how: Stepping) => void; close: () => void;
}) {
  const { cases } = report.payload;
  const pane = useRef<HTMLElement>(null);
  useUnfoldedOnPaper(pane);
  const open = focus(report, number, store.state);
  const found = groups(report, number).map((group) => (group.includes(open) ? [open, ...group.filter((other) => other !== open)] : group));
  const first = found.find((group) => group[0] === open);
  const openOn = (environment: number): void => store.go({ environment: report.environments[environment]!.label, sides: null, output: [] });
  return (
    <aside class="detail" ref={pane} aria-labelledby="case-title">
      <Top report={report} store={store} number={number} environment={open} close={close} />
      {first && (
        <section class={group(report, number, first)} aria-label={labels(report, first)}>
          <Answer report={report} number={number} environments={first} />
        </section>
      )}
      <Drawing report={report} store={store} number={number} go={go} />
      <Numbers report={report} number={number} />
      {first && (
        <section class={group(report, number, first)} aria-label={`Code in ${labels(report, first)}`}>
          <Written report={report} number={number} environments={first} />
        </section>
      )}
      {found.filter((others) => others !== first).map((others) => (
        <section key={others.join()} class={group(report, number, others)} aria-label={labels(report, others)}>
          <Answer report={report} number={number} environments={others} open={openOn} />
          <details>
            <summary>code as written</summary>
            <Written report={report} number={number} environments={others} />
          </details>
        </section>
      ))}
      <Formula lines={at(cases.formula, number)} transposed={at(cases.op, number) === "conv_transpose"} />
      {!report.environments.length && <p class="muted">No environment ran.</p>}
    </aside>
  );
}

/** What names the case, and the buttons. */
function Top({ report, store, number, environment, close }: { report: Report; store: Store; number: number; environment: number; close: () => void }) {
  const { cases } = report.payload;
  const noAnswer = at(cases.noAnswer, number);
  const address = (): string => (store.write(), location.href);
  return (
    <>
      <div class="detail-head">
        <h2 id="case-title" tabIndex={-1}>
          {at(cases.title, number)}
        </h2>
        {environment >= 0 && <Copy text={() => issue(report, number, environment, address())} what="the finding as an issue" label="Copy as issue" />}
        <Copy text={address} what="link to this case" label="Copy link" />
        <button type="button" class="close" aria-label="Close the case" title="Escape" onClick={close}>
          ✕
        </button>
      </div>
      <p class="facts">
        <code>{cases.id[number]}</code>
        <span>{at(cases.op, number)}</span>
        <span>input {at(cases.input, number)}</span>
        {at(cases.others, number).map((text) => (
          <span>{text}</span>
        ))}
        <span>{noAnswer ? "has no answer" : `requested shape ${tuple(at(cases.expected, number))}`}</span>
      </p>
      {noAnswer && <p class="alert">There is no answer: {noAnswer}</p>}
    </>
  );
}

function Numbers({ report, number }: { report: Report; number: number }) {
  const found = report.environments.flatMap(({ label }, environment) => {
    const values = report.valuesOf(report.cell(number, environment));
    return values?.expected ? [{ label, values }] : [];
  });
  if (!found.length) return null;
  return (
    <details open={found.some(({ values }) => report.verdict(values.cell) === "values")}>
      <summary>Numbers that differ</summary>
      {found.map(({ label, values }) => (
        <HeatMap label={label} values={values} />
      ))}
    </details>
  );
}

function group(report: Report, number: number, environments: number[]): string {
  return `group ${verdictClass(report.verdict(report.cell(number, environments[0]!)))}`;
}

function labels(report: Report, environments: number[]): string {
  return environments.map((environment) => report.environments[environment]!.label).join(", ");
}

/** What is folded is printed too. */
function useUnfoldedOnPaper(pane: { current: HTMLElement | null }): void {
  useEffect(() => {
    let folded: HTMLDetailsElement[] = [];
    const before = (): void => {
      folded = [...pane.current!.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
      for (const details of folded) details.open = true;
    };
    const after = (): void => {
      for (const details of folded) details.open = false;
    };
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
}
