import { AXES } from "../../report.ts";
import { capital } from "../../words.ts";
import { Badge, verdictClass } from "../../view/Badge.tsx";
import { Code } from "../../view/Code.tsx";
import { SideBySide } from "../../view/Windows.tsx";
import type { PairAnswer } from "../answer.ts";
import type { Drawn } from "../drawing.ts";
import type { Draws } from "./Layer.tsx";
import { WorkedOut } from "./WorkedOut.tsx";

/** Two lines compared: whether they are the same layer, why not, what to write, the windows and the formulas. */
export function Pair({ answer, drawn, go, choose }: { answer: PairAnswer; drawn: Drawn | null } & Draws) {
  const { verdict, heading, first, second, write, remarks, sides, transposed } = answer;
  return (
    <div class="columns">
      <section aria-label="The comparison" class={`group ${verdictClass(verdict)}`}>
        <h2>
          <Badge kind={verdict} />
          <span>{capital(heading)}</span>
        </h2>
        {write && (
          <>
            <p>Write instead, in {second.framework}:</p>
            <Code text={write} what="the line to write" />
          </>
        )}
        {remarks.map((remark) => (
          <p>{remark}</p>
        ))}
        <dl class="models">
          {([["first", first], ["second", second]] as const).map(([name, { framework, shape }]) => (
            <>
              <dt>{name}</dt>
              <dd>
                {framework} {shape ? `(${shape.join(",")})` : "no output"}
              </dd>
            </>
          ))}
        </dl>
      </section>
      <div class="beside">
        {drawn && (
          <section aria-label="The windows">
            <h2>The windows of both</h2>
            <SideBySide
              found={drawn} captions={[<b>first</b>, <b>second</b>]} axes={AXES[drawn.sizes.length] ?? []}
              transposed={transposed} go={go} choose={choose}
            />
          </section>
        )}
        <WorkedOut worked={sides[0]} title="The first, by the formula" />
        <WorkedOut worked={sides[1]} title="The second, by the formula" />
      </div>
    </div>
  );
}
