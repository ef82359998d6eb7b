import type { Address } from "../../address.ts";
import { AXES } from "../../report.ts";
import type { Stepping } from "../../stepping.ts";
import { Badge, verdictClass } from "../../view/Badge.tsx";
import { SideBySide } from "../../view/Windows.tsx";
import { alike, type LayerAnswer, type Row } from "../answer.ts";
import type { Drawn } from "../drawing.ts";
import type { State } from "../state.ts";
import { Sentences } from "./Sentences.tsx";
import { WorkedOut } from "./WorkedOut.tsx";

/** The answer for one line: what to write in each framework and why, the windows, and the formula. */
export function Layer({ answer, drawn, store, go }: {
  answer: LayerAnswer; drawn: Drawn | null; store: Address<State>; go: (how: Stepping) => void;
}) {
  const own = (row: Row): boolean => row.framework === answer.framework;
  const groups = alike([...answer.frameworks.filter((row) => !own(row)), ...answer.frameworks.filter(own)]);
  return (
    <>
      {answer.asides.length > 0 && (
        <div class="alert" role="note">
          {answer.asides.map((aside) => (
            <p>{aside}</p>
          ))}
        </div>
      )}
      <div class="columns">
        <section aria-label="What to write" class="frameworks">
          <h2>What to write</h2>
          {groups.map((rows) => (
            <Framework key={rows[0]!.adapter} rows={rows} />
          ))}
        </section>
        <div class="beside">
          {drawn && <Drawing answer={answer} drawn={drawn} store={store} go={go} />}
          <WorkedOut worked={answer} title="By the formula" />
        </div>
      </div>
    </>
  );
}

/** What to write in a framework, for all adapters that are told the same. */
function Framework({ rows }: { rows: Row[] }) {
  const { framework, verdict, shape, answer, version } = rows[0]!;
  const several = rows.length > 1 ? rows.map(({ adapter }) => adapter).join(" · ") : version;
  return (
    <section class={`group ${verdictClass(verdict ?? "")}`} aria-label={framework}>
      <h3>
        <Badge kind={verdict ?? "unproven"} />
        <span class="who">{framework}</span>
        <small class="muted">{[shape && `(${shape.join(",")})`, several].filter(Boolean).join("  ")}</small>
      </h3>
      <Sentences lines={answer} />
    </section>
  );
}

function Drawing({ answer, drawn, store, go }: { answer: LayerAnswer; drawn: Drawn; store: Address<State>; go: (how: Stepping) => void }) {
  const choices = answer.frameworks.filter((row) => row.maps.length === answer.maps.length);
  const chosen = (
    <select aria-label="Drawn on the right" value={drawn.side} onChange={(event) => store.go({ side: event.currentTarget.value, output: [] })}>
      {choices.map(({ adapter }) => (
        <option value={adapter}>{adapter}</option>
      ))}
    </select>
  );
  return (
    <section aria-label="The windows">
      <h2>Its windows, and those of the line that people write</h2>
      <SideBySide
        found={drawn} captions={[<b>requested</b>, chosen]} axes={AXES[drawn.sizes.length] ?? []}
        transposed={answer.transposed} go={go} choose={(output) => store.adjust({ output })}
      />
    </section>
  );
}
