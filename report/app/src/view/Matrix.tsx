import { useEffect, useRef } from "preact/hooks";
import { opening } from "../focus.ts";
import { at, type Report } from "../report.ts";
import type { Store } from "../store.ts";
import { named, unversioned, word } from "../words.ts";
import { verdictClass } from "./Badge.tsx";
import { Icon } from "./Icon.tsx";
import { useVirtual } from "./virtual.ts";

const ROW = 44; // pixels, as in the style sheet

/** Cases by environments. Only the rows in sight are in the document. */
export function Matrix({ report, store, rows, active, activate }: {
  report: Report; store: Store; rows: Uint32Array; active: number; activate: (row: number) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtual(rows.length, () => frame.current, ROW);
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = Math.max(rows.length * ROW - (items.at(-1)?.end ?? 0), 0);
  useEffect(() => {
    if (active >= 0 && active < rows.length) virtual.scrollToIndex(active, { align: "auto" });
  }, [active, rows]);

  const open = (event: MouseEvent): void => {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>("tr[data-row]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const number = Number(row.dataset.row);
    const environment = target.closest<HTMLElement>("td[data-env]")?.dataset.env;
    activate(number);
    store.go(opening(report, rows[number]!, environment === undefined ? -1 : Number(environment)));
  };
  return (
    <div class="matrix" ref={frame} tabIndex={0} role="region" aria-label="Layers by environments">
      <table aria-rowcount={rows.length + 1} style={{ "--columns": report.environments.length }}>
        <colgroup>
          <col class="case" style={{ width: `${caseWidth(report.environments.length)}%` }} />
          {report.environments.map(() => (
            <col />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Layer</th>
            {report.environments.map(({ label, version }) => (
              <Column label={label} version={version} store={store} />
            ))}
          </tr>
        </thead>
        <tbody onClick={open}>
          {above > 0 && <Space height={above} />}
          {items.map(({ index }) => (
            <Row key={rows[index]} report={report} store={store} number={rows[index]!} row={index} active={index === active} tabbed={index === Math.max(active, 0)} />
          ))}
          {below > 0 && <Space height={below} />}
        </tbody>
      </table>
      {rows.length === 0 && <p class="none">No layer matches.</p>}
    </div>
  );
}

/** The width of the first column in percent: what few others leave. */
function caseWidth(columns: number): number {
  return Math.max(24, 52 - 4 * columns);
}

/** The head of a column, which sorts by it. */
function Column({ label, version, store }: { label: string; version: string; store: Store }) {
  const sort = `env:${label}`;
  const sorted = store.state.sort === sort;
  return (
    <th scope="col" aria-sort={sorted ? "ascending" : "none"}>
      <button type="button" title={`${named({ label, version })}: sort by it`} onClick={() => store.go({ sort: sorted ? "" : sort })}>
        <span>
          {unversioned({ label, version })}
          {sorted && " ▾"}
        </span>
        <small>{version}</small>
      </button>
    </th>
  );
}

/** The rows that are not in the document, as room. */
function Space({ height }: { height: number }) {
  return <tr aria-hidden="true" class="space" style={{ height: `${height}px` }} />;
}

function Row({ report, store, number, row, active, tabbed }: {
  report: Report; store: Store; number: number; row: number; active: boolean; tabbed: boolean;
}) {
  const { cases } = report.payload;
  const key = report.key(number);
  const title = at(cases.title, number);
  const isOpen = store.state.open === key;
  return (
    <tr aria-rowindex={row + 2} data-row={row} class={`${active ? "active" : ""}${isOpen ? " open" : ""}`}>
      <th scope="row">
        <a href={store.link(opening(report, number))} tabIndex={tabbed ? 0 : -1} aria-current={isOpen ? "true" : undefined} title={title}>
          {title}
        </a>
        <small title={cases.id[number]}>{cases.id[number]}</small>
      </th>
      {report.environments.map((_, environment) => (
        <Cell report={report} cell={report.cell(number, environment)} environment={environment} />
      ))}
    </tr>
  );
}

function Cell({ report, cell, environment }: { report: Report; cell: number; environment: number }) {
  const { cells } = report.payload;
  const verdict = report.verdict(cell);
  const shape = at(cells.shape, cell);
  const change = at(cells.change, cell);
  const also = [change, at(cells.misdeclares, cell) && "misdeclares", report.waived(cell) && "expected"].filter(Boolean);
  const reason = at(cells.reason, cell) || report.payload.meanings[verdict];
  return (
    <td data-env={environment} class={`${verdictClass(verdict)}${report.waived(cell) ? " waived" : ""}${change ? " changed" : ""}`} title={reason}>
      <span class="verdict">
        <Icon kind={verdict} />
        {word(verdict)}
      </span>
      <small>{[shape && `(${shape.replaceAll("x", ",")})`, ...also].filter(Boolean).join(" · ")}</small>
    </td>
  );
}
