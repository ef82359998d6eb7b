import { byText } from "../groups.ts";
import { at, type Report } from "../report.ts";
import { script } from "../script.ts";
import { named } from "../words.ts";
import { whose } from "./Answer.tsx";
import { Code, Spelled } from "./Code.tsx";
import { pairs } from "./Environments.tsx";

/** What environments that did the same were given, what they said, and how to see it without convparity. */
export function Written({ report, number, environments }: { report: Report; number: number; environments: number[] }) {
  const { cells } = report.payload;
  const texts = (column: { values: string[]; of: number[] }): [string, string[]][] =>
    byText(report, environments, (environment) => at(column, report.cell(number, environment)));
  const spelled = (head: string, column: { values: string[]; of: number[] }) =>
    texts(column).map(([source, labels]) => {
      const named = `${head}${whose(environments, labels)}`;
      return <Spelled head={named} text={source} what={`the code ${named}`} />;
    });
  const raw = (head: string, column: { values: string[]; of: number[] }) =>
    texts(column).map(([text, labels]) => <Raw head={`${head}${whose(environments, labels)}`} text={text} />);
  return (
    <>
      {spelled("as written", cells.source)}
      {spelled("literal", cells.literal)}
      {raw("error", cells.error)}
      {raw("what it printed", cells.log)}
      {environments.map((environment) => (
        <Reproduce key={environment} report={report} number={number} environment={environment} />
      ))}
    </>
  );
}

function Raw({ head, text }: { head: string; text: string }) {
  return (
    <details class="raw">
      <summary>{head}</summary>
      <pre tabIndex={0}>{text}</pre>
    </details>
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
        {text ? "reproduce in" : "environment"} {named({ label, version })}
      </summary>
      <p class="muted">{pairs(packages)}</p>
      <p class="muted">{pairs(facts)}</p>
      {text && <Code text={text} what={`the script for ${label}`} />}
      {source && !text && <p class="muted">There is no script that needs only this framework.</p>}
    </details>
  );
}
