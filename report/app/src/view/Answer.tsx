import { byText, common } from "../groups.ts";
import { at, type Report } from "../report.ts";
import { capital, tuple, word } from "../words.ts";
import { Badge } from "./Badge.tsx";
import { Spelled } from "./Code.tsx";
import { Weights } from "./Weights.tsx";

/** The end of a heading: which of the environments have a text, where not all of them have it. */
export function whose(environments: number[], labels: string[]): string {
  return labels.length === environments.length ? "" : `, ${labels.join(" · ")}`;
}

/** What environments that did the same did with a case: the verdict, why, until when, and what to paste instead. */
export function Answer({ report, number, environments, open }: {
  report: Report; number: number; environments: number[]; open?: (environment: number) => void;
}) {
  const { cells } = report.payload;
  const of = <T,>(column: { values: T[]; of: number[] }): T => common(report, number, environments, column);
  const [verdict, shape, pads, reason, holds, waived, change] = [of(cells.verdict), of(cells.shape), of(cells.pads), of(cells.reason), of(cells.holds), of(cells.waived), of(cells.change)];
  const crops = at(report.payload.cases.op, number) === "conv_transpose";
  const agrees = verdict === "agrees" && !of(cells.misdeclares);
  return (
    <>
      <h3>
        <Badge kind={verdict} loud={verdict === "shifted" && !waived} />
        {of(cells.misdeclares) && <Badge kind="misdeclares" />}
        {change && <Badge kind={change} />}
        <Labels report={report} environments={environments} open={open} />
        <small class="muted">
          {[shape && tuple(shape), pads && `${crops ? "crops" : "pads"} ${pads}`].filter(Boolean).join("  ")}
        </small>
      </h3>
      {change && changes(report, number, environments).map((cause) => <p>{capital(cause)}</p>)}
      {reason && <p>{capital(reason)}</p>}
      {holds && <p>{capital(holds)}</p>}
      {waived && <p class="muted">Expected: {waived}</p>}
      {!agrees && <Port report={report} number={number} environments={environments} />}
    </>
  );
}

/** Of two runs, what changed of a case in these environments. */
function changes(report: Report, number: number, environments: number[]): string[] {
  const found = report.payload.findings.filter(({ cases, environments: those }) => cases.includes(number) && environments.some((one) => those.includes(one)));
  return found.map(({ cause }) => cause);
}

/** The environments; of those that the case is not open on, each opens it. */
function Labels({ report, environments, open }: { report: Report; environments: number[]; open?: (environment: number) => void }) {
  const labels = environments.map((environment) => report.environments[environment]!.label);
  if (!open) return <span class="who">{labels.join(" · ")}</span>;
  return (
    <span class="who">
      {labels.map((label, i) => (
        <>
          {i > 0 && " · "}
          <button type="button" class="link" title={`Open the case on ${label}`} onClick={() => open(environments[i]!)}>
            {label}
          </button>
        </>
      ))}
    </span>
  );
}

function Port({ report, number, environments }: { report: Report; number: number; environments: number[] }) {
  const { cells } = report.payload;
  const port = common(report, number, environments, cells.port);
  const why = common(report, number, environments, cells.portReason);
  const did = report.environments[environments[0]!]!.basis === "predicted" ? "predicted" : "ran";
  const sources = byText(report, environments, (environment) => at(cells.portSource, report.cell(number, environment)));
  if (!port) return why ? <p class="muted">{capital(why)}</p> : null;
  return (
    <>
      {sources.map(([source, labels]) => {
        const head = `port${whose(environments, labels)}`;
        return <Spelled head={head} stamp={`${did}, ${port === "agrees" ? port : word(port)}`} good={port === "agrees"} text={source} what={`the ${head}`} />;
      })}
      {why && <p class="muted">The port: {why}</p>}
      {sources.map(([, labels]) => (
        <Weights report={report} cell={report.cell(number, report.environment(labels[0]!))} head={`weights for the port${whose(environments, labels)}`} />
      ))}
    </>
  );
}
