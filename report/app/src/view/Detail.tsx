import { useEffect, useRef } from "preact/hooks";
import { groups } from "../groups.ts";
import { at, type Report } from "../report.ts";
import type { Stepping } from "../stepping.ts";
import type { Store } from "../store.ts";
import { tuple } from "../words.ts";
import { Copy } from "./Copy.tsx";
import { Drawing } from "./Drawing.tsx";
import { Group } from "./Group.tsx";
import { HeatMap } from "./HeatMap.tsx";

/** All that is known of one case. */
export function Detail({ report, store, number, go, close }: {
  report: Report; store: Store; number: number; go: (how: Stepping) => void; close: () => void;
}) {
  const { cases } = report.payload;
  const pane = useRef<HTMLElement>(null);
  useUnfoldedOnPaper(pane);
  const found = groups(report, number);
  const otherNumbers = report.environments.flatMap(({ label }, environment) => {
    const values = report.valuesOf(report.cell(number, environment));
    return values?.expected ? [{ label, values }] : [];
  });
  const others = at(cases.others, number);
  const noAnswer = at(cases.noAnswer, number);
  return (
    <aside class="detail" ref={pane} aria-labelledby="case-title">
      <div class="detail-head">
        <h2 id="case-title" tabIndex={-1}>
          {at(cases.title, number)}
        </h2>
        <Copy text={() => (store.write(), location.href)} what="link to this case" label="Copy link" />
        <button type="button" class="close" aria-label="Close the case" title="Escape" onClick={close}>
          ✕
        </button>
      </div>
      <p class="facts">
        <code>{cases.id[number]}</code>
        <span>{at(cases.op, number)}</span>
        <span>input {at(cases.input, number)}</span>
        {others.map((text) => (
          <span>{text}</span>
        ))}
        <span>{noAnswer ? "has no answer" : `requested shape ${tuple(at(cases.expected, number))}`}</span>
      </p>
      {noAnswer && <p class="alert">There is no answer: {noAnswer}</p>}
      <Drawing report={report} store={store} number={number} go={go} />
      {found.map((group) => (
        <Group key={group.join()} report={report} number={number} environments={group} />
      ))}
      {otherNumbers.length > 0 && (
        <details open={otherNumbers.some(({ values }) => report.verdict(values.cell) === "values")}>
          <summary>Numbers that differ</summary>
          {otherNumbers.map(({ label, values }) => (
            <HeatMap label={label} values={values} />
          ))}
        </details>
      )}
      <Formula lines={at(cases.formula, number)} transposed={at(cases.op, number) === "conv_transpose"} />
      {!report.environments.length && <p class="muted">No environment ran.</p>}
    </aside>
  );
}

function Formula({ lines, transposed }: { lines: [string, string, string, string][]; transposed: boolean }) {
  if (!lines.length) return null;
  return (
    <section class="formula" aria-label="The formula">
      <h3>By the formula</h3>
      <table>
        <tbody>
          {lines.map(([axis, total, formula, reaches]) => (
            <tr>
              <th scope="row">{axis}</th>
              <td>{total}</td>
              <td>{formula}</td>
              <td>{reaches}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">p is the total {transposed ? "that is cropped from both sides of the output" : "of both sides; a framework's padding= is one side"}.</p>
    </section>
  );
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
