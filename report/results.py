"""The results file: JSON Lines, appended as observations arrive; and what it holds, in memory.

Line kinds, in any order after the header: ``header``, ``environment``, ``case``, ``observation``, ``fault``, ``end``;
and ``resumed`` where a later run went on with it, whose faults then count.
``convparity schema results`` prints the schema. A file without an ``end`` line is of a run that was stopped.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import os
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..cases.case import Case, Sizes
from ..cases.errors import InputError
from ..cases.text import printable
from ..cases.validate import make_case

FORMAT = 1
SPELLINGS = ("as written", "port")
EXECUTED = ("ran", "raised", "inexpressible", "crashed", "timed out", "out of memory", "no port")
OUTCOMES = (*EXECUTED, "inferred", "refused")
WANTS = ("values", "sampling", "shape")
LARGEST_PACKED = 2**16  # bytes
LONGEST_LINE = 2**26  # characters
LARGEST_FILE = 2**32  # characters, unpacked
LARGEST_MAP = 2**26  # elements of an axis, and of what its outputs read: the probe runs nothing larger
LARGEST_NUMBER = 2**512  # what frameworks infer of hostile layers is far over 2**64
GZIP = b"\x1f\x8b"
# What a line that is none of ours raises: numbers that no integer holds and nesting without end included.
UNUSABLE = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)

Share = Callable[..., Any]  # see Results._share


@dataclass(frozen=True, slots=True)
class Sampling:
    """A measured sampling: per axis a map (output, kernel) of input indices, -1 for padding.

    Of a pool also what a max pool takes padding for (None: it passes it over), what an average divides by along each
    axis, in the middle of the others, and the first (axis, output, element, times) that an average counts unevenly.
    """

    maps: tuple[np.ndarray, ...]
    separable: bool
    exact: bool
    pad_value: float | None = None
    divisors: tuple[tuple[float, ...], ...] | None = None
    uneven: tuple[int, int, int, float] | None = None

    @classmethod
    def from_json(cls, found: dict[str, Any], sizes: Sizes) -> Sampling:
        """What a worker measured on an input of these sizes. Raises one of UNUSABLE where it did not."""
        maps = tuple(np.array(axis, dtype=np.int64).reshape(len(axis), -1) for axis in found["maps"])
        if len(maps) != len(sizes):
            raise ValueError(f"a sampling of {len(maps)} axes for an input of {len(sizes)}")
        for indices, size in zip(maps, sizes, strict=True):
            if size > LARGEST_MAP or indices.min(initial=0) < -1 or indices.max(initial=-1) >= size:
                raise ValueError(f"a sampling that reads what an axis of {size} has not")
            indices.flags.writeable = False  # many observations share it
        pad_value, divisors, uneven = (found.get(name) for name in ("pad_value", "divisors", "uneven"))
        if divisors is not None:
            divisors = tuple(tuple(map(_number, line)) for line in divisors)
            if [len(line) for line in divisors] != [len(indices) for indices in maps]:
                raise ValueError("divisors that are not one for each output")
        if uneven is not None:
            axis, output, element, times = uneven
            uneven = int(axis), int(output), int(element), _number(times)
            if not 0 <= uneven[0] < len(sizes):
                raise ValueError(f"axis {uneven[0]} of an input of {len(sizes)}")
        pad_value = None if pad_value is None else _number(pad_value)
        return cls(maps, bool(found["separable"]), bool(found["exact"]), pad_value, divisors, uneven)

    @property
    def content(self) -> tuple[object, ...]:
        """Everything in it, to be compared and hashed."""
        maps = tuple((indices.shape, indices.tobytes()) for indices in self.maps)
        return maps, self.separable, self.exact, self.pad_value, self.divisors, self.uneven


@dataclass(slots=True)
class Observation:
    """What one spelling of one case did in one environment, on the case's input or on another size.

    ``outcome`` is ran, raised, inexpressible, crashed, timed out, out of memory, or no port; where only the framework's
    own inference was asked, inferred or refused. ``shape`` is
    (N, C, *spatial). Where rounding is allowed for, ``off`` is the largest deviation from the reference of the digest
    ``against``, in tolerances: up to 1 the values are the reference's.
    """

    environment: str
    case_id: str
    input: Sizes
    spelling: str
    outcome: str = ""
    source: str = ""
    words: str = ""
    note: str = ""
    reason: str = ""
    error: str = ""
    log: str = ""
    signal: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    digest: str = ""
    off: float | None = None
    against: str = ""
    values: np.ndarray | None = None  # the output, where it was small and differed from the reference
    declared: tuple[int, ...] | None = None
    declare_error: str = ""
    seconds: float = 0.0
    sampling: Sampling | None = None
    sampling_error: str = ""

    def has(self, want: str) -> bool:
        """Whether ``values``, ``shape`` or ``sampling`` was observed, whatever came of it."""
        if want == "values":
            return self.outcome not in ("", "inferred", "refused")
        return bool(self.outcome) if want == "shape" else bool(self.sampling or self.sampling_error)

    def take(self, line: dict[str, Any], share: Share = lambda value: value) -> None:
        """Add what a line of the results file says; ``share`` gives an equal value that is known already."""
        sampling = _one_of(line["want"], WANTS) == "sampling"
        if not sampling or not self.outcome:
            self.outcome = _one_of(line["outcome"], OUTCOMES)
            for name in ("source", "words", "note", "reason", "signal", "dtype", "digest", "against"):
                text = line.get(name)  # ours, unless somebody edited the file
                setattr(self, name, share(printable(str(text), 2000)) if text else "")
            for name in ("error", "log", "declare_error"):
                setattr(self, name, share(str(line.get(name) or "")))
            self.seconds = _number(line.get("seconds", 0.0))
            self.shape, self.declared = share(_sizes(line.get("shape"))), share(_sizes(line.get("declared")))
            self.off = None if line.get("off") is None else _number(line["off"])
            if self.shape is not None and line.get("values"):
                self.values = unpack(line["values"], self.dtype).reshape(self.shape)
            if self.outcome in ("ran", "inferred") and self.shape is None:
                raise ValueError(f"outcome {self.outcome!r} without a shape")
        if sampling and line.get("sampling"):
            found = Sampling.from_json(line["sampling"], self.input)
            self.sampling = share(found.content, found)
        elif sampling:
            self.sampling_error = share(str(line.get("error") or line["outcome"]))


def unpack(packed: str, dtype: str, limit: int = LARGEST_PACKED) -> np.ndarray:
    """The numbers that a worker packed. Raises ValueError for anything else, and for more than ``limit`` bytes."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(packed), limit)
    except zlib.error as error:
        raise ValueError(f"values that cannot be unpacked: {error}") from None
    if unpacker.unconsumed_tail:
        raise ValueError("values that unpack to more than a worker sends")
    return np.frombuffer(data, dtype="<f8" if dtype == "float64" else "<f4")


