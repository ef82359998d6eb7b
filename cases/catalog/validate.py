"""The validation of a catalog entry, which becomes a :class:`Case` or a list of problems.

All rules for cases are in this module; ``cases/schemas/catalog.json`` states the same rules for editors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..case import FIELDS, Case, Field, Modes
from ..dtypes import INTEGERS
from ..errors import InputError
from ..operations import OPS, Op
from ..operations.adaptive import largest_windows
from ..operations.axis import WORDS
from ..operations.table import OPERATIONS, computes
from ..text import did_you_mean, printable, shown

RANKS = (1, 2, 3)
NAMES = tuple(field.name for field in FIELDS)
DEFAULTS = {field.name: field.default for field in FIELDS if field.default is not None}
PER_AXIS = {name: DEFAULTS[name] for name in ("stride", "padding", "dilation")}  # to be repeated for each axis
LIMIT = 2**31
# The fields of a window that slides, which an adaptive pool does not.
SLIDING = ("kernel", "stride", "padding", "dilation", "ceil_mode", "count_include_pad", "divisor_override")
HOSTILE_LIMIT = 2**64  # no framework has wider integers

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Problem:
    """One problem with an entry: the path of the key or value, and a sentence about it."""

    path: Path
    text: str
    at_key: bool = False


class _Checker:
    """A checker of one entry, which collects all problems instead of stopping at the first."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.entry = entry
        self.problems: list[Problem] = []
        self.rank: int | None = None
        self.hostile = entry.get("hostile") is True

    def problem(self, path: Path, text: str, at_key: bool = False) -> None:
        self.problems.append(Problem(path, f"{printable(str(path[0]), 60)}: {text}" if path else text, at_key))

    def integer(self, path: Path, value: Any, low: int) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(path, f"{shown(value)} is not a whole number")
        elif low <= value <= LIMIT or (self.hostile and abs(value) <= HOSTILE_LIMIT):
            return value
        elif self.hostile:
            text = f"{shown(value)} is out of range; expected a magnitude of at most 2**64, even in a hostile case"
            self.problem(path, text)
        else:
            least = f"at least {low}" if low > -LIMIT else "at least -2**31"
            self.problem(path, f"{shown(value)} is out of range; expected {least} and at most 2**31")
        return None

    def integers(self, path: Path, value: list[Any], low: int) -> tuple[int, ...] | None:
        numbers = [self.integer(path + (i,), item, low) for i, item in enumerate(value)]
        valid = tuple(number for number in numbers if number is not None)
        return valid if len(valid) == len(numbers) else None

    def length(self, path: Path, value: list[Any]) -> bool:
        if self.hostile or self.rank is None or len(value) == self.rank:
            return True
        entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
        allowed = "one, for the only axis" if self.rank == 1 else f"one for each of {self.rank} axes"
        self.problem(path, f"{shown(value)} has {entries}; expected {allowed}")
        return False

    def input(self, path: Path, value: Any, field: Field) -> tuple[int, ...] | None:
        if not isinstance(value, list):
            self.problem(path, f"{shown(value)} is not a list; expected a list of spatial sizes, such as [8, 8]")
            return None
        if not self.hostile and len(value) not in RANKS:
            self.problem(path, f"{shown(value)} has {len(value)} sizes; expected one to three, such as [8, 8]")
            return None
        self.rank = len(value)
        return self.integers(path, value, 0)

    def per_axis(self, path: Path, value: Any, field: Field) -> tuple[int, ...] | None:
        if isinstance(value, list):
            return self.integers(path, value, field.low) if self.length(path, value) else None
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(path, f"{shown(value)} is neither a whole number nor a list of one per axis")
            return None
        number = self.integer(path, value, field.low)
        return None if number is None else (number,) * (self.rank or 0)

    def padding(self, path: Path, value: Any, field: Field) -> Any:
        if isinstance(value, str):
            if value == "causal" and self.rank not in (None, 1) and not self.hostile:
                self.problem(path, f"{shown(value)} needs an input with one spatial axis; this one has {self.rank}")
                return None
            if value == "causal" and self.entry.get("op", "conv") != "conv" and not self.hostile:
                self.problem(path, f"{shown(value)} is only for op conv; this op is {shown(self.entry.get('op'))}")
                return None
            return self.one_of(path, value, WORDS)
        return self.pads(path, value, field)

    def pads(self, path: Path, value: Any, field: Field) -> Any:
        low = field.low if field.takes == "pads" else -LIMIT
        if isinstance(value, bool) or not isinstance(value, (int, list)):
            words = f"a [before, after] pair per axis, or a word: {', '.join(field.known)}" if field.known else ""
            allowed = f"a number, one per axis, {words or 'or a [before, after] pair per axis'}"
            self.problem(path, f"{shown(value)} is not a padding; expected {allowed}")
            return None
        if isinstance(value, int):
            number = self.integer(path, value, low)
            return None if number is None else ((number, number),) * (self.rank or 0)
        if not self.length(path, value):
            return None
        pairs: list[tuple[int, ...] | None] = []
        for i, item in enumerate(value):
            if isinstance(item, list) and len(item) != 2:
                entries = "1 entry" if len(item) == 1 else f"{len(item)} entries"
                self.problem(path + (i,), f"{shown(item)} has {entries}; expected a [before, after] pair")
                pairs.append(None)
            elif isinstance(item, list):
                pairs.append(self.integers(path + (i,), item, low))
            else:
                number = self.integer(path + (i,), item, low)
                pairs.append(None if number is None else (number, number))
        return None if None in pairs else tuple(pairs)

    def word(self, path: Path, value: Any, field: Field) -> str | None:
        return self.one_of(path, value, field.known)

    def one_of(self, path: Path, value: Any, known: tuple[str, ...]) -> str | None:
        if isinstance(value, str) and (value in known or self.hostile):
            return value
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        self.problem(path, f"{shown(value)} is not known; expected {', '.join(known)}{hint}")
        return None

    def word_per_axis(self, path: Path, value: Any, field: Field) -> Modes | None:
        if not isinstance(value, list):
            return self.one_of(path, value, field.known)
        if not self.length(path, value):
            return None
        words = [self.one_of(path + (i,), item, field.known) for i, item in enumerate(value)]
        known = [word for word in words if word is not None]
        return None if len(known) < len(words) else known[0] if len(set(known)) == 1 else tuple(known)

    def count(self, path: Path, value: Any, field: Field) -> int | None:
        return self.integer(path, value, field.low)

    def flag(self, path: Path, value: Any, field: Field) -> bool | None:
        if isinstance(value, bool):
            return value
        self.problem(path, f"{shown(value)} is not allowed; expected true or false")
        return None

    def name(self, path: Path, value: Any, field: Field) -> str | None:
        if isinstance(value, str) and value:
            return value
        self.problem(path, f"{shown(value)} is not an id; expected a non-empty string")
        return None

    def parsed(self, field: Field, value: Any) -> Any:
        return PARSERS[field.takes](self, (field.name,), value, field)

    def case(self) -> Case | None:
        for key in self.entry:
            if key not in NAMES:
                text = f"unknown key; expected {', '.join(sorted(NAMES))}{did_you_mean(key, NAMES)}"
                self.problem((key,), text, True)
        adaptive = _pools(self.entry.get("op")) and "output_size" in self.entry
        for key in ("input", "kernel"):
            if key not in self.entry and not (adaptive and key == "kernel"):
                self.problem((), f"{key} is missing; a case needs at least input and kernel")
        given = PER_AXIS | dict(self.entry)
        if _pools(self.entry.get("op")):
            given["out_channels"] = self.entry.get("out_channels", self.entry.get("in_channels", 1))
            given["stride"] = self.entry.get("stride", self.entry.get("kernel", 1))
        parsed = {field.name: self.parsed(field, given[field.name]) for field in FIELDS if field.name in given}
        fields = DEFAULTS | parsed
        if not self.hostile:
            self.divides(fields)
            self.belongs(fields)
            if adaptive:
                self.adapts()
        if self.problems:
            return None
        return Case(**(fields | _windows(fields) if adaptive else fields)).named()

    def adapts(self) -> None:
        for key in SLIDING:
            if key in self.entry:
                text = f"{shown(self.entry[key])} is not allowed with output_size, which sets the windows of a pool"
                self.problem((key,), text)

    def divides(self, fields: dict[str, Any]) -> None:
        groups = fields.get("groups", 1)
        if groups is None:
            return
        for key in ("in_channels", "out_channels"):
            channels = fields.get(key, 1)
            if channels is not None and channels % groups:
                self.problem(("groups",), f"{groups} does not divide {key}, which is {channels}")

    def belongs(self, fields: dict[str, Any]) -> None:
        op = fields.get("op", "conv")
        for field in _lacking(op) if op in OPS else ():
            if fields.get(field.name) not in (field.default, None):
                text = f"{shown(self.entry[field.name])} is not allowed for op {op}; {field.lacking}"
                self.problem((field.name,), text)
        if op in OPS and fields.get("dtype") in INTEGERS and not computes(op, fields["dtype"]):
            self.problem(("dtype",), f"{shown(fields['dtype'])} is not allowed for op {op}; only max_pool has integers")
        if _pools(op) and None not in (fields["out_channels"], fields.get("in_channels", 1)):
            channels = fields.get("in_channels", 1)
            if fields["out_channels"] != channels:
                text = f"{fields['out_channels']} is not in_channels, which is {channels}; a pool keeps its channels"
                self.problem(("out_channels",), text)


