"""Folds a chain of steps into one case: pads and crops around a convolution or pool become its padding.

Exactly, or not at all: a chain that no case describes is refused, at the step that no case describes.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, replace
from typing import NoReturn

from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case, joined_modes
from ...cases.dtypes import LOWEST
from ...cases.operations.table import operation
from ..conventions import crops, numbers
from .scaling import rescale
from .source import Source
from .steps import Core, Left, Pad, Scale, Slice, Steps

ONE_SIZE = "The padding is worked out for this input size; at another size it may be another."


@dataclass
class _Side:
    """One axis on its way to the layer: its present size, and the padding so far, where negative numbers crop."""

    n: int
    before: int = 0
    after: int = 0
    mode: str = ""  # of the padding so far; empty if there is none
    explicit: bool = False  # whether a step of its own padded
    beyond: int = 0  # padding of a pool after its far end, which only ceil_mode can describe


class Folding:
    """A chain, its layer's own case, and the case of the whole.

    ``own`` is the case of the layer itself, on the input that the steps before it leave.
    """

    def __init__(self, source: Source, steps: Steps, core: Core, case: Case) -> None:
        self.source, self.core, self.rank = source, core, case.rank
        at = steps.index(core)
        self.before = [step for step in steps[:at] if isinstance(step, (Pad, Slice, Left))]
        after = [step for step in steps[at + 1 :] if isinstance(step, (Pad, Slice, Left, Scale))]
        self.after = [step for step in after if not isinstance(step, Scale)]
        scales = [step for step in after if isinstance(step, Scale)]
        self.asides: list[str] = []
        self.sums = case.op == "avg_pool" and (bool(scales) or case.divisor_override is not None)
        self.sides = [_Side(n) for n in case.input]
        adjoint = case.op == "conv_transpose"
        for step in steps[:at]:
            if isinstance(step, Scale):
                self._refuse(f"{source.quoted(step.node)} multiplies the input, which no case describes", step.node)
        for step in self.before:
            self._ahead(step, case)
        self.own = case.on(tuple(side.n for side in self.sides))
        padded = any(side.before or side.after for side in self.sides)
        if padded:
            case = self._onto_transposed(case) if adjoint else self._onto_windows(case)
        if scales:
            self._refuse_activated(after, scales[-1])
            case = rescale(source, self.own, case, scales)
        if any(not isinstance(step, Left) for step in self.after):
            case = self._cropped(case) if adjoint else self._picked(case)
        self.case = case if case.id else case.named()

    def _refuse(self, what: str, node: ast.expr) -> NoReturn:
        raise self.source.error(f"layer: {what}", node)

    def _refuse_activated(self, after: list[Pad | Slice | Left | Scale], scale: Scale) -> None:
        """Raise InputError if an activation or normalisation comes between an average and its last factor."""
        for step in after:
            if step is scale:
                return
            if isinstance(step, Left):
                self._refuse(f"{self.source.quoted(scale.node)} multiplies the output of {step.name}", scale.node)

    def _spatial(self, step: Pad | Slice) -> list[tuple[int, int]]:
        """Return pairs of an entry of the step and the spatial axis that it concerns. Raises InputError."""
        entries = step.pads if isinstance(step, Pad) else step.slices
        if step.first is None:
            if len(entries) != self.rank:
                self._refuse(
                    f"{self.source.quoted(step.node)} is for {_axes(len(entries))}, and the layer has "
                    f"{_axes(self.rank)}",
                    step.node,
                )
            return [(i, i) for i in range(self.rank)]
        one = self.core.layer.signature.unbatched
        every = self.rank + (1 if one else 2)
        if isinstance(step, Pad) and step.first == 0 and len(entries) != every:
            what = f"{self.source.quoted(step.node)} pads {_axes(len(entries))}"
            beside = "channels" if one else "batch, channels"
            self._refuse(f"{what}; expected {every}: {beside} and {_axes(self.rank)}", step.node)
        start = step.first if step.first >= 0 else every + step.first
        last = self.core.layer.channels_last
        found = []
        for i, entry in enumerate(entries):
            axis = start + i - (1 if last or one else 2)
            trivial = entry in ((0, 0), slice(None))
            if not 0 <= axis < self.rank and not trivial:
                order = "last" if last else "first"
                what = f"{self.source.quoted(step.node)} changes the batch or the channels, which come {order}"
                self._refuse(f"{what}, of a layer with {_axes(self.rank)}", step.node)
            if not trivial:
                found.append((i, axis))
        return found

    def _ahead(self, step: Pad | Slice | Left, case: Case) -> None:
        """Apply a step before the layer to the sides."""
        if isinstance(step, Left):
            if any(side.mode for side in self.sides):
                self._refuse(f"{step.name} changes the padding before it, which no case describes", step.node)
            return
        for i, axis in self._spatial(step):
            side = self.sides[axis]
            if isinstance(step, Slice):
                start, stop, every = step.slices[i].indices(side.n)
                if every != 1:
                    self._refuse(
                        "a slice with a step before the layer leaves elements out, which no case describes", step.node
                    )
                self._pad(side, (-start, min(stop - side.n, 0)), "zeros", step.node, case)
            else:
                self._pad(side, step.pads[i], self._mode(step, step.pads[i], case), step.node, case)
                side.explicit = side.explicit or max(step.pads[i]) > 0

    def _mode(self, step: Pad, pad: tuple[int, int], case: Case) -> str:
        """Return the padding mode of a step, after holding its value against the layer's own. Raises InputError."""
        if max(pad) <= 0:
            return "zeros"
        if step.mode != "zeros":
            if case.pools:
                self._refuse(
                    f"{step.mode} padding before a {_words(case)} is not described by any case; expected a convolution",
                    step.node,
                )
            return step.mode
        due = LOWEST.get(case.dtype, -math.inf) if case.op == "max_pool" else 0.0
        if step.fill != due:
            why = "pads a max pool with minus infinity" if case.op == "max_pool" else "pads with zeros"
            self._refuse(f"{self.source.quoted(step.node)} pads with {_value(step.fill)}, and a case {why}", step.node)
        return "zeros"

    def _pad(self, side: _Side, pad: tuple[int, int], mode: str, node: ast.expr, case: Case, own: bool = False) -> None:
        """Add padding, a step's or the layer's own, to a side that may be padded or cropped. Raises InputError."""
        neutral = case.op == "max_pool" or self.sums or (case.op == "avg_pool" and own and not case.counts_padding)
        if neutral and (side.beyond or side.after < 0 < pad[1]):
            pad = self._past_the_end(side, pad, node)
        for name, new in zip(("before", "after"), pad):
            so_far = getattr(side, name)
            if new > 0:
                if so_far < 0:
                    self._refuse("padding where the input was cropped is not described by any case", node)
                if side.mode not in ("", mode) or (
                    mode in ("reflect", "circular", "symmetric") and (side.before or side.after)
                ):
                    self._refuse("a second padding of the same axis is not described by any case", node)
            if new < 0 and case.op == "conv_transpose":
                self._refuse("a crop before a transposed convolution is not described by any case", node)
        side.before, side.after, side.n = side.before + pad[0], side.after + pad[1], side.n + sum(pad)
        if max(pad) > 0:
            side.mode = mode
        if max(side.before, side.after) <= 0:
            side.mode = ""
        if side.n < 1 and min(pad) < 0:
            self._refuse("nothing is left of the input after this crop", node)

    def _past_the_end(self, side: _Side, pad: tuple[int, int], node: ast.expr) -> tuple[int, int]:
        """Add padding after the far end of a pool's input, and return the rest, to be added before it."""
        if pad[1] < 0:
            self._refuse("a crop of this padding is not described by any case", node)
        side.beyond, side.n = side.beyond + pad[1], side.n + pad[1]
        return pad[0], 0

    def _onto_windows(self, case: Case) -> Case:
        """Return the case of a layer after the padding and cropping of the sides."""
        own, node = self.own, self.core.node
        if isinstance(case.padding, str) and case.padding.startswith("same"):
            self.asides.append(ONE_SIZE)
        explicit = any(side.explicit and side.mode for side in self.sides)
        counted = own.counts_padding or explicit
        for side, pad, mode in zip(self.sides, numbers(own), own.modes):
            if explicit and own.op == "avg_pool" and not own.counts_padding and any(pad):
                if pad[0]:
                    self._refuse(
                        "the average counts one part of its padding and not the other, which no case describes", node
                    )
                pad = self._past_the_end(side, pad, node)
            self._pad(side, pad, mode, node, case, own=True)
        pads = tuple((side.before, side.after) for side in self.sides)
        whole = replace(
            case,
            padding=pads,
            padding_mode=joined_modes(side.mode for side in self.sides),
            count_include_pad=counted if _counts(own) else None,
            ceil_mode=own.ceil_mode or any(side.beyond for side in self.sides),
            id="",
        )
        if explicit and own.pools and isinstance(axes(whole), Invalid) and not isinstance(axes(own), Invalid):
            self._refuse("a window lies wholly in the explicit padding, which no case describes", node)
        if whole.ceil_mode:
            if _outputs(whole) != _outputs(own):
                self._refuse("its last window lies in the explicit padding, which no case describes", node)
            self.asides.append(ONE_SIZE)
        return whole

    def _onto_transposed(self, case: Case) -> Case:
        """Return the case of a transposed convolution of a padded input, whose zeros only lengthen the output."""
        lent = [(side.before, side.after) if side.mode != "zeros" else (0, 0) for side in self.sides]
        zeros = [(side.before, side.after) if side.mode == "zeros" else (0, 0) for side in self.sides]
        cut = tuple((b - near * s, a - far * s) for (near, far), (b, a), s in zip(zeros, crops(self.own), case.stride))
        whole = replace(case, padding=cut, output_padding=None, id="")
        if not any(map(any, lent)):
            return whole
        modes = joined_modes(side.mode if any(pad) else "" for side, pad in zip(self.sides, lent))
        return replace(whole, input_padding=tuple(lent), padding_mode=modes)

    def _cropped(self, case: Case) -> Case:
        """Return the case of a transposed convolution whose output is padded with zeros or cropped."""
        cut = [list(pair) for pair in crops(case)]
        sizes = list(_outputs(case) or ())
        if len(sizes) != self.rank:
            return case
        left: list[Left] = []
        for step in self.after:
            if isinstance(step, Left):
                left.append(step)
                continue
            for i, axis in self._spatial(step):
                if isinstance(step, Slice):
                    start, stop, every = step.slices[i].indices(sizes[axis])
                    if every != 1:
                        self._refuse(
                            "a step over the output of a transposed convolution is not described by any case", step.node
                        )
                    pad = (-start, min(stop - sizes[axis], 0))
                else:
                    pad = step.pads[i]
                if max(pad) > 0 and (step.mode if isinstance(step, Pad) else "") != "zeros":
                    self._refuse("only zeros may pad the output of a transposed convolution", step.node)
                if max(pad) > 0 and left:
                    self._refuse(f"padding after {left[0].name} is not described by any case", step.node)
                for j, new in enumerate(pad):
                    if new > 0 and cut[axis][j] > 0:
                        self._refuse("padding where the output was cropped is not described by any case", step.node)
                    cut[axis][j] -= new
                sizes[axis] += sum(pad)
                if sizes[axis] < 1:
                    self._refuse("nothing is left of the output after this crop", step.node)
        return replace(case, padding=tuple((b, a) for b, a in cut), output_padding=None, id="")

    def _picked(self, case: Case) -> Case:
        """Return the case of a convolution or pool of whose output a slice is taken."""
        whole = _outputs(case)
        if whole is None:
            return case
        picked = [range(size) for size in whole]
        for step in self.after:
            if isinstance(step, Left):
                continue
            for i, axis in self._spatial(step):
                some = picked[axis]
                if isinstance(step, Slice):
                    picked[axis] = some[step.slices[i]]
                    if step.slices[i].step is not None and step.slices[i].step < 1:
                        self._refuse("a slice backwards is not described by any case", step.node)
                else:
                    if max(step.pads[i]) > 0:
                        self._refuse(f"padding after a {_words(case)} is not described by any case", step.node)
                    before, after = step.pads[i]
                    picked[axis] = some[-before : max(len(some) + after, 0)]
                if not picked[axis]:
                    self._refuse("nothing is left of the output", step.node)
        if picked == [range(size) for size in whole]:
            return case
        if case.ceil_mode:
            self._refuse("a slice of the output of ceil_mode is not described by any case", self.core.node)
        return self._sliced(case, picked, whole)

    def _sliced(self, case: Case, picked: list[range], whole: tuple[int, ...]) -> Case:
        pads = []
        exact = True
        word = isinstance(case.padding, str) and case.padding.startswith("same")
        for some, size, n, k, s, d, (before, after) in zip(
            picked, whole, case.input, case.kernel, case.stride, case.dilation, numbers(case)
        ):
            if some.start or len(some) != len(range(0, size, some.step)):
                before -= some.start * s
                after = (len(some) - 1) * s * some.step + d * (k - 1) + 1 - n - before
                exact = False
            pads.append((before, after))
        stride = tuple(s * some.step for s, some in zip(case.stride, picked))
        if exact and not word and isinstance(case.padding, str):
            return replace(case, stride=stride, id="")
        if word or not exact:
            self.asides.append(ONE_SIZE)
        counted = case.counts_padding if _counts(case) else None
        return replace(case, stride=stride, padding=tuple(pads), count_include_pad=counted, id="")


def _counts(case: Case) -> bool:
    """Return whether it makes a difference to a case if padding is counted."""
    return case.op == "avg_pool" and case.divisor_override is None


def _outputs(case: Case) -> tuple[int, ...] | None:
    """Return the output size of a case, even if some of its windows have no meaning; None if no window fits."""
    sizes = tuple(operation(case.op).axis(case, i).output for i in range(case.rank))
    return sizes if min(sizes) > 0 else None


def _axes(rank: int) -> str:
    return "1 axis" if rank == 1 else f"{rank} axes"


def _words(case: Case) -> str:
    return {"conv": "convolution", "max_pool": "max pool", "avg_pool": "average pool"}.get(
        case.op, "transposed convolution"
    )


def _value(fill: float) -> str:
    if fill == 0:
        return "zeros"
    return "minus infinity" if fill == -math.inf else f"{fill:g}"
