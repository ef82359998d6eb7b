"""The sizes of the model's input at which nothing differs: a shift by `same` comes and goes with the size.

The lines are those written for the recorded size. Sizes pass through the model by arithmetic; nothing is run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ...adapters.prediction import predict
from ...cases.arithmetic import AXIS_NAMES
from ...cases.case import Case
from ...cases.operations.axis import Axis
from ...cases.operations.table import operation
from ...cases.text import several
from ..verdicts.computed import same_reads
from .drift import drift
from .layers import Layers
from .movement import spatial
from .nodes import Node

LARGEST_PERIOD = 256
Sizes = dict[int, int]  # of values, along one axis


@dataclass(frozen=True)
class Vanishing:
    """Along one axis: the period of the sizes, and sizes at which no layer differs: of every residue that has any."""

    name: str
    period: int
    sizes: tuple[int, ...]


def sentence(layers: Layers, adapter: str) -> str:
    """Return a sentence on the input sizes at which all windows are the original's; empty where nothing is known."""
    found = [one for axis in range(_rank(layers)) if (one := _along(layers, adapter, axis))]
    if len(found) != _rank(layers):
        return ""
    if never := [one.name for one in found if not one.sizes]:
        return f"At every {several(never)} of the input, some layer reads other pixels."
    alike: dict[tuple[int, tuple[int, ...]], list[str]] = {}
    for one in found:
        if one.period > 1:
            alike.setdefault((one.period, one.sizes), []).append(one.name)
    parts = []
    for (period, sizes), names in alike.items():
        residues = sorted({size % period for size in sizes})
        numbers = "1 more than a multiple" if residues == [1] else f"{_either(residues)} more than a multiple"
        numbers = "a multiple" if residues == [0] else numbers
        verb = "is" if len(names) == 1 else "are"
        parts.append(f"the {several(names)} {verb} {numbers} of {period}, such as {sizes[0]}")
    return f"No layer reads other pixels where {' and '.join(parts)}." if parts else ""


def _either(numbers: list[int]) -> str:
    shown = [str(number) for number in numbers[:6]] + (["..."] if len(numbers) > 6 else [])
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _rank(layers: Layers) -> int:
    return layers.layers[0].case.rank if layers.layers else 0


def _along(layers: Layers, adapter: str, axis: int) -> Vanishing | None:
    """Return the sizes along one axis; None where sizes do not pass through the model in a way that is known."""
    written = {case.id: _written(case, adapter) for case in layers.cases}
    period = _period(layers, axis)
    first = {value: layers.recording.canonical(value).shape[2 + axis] for value in _images(layers)}
    if not first or not 1 <= period <= LARGEST_PERIOD or len(set(first.values())) > 1:
        return None
    if any(case.rank != _rank(layers) for case in layers.cases):
        return None
    start = next(iter(first.values()))
    same = []
    for size in range(start, start + 2 * period):
        sizes: Sizes = dict.fromkeys(first, size)
        differs = list(_differing(layers, sizes, written, axis))
        if None in differs:
            return None
        if not any(differs):
            same.append(size)
    once = [size for size in same if size < start + period]
    if [size + period for size in once] != [size for size in same if size >= start + period]:
        return None
    return Vanishing(AXIS_NAMES[_rank(layers)][axis], _shortest(period, once), tuple(once))


def _shortest(period: int, sizes: list[int]) -> int:
    """Return the shortest period of sizes that repeat after ``period``."""
    residues = {size % period for size in sizes}
    divisors = (short for short in range(1, period) if period % short == 0)
    return next((d for d in divisors if {(r + d) % period for r in residues} == residues), period)


def _period(layers: Layers, axis: int) -> int:
    """Return the number of input pixels after which everything repeats, by the strides along every path."""
    ways = [way for found in drift(layers, {}).layers.values() for way in found]
    return math.lcm(*(way.original[axis].step.numerator for way in ways if len(way.original) > axis))


def _images(layers: Layers) -> list[int]:
    inputs = layers.recording.inputs
    return [value for value in inputs if len(layers.recording.canonical(value).shape) == 2 + _rank(layers)]


def _written(case: Case, adapter: str) -> Case | None:
    """Return the case that the line as written computes; None where that is not predicted."""
    reading = predict(case, adapter).reading
    if reading is None or reading.refusal or reading.mirrored:
        return None
    return reading.case if reading.case.rank == case.rank else None


def _differing(layers: Layers, sizes: Sizes, written: Mapping[str, Case | None], axis: int) -> Iterator[bool | None]:
    """Yield whether each layer reads other elements along an axis, and give each value its size; None if unknown."""
    for node in layers.nodes:
        size = next((sizes[value] for value in node.inputs if value in sizes), None)
        case = node.case
        if case is not None:
            line = written[layers.ids[case.key]]
            if size is None and (case.kernel[axis], case.stride[axis]) == (1, 1) and line is not None:
                continue  # as in a squeeze-and-excitation block, whose sizes come from a mean
            asked = None if size is None else _axis(case, axis, size)
            if size is None or asked is None or asked.invalid("") or line is None:
                yield None
                return
            got = _axis(line, axis, size)
            yield bool(got.invalid("")) or _differs(asked, got)
            size = asked.output
        else:
            size = _passed(node, size, axis, _rank(layers))
        if size is not None:
            sizes.update(dict.fromkeys(node.call.outputs, size))


@lru_cache(4096)
def _differs(asked: Axis, got: Axis) -> bool:
    return not same_reads(asked, got)


def _axis(case: Case, axis: int, size: int) -> Axis:
    sizes = (*case.input[:axis], size, *case.input[axis + 1 :])
    return operation(case.op).axis(replace(case, input=sizes), axis)


def _passed(node: Node, size: int | None, axis: int, rank: int) -> int | None:
    """Return the size after a call that is no layer; None where it is unknown, as after a flattening."""
    before, after = spatial(node, rank)
    if size is None or not before or not after:
        return None
    if node.call.kind == "pad":
        return size + int(sum(node.call.settings["pads"][-rank:][axis]))
    if before[axis] == after[axis]:
        return size
    if node.call.kind == "resize" and after[axis] % before[axis] == 0:
        return size * (after[axis] // before[axis])
    return None
