import type { Report } from "../report.ts";
import { count } from "../words.ts";

const SENTENCES = 3;

/** What was found, and what a reader has to know before believing it. */
export function Head({ report }: { report: Report }) {
  const { headline, summary, notes, complete, gate, failures, faults } = report.payload;
  return (
    <header class="head">
      <h1>{headline}</h1>
      <Summary sentences={summary} />
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
    </header>
  );
}

/** What else was found; of many sentences, all but the first are folded. */
function Summary({ sentences }: { sentences: string[] }) {
  if (!sentences.length) return null;
  if (sentences.length <= SENTENCES) return <p class="summary">{sentences.join(" ")}</p>;
  return (
    <details class="summary">
      <summary>{sentences[0]}</summary>
      <p>{sentences.slice(1).join(" ")}</p>
    </details>
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
