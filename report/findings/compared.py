"""Two lines of source compared: how the second differs from the first, and the line to write instead.

Nothing is run: each line is read as its framework computes it.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from ...adapters.dressed import dressed
from ...adapters.expression import Reading, read
from ...adapters.missing_input import missing_input, with_channels
from ...adapters.registry import reader
from ...adapters.spelling import Inexpressible
from ...cases.arithmetic import Invalid, axes
from ...cases.operations.table import operation
from ...cases.text import shape_text
from ..verdicts.computed import Comparison, Computed
from .to_write import spell

FIRSTS = "the first's"


@dataclass(frozen=True)
class Line:
    """A line of source, and the layer that its framework computes for it."""

    source: str
    reading: Reading
    input: tuple[int, ...] = ()

    basis: ClassVar[str] = "predicted"

    @property
    def told(self) -> str:
        """The basis of the line's result, in words."""
        return self.basis

    @property
    def refusal(self) -> str:
        """Why the line has no output: its framework raises an error, or no window fits; else empty."""
        found = axes(self.reading.case)
        none = found.reason if isinstance(found, Invalid) and self.reading.sizes is None else ""
        return self.reading.refusal or none

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The spatial sizes of the output; None if there is none."""
        found = axes(self.reading.case)
        if self.refusal or self.reading.sizes is not None:
            return None if self.refusal else self.reading.sizes
        return None if isinstance(found, Invalid) else tuple(axis.output for axis in found)

    def to_json(self) -> dict[str, Any]:
        """Return the line as ``--json`` writes it."""
        shape = None if self.shape is None else list(self.shape)
        return {
            "line": self.source,
            "framework": self.reading.framework,
            "basis": self.basis,
            "shape": shape,
            "refusal": self.refusal or None,
            "asides": list(self.reading.asides),
        }


class Compared:
    """Two lines on one input, and the difference between them, which is predicted.

    ``aside`` is a sentence about the input, where nobody gave it.
    """

    def __init__(self, first: Line, second: Line, aside: str = "") -> None:
        self.first, self.second, self.aside = first, second, aside

    @property
    def basis(self) -> str:
        """The basis of the difference: ``measured`` where both lines were run, else ``predicted``."""
        return self.second.basis if self.first.basis == self.second.basis else "predicted"

    @property
    def same(self) -> bool:
        """Whether the two lines are the same layer on this input."""
        return self.verdict == "agrees"

    @property
    def verdict(self) -> str:
        """The verdict on the second line, if the first is the request."""
        if self.first.refusal:
            return "agrees" if self.second.refusal else "accepts"
        if self.other_kind:
            return "shape"
        if self.first.reading.sizes is None and self.second.reading.sizes is None:
            return self._comparison.verdict
        if self.second.refusal or self.first.shape != self.second.shape:
            return "rejects" if self.second.refusal else "shape"
        one, other = self.first.reading.case, self.second.reading.case
        if 0 in (self.first.shape or ()) or one == other:
            return "agrees"
        windows = [(case.kernel, case.stride, case.dilation, case.padding) for case in (one, other)]
        # No case defines the value of a window that holds nothing but padding.
        return "unproven" if windows[0] == windows[1] else "shifted"

    @property
    def reason(self) -> str:
        """The difference in one sentence about the second line; empty if there is none."""
        if self.same:
            return ""
        if self.first.refusal:
            return f"has an output where the first has none: {self.first.refusal}"
        if self.other_kind:
            return self.other_kind
        if (self.first.reading.sizes, self.second.reading.sizes) != (None, None) and not self.second.refusal:
            if self.first.shape == self.second.shape:
                return "has other windows of nothing but padding, or the first has"
            shapes = [shape_text(line.shape) if line.shape else "none" for line in (self.second, self.first)]
            return f"has an output of {shapes[0]} instead of {shapes[1]}"
        return self._comparison.reason.removeprefix("it ")

    @property
    def sizes(self) -> str:
        """The input sizes at which the two differ; empty if nothing can be said about other sizes."""
        return "" if self.first.refusal or self.second.refusal or self.other_kind else self._comparison.sizes

    @cached_property
    def write(self) -> str:
        """The line for the second's framework that is the same layer as the first; empty if none is known or needed.

        It keeps the first's bias and activations, and the second's name.
        """
        if self.same or self.first.refusal:
            return ""
        adapter = reader(self.second.reading.framework)
        dressing = replace(self.first.reading.dressing, name=self.second.reading.dressing.name)
        found = spell(self.first.reading.case, self.first.reading.mirrored, adapter, dressing.bias)
        return "" if isinstance(found, Inexpressible) else dressed(found.source, adapter, dressing)

    def pads(self) -> dict[str, dict[str, list[int]]]:
        """Return the pads, or the crops of a transposed layer, of both lines along each axis on which they differ."""
        return {
            axis.name: {"first": list(axis.asked.pads), "second": list(axis.pads)} for axis in self._comparison.axes
        }

    def lines(self) -> Iterator[str]:
        """Yield the comparison as lines of text."""
        yield self.heading
        if self.write:
            yield f"Write instead, in {self.second.reading.framework}: {self.write}"
        yield ""
        both = (("first", self.first), ("second", self.second))
        widths = [max(len(line.reading.framework) for _, line in both), max(len(_result(line)) for _, line in both)]
        for name, line in both:
            framework = line.reading.framework.ljust(widths[0])
            yield f"{name:<6}  {framework}  {_result(line).ljust(widths[1])}  {line.source}"
        yield ""
        yield from self.remarks()

    @property
    def heading(self) -> str:
        """The verdict in words, and whether it was measured."""
        heading = OTHER if self.verdict == "shape" and self.other_kind else HEADINGS[self.verdict]
        return f"{heading} ({self._found})"

    def remarks(self) -> Iterator[str]:
        """Yield why a line has no output, how the second differs, at which sizes, and notes about both."""
        both = (("first", self.first), ("second", self.second))
        for name, line in both:
            if line.refusal:
                yield f"The {name} has no output: {line.refusal}"
        if self.reason and not self.second.refusal:
            yield f"The second {self.reason}."
        if self.sizes:
            yield f"{self.sizes[0].upper()}{self.sizes[1:]}."
        for name, line in both:
            yield from (f"About the {name}: {aside}" for aside in line.reading.asides if aside != line.refusal)
        if self.aside:
            yield self.aside

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as ``--json`` writes it."""
        return {
            "format": 1,
            "basis": self.basis,
            "same": self.same,
            "verdict": self.verdict,
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "pads": {} if self.first.refusal or self.other_kind else self.pads(),
            "reason": self.reason or None,
            "sizes": self.sizes or None,
            "write": self.write or None,
            "input": list(self.first.input),
            "aside": self.aside or None,
        }

    def __str__(self) -> str:
        return "\n".join(self.lines())

    @property
    def _found(self) -> str:
        if self.first.basis == self.second.basis:
            if self.basis == "predicted":
                return "predicted; nothing was run"
            where = [line.told.partition(" in ")[2] for line in (self.first, self.second)]
            return f"measured in {' and '.join(dict.fromkeys(where))}"
        return f"the first {self.first.told}, the second {self.second.told}"

    @cached_property
    def _comparison(self) -> Comparison:
        one, other = self.first.reading, self.second.reading
        return Comparison(
            one.case,
            replace(
                Computed.by(other), mirrored=one.mirrored != other.mirrored, sizes=None if one.sizes else other.sizes
            ),
            FIRSTS,
        )

    @property
    def other_kind(self) -> str:
        """The difference that shows before any element is read: in operation or weights; else empty."""
        one, other = self.first.reading.case, self.second.reading.case
        if one.op != other.op:
            return f"is a layer of another operation: {other.op} instead of {one.op}"
        if one.rank != other.rank:
            return f"has {other.rank} spatial axes instead of {one.rank}"
        shapes = [operation(case.op).weights_shape(case) for case in (one, other)]
        if shapes[0] != shapes[1]:
            what = f"({operation(one.op).weights}, kernel)"
            return f"has weights of the shape {shape_text(shapes[1])} {what} instead of {shape_text(shapes[0])}"
        return ""


