"""A layer of two compared models, and the finding of one that differs by itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...adapters.models.recording import Call
from ...cases.case import Case
from .units import Unit

# The kinds of causes; "precision" is arithmetic such as TF32, which no line changes.
KINDS: tuple[str, ...] = ("pads", "mirrored", "pool-value", "pool-divisor", "ceil", "epsilon", "activation", "resize")
KINDS += ("order", "weights", "scale", "precision", "unexplained")


@dataclass(frozen=True)
class Layer:
    """A pair of layers, by their places in the two models; ``source`` is the line of the port's code, as FILE:LINE."""

    port: str
    original: str
    source: str
    kind: str
    chained: float  # how far apart the two are, each after all layers before it


@dataclass
class Finding:
    """A layer of the port that differs by itself, or the way to one. ``write`` is empty unless the line was run.

    ``place`` is the number of the pair among the layers, -1 for an output of the model. ``windows`` are the original's
    and the port's layer as cases, where these have any.
    """

    port: str
    original: str
    source: str  # the line of the port's code, as FILE:LINE
    layer: str
    kind: str
    cause: str
    alone: float
    chained: float
    write: str = ""
    place: int = -1
    windows: tuple[Case, Case] | None = None
    weights_of: str = ""  # the other layer of the original whose weights the port's has

    def to_json(self) -> dict[str, Any]:
        """Return the finding as a row of ``--json``."""
        names = ("port", "original", "source", "kind", "cause", "write")
        return {
            **{name: getattr(self, name) for name in names},
            "alone": number(self.alone),
            "chained": number(self.chained),
        }


def name_swaps(findings: Sequence[Finding]) -> None:
    """Say of two layers that have each other's weights that they are swapped."""
    for one, other in itertools.combinations([finding for finding in findings if finding.weights_of], 2):
        if (one.weights_of, other.weights_of) == (other.original, one.original):
            one.cause = other.cause = f"{one.port} and {other.port} are swapped: each has the weights of the other"


def number(size: float) -> float | str:
    """Return a difference as JSON has it: one that is not finite is a text."""
    return size if math.isfinite(size) else str(size)


def called(unit: Unit) -> Call:
    """Return the call that a unit is known by: its convolution, if a batch norm is part of it."""
    return (unit.before_norm or unit).call


def name_of(unit: Unit) -> str:
    """Return the place of a unit in its model, or its function if it has none."""
    call = called(unit)
    return call.path or call.name


def row_of(unit: Unit, side: str) -> dict[str, str]:
    """Return a unit without a pair as a row of ``--json``."""
    return {"side": side, "path": unit.call.path, "name": unit.call.name, "source": unit.call.source}
