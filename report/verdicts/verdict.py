"""The rows of a report: a verdict for each case, environment and spelling, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

import numpy as np

from ...adapters.worker.protocol import Written
from ...cases.arithmetic import AXIS_NAMES
from ...cases.axis_sampling import AxisSampling
from ...cases.case import Case
from ...cases.reference import Reference
from ...cases.text import UNITS, first_line, printable, shape_text
from ..display import notebook_html
from ..frame import frame, sizes_text
from ..results.file import Environment
from ..results.observation import Observation
from .explanations import declared_otherwise, reason
from .foresight import unforeseen
from .judging import VerdictName, fitted, fitted_as_asked, reference_maps
from .known_rows import KnownRow

VERDICTS = get_args(VerdictName)
DIVERGENT = (*VERDICTS[1:], "misdeclares")  # the kinds of divergence


@dataclass(frozen=True)
class Literal:
    """The request in the framework's own words, where it refuses or lacks them.

    ``source`` is the line that it refuses, empty where there is no word. ``error`` is the error that the line raised,
    or a sentence about the missing word; a line that was not run, or that ran after all, has none.
    """

    source: str
    error: str
    ran: bool = False

    @property
    def line(self) -> str:
        """The line of code with its error as a comment; where there is no word, the comment alone."""
        if not self.source:
            return f"# {first_line(self.error)}"
        if self.error:
            return f"{self.source}  # raises {first_line(self.error)}"
        return f"{self.source}  # {'runs in this version' if self.ran else 'not run'}"

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``literal`` in the row that ``--json`` writes."""
        return {"source": self.source or None, "error": self.error}


@dataclass(frozen=True)
class Verdict:
    """The verdict on one spelling of one case in one environment, with the evidence."""

    case: Case
    environment: Environment
    spelling: Written
    verdict: VerdictName
    misdeclares: bool
    reference: Reference
    observation: Observation
    known: KnownRow | None = None  # with the sentences that need not be worked out again
    foreseen: bool = True  # whether it is compared with its prediction

    def __repr__(self) -> str:
        parts = (self.case.describe(), self.environment.label, self.spelling, self.verdict)
        return f"<Verdict: {'; '.join(printable(part) for part in parts)}>"

    def _repr_html_(self) -> str | None:
        return notebook_html(self)

    @property
    def key(self) -> tuple[str, str, str]:
        """The case id, environment label and spelling, which no other row of a run has."""
        return self.case.id, self.environment.label, self.spelling

    @property
    def diverges(self) -> bool:
        """Whether the row diverges from the reference, or misdeclares."""
        return self.verdict != "agrees" or self.misdeclares

    @cached_property
    def reason(self) -> str:
        """Why the verdict is not ``agrees``, and the false declaration; computed on first access."""
        if self.known is not None:
            return self.known.reason
        why = reason(self.case, self.reference, self.observation, self.environment, self.verdict)
        return "; ".join(filter(None, [why, declared_otherwise(self.observation) if self.misdeclares else ""]))

    @property
    def unforeseen(self) -> str:
        """The prediction, where the measurement differs from it; empty where the two are the same."""
        if self.known is not None:
            return self.known.unforeseen or ""
        return self._unforeseen if self.spelling == "as written" and self.foreseen else ""

    @cached_property
    def _unforeseen(self) -> str:
        return unforeseen(self.case, self.environment.adapter, self.verdict, self.observation, self.environment.facts)

    @property
    def literal(self) -> Literal | None:
        """The request in the framework's own words where the row as written has others; None where they are its own."""
        seen = self.observation
        if self.spelling != "as written" or not (seen.literal or seen.note):
            return None
        if not seen.literal:
            return Literal("", seen.note)
        return Literal(seen.literal, seen.literal_error, seen.literal_outcome == "ran")

    @property
    def expected_shape(self) -> tuple[int, ...] | None:
        """The reference's spatial output sizes, or None where it has no answer."""
        return None if self.reference.shape is None else self.reference.shape[2:]

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The spatial sizes of the output, or None."""
        return None if self.observation.shape is None else self.observation.shape[2:]

    @property
    def maps(self) -> tuple[np.ndarray, ...] | None:
        """The elements read, per axis (output, kernel), measured or proven by equal values.

        None where they are unknown, or proven but too large to be computed.
        """
        measured = self.observation.sampling
        if measured is not None and measured.exact:
            return measured.maps if measured.separable else None
        return (reference_maps(self.reference) or None) if self.proven else None

    @property
    def proven(self) -> bool:
        """Whether equal values prove that the elements read are the reference's, or a prediction says so."""
        shown = self.reference.decisive or self.observation.prediction is not None
        return self.verdict == "agrees" and self.observation.outcome == "ran" and shown

    @property
    def sampling(self) -> tuple[AxisSampling | None, ...] | None:
        """The pads, stride and dilation that describe :attr:`maps`, per axis; None for an axis where none do."""
        axes, measured = self.reference.axes, self.observation.sampling
        if measured is not None and measured.exact:
            return fitted(axes, measured) if measured.separable and axes else None
        return fitted_as_asked(axes) if self.proven else None

    @property
    def pads(self) -> tuple[tuple[int, int], ...] | None:
        """The measured (before, after) pads per axis, or crops of a transposed convolution; None where unknown."""
        axes = self.reference.axes
        if not axes:
            return None
        if self.proven and self.observation.sampling is None:
            return tuple(axis.pads for axis in axes)
        if self.sampling is None:
            return None
        pairs = [got.pads(asked.pads) if got else None for got, asked in zip(self.sampling, axes, strict=True)]
        known = tuple(pair for pair in pairs if pair is not None)
        return known if len(known) == len(pairs) else None

    def to_frame(self) -> Any:
        """Return the row as a data frame, with the columns that ``docs/frames.md`` documents."""
        return verdicts_frame([self])

    def to_json(self) -> dict[str, Any]:
        """Return the row that ``--json`` writes."""
        literal, sampling, expected, shape = self.literal, self.sampling, self.expected_shape, self.shape
        return {
            "case": self.case.id,
            "environment": self.environment.label,
            "adapter": self.environment.adapter,
            "version": self.environment.version,
            "packages": self.environment.packages,
            "basis": self.environment.basis,
            "spelling": self.spelling,
            "source": self.observation.source or None,
            "literal": literal and literal.to_json(),
            "verdict": self.verdict,
            "misdeclares": self.misdeclares,
            "unforeseen": self.unforeseen or None,
            "expected_shape": None if expected is None else list(expected),
            "shape": None if shape is None else list(shape),
            "sampling": None if sampling is None else [axis and axis.to_json() for axis in sampling],
            "reason": self.reason,
        }


