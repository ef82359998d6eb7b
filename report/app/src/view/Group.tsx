import { byText, common } from "../groups.ts";
import { at, type Report } from "../report.ts";
import { script } from "../script.ts";
import { capital, tuple, word } from "../words.ts";
import { Badge, verdictClass } from "./Badge.tsx";
import { Code } from "./Code.tsx";
import { pairs } from "./Head.tsx";

/** What environments that did the same did with a case: why, until when, what to paste instead. */
export function Group({ report, number, environments }: { report: Report; number: number; environments: number[] }) {
  const { cells } = report.payload;
  const of = <T,>(column: { values: T[]; of: number[] }): T => common(report, number, environments, column);
  const text = (column: { values: string[]; of: number[] }) => (environment: number) => at(column, report.cell(number, environment));
  const verdict = of(cells.verdict);
  const [shape, pads, reason, holds, waived, change] = [of(cells.shape), of(cells.pads), of(cells.reason), of(cells.holds), of(cells.waived), of(cells.change)];
  const labels = environments.map((environment) => report.environments[environment]!.label);
  const sources = byText(report, environments, text(cells.source));
  const who = (some: string[]): string => (some.length === labels.length ? "" : `, ${some.join(" · ")}`);
  const crops = at(report.payload.cases.op, number) === "conv_transpose";
  const agrees = verdict === "agrees" && !of(cells.misdeclares);
  const spelled = (head: string, texts: [string, string[]][]) =>
    texts.map(([source, whose]) => <Spelled head={`${head}${who(whose)}`} text={source} what={`the code ${head}${who(whose)}`} />);
  const literals = byText(report, environments, text(cells.literal));
  const written = [...spelled("as written", sources), ...spelled("literal", literals)];
  return (
    <section class={`group ${verdictClass(verdict)}`} aria-label={labels.join(", ")}>
      <h3>
        <Badge kind={verdict} loud={verdict === "shifted" && !waived} />
        {of(cells.misdeclares) && <Badge kind="misdeclares" />}
        {change && <Badge kind={change} />}
        <span class="who">{labels.join(" · ")}</span>
        <small class="muted">
          {[shape && tuple(shape), pads && `${crops ? "crops" : "pads"} ${pads}`].filter(Boolean).join("  ")}
        </small>
      </h3>
      {reason && <p>{capital(reason)}</p>}
      {holds && <p>{capital(holds)}</p>}
      {waived && <p class="muted">Expected: {waived}</p>}
      {agrees ? (
        written.length > 0 && (
          <details>
            <summary>as written</summary>
            {written}
          </details>
        )
      ) : (
        <>
          <Port report={report} number={number} environments={environments} who={who} />
          {written}
        </>
      )}
      <Raw head="error" texts={byText(report, environments, text(cells.error))} who={who} />
      <Raw head="what it printed" texts={byText(report, environments, text(cells.log))} who={who} />
      {environments.map((environment) => (
        <Reproduce key={environment} report={report} number={number} environment={environment} />
      ))}
    </section>
  );
}

function Port({ report, number, environments, who }: { report: Report; number: number; environments: number[]; who: (some: string[]) => string }) {
  const { cells } = report.payload;
  const port = common(report, number, environments, cells.port);
  const why = common(report, number, environments, cells.portReason);
  const did = report.environments[environments[0]!]!.basis === "predicted" ? "predicted" : "ran";
  const sources = byText(report, environments, (environment) => at(cells.portSource, report.cell(number, environment)));
  if (!port) return why ? <p class="muted">{capital(why)}</p> : null;
  return (
    <>
      {sources.map(([source, whose]) => (
        <Spelled head={`port${who(whose)}`} stamp={`${did}, ${port === "agrees" ? port : word(port)}`} good={port === "agrees"} text={source} what={`the port${who(whose)}`} />
      ))}
      {why && <p class="muted">The port: {why}</p>}
    </>
  );
}

function Spelled({ head, text, what, stamp, good = true }: { head: string; text: string; what: string; stamp?: string; good?: boolean }) {
  return (
    <div class="spelled">
      <p>
        {head} {stamp && <strong class={good ? "good" : "bad"}>{good ? "✓" : "✗"} {stamp}</strong>}
      </p>
      <Code text={text} what={what} />
    </div>
  );
}

function Raw({ head, texts, who }: { head: string; texts: [string, string[]][]; who: (some: string[]) => string }) {
  return (
    <>
      {texts.map(([text, whose]) => (
        <details class="raw">
          <summary>
            {head}
            {who(whose)}
          </summary>
          <pre tabIndex={0}>{text}</pre>
        </details>
      ))}
    </>
  );
}

/** What was installed there, and how to see the same without convparity. */
function Reproduce({ report, number, environment }: { report: Report; number: number; environment: number }) {
  const { label, version, packages, facts } = report.environments[environment]!;
  const source = at(report.payload.cells.source, report.cell(number, environment));
  const text = script(report, number, environment);
  return (
    <details class="raw">
      <summary>
        {text ? "reproduce in" : "environment"} {label} {version}
      </summary>
      <p class="muted">{pairs(packages)}</p>
      <p class="muted">{pairs(facts)}</p>
      {text && <Code text={text} what={`the script for ${label}`} />}
      {source && !text && <p class="muted">There is no script that needs only this framework.</p>}
    </details>
  );
}
