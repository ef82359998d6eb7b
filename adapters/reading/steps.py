"""The steps of a chain, which lead from the input to the output, in order.

Each step has the syntax node that it was read from, which errors point at; two steps are equal if they do the same.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Union

from ...cases.case import Pads
from .binding import Bound


@dataclass(frozen=True)
class Pad:
    """Pads, or with negative numbers crops, consecutive axes.

    ``first`` is the first of these axes: counted from the batch, from the end if it is negative, or None if they are
    all spatial axes of the layer. ``fill`` is the padding's value if ``mode`` is ``zeros``.
    """

    node: ast.expr = field(compare=False)
    pads: Pads
    first: int | None = None
    mode: str = "zeros"
    fill: float = 0.0


@dataclass(frozen=True)
class Slice:
    """Takes a slice of each of consecutive axes, of which ``first`` is the first, counted as for :class:`Pad`."""

    node: ast.expr = field(compare=False)
    slices: tuple[slice, ...]
    first: int


@dataclass(frozen=True)
class Core:
    """The convolution or pool."""

    node: ast.expr = field(compare=False)
    layer: Bound


@dataclass(frozen=True)
class Scale:
    """Multiplies by a number."""

    node: ast.expr = field(compare=False)
    times: Fraction

    @property
    def factors(self) -> list[tuple[str, int]]:
        """The whole numbers to multiply and then divide by, each with its sign ``*`` or ``/``; none of them is 1."""
        return [(sign, by) for sign, by in zip("*/", self.times.as_integer_ratio()) if by != 1]


@dataclass(frozen=True)
class Left:
    """An activation or normalisation, which moves no window and is left aside."""

    node: ast.expr = field(compare=False)
    name: str


@dataclass(frozen=True)
class Pointwise(Left):
    """The pointwise convolution after a depthwise one, which moves no window.

    ``layer`` is the call that makes it; of a separable layer, the call that makes both.
    """

    layer: Bound


@dataclass(frozen=True)
class Wrapper:
    """A function of the weights around a layer, such as ``weight_norm``, which moves no window."""

    node: ast.expr = field(compare=False)
    name: str


@dataclass(frozen=True)
class Given:
    """A call of a user's own function, whose value is taken as the input."""

    node: ast.expr = field(compare=False)
    text: str


@dataclass(frozen=True)
class Cast:
    """The dtype of the layers before it."""

    node: ast.expr = field(compare=False)
    dtype: str


@dataclass(frozen=True)
class Bias:
    """Adds a bias, where that is a function of its own."""

    node: ast.expr = field(compare=False)


Step = Union[Pad, Slice, Core, Scale, Left, Wrapper, Given, Cast, Bias]
Steps = tuple[Step, ...]
