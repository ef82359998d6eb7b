import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Control, Model, Sender } from "../model.ts";
import { as, type Kind, kind, KINDS, sides } from "../padding.ts";

const OPS = [["conv", "convolution"], ["conv_transpose", "transposed"], ["max_pool", "max pool"], ["avg_pool", "average pool"]] as const;
const MODES = ["zeros", "reflect", "replicate", "circular", "symmetric"];
const INPUTS = ["8x8", "9x9", "7x7", "3x224x224", "16", "6x6x6"];
/** the controls that have a slider beside their text, with its ends */
const SLIDERS = [["kernel", 1, 11], ["stride", 1, 8], ["dilation", 1, 6]] as const;
const MOST_PAD = 8;

/** The layer as a line of source, which follows the controls, and which they follow. */
export function Line({ model, sender }: { model: Model; sender: Sender }) {
  return (
    <Row label="layer" problem={model.get("problems").layer}>
      <Text control="layer" model={model} placeholder="no line of this framework does this" change={(control, text) => sender.change(control, text)} />
    </Row>
  );
}

/** The controls of a layer. A text that cannot be has the reason below it, and changes nothing else. */
export function Controls({ model, sender }: { model: Model; sender: Sender }) {
  const [controls, problems, usable] = [model.get("controls"), model.get("problems"), model.get("usable")];
  const change = (control: Control, text: string): void => sender.change(control, text);
  const choice = (control: Control, options: readonly (readonly [string, string])[]) => (
    <select aria-label={control.replace("_", " ")} value={controls[control]} onChange={(event) => change(control, event.currentTarget.value)}>
      {options.map(([value, words]) => (
        <option value={value}>{words}</option>
      ))}
    </select>
  );
  const text = (control: Control, placeholder = "") => <Text control={control} {...{ model, placeholder, change }} />;
  const row = (control: Control, content: ComponentChildren, label: string = control.replace("_", " ")) =>
    usable.includes(control) && <Row label={label} problem={problems[control]}>{content}</Row>;
  return (
    <form class="controls" aria-label="Controls" onSubmit={(event) => event.preventDefault()}>
      {row("op", <>{choice("op", OPS)}{choice("axes", [["1", "1 axis"], ["2", "2 axes"], ["3", "3 axes"]])}</>, "operation")}
      {row("input", <>{text("input")}<datalist id="sizes">{INPUTS.map((size) => <option value={size} />)}</datalist></>)}
      {row("output_size", text("output_size", "none: a window that slides"))}
      {SLIDERS.map(([control, low, high]) => row(control, (
        <>
          <Slider label={control} {...{ low, high }} value={first(controls[control])} change={(value) => change(control, String(value))} />
          {text(control)}
        </>
      )))}
      {row("padding", <Padding padding={controls.padding} text={text("padding")} change={(padding) => change("padding", padding)} />)}
      {row("padding_mode", choice("padding_mode", modes(controls.padding_mode)), "mode")}
      {row("output_padding", (
        <>
          <Slider label="output padding" low={0} high={5} value={first(controls.output_padding)} change={(value) => change("output_padding", String(value))} />
          {text("output_padding", "not given")}
        </>
      ))}
    </form>
  );
}

/** The modes to choose from; also one for each axis, where the layer has that. */
function modes(chosen: string): [string, string][] {
  return [...MODES, ...(MODES.includes(chosen) ? [] : [chosen])].map((mode) => [mode, mode]);
}

function first(text: string): number {
  return parseInt(text, 10) || 0;
}

function Row({ label, problem, children }: { label: string; problem: string | undefined; children: ComponentChildren }) {
  return (
    <div class="control">
      <span class="label">{label}</span>
      <div class="set">{children}</div>
      {problem && <p class="error" role="alert">{problem}</p>}
    </div>
  );
}

/** A text, which stays as it is typed while it has the focus. */
function Text({ control, model, placeholder, change }: { control: Control; model: Model; placeholder: string; change: (control: Control, text: string) => void }) {
  const [typed, type] = useState<string | null>(null);
  const problem = model.get("problems")[control];
  return (
    <input
      type="text" aria-label={control.replace("_", " ")} aria-invalid={problem ? true : undefined} placeholder={placeholder} spellcheck={false} autocomplete="off"
      list={control === "input" ? "sizes" : undefined} value={typed ?? model.get("controls")[control]}
      onInput={(event) => {
        type(event.currentTarget.value);
        change(control, event.currentTarget.value);
      }}
      onBlur={() => type(null)}
    />
  );
}

function Slider({ label, low, high, value, change }: { label: string; low: number; high: number; value: number; change: (value: number) => void }) {
  return (
    <input
      type="range" aria-label={`${label} slider`} min={low} max={Math.max(high, value)} value={value}
      onInput={(event) => change(Number(event.currentTarget.value))}
    />
  );
}

/** What kind of padding it is, and its numbers: one for both sides, or one for each. */
function Padding({ padding, text, change }: { padding: string; text: ComponentChildren; change: (padding: string) => void }) {
  const chosen = kind(padding);
  const [before, after] = sides(padding);
  const range = { low: 0, high: MOST_PAD };
  return (
    <>
      <select aria-label="kind of padding" value={chosen} onChange={(event) => change(as(event.currentTarget.value as Kind, padding))}>
        {KINDS.map((kind) => (
          <option value={kind}>{kind}</option>
        ))}
      </select>
      {chosen === "numbers" && <Slider label="padding" {...range} value={before} change={(value) => change(String(value))} />}
      {chosen === "sides" && (
        <>
          <Slider label="padding before" {...range} value={before} change={(value) => change(`${value}+${after}`)} />
          <Slider label="padding after" {...range} value={after} change={(value) => change(`${before}+${value}`)} />
        </>
      )}
      {(chosen === "numbers" || chosen === "sides") && text}
    </>
  );
}
