/** The part of an axis that is drawn, the same for the things that are compared. */

export interface Span {
  /** the first place that is drawn, and one past the last */
  from: number;
  to: number;
  /** whether the axis goes on before and after */
  cutBefore: boolean;
  cutAfter: boolean;
}

const LEAST = 16; // cells of a part

/** All of the axis where it has room; else the places in use, in the middle of a part three times as long. */
export function span(extents: [number, number][], places: number[], room: number): Span {
  const low = Math.min(...extents.map(([from]) => from));
  const high = Math.max(...extents.map(([, to]) => to));
  if (high - low <= room) return { from: low, to: high, cutBefore: false, cutAfter: false };
  const first = places.length ? Math.min(...places) : 0;
  const last = places.length ? Math.max(...places) : 0;
  const used = last - first + 1;
  const part = Math.min(Math.max(room, used + 2), Math.max(3 * used, LEAST), high - low);
  const from = Math.min(Math.max(first - Math.max(Math.floor((part - used) / 2), 0), low), high - part);
  return { from, to: from + part, cutBefore: from > low, cutAfter: from + part < high };
}
