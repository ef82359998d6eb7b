import { Code } from "../../view/Code.tsx";
import { told } from "../answer.ts";

/** What the terminal prints, as sentences and code; code that is to be written can be copied. */
export function Sentences({ lines }: { lines: string[] }) {
  return (
    <div class="told">
      {told(lines).map((part) => {
        if ("say" in part) return <p>{part.say}</p>;
        if (part.not) return <pre class="not" tabIndex={0}>{part.code}</pre>;
        return <Code text={part.code} what="the line to write" />;
      })}
    </div>
  );
}
