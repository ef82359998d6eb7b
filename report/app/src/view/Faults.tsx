import type { Finding, Layer, ModelsPayload } from "../models.ts";
import { windowsOf } from "../models.ts";
import { AXES } from "../report.ts";
import type { Stepping } from "../stepping.ts";
import type { Store } from "../store.ts";
import { capital, count } from "../words.ts";
import { Spelled } from "./Code.tsx";
import { SideBySide } from "./Windows.tsx";

const UNEXPLAINED = "unexplained";

/** A layer that differs by itself: a row, and when it is open, the line to write and the windows of both. */
export function Fault({ payload, store, number, open, toggle, go }: {
  payload: ModelsPayload; store: Store; number: number; open: boolean; toggle: () => void; go: (how: Stepping) => void;
}) {
  const finding = payload.findings[number]!;
  const drawn = open ? windowsOf(payload, finding, store.state.output) : null;
  const id = `fault-${number + 1}`;
  return (
    <li class={`fault ${colour(finding.kind)}${open ? " open" : ""}`}>
      <h3>
        <button type="button" aria-expanded={open} aria-controls={id} onClick={toggle}>
          <span class="badge">{finding.kind}</span>
          <span class="place">{finding.port}</span>
          <span class="why">{finding.layer}: {finding.cause}</span>
        </button>
      </h3>
      {open && (
        <div id={id}>
          <Facts finding={finding} />
          {finding.write && <Spelled head="write" stamp="ran, and the layer agrees" text={finding.write} what="the line to write" />}
          {!finding.write && <p class="muted">No line is known that mends it.</p>}
          {drawn && (
            <SideBySide
              found={drawn} captions={[<b>original</b>, <b>port</b>]} axes={AXES[drawn.sizes.length] ?? []}
              transposed={finding.transposed} go={go} choose={(output) => store.adjust({ open: String(number + 1), output })}
            />
          )}
        </div>
      )}
    </li>
  );
}

function Facts({ finding }: { finding: Finding }) {
  const { title, original, source, alone, chained } = finding;
  const facts: [string, string][] = [
    ["original", [original, title[0]].filter(Boolean).join(": ")],
    ["port", [finding.port, title[1]].filter(Boolean).join(": ")],
    ["source", source],
    ["difference", `${alone} by itself, ${chained} after all layers before it`],
  ];
  return (
    <dl class="models">
      {facts.filter(([, text]) => text).map(([name, text]) => (
        <>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </>
      ))}
    </dl>
  );
}

/** Layers that follow each other and agree. */
export function Agreeing({ layers }: { layers: Layer[] }) {
  const [first] = layers;
  return (
    <li class="agreeing">
      <details>
        <summary>{layers.length === 1 ? `${first!.port} agrees by itself` : `${count(layers.length, "layer")} agree by themselves`}</summary>
        <div class="scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th>port</th>
                <th>original</th>
                <th>layer</th>
                <th>after all before it</th>
              </tr>
            </thead>
            <tbody>
              {layers.map(({ port, original, kind, chained }) => (
                <tr>
                  <td>{port}</td>
                  <td>{original}</td>
                  <td>{kind}</td>
                  <td>{chained}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </li>
  );
}

export function Harmless({ findings }: { findings: Finding[] }) {
  if (!findings.length) return null;
  return (
    <section aria-labelledby="harmless">
      <h2 id="harmless">Harmless on this input, but not on every input</h2>
      <ul>
        {findings.map(({ port, layer, cause }) => (
          <li>
            <b>{port}</b> ({layer}) {cause}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Later({ rows }: { rows: ModelsPayload["later"] }) {
  if (!rows.length) return null;
  return (
    <section aria-labelledby="later">
      <h2 id="later">Agrees now, will train differently</h2>
      {rows.map(([cause, ports]) => (
        <details>
          <summary>{capital(cause)}: {count(ports.length, "layer")}</summary>
          <p>{ports.join(", ")}</p>
        </details>
      ))}
    </section>
  );
}

export function Unpaired({ rows }: { rows: ModelsPayload["unpaired"] }) {
  if (!rows.length) return null;
  return (
    <section aria-labelledby="unpaired">
      <h2 id="unpaired">Not paired: {count(rows.length, "layer")}</h2>
      <ul>
        {rows.map(([side, path, name, source]) => (
          <li>
            {side}: <b>{path}</b> ({name}){source && ` at ${source}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Windows that are elsewhere, as everywhere on the page; what is unexplained; and other numbers. */
function colour(kind: string): string {
  if (kind === UNEXPLAINED) return "v-shape";
  return kind === "pads" || kind === "mirrored" || kind === "ceil" || kind === "order" ? "v-shifted" : "v-values";
}
