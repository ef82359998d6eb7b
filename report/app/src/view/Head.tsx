import { useMemo } from "preact/hooks";
import type { Report } from "../report.ts";
import { quoted, stateOf } from "../query.ts";
import { count, DANGER, grouped, type Kind, word } from "../words.ts";
import { verdictClass } from "./Badge.tsx";
import { Icon } from "./Icon.tsx";

/** What was found, and what a reader has to know before believing it. */
export function Head({ report, search }: { report: Report; search: (query: string) => void }) {
  const { headline, notes, complete, gate, failures, faults } = report.payload;
  return (
    <header class="head">
      <h1>{headline}</h1>
      {faults.length > 0 && <Faults faults={faults} />}
      {failures.length > 0 && <Failures failures={failures} />}
      {gate && <p class="muted">{gate}</p>}
      {(notes.length > 0 || !complete) && (
        <div class="alert" role="note">
          {!complete && notes.length === 0 && <p>The run was stopped early.</p>}
          {notes.map((note) => (
            <p>{note}</p>
          ))}
        </div>
      )}
      <Counts report={report} search={search} />
    </header>
  );
}

/** What the findings do not say of why the run failed, in the words of the terminal. */
function Failures({ failures }: { failures: [string, string][] }) {
  return (
    <section class="alert" aria-label="What else fails the run">
      {failures.map(([title, sentence]) => (
        <p>
          <b>{title}:</b> {sentence}
        </p>
      ))}
    </section>
  );
}

function Faults({ faults }: { faults: [string, string][] }) {
  return (
    <section class="alert fault" aria-label="Harness faults">
      <h2>{count(faults.length, "error")}: the run itself failed here</h2>
      <p>An error is not a verdict. Nothing is known about the cases that it kept from running.</p>
      <dl>
        {faults.map(([environment, message]) => (
          <div>
            <dt>{environment}</dt>
            <dd>
              <pre tabIndex={0}>{message}</pre>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Counts({ report, search }: { report: Report; search: (query: string) => void }) {
  const found = useMemo(() => tally(report), [report]);
  return (
    <div class="counts" role="group" aria-label="Cells by verdict">
      {found.map(([kind, number]) => (
        <button type="button" class={verdictClass(kind)} onClick={() => search(`is:${quoted(stateOf(kind))}`)} title={report.payload.meanings[kind]}>
          <b>{grouped(number)}</b>
          <span>
            <Icon kind={kind} /> {word(kind)}
          </span>
        </button>
      ))}
      <p class="muted">
        {count(report.count, "case")} by {count(report.environments.length, "environment")}
      </p>
    </div>
  );
}

/** How many cells there are of each verdict, the most dangerous first. */
function tally(report: Report): [Kind, number][] {
  const { verdict, misdeclares, change } = report.payload.cells;
  const counts = new Map<Kind, number>();
  const add = (kind: Kind): unknown => counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (let cell = 0; cell < verdict.of.length; cell++) {
    add(verdict.values[verdict.of[cell]!]!);
    if (misdeclares.values[misdeclares.of[cell]!]) add("misdeclares");
    const changed = change.values[change.of[cell]!];
    if (changed) add(changed);
  }
  const order: Kind[] = ["changed", "added", "gone", ...DANGER.slice(0, -2), "misdeclares", "agrees", ""];
  return order.flatMap((kind) => (counts.has(kind) ? [[kind, counts.get(kind)!] as [Kind, number]] : []));
}

/** The columns, with what was in each. */
export function Environments({ report }: { report: Report }) {
  const { environments } = report;
  if (!environments.length) return null;
  return (
    <details class="environments">
      <summary>
        {count(environments.length, "environment")}: {environments.map(({ label, version }) => `${label} ${version}`).join(" · ")}
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Environments">
        <table>
          <thead>
            <tr>
              <th>Environment</th>
              <th>Adapter</th>
              <th>Packages</th>
              <th>Recorded</th>
              <th>Its code needs</th>
            </tr>
          </thead>
          <tbody>
            {environments.map((environment) => (
              <tr>
                <th scope="row">{environment.label}</th>
                <td>{environment.adapter}</td>
                <td>{pairs(environment.packages)}</td>
                <td>{pairs(environment.facts)}</td>
                <td>
                  <pre>{environment.imports}</pre>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function pairs(found: [string, string][]): string {
  return found.map((pair) => pair.join(" ")).join(", ");
}

export function Bar({ theme, help }: { theme: () => void; help: () => void }) {
  return (
    <div class="bar">
      <button type="button" class="skip" onClick={skip}>
        Skip to the cases
      </button>
      <span class="name">convparity</span>
      <button type="button" onClick={theme} title="t">
        Theme
      </button>
      <button type="button" onClick={help} title="?">
        Help
      </button>
    </div>
  );
}

function skip(): void {
  document.getElementById("query")?.focus();
}
