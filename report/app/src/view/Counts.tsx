import { useMemo } from "preact/hooks";
import { match } from "../query.ts";
import type { Report } from "../report.ts";
import { quoted, stateOf } from "../states.ts";
import type { Store } from "../store.ts";
import { count, DANGER, grouped, type Kind, word } from "../words.ts";
import { verdictClass } from "./Badge.tsx";
import { Icon } from "./Icon.tsx";

const APART: Kind = "inexpressible";

/** How many layers have each verdict somewhere; a button shows them and their findings, and shows all again. */
export function Counts({ report, store }: { report: Report; store: Store }) {
  const found = useMemo(() => tally(report), [report]);
  return (
    <div class="counts" role="group" aria-label="Layers by verdict">
      {found.map(({ kind, query, layers }) => {
        const chosen = store.state.query === query;
        return (
          <button
            type="button" class={`${verdictClass(kind)}${kind === APART ? " apart" : ""}`} aria-pressed={chosen}
            title={report.payload.meanings[kind]} onClick={() => store.go({ query: chosen ? "" : query })}
          >
            <b>{grouped(layers)}</b>
            <span>
              <Icon kind={kind} /> {kind === "agrees" ? "agrees everywhere" : word(kind)}
            </span>
          </button>
        );
      })}
      <p class="muted">
        of {count(report.count, "layer")} in {count(report.environments.length, "environment")}
      </p>
    </div>
  );
}

/** The verdicts that there are, the most dangerous first; what cannot be written in a framework is no difference. */
function tally(report: Report): { kind: Kind; query: string; layers: number }[] {
  const kinds: Kind[] = ["changed", "added", "gone", ...DANGER.filter((kind) => kind && kind !== "agrees" && kind !== APART), "misdeclares", "agrees", APART, ""];
  return kinds.flatMap((kind) => {
    const query = `is:${quoted(stateOf(kind))}`;
    const layers = match(query, report).reduce((sum, matches) => sum + matches, 0);
    return layers ? [{ kind, query, layers }] : [];
  });
}
