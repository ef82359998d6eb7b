import { useState } from "preact/hooks";

/** A button that copies a text, and says so. */
export function Copy({ text, what, label = "Copy" }: { text: () => string; what: string; label?: string }) {
  const [said, say] = useState("");
  const copy = async (): Promise<void> => {
    say((await copied(text())) ? "Copied" : "Not copied");
    setTimeout(() => say(""), 1500);
  };
  return (
    <>
      <button type="button" class="copy" aria-label={`Copy ${what}`} onClick={copy}>
        {said || label}
      </button>
      <span class="unseen" role="status">
        {said && `${said}: ${what}`}
      </span>
    </>
  );
}

/** Through the clipboard, or where a page from disk may not use it, as if by hand. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}
