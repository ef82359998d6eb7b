import { differs } from "../maps.ts";
import type { Windows } from "../stepping.ts";

const MOST = 32; // outputs along an axis
const CELL = 9;

/** All outputs: which of them read other elements, and the one that is drawn. The keys do the same. */
export function Outputs({ found, choose }: { found: Windows; choose: (output: number[]) => void }) {
  const { sizes, differences, output } = found;
  if (!differences || sizes.length > 2 || sizes.some((size) => size > MOST) || sizes.includes(0)) return null;
  const [rows, columns] = sizes.length === 1 ? [1, sizes[0]!] : (sizes as [number, number]);
  const cells = Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns] as const);
  const cell = Math.min(16, Math.max(CELL, Math.floor(120 / Math.max(rows, columns))));
  return (
    <figure class="outputs">
      <figcaption class="muted">outputs</figcaption>
      <svg width={columns * cell + 2} height={rows * cell + 2} viewBox={`-1 -1 ${columns * cell + 2} ${rows * cell + 2}`} aria-hidden="true">
        {cells.map(([row, column]) => {
          const place = sizes.length === 1 ? [column] : [row, column];
          const here = place.every((index, axis) => index === output[axis]);
          return (
            <rect
              class={`${differs(differences, place) ? "differs" : ""}${here ? " here" : ""}`}
              x={column * cell} y={row * cell} width={cell - 1} height={cell - 1}
              onClick={() => choose(place)}
            />
          );
        })}
      </svg>
    </figure>
  );
}
