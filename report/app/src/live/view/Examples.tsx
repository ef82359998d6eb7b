import type { Address } from "../../address.ts";
import { FIELDS, type Page } from "../page.ts";
import type { State } from "../state.ts";

/** The questions that were answered when the page was made; each is a link to itself. */
export function Examples({ page, store }: { page: Page; store: Address<State> }) {
  return (
    <nav class="examples" aria-label="Examples">
      <span class="muted">Examples:</span>
      {page.examples.map((example) => {
        const { title, line, second, input, to } = example;
        const here = FIELDS.every((field) => store.state[field] === example[field]);
        return (
          <a href={store.link({ line, second, input, to, side: "", output: [] })} aria-current={here ? "true" : undefined}>
            {title}
          </a>
        );
      })}
    </nav>
  );
}
