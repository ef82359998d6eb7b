/** The formula with its numbers, a line for each axis. */
export function Formula({ lines, transposed }: { lines: [string, string, string, string][]; transposed: boolean }) {
  if (!lines.length) return null;
  return (
    <section class="formula" aria-label="The formula">
      <h3>By the formula</h3>
      <table>
        <tbody>
          {lines.map(([axis, total, formula, reaches]) => (
            <tr>
              <th scope="row">{axis}</th>
              <td>{total}</td>
              <td>{formula}</td>
              <td>{reaches}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">p is the total {transposed ? "that is cropped from both sides of the output" : "of both sides; a framework's padding= is one side"}.</p>
    </section>
  );
}
