import type { Report } from "../report.ts";
import type { Store } from "../store.ts";
import type { QueryError } from "../tree.ts";
import { Search } from "./Search.tsx";

/** The top of the page, which stays in sight: the search, and what holds for the whole page. */
export function Bar({ report, store, shown, error, theme, help }: {
  report: Report; store: Store; shown: number; error: QueryError | null; theme: () => void; help: () => void;
}) {
  return (
    <div class="bar">
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>(".matrix")?.focus()}>
        Skip to the layers
      </button>
      <span class="name">convparity</span>
      <Search report={report} store={store} shown={shown} error={error} />
      <span class="tools">
        <button type="button" onClick={theme} title="t">
          Theme
        </button>
        <button type="button" onClick={help} title="?">
          Help
        </button>
      </span>
    </div>
  );
}
