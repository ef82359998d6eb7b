import type { Address } from "../../address.ts";
import { Copy } from "../../view/Copy.tsx";
import type { Page } from "../page.ts";
import type { Python } from "../python.ts";
import type { State } from "../state.ts";

const SIZES = ["3x224x224", "64x112x112", "3x32x32", "8x8", "128x16x16", "16x1000", "1x16x64x64"];
const MOST_ROWS = 12;

/** The question: a line, perhaps a second one, the input size and the framework. */
export function Ask({ page, store, python, problems, status }: {
  page: Page; store: Address<State>; python: Python; problems: string[]; status: string;
}) {
  const { second, input, to } = store.state;
  const change = (changed: Partial<State>): void => {
    python.start();
    store.adjust({ ...changed, side: "", output: [] });
  };
  const field = (name: "line" | "second", label: string, placeholder: string) => (
    <label>
      <span>{label}</span>
      <textarea
        name={name} rows={Math.min(store.state[name].split("\n").length, MOST_ROWS)} value={store.state[name]} placeholder={placeholder}
        spellcheck={false} autocomplete="off" autocapitalize="none" aria-describedby="problems" aria-invalid={problems.length > 0 && name === "line"}
        onFocus={() => python.start()} onInput={(event) => change({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <form class="ask" onSubmit={(event) => event.preventDefault()} aria-label="Question">
      {field("line", "Line", "layers.Conv2D(32, 3, strides=2, padding='same')")}
      {field("second", "Your port of it, to compare (optional)", "nn.Conv2d(3, 32, 3, stride=2, padding=1)")}
      <div class="row">
        <label>
          <span>Input size, channels first</span>
          <input name="input" list="sizes" value={input} size={14} autocomplete="off" onInput={(event) => change({ input: event.currentTarget.value })} />
          <datalist id="sizes">
            {SIZES.map((size) => (
              <option value={size} />
            ))}
          </datalist>
        </label>
        <label>
          <span>Write it in</span>
          <select name="to" value={to} disabled={second.trim() !== ""} onChange={(event) => change({ to: event.currentTarget.value })}>
            <option value="">all frameworks</option>
            {page.frameworks.map(([adapter, framework]) => (
              <option value={adapter}>{framework}</option>
            ))}
          </select>
        </label>
        <Copy text={() => address(store)} what="link to this question" label="Copy link" />
        <p role="status" class="muted">{status}</p>
      </div>
      <div id="problems" role="alert">
        {[...problems, ...(python.failure ? [python.failure] : [])].map((problem) => (
          <Problem text={problem} />
        ))}
      </div>
    </form>
  );
}

/** Why something cannot be read, above the part of the text that is wrong, if there is one, with its caret. */
function Problem({ text }: { text: string }) {
  const [what, ...where] = text.split("\n");
  return (
    <div class="problem">
      <p>{what}</p>
      {where.length > 0 && <pre tabIndex={0}>{where.join("\n")}</pre>}
    </div>
  );
}

function address(store: Address<State>): string {
  store.write();
  return location.href;
}
