"""The controls of the widget: a layer as the texts of its controls, and changed texts as a layer.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..cases.case import FIELDS, Case
from ..cases.catalog.sizes import numbers
from ..cases.catalog.validate import SLIDING, as_entry, check
from ..cases.errors import InputError
from ..cases.operations.axis import WORDS
from ..cases.operations.table import OPERATIONS
from ..cases.text import printable

Texts = dict[str, str]
SIZES = ("kernel", "output_size", "stride", "output_padding", "dilation")  # one number, or one per axis
MAY_BE_EMPTY = ("output_size", "output_padding")
NAMES = (
    "op",
    "axes",
    "input",
    "kernel",
    "output_size",
    "stride",
    "padding",
    "padding_mode",
    "output_padding",
    "dilation",
)
PAD = re.compile(r"\s*([+-]?\d{1,18})(?:\s*\+\s*([+-]?\d{1,18}))?\s*")


def texts(case: Case, input: Sequence[int]) -> Texts:
    """Return the text of each control for a case. ``input`` are its sizes as they are shown."""
    found = {name: _sizes_text(getattr(case, name)) for name in SIZES}
    mode = case.padding_mode if isinstance(case.padding_mode, str) else ",".join(case.padding_mode)
    return {
        **found,
        "op": case.op,
        "axes": str(case.rank),
        "input": "x".join(map(str, input)),
        "padding": _padding_text(case),
        "padding_mode": mode,
    }


def usable(case: Case) -> list[str]:
    """Return the names of the controls that mean something for a case."""
    lacks = {field.name for field in FIELDS if field.lacking and not field.belongs_to(case.op)}
    if case.adaptive:
        lacks |= set(SLIDING)
    return [name for name in NAMES if name not in lacks]


def input_of(case: Case) -> tuple[int, ...]:
    """Return the input sizes of a case as they are shown: with channels and batch only where these are not 1."""
    if case.batch != 1:
        return (case.batch, case.in_channels, *case.input)
    return (case.in_channels, *case.input) if case.in_channels != 1 else case.input


def sizes(text: str) -> tuple[int, ...]:
    """Return the sizes in the text of the input."""
    return tuple(numbers("input", text))


def changed(case: Case, given: Mapping[str, str]) -> tuple[Case | None, dict[str, str]]:
    """Return the case that the texts of all controls make of a case, or None and a sentence for each wrong text.

    Everything that has no control, such as groups, stays as it is, where the operation has it.
    """
    entry: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in NAMES:
        try:
            entry[name] = _value(name, given[name], case.rank)
        except InputError as error:
            problems[name] = error.problems[0]
    if problems:
        return None, problems
    found, wrong = check(_entry(case, entry))
    if found is not None:
        return found, {}
    for problem in reversed(wrong):  # of several about one control, the first
        name = str(problem.path[0]) if problem.path else "kernel"
        problems[name if name in NAMES else "input"] = problem.text
    return None, problems


def on_input(case: Case, input: Sequence[int]) -> Case:
    """Return a case on another input, with as many axes. Raise InputError where it cannot be."""
    found, problems = changed(case, texts(case, input))
    if found is None:
        raise InputError(problems.values())
    return found


def _entry(case: Case, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the catalog entry of the values of controls, with what a case has beside them."""
    op, axes = entry["op"], entry.pop("axes")
    entry |= _input(entry["input"], case, axes)
    entry |= {name: _along(entry[name], case.rank, axes) for name in (*SIZES, "padding", "padding_mode")}
    kept = {name: value for name, value in as_entry(case.to_json()).items() if name not in (*NAMES, "id", "hostile")}
    if axes != case.rank:
        kept.pop("input_padding", None)
    entry = {**_listed(kept), **entry}
    if OPERATIONS[op].pools:
        entry.pop("out_channels", None)
    there = {field.name for field in FIELDS if field.belongs_to(op)}
    if OPERATIONS[op].adjoint and "input_padding" not in entry:
        there.discard("padding_mode")
    if entry["output_size"] is not None and "output_size" in there:
        there -= set(SLIDING)
    return {name: value for name, value in entry.items() if name in there and value is not None}


def _input(sizes: list[int], case: Case, axes: int) -> dict[str, Any]:
    """Return the input sizes, and the channels and the batch where they are given before them."""
    spare = len(sizes) - case.rank
    if not 0 <= spare <= 2:
        return {"input": sizes}
    spatial = _along(sizes[spare:], case.rank, axes)
    lead = dict(zip(("in_channels", "batch"), reversed(sizes[:spare]), strict=False))
    return {"input": spatial, **lead}


def _along(value: Any, rank: int, axes: int) -> Any:
    """Return a value with one entry for each axis for another number of axes: the last one repeated, or cut off."""
    if isinstance(value, list) and axes != rank == len(value):
        return (value + value[-1:] * axes)[:axes]
    return value


def _value(name: str, text: str, rank: int) -> Any:
    """Return the value that the text of a control says. Raise InputError for a text that says none."""
    if name in ("op", "axes"):
        known = [str(axes) for axes in (1, 2, 3)] if name == "axes" else list(OPERATIONS)
        if text not in known:
            raise InputError([f"{name}: {printable(text, 60)!r} is not known; expected {', '.join(known)}"])
        return int(text) if name == "axes" else text
    if name == "padding_mode":
        return text.split(",") if "," in text else text
    if name == "padding":
        return _padding(text, rank)
    if name in MAY_BE_EMPTY and not text.strip():
        return None
    found = numbers(name, text)
    return found if name == "input" or len(found) > 1 else found[0]


def _padding(text: str, rank: int) -> Any:
    """Return the padding that a text says: a word, numbers for each axis, or pairs such as ``0+1``."""
    if text.strip() in WORDS:
        return text.strip()
    parts = [PAD.fullmatch(part) for part in re.split("[x,]", text.strip("()[] "))]
    if not all(parts):
        allowed = f"1, 0,1 for the axes, 0+1 for the sides, or a word: {', '.join(WORDS)}"
        raise InputError([f"padding: {printable(text, 60)!r} is not a padding; write {allowed}"])
    sides = [[int(part[1]), int(part[2] or part[1])] for part in parts if part]
    if len(sides) > 1:
        return sides
    return [sides[0]] * rank if "+" in text else sides[0][0]


def _padding_text(case: Case) -> str:
    if isinstance(case.padding, str):
        return case.padding
    sided = any(before != after for before, after in case.padding)
    found = [f"{before}+{after}" if sided else str(before) for before, after in case.padding]
    return found[0] if len(set(found)) == 1 else ",".join(found)


def _sizes_text(sizes: Sequence[int] | None) -> str:
    found = list(map(str, sizes or ()))
    return found[0] if found and len(set(found)) == 1 else ",".join(found)


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return list(map(_listed, value)) if isinstance(value, tuple | list) else value
