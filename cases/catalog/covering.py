"""Makes the catalog ``arithmetic``: for each operation and rank, any two values of two parameters meet in some case.

``python -m convparity.cases.catalog.covering`` writes ``catalogs/arithmetic.toml`` anew. That takes allpairspy, which
nothing else here needs: the catalog ships as a file.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from allpairspy import AllPairs

from ..arithmetic import Invalid, axes
from ..case import Case
from ..operations import OPS, operation
from .validate import RANKS, make_case

CATALOG = Path(__file__).parents[1] / "catalogs" / "arithmetic.toml"
LARGEST_WORK = 2**18  # kernel taps times outputs: every framework runs them all, and the probe one filter per tap

Entry = dict[str, Any]
Choice = tuple[str, int]  # a parameter, and which of its values
Table = dict[str, list[Any]]  # the values of each parameter; one that is listed twice comes up twice as often

DEFAULTS: Entry = {f.name: f.default for f in fields(Case)} | {"stride": 1, "padding": 0, "dilation": 1}

ABOUT = """\
about = "A few thousand small layers in which every two values of any two parameters meet, for each operation and rank"

# Written by `python -m convparity.cases.catalog.covering`: edit that, not this file.
#
# A covering array for each operation and rank: any two values of two parameters (say kernel 4 and padding "same") are
# together in some case, so a framework that gets a pair of settings wrong is caught, in far fewer cases than all
# combinations. The first two arrays of each hold cases that have an answer, with different values; in the third
# anything meets anything, and some kernels do not fit and some pools' windows hold nothing but padding.
# What a case does not say is at its default.