OTHER = "not the same layer: another operation, or other weights"
HEADINGS = {
    "agrees": "the same layer",
    "shape": "not the same layer: the outputs have different shapes",
    "shifted": "not the same layer: the shapes match, but the second reads other elements",
    "values": "not the same layer: the same elements are read, but the numbers differ",
    "rejects": "not the same layer: the second has no output",
    "accepts": "not the same layer: the first has no output",
    "unproven": "not known to be the same layer: the shapes match, and nothing else could be compared",
}


def compare(first: str, second: str, input: tuple[int, ...] = ()) -> Compared:
    """Return two lines of source compared on an input: (H, W), (C, H, W) or (N, C, H, W), for other ranks likewise.

    Where the input is missing, and where only its channels are, the lines decide. Raise InputError for a line that
    cannot be read, and if both lines need another number of input sizes.
    """
    lines = first, second
    missing = None if input else missing_input(lines)
    sizes = missing.input if missing else input
    readings = [read(source, sizes) for source in lines]
    if all(reading.case.rank == len(sizes) for reading in readings):  # without channels
        sizes = with_channels(lines, sizes)
        readings = [read(source, sizes) for source in lines]
    one, other = (Line(source, reading, sizes) for source, reading in zip(lines, readings, strict=True))
    return Compared(one, other, missing.aside if missing else "")


def _result(line: Line) -> str:
    return shape_text(line.shape) if line.shape else "no output"
