/**
 * What the page is given: one run, or one run against another, as columns. Written by report/payload.py.
 *
 * Numbers of cases, environments, texts and maps are positions in the arrays below. A cell is a case in an environment:
 * number = environment * cases + case, since cells of one environment, side by side, pack best. Every text may come
 * from anyone: text nodes only.
 */

/** A column in which values repeat: cell i has values[of[i]]. */
export interface Dictionary<T> {
  values: T[];
  of: number[];
}

/** Which input element each output reads through each tap, along one axis; -1 for padding, or nothing. */
export type AxisMap =
  /** reads output * stride - before + tap * dilation, and padding where that is not in 0..size-1 */
  | { outputs: number; taps: number; before: number; stride: number; dilation: number; size: number }
  /** gets (output + crop - tap * dilation) / stride, as in a transposed convolution; nothing where that is not one of 0..size-1 */
  | { outputs: number; taps: number; crop: number; stride: number; dilation: number; size: number }
  /** rows of taps, one row after the other */
  | { outputs: number; taps: number; size: number; reads: number[] };

export type Op = "conv" | "conv_transpose" | "max_pool" | "avg_pool";

export type VerdictName =
  | "agrees"
  | "shape"
  | "shifted"
  | "values"
  | "rejects"
  | "accepts"
  | "inexpressible"
  | "crashed"
  | "timed out"
  | "out of memory"
  | "unproven"
  /** not observed */
  | "";

export interface Cases {
  id: string[];
  /** "3x5, stride (3,4), padding (0,1) on 8x8" */
  title: Dictionary<string>;
  /** "3x5", one size for each axis; the columns below are as texts, as a query names them */
  op: Dictionary<Op>;
  input: Dictionary<string>;
  kernel: Dictionary<string>;
  stride: Dictionary<string>;
  dilation: Dictionary<string>;
  /** "0", "0,1", "0+1,2+2", or a word */
  padding: Dictionary<string>;
  /** everything else that is not as by default, such as "groups 3" or "float16", each a text */
  others: Dictionary<string[]>;
  /** spatial output sizes, "2x2"; "" where there is no answer */
  expected: Dictionary<string>;
  /** why there is no answer; "" where there is one */
  noAnswer: Dictionary<string>;
  /** the maps of the reference, one for each axis; [] where there is none or it is too large to draw */
  maps: Dictionary<number[]>;
  /** the formula with its numbers, a line for each axis: [axis, total of the pads, formula, "the 3 taps reach over 5" or ""] */
  formula: Dictionary<[string, string, string, string][]>;
  /** shapes of the input and of the weights as a Python tuple, and the dtype, for the reproduction script */
  arrays: Dictionary<[string, string, string]>;
}

/** What one environment did with each case, as written and as a port. */
export interface Cells {
  verdict: Dictionary<VerdictName>;
  /** whether the framework's own shape inference disagrees with what it then did */
  misdeclares: Dictionary<boolean>;
  /** spatial sizes that came out, "2x1"; "" where none did */
  shape: Dictionary<string>;
  source: Dictionary<string>;
  /** the request in the framework's own words where it refuses or lacks them, with its error as a comment; else "" */
  literal: Dictionary<string>;
  /** why, in a sentence; "" where it agrees */
  reason: Dictionary<string>;
  /** for which input sizes it holds; "" where that is not known */
  holds: Dictionary<string>;
  /** the framework's own words: an error, and what it printed */
  error: Dictionary<string>;
  log: Dictionary<string>;
  /** the maps as measured or proven, one for each axis; [] where they are not known */
  maps: Dictionary<number[]>;
  /** "(2,3)" or "rows (2,3), columns (1,1)"; "" where unknown */
  pads: Dictionary<string>;
  /** the verdict on the port; "" where none was run */
  port: Dictionary<VerdictName>;
  portSource: Dictionary<string>;
  /** why there is no port, what is wrong with it, or that it is for one input size; "" where nothing is to be said */
  portReason: Dictionary<string>;
  /** how weights get to the port: the frameworks that they come from, and the lines as a position in `carried` */
  carried: Dictionary<[string, number][]>;
  /** the reason for which a divergence is expected; "" where none was given */
  waived: Dictionary<string>;
  /** in a report of two runs: "", "added", "gone" or "changed" */
  change: Dictionary<"" | "added" | "gone" | "changed">;
}

/** The numbers of a cell whose values differ, kept for as many cells as fit. All channels, row-major. */
export interface Values {
  cell: number;
  shape: number[];
  got: (number | string)[];
  /** null where the reference has another shape */
  expected: number[] | null;
}

export interface Environment {
  label: string;
  adapter: string;
  /** the framework as sentences name it, such as "Keras"; several adapters may have the same */
  framework: string;
  /** the framework's own version */
  version: string;
  /** whether the environment was run, or what it would do was predicted */
  basis: "measured" | "predicted" | "recorded";
  packages: [string, string][];
  /** what else may matter: Python, platform, CPU, threads, limits, variables, where it was found */
  facts: [string, string][];
  /** the lines above a spelling in someone's file */
  imports: string;
  /** a script that stands alone; @SOURCE@, @INPUT@, @WEIGHTS@ and @DTYPE@ are to be replaced; "" where there is none */
  script: string;
}

/** Divergences that are one: the same verdict for the same cause in the same environments. Most dangerous first. */
export interface Finding {
  verdict: VerdictName | "misdeclares" | "added" | "gone" | "changed";
  /** every shape is right and other elements are read */
  silent: boolean;
  environments: number[];
  cause: string;
  /** the case that stands for the others */
  example: number;
  /** in the file as steps from one to the next, which unpack() adds up */
  cases: number[];
  /** whether every divergence in it is expected */
  waived: boolean;
}

export interface Payload {
  format: 1;
  version: string;
  /** a run, two runs, or the releases of a package, oldest first */
  kind: "run" | "diff" | "history";
  headline: string;
  /** the sentences after it, one for each other kind of divergence */
  summary: string[];
  complete: boolean;
  /** what a reader has to know before believing it */
  notes: string[];
  /** what alone fails the run, where that is not every divergence; else "" */
  gate: string;
  /** what fails the run and is no finding, such as a line that is not as locked: [what it is, the sentence] */
  failures: [string, string][];
  /** errors of the run: [environment, what happened] */
  faults: [string, string][];
  environments: Environment[];
  cases: Cases;
  cells: Cells;
  /** functions of NumPy arrays that carry weights, as source */
  carried: string[];
  maps: AxisMap[];
  values: Values[];
  findings: Finding[];
  /** what each verdict means, in a sentence */
  meanings: Record<string, string>;
}
