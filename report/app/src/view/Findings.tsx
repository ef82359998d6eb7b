import { useEffect, useMemo, useState } from "preact/hooks";
import type { Finding } from "../payload.ts";
import { at, type Report } from "../report.ts";
import type { Store } from "../store.ts";
import { capital, count, grouped } from "../words.ts";
import { Badge, verdictClass } from "./Badge.tsx";

const FIRST = 10;

/** Divergences that are one, a line each, the most dangerous first; what is expected is folded below. */
export function Findings({ report, store, search }: { report: Report; store: Store; search: (query: string) => void }) {
  const numbered = report.payload.findings.map((finding, i) => ({ finding, number: i + 1 }));
  const [waived, found] = [numbered.filter(({ finding }) => finding.waived), numbered.filter(({ finding }) => !finding.waived)];
  const line = ({ finding, number }: { finding: Finding; number: number }) => (
    <Line key={number} finding={finding} number={number} report={report} store={store} search={search} />
  );
  return (
    <section class="findings" aria-labelledby="findings">
      <h2 id="findings">{report.payload.kind === "diff" ? "What changed" : "Findings"}</h2>
      {found.length ? <Some lines={found.map(line)} /> : <None report={report} waived={waived.length} />}
      {waived.length > 0 && (
        <details class="waived">
          <summary>{count(waived.length, "finding")} expected, {waived.length === 1 ? "with its reason" : "each with its reason"}</summary>
          <Some lines={waived.map(line)} />
        </details>
      )}
    </section>
  );
}

/** The first lines, and the others when asked for; on paper all. */
function Some({ lines }: { lines: preact.JSX.Element[] }) {
  const [all, show] = useState(false);
  useEffect(() => {
    const print = (): void => show(true);
    addEventListener("beforeprint", print);
    return () => removeEventListener("beforeprint", print);
  }, []);
  return (
    <>
      <ol class="lines">{all ? lines : lines.slice(0, FIRST)}</ol>
      {!all && lines.length > FIRST && (
        <button type="button" class="more" onClick={() => show(true)}>
          All {grouped(lines.length)}
        </button>
      )}
    </>
  );
}

function Line({ finding, number, report, store, search }: {
  finding: Finding; number: number; report: Report; store: Store; search: (query: string) => void;
}) {
  const { environments, cases, example, cause, verdict, silent, waived } = finding;
  const open = report.key(example);
  const query = `finding:${number}`;
  const go = (event: MouseEvent, act: () => void): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act();
  };
  return (
    <li class={`line ${verdictClass(verdict)}`}>
      <span class="what">
        <Badge kind={verdict} loud={silent && !waived} />
      </span>
      <span class="who">{environments.map((environment) => report.environments[environment]!.label).join(" · ")}</span>
      <span class="cause">{capital(cause)}</span>
      <a class="cases" href={store.link({ query })} onClick={(event) => go(event, () => search(query))}>
        {count(cases.length, "case")}
      </a>
      <a class="example" href={store.link({ open, sides: null, output: [] })} onClick={(event) => go(event, () => store.go({ open, sides: null, output: [] }))}>
        {at(report.payload.cases.title, example)}
      </a>
    </li>
  );
}

function None({ report, waived }: { report: Report; waived: number }) {
  const { environments, count: cases } = report;
  const nothing = !environments.length || !cases;
  const { verdict } = report.payload.cells;
  const observed = useMemo(() => verdict.of.filter((value) => verdict.values[value] !== "").length, [verdict]);
  if (nothing || !observed) return <p class="none">Nothing was run, so there is nothing to find.</p>;
  const labels = environments.map(({ label, version }) => `${label} ${version}`).join(", ");
  return (
    <p class="none">
      No {waived ? "unexpected " : ""}{report.payload.kind === "diff" ? "change" : "divergence"}. {grouped(observed)} pairs of case and
      environment were compared: {count(cases, "case")} in {labels}.
    </p>
  );
}
