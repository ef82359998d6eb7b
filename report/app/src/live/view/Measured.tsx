import { Badge } from "../../view/Badge.tsx";
import type { VerdictName } from "../../payload.ts";

/** What a layer did in one environment. Written by engine/widget/measuring.py. */
export interface MeasuredRow {
  label: string;
  adapter: string;
  /** "2.13.0"; "" before it is known */
  version: string;
  /** "" while it is measured, and where it cannot be */
  verdict: VerdictName;
  shape: number[] | null;
  /** how it differs from the prediction; "" where it does not */
  unforeseen: string;
  /** the verdict on the port; "" where none was run */
  port: VerdictName;
  /** why there is no measurement; "" where there is one, or it is to come */
  fault: string;
}

/** What was measured of a layer in one environment, or that it is being measured. */
export function Measured({ row }: { row: MeasuredRow }) {
  const { label, version, verdict, shape, unforeseen, port, fault } = row;
  if (fault) return <p class="muted measured">{label}: not measured: {fault}</p>;
  if (!verdict) return <p class="muted measured">{label}: measuring ...</p>;
  return (
    <p class="measured">
      <span class="muted">{label} {version}, measured:</span> <Badge kind={verdict} /> {shape && `(${shape.join(",")})`}
      {port && <span class="muted"> · its port ran: <b class={port === "agrees" ? "good" : "bad"}>{port}</b></span>}
      {unforeseen && <b class="bad"> · unforeseen: {unforeseen}</b>}
    </p>
  );
}
