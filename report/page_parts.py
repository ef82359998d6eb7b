"""The parts of the HTML report as plain data, and the cleaning of the strings in them; ``page.py`` puts them together.

Ids, labels and texts come from results files, and so from anyone: one-line strings go through ``printable``, longer
ones through :func:`clean`, and anchors are made of numbers only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..cases.case import Case
from ..cases.text import printable
from .assessment import Divergence
from .results import Environment, Observation
from .windows import Drawing
from .words import MEANINGS, word

TEXT_LIMIT = 4000  # characters of a framework's own words
LABEL_LIMIT, ID_LIMIT, SENTENCE_LIMIT = 40, 80, 1000


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Several lines, with control characters made visible, cut beyond ``limit`` characters."""
    lines = text[: limit + 1].expandtabs(4).splitlines()
    joined = "\n".join(printable(line, limit) for line in lines).strip("\n")
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def sentence(text: str, limit: int = SENTENCE_LIMIT) -> str:
    """Text from an explanation as a sentence: a capital where the first word is a plain one, and a full stop."""
    text = printable(text, limit)
    if re.match(r"[a-z]+[ ,;]", text):
        text = text[0].upper() + text[1:]
    return text if not text or text.endswith((".", "…", "!", "?")) else text + "."


def case_id(case: Case) -> str:
    """The id of a case, safe to show."""
    return printable(case.id, ID_LIMIT)


def label_of(environment: Environment) -> str:
    """The label of an environment, safe to show."""
    return printable(environment.label, LABEL_LIMIT)


@dataclass(frozen=True)
class Badge:
    """A verdict as it is shown: an icon, a word and a colour."""

    kind: str

    @property
    def word(self) -> str:
        """The verdict in words."""
        return word(self.kind)

    @property
    def css(self) -> str:
        """The verdict as a part of class names and of the icon's id."""
        return (self.kind or "not-run").replace(" ", "-")

    @property
    def meaning(self) -> str:
        """What the verdict says."""
        return MEANINGS[self.kind]


@dataclass(frozen=True)
class Code:
    """Source as it ran."""

    text: str

    @property
    def parts(self) -> list[str]:
        """The text, divided where a line may be broken."""
        return re.split(r"(?<=[(\[])", self.text)

    @classmethod
    def of(cls, observation: Observation) -> Code | None:
        """The source of an observation, where there was one."""
        return cls(clean(observation.source)) if observation.source else None


@dataclass(frozen=True)
class Port:
    """The port and what came of running it, or why there is none."""

    code: Code | None
    badge: Badge | None
    words: str

    @property
    def verified(self) -> bool:
        """Whether it ran and agrees."""
        return self.badge is not None and self.badge.kind == "agrees"

    @classmethod
    def of(cls, divergence: Divergence) -> Port:
        """The port of a divergence."""
        port, verdict = divergence.port, divergence.verdict
        if port is not None and not divergence.ported:
            return cls(Code.of(port.observation), Badge(port.verdict), sentence(port.reason))
        if port is not None:
            return cls(Code.of(port.observation), Badge("agrees"), "")
        if verdict.reference.shape is None:
            return cls(None, None, "Nothing to port: the layer has no answer.")
        if verdict.verdict == "agrees":
            return cls(None, None, "None is needed: what was written does what was asked.")
        return cls(None, None, "None is known." if divergence.port_tried else "It was not run.")


@dataclass(frozen=True)
class Spelled:
    """What one environment was given and what makes it agree."""

    label: str
    written: Code | None
    port: Port


@dataclass(frozen=True)
class Link:
    """A link within the page."""

    href: str
    text: str


@dataclass(frozen=True)
class Finding:
    """A cluster, as a card."""

    anchor: str
    badge: Badge
    silent: bool
    environments: list[str]
    size: int
    cause: str
    example: Link
    example_title: str
    shapes: str
    holds: str
    spelled: list[Spelled]
    drawing: Drawing | None
    links: list[Link]
    more_links: list[Link]
    drawn: int  # how many of its cases are drawn


@dataclass(frozen=True)
class Cell:
    """One case in one environment."""

    badge: Badge
    misdeclares: bool
    shape: str
    href: str


@dataclass(frozen=True)
class Row:
    """One case in every environment."""

    anchor: str
    href: str
    title: str
    id: str
    expected: str
    cells: list[Cell]
    diverges: bool


@dataclass(frozen=True)
class AxisLine:
    """The formula worked out for one axis, or for several that are alike."""

    name: str
    total: str
    formula: str
    reaches: str


@dataclass(frozen=True)
class Panel:
    """One drawing of a comparison, or one for each axis where there are not two."""

    asked: bool
    environments: str
    shape: str
    pads: str
    drawings: list[tuple[str, Drawing]]  # with the name of the axis, where each has its own


@dataclass(frozen=True)
class ReadsRow:
    """What one group of environments reads: a cell for each window, with whether it is not what was asked."""

    who: str
    asked: bool
    cells: list[tuple[str, bool]]


@dataclass(frozen=True)
class Reads:
    """What each window reads along an axis, or what each output of a transposed convolution is made from.

    A column of no heading stands for those left out.
    """

    caption: str
    unit: str
    columns: list[str]
    rows: list[ReadsRow]


@dataclass(frozen=True)
class Block:
    """One diverging environment of a case."""

    anchor: str
    label: str
    version: str
    badge: Badge
    misdeclares: bool
    shape: str
    reason: str
    holds: str
    written: Code | None
    port: Port
    error: str
    log: str


@dataclass(frozen=True)
class Agreeing:
    """An environment that does what was asked, and the words it was asked in."""

    label: str
    shape: str
    code: Code | None


@dataclass(frozen=True)
class Detail:
    """Everything about one divergent case."""

    anchor: str
    row: str
    open: bool
    title: str
    id: str
    words: str
    summary: list[tuple[str, Badge]]
    formula: str
    axes: list[AxisLine]
    no_answer: str
    panels: list[Panel]
    not_drawn: str
    reads: list[Reads]
    blocks: list[Block]
    agreeing: list[Agreeing]


@dataclass(frozen=True)
class EnvironmentRow:
    """An environment as it was recorded."""

    label: str
    adapter: str
    version: str
    packages: list[tuple[str, str]]
    python: str
    imports: str
    facts: str
    origin: str


@dataclass(frozen=True)
class Group:
    """The environments that read the same elements in a case; the first group is what was asked for."""

    asked: bool
    environments: list[str]
    shape: tuple[int, ...] | None
    maps: tuple[np.ndarray, ...]

    @property
    def labels(self) -> list[str]:
        """The environments' labels, safe to show."""
        return [printable(label, LABEL_LIMIT) for label in self.environments]
