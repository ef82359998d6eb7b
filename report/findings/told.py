"""The parts of a finding, in the order in which they are shown; formats only lay them out and escape them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...cases.text import printable, shape_text
from ..verdicts.verdict import kind
from .code import broken
from .report import Cluster, Divergence
from .words import word


@dataclass(frozen=True)
class Port:
    """The port of divergences: its result and its source; the source is empty where there is no port.

    ``labels`` are the environments and ``cases`` the ids of the layers for which this is the port.
    """

    labels: tuple[str, ...]
    cases: tuple[str, ...]
    said: str
    source: str
    agrees: bool

    @property
    def line(self) -> str:
        """The port on one line."""
        return f"{self.said}: {self.source}" if self.source else self.said

    def lines(self, lead: str = "") -> list[str]:
        """Return the port after ``lead``, with its code broken into lines where it is long."""
        return broken(self.source, f"{lead}{self.said}: ") if self.source else [lead + self.said]


@dataclass(frozen=True)
class Wording:
    """The line as written of environments, beside the word of the request that they refuse."""

    labels: tuple[str, ...]
    written: str
    literal: str


@dataclass(frozen=True)
class Told:
    """The parts of a finding, or of a single divergence.

    ``ids`` are those of its layers, the example first; ``every_shape`` is the shape that all agree on where a shift is
    silent; ``sizes`` says for which input sizes it holds; ``wordings`` has the lines as written of the environments
    that refuse the request's word; ``ports`` has each distinct port, those of the example first.
    """

    verdict: str
    labels: tuple[str, ...]
    layer: str
    ids: tuple[str, ...]
    every_shape: str
    why: str
    sizes: str
    wordings: tuple[Wording, ...]
    ports: tuple[Port, ...]

    @property
    def others(self) -> int:
        """The number of further layers with the same finding."""
        return len(self.ids) - 1

    def named(self, limit: int) -> str:
        """Return the ids of the layers, the first of them where there are more than ``limit``."""
        return named(self.ids, limit)

    def whose(self, port: Port, limit: int) -> str:
        """Return the environments and the layers that a port is for, if it is not for all of those of the finding."""
        labels = "" if port.labels == self.labels else ", ".join(port.labels)
        cases = "" if set(port.cases) == set(self.ids) else named(port.cases, limit)
        return " for ".join(filter(None, [labels, cases]))

    def lines(self) -> list[tuple[str, str]]:
        """Return a name and a line of code for each wording: the line as written, and the line that is refused."""
        found = []
        for wording in self.wordings:
            lead = "" if wording.labels == self.labels else f"{', '.join(wording.labels)} "
            found += [(f"{lead}as written", wording.written), (f"{lead}literal", wording.literal)]
        return found


def named(ids: Sequence[str], limit: int) -> str:
    """Return ids, the first of them where there are more than ``limit``."""
    more = f" and {len(ids) - limit} more" if len(ids) > limit else ""
    return ", ".join(printable(id, 80) for id in ids[:limit]) + more


def finding(cluster: Cluster) -> Told:
    """Return the parts of a finding, with an example that stands for all similar divergences."""
    return _told(cluster.verdict, cluster.environments, cluster.example, cluster.alike, cluster.divergences)


def divergence(one: Divergence) -> Told:
    """Return the parts of a single divergence."""
    return _told(kind(one.verdict), (one.verdict.environment.label,), one, [one], [one])


def _told(
    verdict: str,
    labels: tuple[str, ...],
    example: Divergence,
    alike: Sequence[Divergence],
    divergences: Sequence[Divergence],
) -> Told:
    row = example.verdict
    return Told(
        word(verdict),
        tuple(printable(label, 40) for label in labels),
        row.case.describe(),
        tuple(dict.fromkeys(one.verdict.case.id for one in (example, *divergences))),
        shape_text(row.expected_shape) if example.silent else "",
        row.reason,
        example.holds.text if example.holds else "",
        tuple(_wordings(alike)),
        tuple(_ports([*alike, *divergences])),
    )


def _wordings(alike: Iterable[Divergence]) -> Iterator[Wording]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in (one.verdict for one in alike):
        if row.literal and row.literal.source:
            label = printable(row.environment.label, 40)
            found.setdefault((row.observation.source, row.literal.line), []).append(label)
    for (written, literal), labels in found.items():
        yield Wording(tuple(labels), written, literal)


def _ports(divergences: Iterable[Divergence]) -> Iterator[Port]:
    """Yield each distinct port once, with the environments and the layers that it is for."""
    found: dict[Port, dict[str, dict[str, None]]] = {}  # the labels of each case, by port
    for one in divergences:
        label = printable(one.verdict.environment.label, 40)
        found.setdefault(port(one), {}).setdefault(one.verdict.case.id, {})[label] = None
    for bare, labels_by_case in found.items():
        cases_by_labels: dict[tuple[str, ...], list[str]] = {}
        for id, labels in labels_by_case.items():
            cases_by_labels.setdefault(tuple(labels), []).append(id)
        for together, ids in cases_by_labels.items():
            yield replace(bare, labels=together, cases=tuple(ids))


def port(one: Divergence) -> Port:
    """Return the port of a divergence, with its result and the note of its adapter, but not whose it is."""
    said = about_port(one)
    if one.port is None:
        return Port((), (), said, "", False)
    did = {"measured": "ran"}.get(one.port.environment.basis, one.port.environment.basis)
    stamp = f"{did}, {one.port.verdict}: {said}"
    if one.ported:
        stamp = f"{did}, agrees; {said}" if said else f"{did}, agrees"
    return Port((), (), f"port ({stamp})", one.port.observation.source, one.ported)


def about_port(one: Divergence) -> str:
    """Return why no port was run, why the port diverges, or the note of its adapter; empty where there is none."""
    if one.port:
        return printable(one.port.reason or one.port.observation.note)
    if one.verdict.reference.shape is None:
        return "nothing to port: the layer has no answer"
    if kind(one.verdict) == "misdeclares":
        return "no port needed: the code as written computes the requested layer"
    return f"no port: {printable(one.unported)}" if one.unported else "port: not run"
