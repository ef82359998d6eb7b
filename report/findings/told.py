"""The parts of a finding, in the order in which they are shown; formats only lay them out and escape them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...cases.text import printable, shape_text
from ..verdicts.verdict import kind
from .report import Cluster, Divergence
from .words import word


@dataclass(frozen=True)
class Port:
    """The port of a divergence: its result and its source; the source is empty where there is no port."""

    label: str
    said: str
    source: str
    agrees: bool

    @property
    def line(self) -> str:
        """The port on one line."""
        return f"{self.said}: {self.source}" if self.source else self.said


@dataclass(frozen=True)
class Wording:
    """The line as written of an environment, beside the word of the request that it refuses."""

    label: str
    written: str
    literal: str


@dataclass(frozen=True)
class Told:
    """The parts of a finding, or of a single divergence.

    ``others`` is the number of further layers with the same finding; ``every_shape`` is the shape that all agree on
    where a shift is silent; ``sizes`` says for which input sizes it holds; ``wordings`` has the lines as written of the
    environments that refuse the request's word; ``ports`` has one port for each environment.
    """

    verdict: str
    labels: tuple[str, ...]
    layer: str
    others: int
    every_shape: str
    why: str
    sizes: str
    wordings: tuple[Wording, ...]
    ports: tuple[Port, ...]

    @property
    def several(self) -> bool:
        """Whether there are several environments, so that each wording and port needs the label of its own."""
        return len(self.ports) > 1

    def lines(self) -> list[tuple[str, str]]:
        """Return a name and a line of code for each wording: the line as written, and the line that is refused."""
        found = []
        for wording in self.wordings:
            lead = f"{wording.label} " if self.several else ""
            found += [(f"{lead}as written", wording.written), (f"{lead}literal", wording.literal)]
        return found


def finding(cluster: Cluster) -> Told:
    """Return the parts of a finding, with an example that stands for all similar divergences."""
    return _told(cluster.verdict, cluster.environments, cluster.example, len(cluster.cases) - 1, cluster.alike)


def divergence(one: Divergence) -> Told:
    """Return the parts of a single divergence."""
    return _told(kind(one.verdict), (one.verdict.environment.label,), one, 0, [one])


def _told(verdict: str, labels: tuple[str, ...], example: Divergence, others: int, alike: list[Divergence]) -> Told:
    row = example.verdict
    return Told(
        word(verdict),
        tuple(printable(label, 40) for label in labels),
        row.case.describe(),
        others,
        shape_text(row.expected_shape) if example.silent else "",
        row.reason,
        example.holds.text if example.holds else "",
        tuple(_wordings(alike)),
        tuple(map(port, alike)),
    )


def _wordings(alike: list[Divergence]) -> Iterator[Wording]:
    for row in (one.verdict for one in alike):
        if row.literal and row.literal.source:
            label, written = printable(row.environment.label, 40), row.observation.source
            yield Wording(label, written, row.literal.line)


def port(one: Divergence) -> Port:
    """Return the port of a divergence, with its result and the note of its adapter."""
    label, said = printable(one.verdict.environment.label, 40), about_port(one)
    if one.port is None:
        return Port(label, said, "", False)
    did = "ran" if one.port.environment.basis == "measured" else "predicted"
    stamp = f"{did}, {one.port.verdict}: {said}"
    if one.ported:
        stamp = f"{did}, agrees; {said}" if said else f"{did}, agrees"
    return Port(label, f"port ({stamp})", one.port.observation.source, one.ported)


def about_port(one: Divergence) -> str:
    """Return why no port was run, why the port diverges, or the note of its adapter; empty where there is none."""
    if one.port:
        return printable(one.port.reason or one.port.observation.note)
    if one.verdict.reference.shape is None:
        return "nothing to port: the layer has no answer"
    if kind(one.verdict) == "misdeclares":
        return "no port needed: the code as written computes the requested layer"
    return f"no port: {printable(one.unported)}" if one.unported else "port: not run"
