import { AXES } from "../../report.ts";
import type { Stepping } from "../../stepping.ts";
import { Badge, verdictClass } from "../../view/Badge.tsx";
import { SideBySide } from "../../view/Windows.tsx";
import { alike, type LayerAnswer, type Row } from "../answer.ts";
import type { Drawn } from "../drawing.ts";
import { type MeasuredRow, Measured } from "./Measured.tsx";
import { Sentences } from "./Sentences.tsx";
import { WorkedOut } from "./WorkedOut.tsx";

/** How the reader changes what is drawn. */
export interface Draws {
  go: (how: Stepping) => void;
  choose: (output: number[]) => void;
  /** draw the line of an adapter beside the request */
  draw: (adapter: string) => void;
}

/** The answer for one line: what to write in each framework and why, the windows, and the formula. */
export function Layer({ answer, drawn, ...draws }: { answer: LayerAnswer; drawn: Drawn | null } & Draws) {
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
        <Frameworks answer={answer} />
        <div class="beside">
          {drawn && <Drawing answer={answer} drawn={drawn} {...draws} />}
          <WorkedOut worked={answer} title="By the formula" />
        </div>
      </div>
    </>
  );
}

/** What to write in each framework, its own last; and what was measured there, where something was. */
export function Frameworks({ answer, measured = [] }: { answer: LayerAnswer; measured?: MeasuredRow[] }) {
  const own = (row: Row): boolean => row.framework === answer.framework;
  const groups = alike([...answer.frameworks.filter((row) => !own(row)), ...answer.frameworks.filter(own)]);
  return (
    <section aria-label="What to write" class="frameworks">
      <h2>What to write</h2>
      {groups.map((rows) => (
        <Framework key={rows[0]!.adapter} rows={rows} measured={measured.filter(({ adapter }) => rows.some((row) => row.adapter === adapter))} />
      ))}
    </section>
  );
}

/** What to write in a framework, for all adapters that are told the same. */
function Framework({ rows, measured }: { rows: Row[]; measured: MeasuredRow[] }) {
  const { framework, verdict, shape, answer, version } = rows[0]!;
  const several = rows.length > 1 ? rows.map(({ adapter }) => adapter).join(" · ") : version;
  return (
    <section class={`group ${verdictClass(verdict ?? "")}`} aria-label={framework}>
      <h3>
        <Badge kind={verdict ?? "unproven"} />
        <span class="who">{framework}</span>
        <small class="muted">{[shape && `(${shape.join(",")})`, several].filter(Boolean).join("  ")}</small>
      </h3>
      {measured.map((row) => (
        <Measured key={row.label} row={row} />
      ))}
      <Sentences lines={answer} />
    </section>
  );
}

/** The windows of the request beside those of the line that people write in a framework, which the reader chooses. */
export function Drawing({ answer, drawn, go, choose, draw }: { answer: LayerAnswer; drawn: Drawn } & Draws) {
  const choices = answer.frameworks.filter((row) => row.maps.length === answer.maps.length);
  const chosen = (
    <select aria-label="Drawn on the right" value={drawn.side} onChange={(event) => draw(event.currentTarget.value)}>
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
        transposed={answer.transposed} go={go} choose={choose}
      />
    </section>
  );
}