@cache
def _lacking(op: Op) -> tuple[Field, ...]:
    """Return the fields that an operation does not have."""
    return tuple(field for field in FIELDS if not field.belongs_to(op))


def _windows(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an adaptive pool that follow from the sizes of its input and output."""
    kernel = largest_windows(fields["input"], fields["output_size"])
    none = ((0, 0),) * len(kernel)
    return {"kernel": kernel, "stride": kernel, "padding": none, "dilation": (1,) * len(kernel)}


PARSERS: dict[str, Callable[[_Checker, Path, Any, Field], Any]] = {  # by the kind of a field's values
    "sizes": _Checker.input,
    "per axis": _Checker.per_axis,
    "padding": _Checker.padding,
    "pads": _Checker.pads,
    "count": _Checker.count,
    "flag": _Checker.flag,
    "word": _Checker.word,
    "word per axis": _Checker.word_per_axis,
    "id": _Checker.name,
}


def check(entry: Mapping[str, Any]) -> tuple[Case | None, list[Problem]]:
    """Return the case that an entry describes, or None and all problems with it.

    ``hostile = true`` in the entry turns off all validation except types and the names of the keys.
    """
    checker = _Checker(entry)
    case = checker.case()
    return case, checker.problems


def check_parameter(key: str, value: Any, rank: int | None = None) -> list[Problem]:
    """Return the problems with one parameter of a catalog entry that can be found without the other parameters."""
    checker = _Checker({})
    checker.rank = rank
    checker.parsed(next(field for field in FIELDS if field.name == key), value)
    return checker.problems


def as_entry(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields of a case, as ``Case.to_json`` has them, as the catalog entry that makes this case."""
    found = {name: value for name, value in fields.items() if value is not None}
    if "output_size" in found:  # the window follows from it
        found = {name: value for name, value in found.items() if name not in SLIDING}
    return found


def make_case(**parameters: Any) -> Case:
    """Return a case from the parameters of a catalog entry: ``make_case(input=[8, 8], kernel=3, padding=1)``.

    Tuples count as lists. Raises InputError with all problems, one per line.
    """
    case, problems = check({key: _as_lists(value) for key, value in parameters.items()})
    if case is None:
        raise InputError(problem.text for problem in problems)
    return case


def _as_lists(value: Any) -> Any:
    return [_as_lists(item) for item in value] if isinstance(value, (tuple, list)) else value


def _pools(op: object) -> bool:
    return isinstance(op, str) and op in OPERATIONS and OPERATIONS[op].pools
