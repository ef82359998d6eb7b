import type { Report } from "../report.ts";
import { count, named } from "../words.ts";

/** The columns, with what was in each. */
export function Environments({ report }: { report: Report }) {
  const { environments } = report;
  if (!environments.length) return null;
  return (
    <details class="environments">
      <summary>
        {count(environments.length, "environment")}: {environments.map(named).join(" · ")}
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
