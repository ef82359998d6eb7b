import { useEffect, useMemo, useState } from "preact/hooks";
import { environmentOf, opening } from "../focus.ts";
import { byText } from "../groups.ts";
import type { Finding } from "../payload.ts";
import { at, type Report } from "../report.ts";
import type { Store } from "../store.ts";
import { capital, count, grouped, named, word } from "../words.ts";
import { Badge, verdictClass } from "./Badge.tsx";

const FIRST = 10;
const IDS = 4;

/** Divergences that are one, a row each, the most dangerous first. What cannot be written and what is expected is apart. */
export function Findings({ report, store, matches }: { report: Report; store: Store; matches: boolean[] }) {
  const numbered = report.payload.findings.map((finding, i) => ({ finding, number: i + 1 }));
  const shown = numbered.filter((_, i) => matches[i]);
  const [waived, others] = [shown.filter(({ finding }) => finding.waived), shown.filter(({ finding }) => !finding.waived)];
  const [apart, found] = [others.filter(({ finding }) => finding.verdict === "inexpressible"), others.filter(({ finding }) => finding.verdict !== "inexpressible")];
  const row = ({ finding, number }: { finding: Finding; number: number }) => (
    <Row key={number} finding={finding} number={number} report={report} store={store} />
  );
  return (
    <section class="findings" aria-labelledby="findings">
      <div class="section-head">
        <h2 id="findings">{report.payload.kind !== "run" ? "What changed" : "Findings"}</h2>
        {shown.length < numbered.length && <small class="muted">{grouped(shown.length)} of {grouped(numbered.length)} match the search</small>}
      </div>
      {found.length > 0 && <Some key={shown.length} rows={found.map(row)} />}
      {!shown.length && numbered.length > 0 && <p class="none">No finding matches.</p>}
      {!numbered.some(({ finding }) => !finding.waived) && <None report={report} waived={numbered.length} />}
      {apart.length > 0 && (
        <>
          <h3 id="apart">Cannot be written in a framework</h3>
          <Some rows={apart.map(row)} />
        </>
      )}
      {waived.length > 0 && (
        <details class="waived">
          <summary>{count(waived.length, "finding")} expected, {waived.length === 1 ? "with its reason" : "each with its reason"}</summary>
          <Some rows={waived.map(row)} />
        </details>
      )}
    </section>
  );
}

/** The first rows, and the others when asked for; on paper all. */
function Some({ rows }: { rows: preact.JSX.Element[] }) {
  const [all, show] = useState(false);
  useEffect(() => {
    const print = (): void => show(true);
    addEventListener("beforeprint", print);
    return () => removeEventListener("beforeprint", print);
  }, []);
  return (
    <>
      <ol class="lines">{all ? rows : rows.slice(0, FIRST)}</ol>
      {!all && rows.length > FIRST && (
        <button type="button" class="more" onClick={() => show(true)}>
          All {grouped(rows.length)}
        </button>
      )}
    </>
  );
}

/** A finding. All of it opens its example, in the environment that it was found in; its number of layers lists them. */
function Row({ finding, number, report, store }: { finding: Finding; number: number; report: Report; store: Store }) {
  const { environments, cases, example, cause, verdict, silent, waived } = finding;
  const { title, id } = report.payload.cases;
  const change = opening(report, example, environmentOf(report, finding));
  const isOpen = store.state.open === change.open && (!store.state.environment || store.state.environment === change.environment);
  const query = `finding:${number}`;
  const go = (event: MouseEvent, act: () => void): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const list = (): void => {
    store.go({ query });
    document.getElementById("cases")?.scrollIntoView();
  };
  const ids = [example, ...cases.filter((other) => other !== example)].slice(0, IDS).map((other) => id[other]!);
  return (
    <li class={`line ${verdictClass(verdict)}${isOpen ? " open" : ""}`} onClick={(event) => go(event, () => store.go(change))}>
      <span class="what">
        <Badge kind={verdict} loud={silent && !waived} />
      </span>
      <span class="who">{environments.map((environment) => report.environments[environment]!.label).join(" · ")}</span>
      <span class="cause">{capital(cause)}</span>
      <a class="cases" href={store.link({ query })} onClick={(event) => go(event, list)}>
        {count(cases.length, "layer")}
      </a>
      <span class="example">
        <a href={store.link(change)} aria-current={isOpen ? "true" : undefined} title={at(title, example)} onClick={(event) => go(event, () => store.go(change))}>
          {at(title, example)}
        </a>
        <code class="ids" title={ids.join(", ")}>
          {ids.join(", ")}
          {cases.length > IDS && ` and ${grouped(cases.length - IDS)} more`}
        </code>
      </span>
      <PortLine report={report} finding={finding} />
    </li>
  );
}

/** The line to paste instead, of the example in the environment that the row opens; where it is expected, the reason. */
function PortLine({ report, finding }: { report: Report; finding: Finding }) {
  const { cells } = report.payload;
  const environment = environmentOf(report, finding);
  if (environment < 0) return null;
  const cell = report.cell(finding.example, environment);
  const [port, source, reason, expected] = [at(cells.port, cell), at(cells.portSource, cell), at(cells.portReason, cell), at(cells.waived, cell)];
  const good = port === "agrees";
  const ports = byText(report, finding.environments, (other) => at(cells.portSource, report.cell(finding.example, other)));
  const whose = ports.length > 1 ? ` in ${ports.find(([text]) => text === source)?.[1].join(" · ")}` : "";
  if (!source && !reason && !expected) return null;
  return (
    <span class="port">
      {expected && <span class="muted">Expected{expected === finding.cause ? "" : `: ${expected}`} </span>}
      {source ? (
        <>
          <strong class={good ? "good" : "bad"} title={good ? "The port agrees with the request" : `The port: ${word(port)}`}>{good ? "✓" : "✗"} port{whose}</strong>{" "}
          <code>{source}</code>
        </>
      ) : (
        <span class="muted">{capital(reason)}</span>
      )}
    </span>
  );
}

function None({ report, waived }: { report: Report; waived: number }) {
  const { environments, count: cases } = report;
  const nothing = !environments.length || !cases;
  const { verdict } = report.payload.cells;
  const observed = useMemo(() => verdict.of.filter((value) => verdict.values[value] !== "").length, [verdict]);
  if (nothing || !observed) return <p class="none">Nothing was run, so there is nothing to find.</p>;
  const labels = environments.map(named).join(", ");
  return (
    <p class="none">
      No {waived ? "unexpected " : ""}{report.payload.kind !== "run" ? "change" : "divergence"}. {grouped(observed)} pairs of layer and
      environment were compared: {count(cases, "layer")} in {labels}.
    </p>
  );
}
