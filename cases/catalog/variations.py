"""Variations of a case in one field each: simpler ones, and those that lie next to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..arithmetic import AXIS_NAMES, Invalid, axes
from ..case import FIELDS, Case
from ..dtypes import DTYPES
from ..errors import InputError
from ..operations.axis import MODES, WORDS
from .validate import as_entry, make_case

Change = Mapping[str, Any]  # fields with their new values; None leaves a field out
SIZED = ("input", "kernel", "output_size")  # without these, there is no case
PER_AXIS = tuple(field.name for field in FIELDS if field.takes in ("sizes", "per axis"))
LOW = {field.name: field.low or 1 for field in FIELDS}
COUNTS = ("groups", "in_channels", "out_channels", "batch", "divisor_override")
STEPS = (1, 2, 3, 4)  # by which a number is made smaller in the end: strides that a fault may depend on
BELOW, ABOVE = 3, 4  # how far the sizes around a size go
WORDED: Mapping[str, tuple[str, ...]] = {"padding": WORDS, "padding_mode": MODES, "dtype": DTYPES}


@lru_cache(2**12)
def _shortest(case: Case) -> dict[str, Any]:
    """Return the shortest catalog entry that makes a case; it is shared, so nobody may change it."""
    found = {name: _lists(value) for name, value in as_entry(case.to_json()).items() if name not in ("id", "hostile")}
    for name in [name for name in reversed(found) if name not in ("op", *SIZED)]:
        rest = {key: value for key, value in found.items() if key != name}
        shorter = _made(rest)
        if shorter is not None and shorter.key == case.key:
            found = rest
    return found


def entry_of(case: Case) -> dict[str, Any]:
    """Return the shortest catalog entry that makes a case, without an id, and with lists in place of tuples."""
    return dict(_shortest(case))


def changed(case: Case, change: Change) -> Case | None:
    """Return a case with other values, or None if they make none."""
    return _made({name: value for name, value in {**_shortest(case), **change}.items() if value is not None})


def _made(entry: Change) -> Case | None:
    try:
        return make_case(**entry)
    except InputError:
        return None


def simpler(case: Case) -> list[list[Change]]:
    """Return the changes of a case that make it simpler, in three lists: the boldest first, then smaller steps."""
    entry = entry_of(case)
    bold = [*_fewer_axes(case, entry), *_left_out(case, entry), *_lower(entry, lambda number, low: [low])]
    halves = _lower(entry, lambda number, low: [number // 2])
    few = _lower(entry, lambda number, low: [number - step if number > 0 else number + step for step in STEPS])
    return [list({repr(step): step for step in steps}.values()) for steps in (bold, halves, few)]


def _fewer_axes(case: Case, entry: Change) -> Iterator[Change]:
    for i in range(case.rank) if case.rank > 1 else ():
        yield {
            name: value[:i] + value[i + 1 :]
            for name, value in entry.items()
            if isinstance(value, list) and len(value) == case.rank
        }


def _left_out(case: Case, entry: Change) -> Iterator[Change]:
    """Yield the changes that leave out one field; the channels go together, as they depend on each other."""
    channels = {name: None for name in ("groups", "in_channels", "out_channels") if name in entry}
    if len(channels) > 1:
        yield channels
    if entry.get("groups", 1) > 2:
        yield {"groups": 2, "in_channels": 2, "out_channels": 2}
    yield from ({name: None} for name in entry if name not in ("op", *SIZED))
    for name in () if case.adaptive else ("kernel", "input"):
        yield {name: [1] * case.rank}


def _lower(entry: Change, less: Callable[[int, int], Sequence[int]]) -> Iterator[Change]:
    """Yield the changes that make one number smaller, to what ``less`` gives for it and the least that is allowed."""
    for name, value in entry.items():
        low = LOW[name]
        if name in COUNTS:
            yield from ({name: number} for number in less(value, low) if low <= number < value)
        elif name in PER_AXIS:
            for i, number in enumerate(value):
                smaller = (other for other in less(number, low) if low <= other < number)
                yield from ({name: [*value[:i], other, *value[i + 1 :]]} for other in smaller)
        elif name in ("padding", "input_padding") and isinstance(value, list):
            for i, side in itertools.product(range(len(value)), (0, 1)):
                number = value[i][side]
                nearer = (other for other in less(number, 0) if abs(other) < abs(number) and other * number >= 0)
                yield from ({name: _with_side(value, i, side, other)} for other in nearer)
        elif name == "padding_mode" and isinstance(value, list):
            yield from ({name: mode} for mode in dict.fromkeys(value))


def nearby(case: Case) -> Iterator[tuple[str, Any, Any, Case]]:
    """Yield the cases that differ from one in one value: what differs in words, its value, the other one, the case.

    Only fields that the case gives are varied, and the sizes of its input, channels and batch. A case with an output
    has no neighbours without one, which would be another question.
    """
    fits = not isinstance(axes(case), Invalid)
    for what, own, other, change in _nearby(case, entry_of(case)):
        variant = changed(case, change)
        if variant is not None and not (fits and isinstance(axes(variant), Invalid)):
            yield what, own, other, variant


def _nearby(case: Case, entry: Change) -> Iterator[tuple[str, Any, Any, Change]]:
    for name in ("kernel", "output_size", "input", "stride", "dilation", "output_padding"):
        for i, (axis, number) in enumerate(zip(AXIS_NAMES[case.rank], entry.get(name, ()), strict=False)):
            words = axis if name == "input" else f"{name.replace('_', ' ')} of the {axis}"
            for other in _around(number, 0 if name == "output_padding" else 1, name == "input"):
                yield words, number, other, {name: [*entry[name][:i], other, *entry[name][i + 1 :]]}
    for name in ("padding", "input_padding"):
        value = entry.get(name)
        if not isinstance(value, list):
            continue
        for i, side in itertools.product(range(case.rank), (0, 1)):
            words = f"{name.replace('_', ' ')} {('before', 'after')[side]} the {AXIS_NAMES[case.rank][i]}"
            for other in _around(value[i][side], 0 if name == "input_padding" else -2, False):
                yield words, value[i][side], other, {name: _with_side(value, i, side, other)}
    for name, known in WORDED.items():
        value = entry.get(name, getattr(case, name))
        if isinstance(value, str):
            yield from ((name.replace("_", " "), value, other, {name: other}) for other in known if other != value)
    yield from _other_counts(case, entry)


def _other_counts(case: Case, entry: Change) -> Iterator[tuple[str, Any, Any, Change]]:
    yield "batch", case.batch, case.batch + 1, {"batch": case.batch + 1}
    for name in ("in_channels",) if case.pools else ("in_channels", "out_channels"):
        value = getattr(case, name)
        yield name.replace("_", " "), value, value * 2, {name: value * 2}
    if case.ceil_mode:
        yield "ceil mode", True, False, {"ceil_mode": None}
    if case.count_include_pad is not None:
        yield (
            "padding counted",
            case.count_include_pad,
            not case.count_include_pad,
            {"count_include_pad": not case.count_include_pad},
        )


def features(case: Case) -> frozenset[str]:
    """Return what a case has beyond the plainest layer of its operation, in words: a larger case has them as well."""
    found = {f"rank {rank}" for rank in range(2, case.rank + 1)}
    found |= {"kernel"} if max(case.kernel, default=1) > 1 and not case.adaptive else set()
    found |= {"no output"} if isinstance(axes(case), Invalid) else set()
    for field in FIELDS:
        if field.name in ("hostile", "id") or not (short := field.short(case)):
            continue
        worded = field.takes in ("word", "flag", "word per axis") or isinstance(getattr(case, field.name), str)
        found.add(f"{field.name} {short}" if worded or (field.name, case.batch) == ("batch", 0) else field.name)
    return frozenset(found)


def _around(number: int, low: int, far: bool) -> Iterable[int]:
    below, above = (BELOW, ABOVE) if far else (1, 1)
    return [other for other in range(max(number - below, low), number + above + 1) if other != number]


def _with_side(pads: list[list[int]], i: int, side: int, number: int) -> list[list[int]]:
    found = [list(pair) for pair in pads]
    found[i][side] = number
    return found


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, (tuple, list)) else value
