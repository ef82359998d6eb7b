import type { Kind } from "../words.ts";

/** Each verdict has a shape of its own: colour alone says nothing. */
const PATHS: Record<string, string> = {
  agrees: "M2.5 8.5L6.5 12.5L13.5 4",
  shifted: "M9.5 4V2H2V9.5H4M6.5 6.5H14V14H6.5z",
  shape: "M2 2H14V14H2zM2 6.5H9.5V14",
  values: "M2.5 6H13.5M2.5 10H13.5M11 2.5L5 13.5",
  accepts: "M8 1.5L15 14H1zM8 6V9.5M8 11.6V12",
  unproven: "M5 6A3 3 0 1 1 8 9V10.5M8 13V13.5",
  crashed: "M3 3L13 13M13 3L3 13",
  "timed out": "M14 8A6 6 0 1 1 2 8A6 6 0 1 1 14 8M8 4.5V8L10.5 10",
  "out of memory": "M2 5H14V12H2zM4.5 5V2.5M8 5V2.5M11.5 5V2.5",
  rejects: "M14 8A6 6 0 1 1 2 8A6 6 0 1 1 14 8M3.8 3.8L12.2 12.2",
  inexpressible: "M2 2.5H14V10.5H8L4.5 14V10.5H2z",
  misdeclares: "M2 2.5H14V10.5H8L4.5 14V10.5H2zM5 5H11M5 8H11M9.5 3.8L6.5 9.2",
  added: "M8 2V14M2 8H14",
  gone: "M2 8H14",
  changed: "M2 5.5H13M10 2.5L13 5.5L10 8.5M14 11H3M6 8L3 11L6 14",
  "": "M6 8H10",
};

export function Icon({ kind }: { kind: Kind }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[kind]} />
    </svg>
  );
}
