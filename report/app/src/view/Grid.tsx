import type { ComponentChildren } from "preact";
import type { Span } from "../layout.ts";
import type { Tap } from "../maps.ts";
import type { AxisMap } from "../payload.ts";

/** One axis of a drawing: what is read along it, what the other side reads, and which part of it is drawn. */
export interface Axis {
  map: AxisMap;
  /** the first place with padding, and one past the last */
  reach: [number, number];
  taps: Tap[];
  other: Tap[];
  span: Span;
}

const WIDTH = 248; // pixels of the longer axis
const CELL = { least: 2, most: 24 };
const LEFT = 28;
const TOP = 16;

/** The padded input as a grid, with one window in it, and the outline of the other; or with both, over each other. */
export function Grid({ rows, columns, words, transposed, both = false }: {
  rows: Axis; columns: Axis; words: string; transposed: boolean; both?: boolean;
}) {
  const long = Math.max(length(rows.span), length(columns.span));
  const cell = Math.min(Math.max(Math.floor(WIDTH / long), CELL.least), CELL.most);
  const x = (place: number): number => LEFT + cell * (place - columns.span.from);
  const y = (place: number): number => TOP + cell * (place - rows.span.from);
  const box = (down: [number, number], across: [number, number]): string => {
    const [[top, bottom], [left, right]] = [clip(down, rows.span), clip(across, columns.span)];
    return top < bottom && left < right ? `M${x(left)} ${y(top)}H${x(right)}V${y(bottom)}H${x(left)}z` : "";
  };
  const cells = (down: number[], across: number[]): string => down.flatMap((row) => across.map((column) => box([row, row + 1], [column, column + 1]))).join("");
  const [width, height] = [x(columns.span.to) + 8, y(rows.span.to) + 8];
  return (
    <svg class="grid" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words}>
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">
          <path class="hatch" d="M0 6L6 0M-1 1L1 -1M5 7L7 5" />
        </pattern>
      </defs>
      <path class="pad" d={box(rows.reach, columns.reach)} />
      <path class="input" d={box([0, rows.map.size], [0, columns.map.size])} />
      <path class="lines" d={lines(rows, columns, x, y)} />
      <path class="taps" d={cells(places(rows.taps), places(columns.taps))} />
      <path class="window" d={outline(rows.taps, columns.taps, box)} />
      {both && <path class="taps of-other" d={cells(places(rows.other), places(columns.other))} />}
      <path class={both ? "window of-other" : "other"} d={outline(rows.other, columns.other, box)} />
      <path class="cut" d={cuts(rows.span, columns.span, width, height)} />
      {numbers(columns, cell).map((place) => (
        <text class="column" x={x(place + 0.5)} y={TOP - 5}>
          {place + 1}
        </text>
      ))}
      {rows.map.size > 1 &&
        numbers(rows, cell).map((place) => (
          <text class="row" x={LEFT - 5} y={y(place + 0.5)}>
            {place + 1}
          </text>
        ))}
      {transposed && !both && cell >= 16 && tapNumbers(rows, columns, "taps", x, y)}
      {transposed && both && cell >= 22 && [tapNumbers(rows, columns, "taps", x, (place) => y(place - 0.22)), tapNumbers(rows, columns, "other", x, (place) => y(place + 0.22))]}
    </svg>
  );
}

function length(span: Span): number {
  return span.to - span.from;
}

function clip([from, to]: [number, number], span: Span): [number, number] {
  return [Math.max(from, span.from), Math.min(to, span.to)];
}

function places(taps: Tap[]): number[] {
  return [...new Set(taps.flatMap(({ place }) => (place === null ? [] : [place])))];
}

function outline(rows: Tap[], columns: Tap[], box: (down: [number, number], across: [number, number]) => string): string {
  const [down, across] = [places(rows), places(columns)];
  if (!down.length || !across.length) return "";
  return box([Math.min(...down), Math.max(...down) + 1], [Math.min(...across), Math.max(...across) + 1]);
}

/** The lines between the cells. */
function lines(rows: Axis, columns: Axis, x: (place: number) => number, y: (place: number) => number): string {
  const [top, bottom] = clip(rows.reach, rows.span);
  const [left, right] = clip(columns.reach, columns.span);
  const drawn: string[] = [];
  for (let row = top + 1; row < bottom; row++) drawn.push(`M${x(left)} ${y(row)}H${x(right)}`);
  for (let column = left + 1; column < right; column++) drawn.push(`M${x(column)} ${y(top)}V${y(bottom)}`);
  return drawn.join("");
}

/** Dots where the input goes on. */
function cuts(rows: Span, columns: Span, width: number, height: number): string {
  const [middle, centre] = [(TOP + height - 8) / 2, (LEFT + width - 8) / 2];
  const across = (x: number): string => [-5, 0, 5].map((by) => `M${x} ${middle + by}h0`).join("");
  const down = (y: number): string => [-5, 0, 5].map((by) => `M${centre + by} ${y}h0`).join("");
  return [
    columns.cutBefore && across(LEFT - 4), columns.cutAfter && across(width - 4),
    rows.cutBefore && down(TOP - 2), rows.cutAfter && down(height - 4),
  ].filter(Boolean).join("");
}

/** The elements that have their number: all where there is room for it. */
function numbers(axis: Axis, cell: number): number[] {
  const [from, to] = clip([0, axis.map.size], axis.span);
  const step = [1, 2, 5, 10, 20, 50].find((step) => step * cell >= 9 + 6 * String(to).length) ?? 100;
  return Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i).filter((place) => step === 1 || (place + 1) % step === 0 || place === from);
}

/** Through which tap each element comes, of this side or the other. */
function tapNumbers(rows: Axis, columns: Axis, side: "taps" | "other", x: (place: number) => number, y: (place: number) => number): ComponentChildren {
  const within = (axis: Axis): [number, number][] => axis[side].flatMap(({ place, padding }, tap) => (padding || place! < axis.span.from || place! >= axis.span.to ? [] : [[place!, tap]]));
  return within(rows).flatMap(([row, down]) => within(columns).map(([column, across]) => (
    <text class={side === "taps" ? "tap" : "tap of-other"} x={x(column + 0.5)} y={y(row + 0.5)}>
      {rows.map.size > 1 || rows.map.taps > 1 ? `${down + 1},${across + 1}` : across + 1}
    </text>
  )));
}