case = [
"""

SIZES = {  # by rank, for each turn
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
TRANSPOSED_SIZES = {  # less, since the outputs are the large side
    1: [[[4], [5], [8], [13]], [[3], [6], [7], [12]], [[2], [1], [9], [10]]],
    2: [[[4, 4], [5, 5], [3, 8], [7, 2]], [[2, 2], [7, 7], [4, 5], [6, 3]], [[3, 3], [6, 6], [1, 4], [8, 5]]],
    3: [
        [[2, 2, 2], [3, 3, 3], [2, 4, 3], [3, 1, 2]],
        [[4, 4, 4], [3, 3, 3], [1, 2, 3], [4, 3, 2]],
        [[2, 2, 2], [1, 1, 1], [3, 2, 4], [2, 3, 1]],
    ],
}
CHANNELS = [  # in, out, groups: plain, in groups, depthwise, depthwise with a multiplier
    [(1, 1, 1), (3, 2, 1), (4, 6, 2), (3, 3, 3), (2, 4, 2)],
    [(1, 2, 1), (2, 3, 1), (6, 4, 2), (4, 4, 4), (3, 6, 3)],
    [(2, 1, 1), (4, 3, 1), (4, 4, 2), (2, 2, 2), (2, 6, 2)],
]


def table(op: str, rank: int, turn: int) -> Table:
    """The values that meet in one of the three arrays of an operation and rank, those that shape the output first.

    Other values in each turn. ``"k"`` and ``"s"`` stand for the kernel and the stride, per axis; ``"k-1"`` and
    ``"s-1"`` for one less.
    """

    def cut(*per_axis: Any) -> list[Any]:
        return list(per_axis[turn][:rank])

    kind, uneven = operation(op), rank > 1
    one_each = [cut([1, 0, 2], [2, 1, 0], [0, 2, 1])] * uneven
    per_side = cut([[0, 1], [2, 1], [1, 0]], [[1, 2], [1, 0], [0, 2]], [[2, 0], [0, 1], [1, 2]])
    negative = cut([[-1, 2], [1, 0], [0, -1]], [[-1, 0], [0, -1], [-1, 0]], [[-1, -1], [2, -2], [0, 1]])
    result: Table = {
        "input": (TRANSPOSED_SIZES if kind.adjoint else SIZES)[rank][turn],
        "kernel": [1, 2, 3, 4, 5, 7] + [cut([3, 5, 2], [2, 3, 1], [4, 1, 3])] * uneven,
        "stride": [None] * kind.pools + [1, 2, 3, 4] + [cut([2, 1, 3], [1, 3, 2], [3, 2, 1])] * uneven,
        "padding": [0, 1, 2, *one_each, per_side, negative, "k-1", "valid", "same", "same_lower"] + ["k"] * (turn == 2),
        "dilation": [1, 2, 3] + [cut([2, 1, 3], [1, 3, 2], [3, 2, 1])] * uneven,
    }
    if "padding_mode" in kind.parameters:
        result["padding"] += ["causal"] * (rank == 1)
        result["padding_mode"] = ["zeros"] * 4 + ["reflect", "replicate", "circular"]
    elif "output_padding" in kind.parameters:
        result["output_padding"] = [None, None, 0, 1, "s-1", "s"]
    elif kind.selects:
        result["dilation"] = [1, 1, *result["dilation"]]
    else:
        result["dilation"] = [1, 1, 1, 2] if turn == 0 else [1]  # hardly any framework has words for it
        result["count_include_pad"] = [None, True, False]
    if kind.pools:
        result["ceil_mode"] = [False, True]
    result["channels"] = [(1, 1, 1), (2, 2, 1), (3, 3, 1)] if kind.pools else CHANNELS[turn]
    result["batch"] = [1, 1, 1, 2, 2, 0] if turn == 0 else [1, 2]
    result["dtype"] = ["float32"] * 5 + ["float64", "float16", "bfloat16"] if turn == 0 else ["float32"]
    return result


def written(op: str, row: Entry) -> Entry:
    """A row as a catalog's entry: what stands for a number resolved, and what is at its default left out."""
    kernel, stride = row["kernel"], row["stride"]
    words = {"k": kernel, "k-1": lowered(kernel), "s": stride, "s-1": lowered(stride)}
    entry: Entry = {"op": op}
    for key, value in row.items():
        entry[key] = words.get(value, value) if isinstance(value, str) else value
    if "channels" in entry:
        entry["in_channels"], entry["out_channels"], entry["groups"] = entry.pop("channels")
    defaults = (
        {**DEFAULTS, "stride": None, "out_channels": entry.get("in_channels")} if operation(op).pools else DEFAULTS
    )
    return {key: value for key, value in entry.items() if value is not None and value != defaults.get(key)}


def lowered(numbers: Any) -> Any:
    """One less, per axis where there is one for each."""
    if isinstance(numbers, list):
        return [number - 1 for number in numbers]
    return None if numbers is None else numbers - 1


def covering(values: Table, fits: Callable[[Entry], bool]) -> Iterator[Entry]:
    """Rows of a table in which every two values of two parameters meet, if they can in a row that fits.

    Only what comes before ``channels`` is asked about: it decides the size of the output.
    """
    # Each value as (parameter, its place in the list), so that one that is listed twice counts as two.
    columns = [[(name, i) for i in range(len(choices))] for name, choices in values.items()]
    shaping = list(values).index("channels")
    met: set[frozenset[str]] = set()

    def row(choices: Iterable[Choice]) -> Entry:
        return {name: values[name][i] for name, i in choices}

    def pair(one: Choice, other: Choice) -> frozenset[str]:
        return frozenset(f"{name} {values[name][i]}" for name, i in (one, other))

    def search(columns: list[list[Choice]]) -> Iterator[Entry]:
        # The filter is given every beginning of a row.
        for choices in AllPairs(columns, filter_func=lambda start: len(start) != shaping or fits(row(start))):
            met.update(itertools.starmap(pair, itertools.combinations(choices, 2)))
            yield row(choices)

    yield from search(columns)
    # With a filter, allpairspy stops before it has every pair: the others are looked for one by one, each in a row
    # that brings others along.
    for i, j in itertools.combinations(range(len(columns)), 2):
        for one, other in itertools.product(columns[i], columns[j]):
            if pair(one, other) not in met:
                rest = [
                    sorted(column, key=lambda choice: (pair(one, choice) in met) + (pair(other, choice) in met))
                    for column in columns
                ]
                rest[i], rest[j] = [one], [other]
                yield from itertools.islice(search(rest), 1)


def fitting(op: str, answered: bool) -> Callable[[Entry], bool]:
    """Whether a row is small enough, its words for numbers are not for 0, and it has an answer if that is asked for."""

    def fits(row: Entry) -> bool:
        if (row["padding"], row["kernel"]) == ("k-1", 1) or (row.get("output_padding"), row["stride"]) == ("s-1", 1):
            return False
        case_axes = axes(make_case(**written(op, row)))
        if isinstance(case_axes, Invalid):
            return not answered
        return math.prod(axis.output * axis.kernel for axis in case_axes) <= LARGEST_WORK

    return fits


def text() -> str:
    """The catalog, as TOML with a case to a line."""
    lines = [ABOUT]
    seen: set[str] = set()
    for op, rank in itertools.product(OPS, RANKS):
        lines.append(f"\n  # {op}, {rank} {'axis' if rank == 1 else 'axes'}\n")
        for turn in range(3):
            for row in covering(table(op, rank, turn), fitting(op, answered=turn < 2)):
                entry = written(op, row)
                key = make_case(**entry).key
                if key not in seen:
                    seen.add(key)
                    lines.append("  { " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in entry.items()) + " },\n")
    return "".join([*lines, "]\n"])


if __name__ == "__main__":
    CATALOG.write_text(text(), encoding="utf-8", newline="\n")
