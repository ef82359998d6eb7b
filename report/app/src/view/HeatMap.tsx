import { useState } from "preact/hooks";
import type { Values } from "../payload.ts";
import { largest, planes, shown } from "../values.ts";

const SHADES = 5;
const LISTED = 5;
const MOST = 64; // numbers along an axis

/** How far the numbers of an output are off, and the largest of them in words. */
export function HeatMap({ values, label }: { values: Values; label: string }) {
  const found = planes(values);
  const off = found.map((plane) => Math.max(...plane.off));
  const [chosen, choose] = useState(() => off.indexOf(Math.max(...off)));
  const plane = found[chosen];
  if (!plane) return null;
  const most = off[chosen]!;
  const finite = Math.max(0, ...plane.off.filter(Number.isFinite));
  const shade = (number: number): number => (number === 0 ? 0 : Number.isFinite(number) ? Math.max(1, Math.ceil((number / finite) * SHADES)) : SHADES + 1);
  const cell = Math.min(18, Math.max(5, Math.floor(280 / Math.max(plane.rows, plane.columns))));
  return (
    <div class="heat">
      <p>
        |{label} − requested|, {plane.off.filter(Boolean).length} of {plane.off.length} numbers differ
        {found.length > 1 && (
          <>
            {" in "}
            <select aria-label="Channel" value={chosen} onChange={(event) => choose(Number(event.currentTarget.value))}>
              {found.map(({ name }, i) => (
                <option value={i}>{name || `part ${i + 1}`}</option>
              ))}
            </select>
          </>
        )}
      </p>
      {plane.rows <= MOST && plane.columns <= MOST && (
        <svg width={plane.columns * cell} height={plane.rows * cell} role="img" aria-label={`Differences up to ${shown(most)}; the largest are listed below`}>
          {plane.off.map((number, i) => (
            <rect class={`h${shade(number)}`} x={(i % plane.columns) * cell} y={Math.floor(i / plane.columns) * cell} width={cell - 1} height={cell - 1}>
              <title>{`(${Math.floor(i / plane.columns) + 1},${(i % plane.columns) + 1}): ${shown(plane.got[i]!)}, requested ${shown(plane.expected[i]!)}`}</title>
            </rect>
          ))}
        </svg>
      )}
      <p class="legend">
        <span class="swatch h0" /> 0
        {finite > 0 && Array.from({ length: SHADES }, (_, i) => (
          <>
            {" "}
            <span class={`swatch h${i + 1}`} /> to {shown((finite * (i + 1)) / SHADES)}
          </>
        ))}
        {most === Infinity && (
          <>
            {" "}
            <span class={`swatch h${SHADES + 1}`} /> not finite
          </>
        )}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">output</th>
            <th scope="col">{label}</th>
            <th scope="col">requested</th>
            <th scope="col">off by</th>
          </tr>
        </thead>
        <tbody>
          {largest(plane, LISTED).map(({ output, got, expected, off }) => (
            <tr>
              <th scope="row">({output.map((index) => index + 1).join(",")})</th>
              <td>{shown(got)}</td>
              <td>{shown(expected)}</td>
              <td>{shown(off)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
