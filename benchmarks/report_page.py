"""How fast the HTML report of a large run is, in headless Chromium: results, repeated to 20,000 cases by 7 columns.

    python benchmarks/report_page.py RESULTS [--cases N] [--columns N] [--keep REPORT]

Needs Playwright for Python and Chromium on the PATH. Figures are medians, of what a reader waits for.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from convparity.report.findings.report import Report
from convparity.report.formats.html import write
from convparity.report.results.file import Results
from convparity.report.verdicts.run import Run
from playwright.sync_api import Page, sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"]
QUERIES = ("op:conv stride:2", "is:silent", "'same' zeros", "-is:agreeing kernel:3x3", "conv or pool")

# The time from a key to the next frame, with the rows of the new query in it.
TYPE = """async (text) => {
    const box = document.getElementById("query");
    const times = [];
    for (let end = 1; end <= text.length; end++) {
        await new Promise((done) => setTimeout(done, 30));
        const start = performance.now();
        box.value = text.slice(0, end);
        box.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = done;
            channel.port2.postMessage(0);
        }));
        times.push(performance.now() - start);
    }
    return times;
}"""
SCROLL = """async () => {
    const frame = document.querySelector(".matrix");
    const times = [];
    let last = performance.now();
    for (let i = 0; i < 180; i++) {
        frame.scrollTop += 400;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
    }
    return times.slice(5);
}"""


def repeated(lines: list[dict[str, Any]], cases: int, columns: int) -> Iterator[dict[str, Any]]:
    """The lines of a run, again and again under other ids and labels."""
    ids = [line["case"]["id"] for line in lines if line["kind"] == "case"]
    environments = [line for line in lines if line["kind"] == "environment"]
    labels = [line["label"] for line in environments]
    copies = {label: [] for label in labels}
    for column in range(columns):
        label = labels[column % len(labels)]
        copies[label].append(label if column < len(labels) else f"{label}-{column // len(labels) + 1}")
    yield next(line for line in lines if line["kind"] == "header")
    for line in environments:
        yield from ({**line, "label": label} for label in copies[line["label"]])
    for start in range(0, cases, len(ids)):
        kept = set(ids[: cases - start])
        for line in lines:
            if line["kind"] == "case" and line["case"]["id"] in kept:
                yield {**line, "case": {**line["case"], "id": f"{line['case']['id']}-{start}"}}
            elif line["kind"] == "observation" and line["case"] in kept:
                for label in copies[line["environment"]]:
                    yield {**line, "case": f"{line['case']}-{start}", "environment": label}
    yield {"kind": "end"}


def measure(page: Page, path: Path) -> None:
    """Open the report, type and scroll, and print how long that took."""
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector(".matrix tbody tr[data-row]")
    print(f"first rows                {time.perf_counter() - start:8.2f} s")
    page.wait_for_timeout(1000)
    print(f"rows in the document      {page.locator('.matrix tbody tr[data-row]').count():8d}")
    for query in QUERIES:
        times = page.evaluate(TYPE, query)
        print(f"a key of {query!r:<26}{statistics.median(times):6.1f} ms, at most {max(times):.1f}")
    page.evaluate(TYPE, " ")
    frames = page.evaluate(SCROLL)
    print(f"a frame while scrolling   {statistics.median(frames):8.1f} ms, at most {max(frames):.1f}")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    print(f"JavaScript heap           {page.evaluate('performance.memory.usedJSHeapSize') / 2**20:8.1f} MB")


def renderer_memory() -> int:
    """The resident size of the largest renderer that this process started, in bytes."""
    children = psutil.Process().children(recursive=True)
    return max(p.memory_info().rss for p in children if "--type=renderer" in p.cmdline())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="where to keep the report")
    asked = parser.parse_args()
    lines = [json.loads(line) for line in asked.results.read_text(encoding="utf-8").splitlines()]
    results = Results()
    for line in repeated(lines, asked.cases, asked.columns):
        results.add(line)
    report = Report(Run(results))
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "report.html"
        start = time.perf_counter()
        write(report, path)
        print(f"{len(report.cases)} cases by {len(report.environments)} columns, {len(report.clusters)} findings")
        print(f"written in                {time.perf_counter() - start:8.1f} s")
        print(f"size                      {path.stat().st_size / 2**20:8.2f} MB")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            measure(chromium.new_page(viewport={"width": 1600, "height": 1000}), path)
            print(f"renderer, resident        {renderer_memory() / 2**20:8.1f} MB")
            chromium.close()


if __name__ == "__main__":
    main()
