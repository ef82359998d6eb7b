"""Random layers, drawn field by field from the table of a case's fields; the same seed gives the same layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from ..arithmetic import Invalid, axes
from ..case import FIELDS, Case, Field
from ..dtypes import DTYPES
from ..errors import InputError
from ..operations import OPS, Op
from ..operations.axis import MODES, WORDS
from ..operations.table import computes, operation
from .validate import RANKS, SLIDING, make_case

LARGEST = 2**16  # products of a layer
SMALL = {1: 40, 2: 14, 3: 7}  # most elements along an axis, by rank
LARGE = {1: [2500], 2: [50, 50], 3: [14, 14, 14]}  # where sums in narrow types stop growing
RARELY, SELDOM = 0.05, 0.15
UNANSWERED = 0.15  # of the layers without an output, those that are kept

Entry = dict[str, Any]
Draw = Callable[[Random, Entry], Any]  # the value of a field, given those before it; None leaves it out


def layers(seed: int, ops: Sequence[Op] = OPS) -> Iterator[Case]:
    """Yield distinct random layers of these operations without end, small enough for any framework."""
    random, seen = Random(seed), set[str]()
    while True:
        case = _layer(random, random.choice(ops))
        if case and case.key not in seen:
            seen.add(case.key)
            yield case


def _layer(random: Random, op: Op) -> Case | None:
    """Return a random layer, or None if the values that were drawn make none, or one that is too large."""
    entry: Entry = {"op": op}
    for field in FIELDS:
        if field.name not in DRAWS or not field.belongs_to(op) or (_optional(field) and random.random() < 0.5):
            continue
        value = DRAWS[field.name](random, entry)
        if value is not None:
            entry[field.name] = value
    if "output_size" in entry:
        entry = {name: value for name, value in entry.items() if name not in SLIDING}
    try:
        case = make_case(**entry)
    except InputError:  # such as a dtype that the operation does not compute
        return None
    found = axes(case)
    if isinstance(found, Invalid):
        return case if random.random() < UNANSWERED else None
    work = math.prod(axis.output * axis.kernel for axis in found) * case.in_channels * case.out_channels
    return case if work * max(case.batch, 1) <= LARGEST else None


def _optional(field: Field) -> bool:
    """Return whether a layer may leave a field at its default; channels follow from the groups."""
    return field.name not in ("input", "kernel", "groups", "in_channels", "out_channels")


def _input(random: Random, entry: Entry) -> list[int]:
    rank = random.choice(RANKS)
    if random.random() < RARELY:
        return LARGE[rank]
    return [random.randint(1, SMALL[rank]) for _ in range(rank)]


def _kernel(random: Random, entry: Entry) -> Any:
    if random.random() < SELDOM:
        return list(entry["input"])
    return _each(1, 2, 2, 3, 3, 4, 5, 7)(random, entry)


def _each(*choices: Any) -> Draw:
    """Return a draw of one of the choices for each axis, half of the time the same one."""

    def draw(random: Random, entry: Entry) -> list[Any]:
        rank = len(entry["input"])
        if random.random() < 0.5:
            return [random.choice(choices)] * rank
        return [random.choice(choices) for _ in range(rank)]

    return draw


def _one(*choices: Any) -> Draw:
    return lambda random, entry: random.choice(choices)


def _pads(*choices: int) -> Draw:
    """Return a draw of a pair for each axis, half of the time the same number on all sides."""

    def draw(random: Random, entry: Entry) -> Any:
        if random.random() < 0.5:
            return random.choice(choices)
        return [[random.choice(choices) for _ in range(2)] for _ in entry["input"]]

    return draw


def _padding(random: Random, entry: Entry) -> Any:
    if random.random() < 0.5:
        return _pads(0, 1, 1, 2, 3, -1)(random, entry)
    kind = operation(entry["op"])
    return random.choice([word for word in WORDS if word != "causal" or (kind.causal and len(entry["input"]) == 1)])


def _output_size(random: Random, entry: Entry) -> Any:
    return _each(1, 2, 3, 5, 7)(random, entry) if random.random() < 2 * SELDOM else None


def _groups(random: Random, entry: Entry) -> int:
    return random.choice((1, 1, 1, 2, 3))


def _in_channels(random: Random, entry: Entry) -> int:
    return int(entry.get("groups", 1)) * random.choice((1, 1, 2, 3))


def _out_channels(random: Random, entry: Entry) -> int | None:
    return None if operation(entry["op"]).pools else entry["groups"] * random.choice((1, 1, 2, 4))


def _dtype(random: Random, entry: Entry) -> str | None:
    if random.random() < 0.5:
        return None
    return random.choice([dtype for dtype in DTYPES if computes(entry["op"], dtype)])


DRAWS: dict[str, Draw] = {  # by the name of the field; ids are derived, and no drawn layer is hostile
    "input": _input,
    "kernel": _kernel,
    "output_size": _output_size,
    "stride": _each(1, 2, 2, 3, 4),
    "padding": _padding,
    "input_padding": _pads(0, 1, 2),
    "padding_mode": _each(*MODES),
    "output_padding": _each(0, 1, 2),
    "dilation": _each(1, 2, 2, 3),
    "ceil_mode": _one(True),
    "count_include_pad": _one(True, False),
    "divisor_override": _one(None, 1, 2, 7),
    "groups": _groups,
    "in_channels": _in_channels,
    "out_channels": _out_channels,
    "batch": _one(2, 2, 3, 0),
    "dtype": _dtype,
}
