import { CATALOG, DANGEROUS, ID } from "../order.ts";
import type { Report } from "../report.ts";
import type { Store } from "../store.ts";

/** The order of the rows. */
export function Sort({ report, store }: { report: Report; store: Store }) {
  const { sort } = store.state;
  return (
    <label class="sort">
      Sort{" "}
      <select value={sort || DANGEROUS} onChange={(event) => store.go({ sort: event.currentTarget.value })}>
        <option value={DANGEROUS}>most dangerous first</option>
        <option value={CATALOG}>as in the catalog</option>
        <option value={ID}>by id</option>
        {report.environments.map(({ label }) => (
          <option value={`env:${label}`}>by {label}</option>
        ))}
      </select>
    </label>
  );
}
