/**
 * What the page is given of two compared models. Written by report/formats/models_payload.py; every text may come from
 * anyone: text nodes only.
 */
import type { AxisMap } from "./payload.ts";
import { windows, type Windows } from "./stepping.ts";

/** A pair of layers, by their places in the two models. */
export interface Layer {
  port: string;
  original: string;
  /** the line of the port's code, "net.py:12"; "" where there is none */
  source: string;
  /** "conv", "batch_norm" */
  kind: string;
  /** how far apart they are after all layers before them, "0.035" */
  chained: string;
}

/** A layer of the port that differs by itself, or the way to it. */
export interface Finding {
  /** the number of the layer; -1 for an output of the model */
  place: number;
  port: string;
  original: string;
  source: string;
  /** the kind of the layer, or "input of a layer" */
  layer: string;
  /** the kind of the cause: "pads", "epsilon" */
  kind: string;
  /** what the port's layer does where the original's does something else */
  cause: string;
  /** the line to write; "" where none is known */
  write: string;
  alone: string;
  chained: string;
  /** the original's layer and the port's in words; [] where nothing is drawn */
  title: string[];
  /** of the original and of the port, the number of the map of each axis */
  maps: number[][];
  transposed: boolean;
}

export interface ModelsPayload {
  format: 1;
  kind: "models";
  version: string;
  headline: string;
  summary: string[];
  /** what a reader has to know before believing it */
  notes: string[];
  /** the original and the port, as they were named */
  models: [string, string];
  /** in the order of the port */
  layers: Layer[];
  findings: Finding[];
  /** what would differ on another input */
  harmless: Finding[];
  /** what inference cannot show, with the layers of the port */
  later: [cause: string, ports: string[]][];
  /** [side, path, function, source] */
  unpaired: [string, string, string, string][];
  maps: AxisMap[];
}

/** Layers that follow each other: one that differs, with the numbers of its findings, or some that agree. */
export interface Part {
  layers: Layer[];
  findings: number[];
}

/** The layers in order, those that agree together; findings of the model's outputs come last. */
export function parts({ layers, findings }: ModelsPayload): Part[] {
  const found: Part[] = [];
  const of = (place: number): number[] => findings.flatMap((finding, number) => (finding.place === place ? [number] : []));
  layers.forEach((layer, place) => {
    const mine = of(place);
    const last = found.at(-1);
    if (!mine.length && last && !last.findings.length) last.layers.push(layer);
    else found.push({ layers: [layer], findings: mine });
  });
  const outputs = of(-1);
  return outputs.length ? [...found, { layers: [], findings: outputs }] : found;
}

/** The number of the finding that is open; the first where the address says nothing, -1 where none is. */
export function opened(open: string, findings: number): number {
  if (!open) return findings ? 0 : -1;
  const number = /^\d{1,6}$/.test(open) ? Number(open) - 1 : -1;
  return number < findings ? number : -1;
}

/** The windows of a finding at one output; null where there are none to draw. */
export function windowsOf({ maps }: ModelsPayload, finding: Finding, output: number[]): Windows | null {
  if (finding.maps.length !== 2 || finding.maps.some((axes) => !axes.length)) return null;
  return windows(finding.maps.map((axes) => axes.map((number) => maps[number]!)) as [AxisMap[], AxisMap[]], output);
}
