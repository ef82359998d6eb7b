import { Copy } from "./Copy.tsx";

/** Code with a button that copies it. */
export function Code({ text, what }: { text: string; what: string }) {
  return (
    <div class="code">
      <pre tabIndex={0}>{text}</pre>
      <Copy text={() => text} what={what} />
    </div>
  );
}

/** Code below what it is, with a stamp that says what came of it. */
export function Spelled({ head, text, what, stamp, good = true }: { head: string; text: string; what: string; stamp?: string; good?: boolean }) {
  return (
    <div class="spelled">
      <p>
        {head} {stamp && <strong class={good ? "good" : "bad"}>{good ? "✓" : "✗"} {stamp}</strong>}
      </p>
      <Code text={text} what={what} />
    </div>
  );
}
