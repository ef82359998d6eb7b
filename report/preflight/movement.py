"""How places move through a call: the place in its input, along each axis, of the middle of an output's elements.

Places are in elements, counted from 0; all numbers are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...cases.operations.axis import Axis
from .nodes import Node

SPATIAL_MODES = ("nearest", "linear", "cubic")


@dataclass(frozen=True)
class Movement:
    """Along one axis: output o reads around the place ``step * o + start`` of the input."""

    step: Fraction = Fraction(1)
    start: Fraction = Fraction(0)

    def after(self, other: Movement) -> Movement:
        """Return where this output reads in the input of ``other``, whose output is this one's input."""
        return Movement(other.step * self.step, other.step * self.start + other.start)

    def at(self, output: int | Fraction) -> Fraction:
        """Return the place of one output."""
        return self.step * output + self.start


def of_axis(axis: Axis, before: int) -> Movement:
    """Return the movement of a layer along an axis with another pad (or crop) before it."""
    middle = Fraction(axis.effective - 1, 2) - before
    if not axis.adjoint:
        return Movement(Fraction(axis.stride), middle)
    return Movement(Fraction(1, axis.stride), -middle / axis.stride)


def of_other(node: Node, rank: int) -> tuple[Movement, ...] | None:
    """Return the movement of a call that is no layer, along each of ``rank`` axes; None where places are not known.

    A call that keeps the spatial sizes, which come last, is taken to keep the places. A flattening keeps neither.
    """
    before, after = spatial(node, rank)
    settings = node.call.settings
    if not before or not after or node.call.kind == "dense":
        return None
    if node.call.kind == "pad":
        pads: Sequence[Sequence[int]] = settings["pads"][-rank:]
        return tuple(Movement(start=Fraction(-side[0])) for side in pads)
    if node.call.kind == "resize" and settings["mode"] in SPATIAL_MODES:
        return tuple(_resized(n, m, settings["corners"]) for n, m in zip(before, after, strict=True))
    return (Movement(),) * rank if before == after else None


def spatial(node: Node, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the spatial sizes of a call's input and output, which are the last; none if it has fewer axes."""
    before, after = (shape[-rank:] if len(shape) >= rank + 2 else () for shape in node.shapes)
    return before, after


def _resized(n: int, m: int, corners: str) -> Movement:
    if corners == "aligned":
        return Movement(Fraction(n - 1, max(m - 1, 1)))
    step = Fraction(n, m)
    return Movement(step, (step - 1) / 2)  # of nearest neighbours, the middle of those that repeat an element
