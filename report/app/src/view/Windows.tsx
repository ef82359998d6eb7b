import type { ComponentChildren } from "preact";
import { extent, taps } from "../maps.ts";
import { span } from "../layout.ts";
import type { AxisMap } from "../payload.ts";
import { countDifferent, type Stepping, type Windows } from "../stepping.ts";
import { grouped } from "../words.ts";
import { sentence } from "../windows.ts";
import { type Axis, Grid } from "./Grid.tsx";
import { Outputs } from "./Outputs.tsx";

const ROOM = 24; // cells, so that two drawings fit side by side
const SOLE: AxisMap = { outputs: 1, taps: 1, before: 0, stride: 1, dilation: 1, size: 1 };

/** One output's window in the padded input, in two things side by side, each with a caption; and over each other where
 *  the two have names. */
export function SideBySide({ found, captions, names, axes, transposed, noAnswer = -1, go, choose }: {
  found: Windows; captions: [ComponentChildren, ComponentChildren]; names?: [string, string] | undefined; axes: string[]; transposed: boolean;
  /** the side that has no answer */
  noAnswer?: number;
  go: (how: Stepping) => void; choose: (output: number[]) => void;
}) {
  return (
    <section class="drawing" aria-label="Windows">
      <Steps found={found} go={go} transposed={transposed} />
      {names && found.maps.every((side) => side.length) && <Over found={found} names={names} axes={axes} transposed={transposed} />}
      <div class="sides">
        {([0, 1] as const).map((which) => (
          <figure class={which ? "right" : "left"}>
            <figcaption>{captions[which]}</figcaption>
            <Side found={found} which={which} axes={axes} transposed={transposed} noAnswer={which === noAnswer} />
          </figure>
        ))}
        <Outputs found={found} choose={choose} />
      </div>
      <p class="muted key">
        <span class="left swatch taps" />
        <span class="right swatch taps" /> read <span class="left swatch other" />
        <span class="right swatch other" /> by the other <span class="swatch pad" /> padding. Counted from 1.
      </p>
    </section>
  );
}

function Steps({ found, go, transposed }: { found: Windows; go: (how: Stepping) => void; transposed: boolean }) {
  const { sizes, differences, output } = found;
  const different = differences ? countDifferent(sizes, differences) : 0;
  const total = sizes.reduce((product, size) => product * size, 1);
  const button = (how: Stepping, text: string, key: string): ComponentChildren => (
    <button type="button" title={`${how} (${key})`} aria-label={how} disabled={how.endsWith("difference") && !different} onClick={() => go(how)}>
      {text}
    </button>
  );
  return (
    <div class="steps">
      {button("previous difference", "⇤", "[")}
      {button("previous output", "←", "p")}
      <b>output ({output.map((index) => index + 1).join(",")})</b>
      {button("next output", "→", "n")}
      {button("next difference", "⇥", "]")}
      <span class="muted">{differences && summary(different, total, transposed)}</span>
    </div>
  );
}

function summary(different: number, total: number, transposed: boolean): string {
  const verb = transposed ? "made from" : "read";
  return different ? `${grouped(different)} of ${grouped(total)} outputs ${transposed ? "are" : ""} ${verb} other elements`.replace("  ", " ")
    : `all ${grouped(total)} ${transposed ? "are made from" : "read"} the same elements`;
}

function Side({ found, which, axes, transposed, noAnswer }: {
  found: Windows; which: 0 | 1; axes: string[]; transposed: boolean; noAnswer: boolean;
}) {
  const { maps, output } = found;
  const mine = maps[which];
  if (!mine.length && noAnswer) return <p class="muted">Nothing was requested: the layer has no answer.</p>;
  if (!mine.length) return <p class="muted">Which elements it reads is not known, or the input is too large to draw.</p>;
  const words = sentence(mine, output, axes, transposed);
  return (
    <>
      <Grids drawn={mine.map((_, i) => drawnAxis(maps, which, i, output[i]!))} axes={axes} words={words} transposed={transposed} />
      <p class="words">{words}</p>
    </>
  );
}

/** Both windows in one padded input, which has the padding of either. */
function Over({ found, names, axes, transposed }: { found: Windows; names: [string, string]; axes: string[]; transposed: boolean }) {
  const { maps, output } = found;
  const drawn = maps[0].map((map, i): Axis => {
    const [one, other] = [extent(map), extent(maps[1][i]!)];
    return { ...drawnAxis(maps, 0, i, output[i]!), reach: [Math.min(one[0], other[0]), Math.max(one[1], other[1])] };
  });
  const words = ([0, 1] as const).map((which) => `${names[which]} ${sentence(maps[which], output, axes, transposed)}`).join("; ");
  return (
    <figure class="left over">
      <figcaption>
        <span class="left swatch taps" /> {names[0]} and <span class="right swatch taps" /> {names[1]}, over each other
      </figcaption>
      <Grids drawn={drawn} axes={axes} words={words} transposed={transposed} both />
    </figure>
  );
}

/** An image as one grid; of any other number of axes, one grid for each. */
function Grids({ drawn, axes, words, transposed, both = false }: {
  drawn: Axis[]; axes: string[]; words: string; transposed: boolean; both?: boolean;
}) {
  const [rows, columns] = drawn;
  if (drawn.length === 2) return <Grid rows={rows!} columns={columns!} words={words} transposed={transposed} both={both} />;
  const sole: Axis = {
    map: SOLE, reach: [0, 1], taps: taps(SOLE, 0), other: taps(SOLE, 0), span: { from: 0, to: 1, cutBefore: false, cutAfter: false },
  };
  return drawn.map((axis, i) => (
    <div>
      {drawn.length > 1 && <small class="muted">{axes[i]}</small>}
      <Grid rows={sole} columns={axis} words={words} transposed={transposed} both={both} />
    </div>
  ));
}

/** An axis of one side, with what the other reads there; both sides show the same part of it. */
function drawnAxis(maps: [AxisMap[], AxisMap[]], which: 0 | 1, i: number, output: number): Axis {
  const both = maps.filter((side) => side.length).map((side) => side[i]!);
  const windows = both.map((map) => taps(map, output));
  const places = windows.flat().flatMap(({ place }) => (place === null ? [] : [place]));
  const other = maps[1 - which]![i];
  return {
    map: maps[which][i]!,
    reach: extent(maps[which][i]!),
    taps: taps(maps[which][i]!, output),
    other: other ? taps(other, output) : [],
    span: span(both.map(extent), places, ROOM),
  };
}
