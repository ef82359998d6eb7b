"""The output size and sampling of a case along each axis, in exact integers.

Pure. No adapter uses this module: it is one side of the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .case import FIELDS, Case
from .operations.axis import WORDS, Axis
from .operations.table import computes, operation
from .text import count

CASES = 2**10  # whose axes are kept: a case is asked about again for every framework and spelling
WORDED = tuple(field for field in FIELDS if field.takes.startswith("word"))
LACKED = tuple(field for field in FIELDS if field.lacking)  # fields that some operations do not have
AXIS_NAMES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True)
class Invalid:
    """Why a case has no output."""

    reason: str


@lru_cache(CASES)
def axes(case: Case) -> tuple[Axis, ...] | Invalid:
    """Return the axes of a case with their padding in numbers, or the reason why the case is invalid.

    A window that does not fit, a stride of zero and the like have no output. A pool with a window that holds nothing
    but padding has none either.
    """
    impossible = _impossible(case)
    if impossible:
        return Invalid(impossible)
    result = []
    for i, name in enumerate(AXIS_NAMES[case.rank]):
        axis = operation(case.op).axis(case, i)
        if why := axis.invalid(name):
            return Invalid(why)
        result.append(axis)
    return tuple(result)


def _impossible(case: Case) -> str:
    """Return the reason why the case is invalid for every input size; empty if some size may have an answer."""
    for field in WORDED:
        words = case.modes if field.takes == "word per axis" else (getattr(case, field.name),)
        if any(word not in field.known for word in words):
            return f"{field.name} is {getattr(case, field.name)!r}"
    for field in LACKED:
        if getattr(case, field.name) != field.default and not field.belongs_to(case.op):
            return f"{field.name} is {getattr(case, field.name)!r}, and {field.lacking}"
    if not computes(case.op, case.dtype):
        return f"dtype is {case.dtype!r}, and only max_pool has integers"
    if case.rank not in AXIS_NAMES:
        return f"the input has {case.rank} spatial axes"
    lengths = {"kernel": len(case.kernel), "stride": len(case.stride), "dilation": len(case.dilation)}
    if case.output_padding is not None:
        lengths["output_padding"] = len(case.output_padding)
    if not isinstance(case.padding_mode, str):
        lengths["padding_mode"] = len(case.padding_mode)
    if case.output_size is not None:
        lengths["output_size"] = len(case.output_size)
    if case.input_padding is not None:
        lengths["input_padding"] = len(case.input_padding)
    if not isinstance(case.padding, str):
        lengths["padding"] = len(case.padding)
    elif case.padding not in WORDS:
        return f"padding is {case.padding!r}"
    elif case.padding == "causal" and (case.rank != 1 or not operation(case.op).causal):
        return f"causal padding of a {case.op} along {case.rank} axes"
    for name, length in lengths.items():
        if length != case.rank:
            said = count(length, "word" if name == "padding_mode" else "number")
            return f"{name} has {said}, and the input has {'1 axis' if case.rank == 1 else f'{case.rank} axes'}"
    at_least_one = {
        "groups": case.groups,
        "in_channels": case.in_channels,
        "out_channels": case.out_channels,
        "kernel": min(case.kernel),
        "stride": min(case.stride),
        "dilation": min(case.dilation),
        "output_size": min(case.output_size or (1,)),
        "divisor_override": 1 if case.divisor_override is None else case.divisor_override,
    }
    for name, number in at_least_one.items():
        if number < 1:
            return f"{name} is {number}"
    if case.batch < 0 or min(case.input) < 0:
        return "a size is below 0"
    if min(map(min, case.input_padding or ((0,),))) < 0:
        return f"input padding is {min(map(min, case.input_padding or ()))}"
    if min(case.output_padding or (0,)) < 0:
        return f"output padding is {min(case.output_padding or (0,))}"
    if case.in_channels % case.groups or case.out_channels % case.groups:
        return f"{case.groups} groups do not divide {case.in_channels} and {case.out_channels} channels"
    if case.pools and case.in_channels != case.out_channels:
        return f"a pool from {case.in_channels} to {case.out_channels} channels"
    return ""
