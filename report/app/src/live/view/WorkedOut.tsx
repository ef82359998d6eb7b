import type { WorkedOut as Worked } from "../answer.ts";

/** The formula with its numbers and the windows, a line for each axis, and the output. */
export function WorkedOut({ worked, title }: { worked: Worked; title: string }) {
  return (
    <section class="formula" aria-label={title}>
      <h2>{title}</h2>
      <p class="muted">{worked.layer}</p>
      {worked.formula.length > 0 && (
        <div class="scroll" tabIndex={0}>
          <table>
            <tbody>
              {worked.formula.map(({ axis, pads, formula, windows }) => (
                <tr>
                  <th scope="row">{axis}</th>
                  <td>{pads}</td>
                  <td>{formula}</td>
                  <td>{windows}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {worked.result.map((line, i) => (
        <p class={i ? "muted" : ""}>{line}</p>
      ))}
    </section>
  );
}
