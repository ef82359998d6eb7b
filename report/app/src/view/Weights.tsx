import { at, type Report } from "../report.ts";
import { Code } from "./Code.tsx";

/** The lines that carry weights from other frameworks to the port. */
export function Weights({ report, cell, head }: { report: Report; cell: number; head: string }) {
  const { cells, carried } = report.payload;
  const sources = at(cells.carried, cell);
  if (!sources.length) return null;
  return (
    <details class="raw weights">
      <summary>
        {head}, from {sources.map(([frameworks]) => frameworks).join(", ")}
      </summary>
      <p class="muted">These lines of NumPy were not run here; convparity port runs them.</p>
      {sources.map(([frameworks, text]) => (
        <>
          <p>from {frameworks}</p>
          <Code text={carried[text]!} what={`the lines that carry weights from ${frameworks}`} />
        </>
      ))}
    </details>
  );
}
