import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "../keys.ts";
import { NAMES, OTHERS, STATES } from "../states.ts";
import type { Report } from "../report.ts";
import { DANGER, type Kind } from "../words.ts";
import { Badge } from "./Badge.tsx";

const EXAMPLES: [string, string][] = [
  ["op:conv stride:2", "both hold; 2 is 2 on every axis, 2x1 is one for each"],
  ["-is:waived", "what does not match"],
  ["stride:2 or (dilation:2 kernel:3x5)", "either"],
  ['stem "wrong padding"', "text in ids, titles, reasons, code and errors"],
  ["silent", "text too: silent shifts, by the words of the verdict"],
  ["is:silent", "in some environment"],
  ["is:agreeing", "in every one that ran"],
  ['torch:shifted "my env":rejected', "in that environment"],
  ["keras:shifted", "in some environment of a group: a framework, an adapter, or labels that begin so"],
  ["torch=flax torch!=mxnet", "did the same: verdict, shape and elements read; or not"],
  ["id:stem finding:3", "a part of the id; a finding by its number"],
];

/** The keys, the query language, and what the verdicts mean. */
export function Help({ report, open, close }: { report: Report; open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const { meanings } = report.payload;
  const verdicts: Kind[] = [...DANGER.filter((verdict) => verdict in meanings), "misdeclares"];
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help" onClose={close}>
      <form method="dialog">
        <h2 id="help">Help</h2>
        <button aria-label="Close the help">Close</button>
      </form>
      <h3>Search</h3>
      <Terms terms={EXAMPLES} />
      <p class="muted">Names: {NAMES.filter((name) => !OTHERS.some((other) => other === name)).join(", ")}; {OTHERS.join(", ")}.</p>
      <p class="muted">After is: and the name of an environment or a group: {STATES.join(", ")}.</p>
      <p class="muted">Groups: {report.groups.join(", ") || "none"}. A finding matches if one of its own cases does, in its own environments.</p>
      <h3>Keys</h3>
      <dl class="terms">
        {KEYS.map(([keys, , words]) => (
          <div>
            <dt>
              {keys.map((key) => (
                <kbd>{key.replace("Arrow", "")}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <h3>Verdicts</h3>
      <dl class="terms">
        {verdicts.map((verdict) => (
          <div>
            <dt>
              <Badge kind={verdict} />
            </dt>
            <dd>{meanings[verdict]}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">An error of the run is none of these. Made by convparity {report.payload.version}.</p>
    </dialog>
  );
}

function Terms({ terms }: { terms: [string, string][] }) {
  return (
    <dl class="terms">
      {terms.map(([term, words]) => (
        <div>
          <dt>
            <code>{term}</code>
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}