COLUMNS = (
    "case",
    "op",
    "input",
    "environment",
    "adapter",
    "version",
    "basis",
    "spelling",
    "source",
    "verdict",
    "misdeclares",
    "unforeseen",
    "expected_shape",
    "shape",
    "pads",
    "reason",
)


def verdicts_frame(rows: Iterable[Verdict]) -> Any:
    """Return rows as a data frame of pandas or polars. Raise HarnessFault if neither is installed."""
    return frame(
        COLUMNS,
        (
            (
                row.case.id,
                row.case.op,
                sizes_text(row.case.input),
                row.environment.label,
                row.environment.adapter,
                row.environment.version,
                row.environment.basis,
                row.spelling,
                row.observation.source or None,
                row.verdict,
                row.misdeclares,
                row.unforeseen or None,
                sizes_text(row.expected_shape),
                sizes_text(row.shape),
                pads_text(row) or None,
                row.reason or None,
            )
            for row in rows
        ),
    )


def kind(verdict: Verdict) -> str:
    """Return the verdict, or ``misdeclares`` where nothing else is wrong."""
    assert verdict.verdict in VERDICTS
    return "misdeclares" if verdict.verdict == "agrees" and verdict.misdeclares else verdict.verdict


def pads_text(verdict: Verdict) -> str:
    """Return the measured pads as ``(0,1)`` or ``rows (0,1), columns (1,1)``; empty where they are not known."""
    pads = verdict.pads
    if not pads:
        return ""
    if len(set(pads)) == 1:
        return shape_text(pads[0])
    named = zip(AXIS_NAMES[verdict.case.rank], pads, strict=True)
    return ", ".join(f"{UNITS[name][1]} {shape_text(sides)}" for name, sides in named)
