"""The generator of the catalog ``arithmetic``, in which every two values of two parameters are together in some case.

This holds for each operation and rank. ``python -m convparity.cases.catalog.covering`` writes
``catalogs/arithmetic.toml`` again. It needs allpairspy, which nothing else here does: the catalog ships as a file.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from allpairspy import AllPairs

from ..arithmetic import Invalid, axes
from ..case import FIELDS
from ..operations import OPS, Op
from ..operations.table import operation
from .validate import RANKS, make_case

CATALOG = Path(__file__).parents[1] / "catalogs" / "arithmetic.toml"
LARGEST_WORK = 2**18  # kernel taps times outputs; every framework runs every case, and the probe one filter per tap

Entry = dict[str, Any]
Choice = tuple[str, int]  # a parameter, and the index of one of its values
Table = dict[str, list[Any]]  # the values of each parameter; a value that is listed twice occurs twice as often

DEFAULTS: Entry = {field.name: field.default for field in FIELDS}

ABOUT = """\
about = "A few thousand small layers in which every two values of any two parameters meet, for each operation and rank"

# Written by `python -m convparity.cases.catalog.covering`: edit that, not this file.
#
# A covering array for each operation and rank: any two values of two parameters (say kernel 4 and padding "same") are
# together in some case, so a framework that gets a pair of settings wrong is caught, in far fewer cases than all
# combinations. The first two arrays of each hold cases that have an answer, with different values; in the third
# anything meets anything, and some kernels do not fit and some pools' windows hold nothing but padding. After them come
# adaptive pools, and cases that are larger in one way each: more channels, more groups, wider, or longer sums in a
# narrow dtype.
# A parameter that a case does not give has its default.

