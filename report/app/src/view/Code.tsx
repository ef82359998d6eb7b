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
