"""Two runs on the terminal: what changed first, what moved and where to, and who did not."""

from __future__ import annotations

from collections.abc import Iterator

from ..cases.text import printable, several, shape_text
from .diff import CHANGED, ChangeCluster, Diff

SHOWN = 20  # clusters


def lines(diff: Diff) -> Iterator[str]:
    """The whole comparison, line by line."""
    for change in (*diff.packages, *diff.facts):
        yield printable(change, 300)
    for note in diff.notes:
        yield printable(note, 500)
    yield diff.headline
    for cluster in diff.clusters[:SHOWN]:
        yield ""
        yield from _cluster(diff, cluster)
    if len(diff.clusters) > SHOWN:
        yield f"and {len(diff.clusters) - SHOWN} more"
    for name, run in diff.runs.items():
        for _, message in run.results.faults:
            yield f"{name}: harness fault: {printable(message, 700)}"


def _cluster(diff: Diff, cluster: ChangeCluster) -> Iterator[str]:
    change = cluster.example
    verdict = change.either
    who = several([printable(label, 40) for label in cluster.environments])
    others = len(cluster.cases) - 1
    more = f" and {others} more" if others else ""
    spelling = "" if verdict.spelling == "as written" else f" ({verdict.spelling})"
    yield f"{cluster.kind.upper():8} {who}{spelling}  {verdict.case.describe()}{more}"
    if verdict.observation.source:
        yield f"  {verdict.observation.source}"
    yield f"  {printable(change.what, 600)}"
    if cluster.kind == CHANGED and change.silent and verdict.observation.shape:
        yield f"  every shape is {shape_text(verdict.shape)} before and after: a test of shapes passes on both"
    if cluster.kind == CHANGED and (unmoved := diff.unmoved(verdict.case)):
        yield f"  unchanged in {several([printable(label, 40) for label in unmoved])}"