case = [
"""

SIZES = {  # by rank, then by turn
    1: [[[8], [9], [13], [16], [24]], [[7], [11], [12], [15], [20]], [[5], [6], [10], [17], [23]]],
    2: [
        [[8, 8], [9, 9], [13, 16], [16, 7], [5, 13]],
        [[7, 7], [10, 10], [11, 14], [15, 6], [12, 13]],
        [[6, 6], [11, 11], [9, 16], [14, 5], [4, 15]],
    ],
    3: [
        [[6, 6, 6], [7, 7, 7], [5, 8, 7], [8, 5, 6], [3, 7, 8]],
        [[8, 8, 8], [5, 5, 5], [4, 7, 8], [7, 6, 3], [2, 8, 5]],
        [[4, 4, 4], [7, 7, 7], [3, 6, 8], [8, 5, 4], [6, 7, 2]],
    ],
}
TRANSPOSED_SIZES = {  # smaller, because the outputs are larger than the inputs
    1: [[[4], [5], [8], [13]], [[3], [6], [7], [12]], [[2], [1], [9], [10]]],
    2: [[[4, 4], [5, 5], [3, 8], [7, 2]], [[2, 2], [7, 7], [4, 5], [6, 3]], [[3, 3], [6, 6], [1, 4], [8, 5]]],
    3: [
        [[2, 2, 2], [3, 3, 3], [2, 4, 3], [3, 1, 2]],
        [[4, 4, 4], [3, 3, 3], [1, 2, 3], [4, 3, 2]],
        [[2, 2, 2], [1, 1, 1], [3, 2, 4], [2, 3, 1]],
    ],
}
CHANNELS = [  # (in, out, groups): plain, grouped, depthwise, depthwise with a multiplier
    [(1, 1, 1), (3, 2, 1), (4, 6, 2), (3, 3, 3), (2, 4, 2)],
    [(1, 2, 1), (2, 3, 1), (6, 4, 2), (4, 4, 4), (3, 6, 3)],
    [(2, 1, 1), (4, 3, 1), (4, 4, 2), (2, 2, 2), (2, 6, 2)],
]

MANY_CHANNELS = [(3, 19, 1), (18, 5, 1), (12, 18, 6), (10, 10, 10), (5, 15, 5)]
WIDE = 70


def larger(op: Op, rank: int) -> Iterator[Entry]:
    """Yield cases that are larger in one way: where kernels change over to another method, and sums stop growing."""
    kind = operation(op)
    small = ([3, 3, 3] if kind.adjoint else [5, 6, 7])[-rank:]
    layer: Entry = {"op": op, "kernel": 3, "padding": 1, "stride": 2, "batch": 2}
    if kind.pools:
        yield {**layer, "input": small, "in_channels": 19}
    for channels in [] if kind.pools else MANY_CHANNELS:
        yield {**layer, "input": small, **dict(zip(("in_channels", "out_channels", "groups"), channels, strict=True))}
    for stride, padding in ((1, 0), (1, 1), (2, "same")):
        wide = WIDE if kind.adjoint else WIDE * stride  # so that there are 70 outputs at least
        yield {"op": op, "input": [*small[1:], wide], "kernel": 3, "stride": stride, "padding": padding}
    if kind.pools:
        # With a stride above the kernel, the last window of one of these sizes starts in the padding.
        for size in (6, 7, 8):
            dropped = {"op": op, "input": [size] * rank, "kernel": 2, "stride": 3, "padding": 1, "ceil_mode": True}
            yield {**dropped, "batch": 2, "in_channels": 3}
    elif rank < 3:
        long: Entry = {"op": op, "input": [3] * rank, "kernel": 3, "in_channels": 3072 // 3 ** (rank - 1)}
        yield {**long, "dtype": "bfloat16"}
        yield {**long, "batch": 2, "out_channels": 2}


def adaptive(op: Op, rank: int) -> Table:
    """Return the values of an array of adaptive pools, which have an output size and no window of their own."""
    uneven = [[3, 1, 5][:rank]] if rank > 1 else []
    return {
        "input": SIZES[rank][0],
        "output_size": [1, 2, 3, 4, 7, *uneven],
        "channels": [(1, 1, 1), (2, 2, 1), (3, 3, 1)],
        "batch": [1, 1, 2, 0],
        "dtype": ["float32"] * 4 + ["float64", "float16", "bfloat16"],
    }


def table(op: Op, rank: int, turn: int) -> Table:
    """Return the values of one of the three arrays of an operation and rank, starting with those that shape the output.

    Each turn has different values. ``"k"`` and ``"s"`` stand for the kernel and the stride of each axis, ``"k-1"`` and
    ``"s-1"`` for one less.
    """

    def cut(*per_axis: Any) -> list[Any]:
        return list(per_axis[turn][:rank])

    def uneven(*per_axis: Any) -> list[list[Any]]:
        return [cut(*per_axis)] if rank > 1 else []  # along one axis, no two axes can differ

    kind = operation(op)
    one_each = uneven([1, 0, 2], [2, 1, 0], [0, 2, 1])
    per_side = cut([[0, 1], [2, 1], [1, 0]], [[1, 2], [1, 0], [0, 2]], [[2, 0], [0, 1], [1, 2]])
    negative = cut([[-1, 2], [1, 0], [0, -1]], [[-1, 0], [0, -1], [-1, 0]], [[-1, -1], [2, -2], [0, 1]])
    result: Table = {
        "input": (TRANSPOSED_SIZES if kind.adjoint else SIZES)[rank][turn],
        "kernel": [1, 2, 3, 4, 5, 7, *uneven([3, 5, 2], [2, 3, 1], [4, 1, 3])],
        "stride": [1, 2, 3, 4, *uneven([2, 1, 3], [1, 3, 2], [3, 2, 1])],
        "padding": [0, 1, 2, *one_each, per_side, negative, "k-1", "valid", "same", "same_lower"],
        "dilation": [1, 2, 3, *uneven([2, 1, 3], [1, 3, 2], [3, 2, 1])],
    }
    if kind.pools:
        result["stride"].insert(0, None)
    if turn == 2:
        result["padding"].append("k")
    if "padding_mode" in kind.parameters:
        if rank == 1:
            result["padding"].append("causal")
        result["padding_mode"] = ["zeros"] * 4 + ["reflect", "replicate", "circular", "symmetric"]
    elif "output_padding" in kind.parameters:
        result["output_padding"] = [None, None, 0, 1, "s-1", "s"]
    elif kind.selects:
        result["dilation"] = [1, 1, *result["dilation"]]
    elif kind.divides:
        result["dilation"] = [1, 1, 1, 2] if turn == 0 else [1]  # hardly any framework can express it
        result["count_include_pad"] = [None, True, False]
        result["divisor_override"] = [None, None, None, [3, 1, 8][turn]]
    if kind.pools:
        result["ceil_mode"] = [False, True]
    result["channels"] = [(1, 1, 1), (2, 2, 1), (3, 3, 1)] if kind.pools else CHANNELS[turn]
    result["batch"] = [1, 1, 1, 2, 2, 0] if turn == 0 else [1, 2]
    result["dtype"] = ["float32"] * 5 + ["float64", "float16", "bfloat16"] if turn == 0 else ["float32"]
    return result


def written(op: Op, row: Entry) -> Entry:
    """Return a row as a catalog entry, with ``"k"`` and the like resolved to numbers and defaults left out."""
    kernel, stride = row.get("kernel"), row.get("stride")
    words = {"k": kernel, "k-1": lowered(kernel), "s": stride, "s-1": lowered(stride)}
    entry: Entry = {"op": op}
    for key, value in row.items():
        entry[key] = words.get(value, value) if isinstance(value, str) else value
    if "channels" in entry:
        entry["in_channels"], entry["out_channels"], entry["groups"] = entry.pop("channels")
    return _without_defaults(op, entry)


def _without_defaults(op: Op, entry: Entry) -> Entry:
    defaults = (
        {**DEFAULTS, "stride": None, "out_channels": entry.get("in_channels")} if operation(op).pools else DEFAULTS
    )
    return {key: value for key, value in entry.items() if value is not None and value != defaults.get(key)}


def lowered(numbers: Any) -> Any:
    """Return one less than a number, than each number of a list, or None for None."""
    if isinstance(numbers, list):
        return [number - 1 for number in numbers]
    return None if numbers is None else numbers - 1


def covering(values: Table, fits: Callable[[Entry], bool]) -> Iterator[Entry]:
    """Yield rows in which every two values of two parameters are together, if any row that fits can have both.

    ``fits`` is asked only about the parameters before ``channels``, which decide the size of the output.
    """
    # Each value is (parameter, index), so that a value that is listed twice counts as two.
    columns = [[(name, i) for i in range(len(choices))] for name, choices in values.items()]
    shaping = list(values).index("channels")
    met: set[frozenset[str]] = set()

    def row(choices: Iterable[Choice]) -> Entry:
        return {name: values[name][i] for name, i in choices}

    def pair(one: Choice, other: Choice) -> frozenset[str]:
        return frozenset(f"{name} {values[name][i]}" for name, i in (one, other))

    def search(columns: list[list[Choice]]) -> Iterator[Entry]:
        # allpairspy passes every prefix of a row to the filter.
        for choices in AllPairs(columns, filter_func=lambda start: len(start) != shaping or fits(row(start))):
            met.update(itertools.starmap(pair, itertools.combinations(choices, 2)))
            yield row(choices)

    yield from search(columns)
    # With a filter, allpairspy stops before it has every pair, so the missing pairs are searched for one by one.
    for i, j in itertools.combinations(range(len(columns)), 2):
        for one, other in itertools.product(columns[i], columns[j]):
            if pair(one, other) not in met:
                rest = [
                    sorted(column, key=lambda choice: (pair(one, choice) in met) + (pair(other, choice) in met))
                    for column in columns
                ]
                rest[i], rest[j] = [one], [other]
                yield from itertools.islice(search(rest), 1)


def fitting(op: Op, answered: bool) -> Callable[[Entry], bool]:
    """Return a filter for rows that are small enough, have no word for 0, and have an answer if ``answered``."""

    def fits(row: Entry) -> bool:
        if (row.get("padding"), row.get("kernel")) == ("k-1", 1):
            return False
        if (row.get("output_padding"), row.get("stride")) == ("s-1", 1):
            return False
        case_axes = axes(make_case(**written(op, row)))
        if isinstance(case_axes, Invalid):
            return not answered
        return math.prod(axis.output * axis.kernel for axis in case_axes) <= LARGEST_WORK

    return fits


def text() -> str:
    """Return the catalog as TOML, with one case per line."""
    lines = [ABOUT]
    seen: set[str] = set()
    for op, rank in itertools.product(OPS, RANKS):
        lines.append(f"\n  # {op}, {rank} {'axis' if rank == 1 else 'axes'}\n")
        for turn in range(3):
            for row in covering(table(op, rank, turn), fitting(op, answered=turn < 2)):
                entry = written(op, row)
                _add(lines, seen, entry)
        for row in covering(adaptive(op, rank), fitting(op, answered=True)) if operation(op).pools else ():
            _add(lines, seen, written(op, row))
        for entry in larger(op, rank):
            _add(lines, seen, _without_defaults(op, entry))
    return "".join([*lines, "]\n"])


def _add(lines: list[str], seen: set[str], entry: Entry) -> None:
    """Add the line of a catalog entry, unless its case is there already."""
    key = make_case(**entry).key
    if key not in seen:
        seen.add(key)
        lines.append("  { " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in entry.items()) + " },\n")


if __name__ == "__main__":
    CATALOG.write_text(text(), encoding="utf-8", newline="\n")
