import type { QueryError } from "../tree.ts";
import { completions } from "../complete.ts";
import type { Report } from "../report.ts";
import type { Store } from "../store.ts";
import { count, grouped } from "../words.ts";
import { Copy } from "./Copy.tsx";

/** The query, what is wrong with it, and how many layers match. */
export function Search({ report, store, shown, error }: { report: Report; store: Store; shown: number; error: QueryError | null }) {
  const { query } = store.state;
  return (
    <div class="search" role="search">
      <div class="row">
        <input
          id="query" type="search" value={query} list="completions" spellcheck={false} autocomplete="off" autocapitalize="none"
          placeholder="silent  op:conv stride:2  keras:shifted  ( / )" aria-label="Search" aria-describedby="query-error" aria-invalid={error ? "true" : "false"}
          onInput={(event) => store.type(event.currentTarget.value)} onChange={() => store.commit()}
        />
        <datalist id="completions">
          {completions(query, report).map((option) => (
            <option value={option} />
          ))}
        </datalist>
        <output>
          {grouped(shown)} of {count(report.count, "layer")}
        </output>
        <Copy text={() => address(store)} what="link to this view" label="Copy link" />
      </div>
      <p id="query-error" class="error" role="status">
        {error && <Wrong query={query} error={error} />}
      </p>
    </div>
  );
}

function address(store: Store): string {
  store.write();
  return location.href;
}

/** The place, and what is wrong there; the rows are still those of the last query that was right. */
function Wrong({ query, error }: { query: string; error: QueryError }) {
  const [start, end] = error.place;
  return (
    <>
      <code>
        {query.slice(0, start)}
        <mark>{query.slice(start, end) || " "}</mark>
        {query.slice(end)}
      </code>{" "}
      {start + 1}: {error.message}
    </>
  );
}