def _sizes(value: Any) -> tuple[int, ...] | None:
    sizes = None if value is None else tuple(map(int, value))
    if max(map(abs, sizes or ()), default=0) > LARGEST_NUMBER:
        raise ValueError("a size that no array has")
    return sizes


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} where a number is expected")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} where a string is expected")
    return value


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    """The string of ours that a value is."""
    if value not in allowed:
        raise ValueError(f"{printable(str(value), 60)!r} is none of {', '.join(allowed)}")
    return allowed[allowed.index(value)]


@dataclass
class Environment:
    """An environment as it was observed: its label, its adapter, and what was recorded of it when it started."""

    label: str
    adapter: str
    packages: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version of the framework itself, the first of the packages."""
        return next(iter(self.packages.values()), "")


@dataclass
class Results:
    """Everything that results files say, merged."""

    cases: dict[str, Case] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    observations: dict[tuple[str, str, Sizes, str], Observation] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)  # (environment, what happened)
    notes: list[str] = field(default_factory=list)  # what a reader of the report should know of the files
    conflicts: list[str] = field(default_factory=list)  # what was observed twice, and not alike
    ended: bool = False
    positions: dict[str, int] = field(default_factory=dict)  # of cases in the whole, where the files are parts of it
    _shared: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def observation(
        self, environment: str, case: Case, spelling: str = "as written", input: Sizes | None = None
    ) -> Observation | None:
        """What was observed, or None."""
        return self.observations.get((environment, case.id, input or case.input, spelling))

    def add(self, line: dict[str, Any]) -> None:
        """Take in one line of a results file. Raises one of UNUSABLE where it is not one."""
        kind = line["kind"]
        if kind == "case":
            case = _case(line["case"])
            if self.cases.setdefault(case.id, case).key != case.key:
                raise ValueError(f"the id {printable(case.id, 60)} names two different cases")
            if "position" in line:
                self.positions[case.id] = int(line["position"])
        elif kind == "environment":
            environment = _environment(line)
            known = self.environments.setdefault(environment.label, environment)
            if known.packages != environment.packages:
                raise ValueError(f"two environments of different versions are labelled {printable(known.label, 60)}")
        elif kind == "observation":
            where = _text(line["environment"]), _text(line["case"]), _sizes([*line["input"]])
            label, case_id, sizes = map(self._share, where)
            key = (label, case_id, sizes, _one_of(line["spelling"], SPELLINGS))
            self.observations.setdefault(key, Observation(*key)).take(line, self._share)
        elif kind == "fault":
            self.faults.append((_text(line["environment"]), _text(line["message"])))
        elif kind == "end":
            self.ended = True
        elif kind == "resumed":
            self.ended = False
            self.faults.clear()
        elif kind != "header":
            raise ValueError(f"a line of an unknown kind, {printable(str(kind), 60)}")

    def _share(self, value: Any, of: Any = None) -> Any:
        """The first of equal values, or what was kept for it: there are many observations, and they say much alike."""
        return self._shared.setdefault(value, value if of is None else of)


def _case(entry: dict[str, Any]) -> Case:
    """A case that may be in a catalog: whatever it is, the arithmetic has an answer."""
    try:
        return make_case(**{name: value for name, value in entry.items() if value is not None})
    except InputError as error:
        raise ValueError(f"not a case: {error.problems[0]}") from None


def _environment(line: dict[str, Any]) -> Environment:
    packages = {printable(name, 60): printable(str(version), 60) for name, version in line["packages"].items()}
    details = dict(line["details"])
    for name in ("timeout", "memory"):
        details[name] = _number(details.get(name, 0))
    inside = [item for value in details.values() for item in (value.values() if isinstance(value, dict) else [value])]
    if any(isinstance(item, list | dict) for item in inside):
        raise ValueError("details of an environment that are nested")
    return Environment(_text(line["label"]), printable(_text(line["adapter"]), 60), packages, details)


def header(version: str) -> dict[str, Any]:
    """The first line of a results file."""
    return {"kind": "header", "convparity": version, "format": FORMAT}


def resumed() -> dict[str, Any]:
    """The line at which a later run goes on with a results file."""
    return {"kind": "resumed"}


def reopen(path: Path) -> Results:
    """The content of a results file that is to be gone on with; a last line that was cut off is taken off the file.

    Raises InputError where it is not a results file.
    """
    results = read_file(path)
    results.notes.clear()  # that it was stopped is why it is here
    try:
        with path.open("rb+") as file:
            if file.read(len(GZIP)) == GZIP:
                raise InputError([f"{path}: cannot be gone on with: it is compressed; gunzip it first"])
            size = file.seek(0, os.SEEK_END)
            start = max(size - LONGEST_LINE, 0)
            file.seek(start)
            file.truncate(start + file.read().rindex(b"\n") + 1)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError([f"{path}: cannot be gone on with: {error}"]) from None
    return results


def read_file(path: Path) -> Results:
    """The content of one results file, which may be compressed by gzip.

    A last line that was cut off is left out and noted, as is that the run was stopped. Whatever the file holds, raises
    nothing but InputError: where it is no results file, or of another format.
    """
    results = Results()
    try:
        with closing(_open(path)) as file:
            _read(file, path, results)
    except EOFError:
        results.notes.append(f"{path}: the compressed file was cut off; what could be unpacked is here")
    except (OSError, zlib.error) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise InputError([f"{path}: cannot be read: {printable(what)}"]) from None
    except UnicodeDecodeError:
        raise InputError([f"{path}: not a results file; it is not UTF-8 text"]) from None
    if not results.ended:
        results.notes.append(f"{path}: its run was stopped before the end; what it had observed is here")
    return results


def _open(path: Path) -> IO[str]:
    with path.open("rb") as file:
        compressed = file.read(len(GZIP)) == GZIP
    return gzip.open(path, "rt", encoding="utf-8") if compressed else path.open(encoding="utf-8")


def _read(file: IO[str], path: Path, results: Results) -> None:
    number, left = 0, LARGEST_FILE
    while text := file.readline(LONGEST_LINE):
        number, left = number + 1, left - len(text)
        if left < 0 or (len(text) == LONGEST_LINE and not text.endswith("\n")):
            what = f"a line of over {LONGEST_LINE} characters" if left >= 0 else f"over {LARGEST_FILE} characters"
            raise InputError([f"{path}:{number}:1: {what}, which no run writes"])
        try:
            line = _parsed(text)
            first = (line.get("kind"), line.get("format")) == ("header", FORMAT)
            if number == 1 and not first:
                raise InputError(
                    [f"{path}:1:1: not a results file of format {FORMAT}; `convparity observe` writes one"]
                )
            if number > 1 and line.get("kind") == "header":
                raise ValueError("a second header; files are merged by naming each of them, not by joining them")
            results.add(line)
        except InputError:
            raise
        except UNUSABLE as error:
            if number > 1 and not text.endswith("\n"):
                results.notes.append(f"{path}:{number}: the last line was cut off; left out")
                return
            what = f"{type(error).__name__}: {error}" if number > 1 else "not a results file"
            raise InputError([f"{path}:{number}:1: {printable(what)}"]) from None
    if number == 0:
        raise InputError([f"{path}:1:1: not a results file; it is empty"])


def _parsed(text: str) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(text)
    if not isinstance(line, dict):
        raise TypeError("not an object")
    if "\\ud" in text:  # perhaps half of a surrogate pair, which cannot be printed
        line = json.loads(json.dumps(line, ensure_ascii=False).encode(errors="replace"))
    return line
