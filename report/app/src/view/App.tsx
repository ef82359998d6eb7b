import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { action } from "../keys.ts";
import { opening } from "../focus.ts";
import { type Found, search } from "../query.ts";
import { order } from "../order.ts";
import type { Report } from "../report.ts";
import type { Store } from "../store.ts";
import { drawn, stepped, type Stepping } from "../stepping.ts";
import { QueryError } from "../tree.ts";
import { Bar } from "./Bar.tsx";
import { Counts } from "./Counts.tsx";
import { Detail } from "./Detail.tsx";
import { Environments } from "./Environments.tsx";
import { Findings } from "./Findings.tsx";
import { Head } from "./Head.tsx";
import { Help } from "./Help.tsx";
import { useKeys, useMedia, useTheme } from "./hooks.ts";
import { Matrix } from "./Matrix.tsx";
import { Sort } from "./Sort.tsx";

const NARROW = "(max-width: 1000px)";

export function App({ report, store }: { report: Report; store: Store }) {
  const [, redraw] = useReducer((number: number) => number + 1, 0);
  useEffect(() => store.subscribe(() => redraw(null)), []);
  const narrow = useMedia(NARROW);
  const [help, setHelp] = useState(false);
  const { query, sort, open } = store.state;
  const { rows, findings, error } = useFound(report, query, sort);
  const opened = open ? report.case(open) : -1;
  const [activeCase, activate] = useState(opened);
  const active = activeCase < 0 ? -1 : rows.indexOf(activeCase);

  const flip = useTheme(store);
  useFocusOf(opened);

  const close = (): void => {
    if (opened >= 0) store.go({ open: "" });
    else if (query) store.go({ query: "" });
    else (document.activeElement as HTMLElement | null)?.blur();
  };
  const move = (by: number): void => {
    if (!rows.length || (narrow && opened >= 0)) return;
    const row = Math.min(Math.max(active + by, 0), rows.length - 1);
    activate(rows[row]!);
    document.getElementById("cases")?.scrollIntoView({ block: "nearest" });
  };
  const go = (how: Stepping): void => {
    const found = opened < 0 ? null : drawn(report, opened, store.state);
    const output = found && stepped(found, how);
    if (output) store.adjust({ output });
  };

  useKeys((event) => {
    const found = action(event);
    if (!found || help) return;
    const act: Record<typeof found, () => void> = {
      search: () => document.getElementById("query")?.focus(),
      down: () => move(1),
      up: () => move(-1),
      open: () => active >= 0 && store.go(opening(report, activeCase)),
      close,
      "next output": () => go("next output"),
      "previous output": () => go("previous output"),
      "next difference": () => go("next difference"),
      "previous difference": () => go("previous difference"),
      theme: flip,
      help: () => setHelp(true),
    };
    event.preventDefault();
    act[found]();
  });

  return (
    <div class={`page${opened >= 0 ? " split" : ""}`}>
      <main inert={narrow && opened >= 0}>
        <Bar report={report} store={store} shown={rows.length} error={error} theme={flip} help={() => setHelp(true)} />
        <Head report={report} />
        <Counts report={report} store={store} />
        <Findings report={report} store={store} matches={findings} />
        <Environments report={report} />
        <section id="cases" aria-labelledby="cases-title">
          <div class="section-head">
            <h2 id="cases-title">Layers</h2>
            <Sort report={report} store={store} />
          </div>
          <Matrix report={report} store={store} rows={rows} active={active} activate={(row) => activate(rows[row]!)} />
        </section>
      </main>
      {opened >= 0 && <Detail key={opened} report={report} store={store} number={opened} go={go} close={() => store.go({ open: "" })} />}
      <Help report={report} open={help} close={() => setHelp(false)} />
    </div>
  );
}

/** The cases that match, in order, and the findings. Of a query that is wrong, those of the last one that was right. */
function useFound(report: Report, query: string, sort: string): { rows: Uint32Array; findings: boolean[]; error: QueryError | null } {
  const ordered = useMemo(() => order(report, sort), [report, sort]);
  const last = useRef<Found | null>(null);
  const error = useMemo(() => {
    try {
      last.current = search(query, report);
      return null;
    } catch (error) {
      if (error instanceof QueryError) return error;
      throw error;
    }
  }, [report, query]);
  const found = (last.current ??= search("", report));
  const rows = useMemo(() => ordered.filter((number) => found.cases[number]), [ordered, found]);
  return { rows, findings: found.findings, error };
}

/** The focus goes to a case that is opened, and back to where it was when it is closed. */
function useFocusOf(opened: number): void {
  const before = useRef<Element | null>(null);
  useEffect(() => {
    const focused = document.activeElement;
    if (opened >= 0) {
      if (!focused?.closest("aside")) before.current = focused;
      document.getElementById("case-title")?.focus({ preventScroll: true });
    } else {
      const row = document.querySelector<HTMLElement>("tr.active a");
      const back = before.current instanceof HTMLElement && before.current.isConnected && before.current !== document.body;
      (back ? (before.current as HTMLElement) : row)?.focus({ preventScroll: true });
    }
  }, [opened]);
}
