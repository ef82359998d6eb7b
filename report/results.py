"""The results file: JSON Lines, appended as observations arrive; and what it holds, in memory.

Line kinds, in any order after the header: ``header``, ``environment``, ``case``, ``observation``, ``fault``, ``end``;
and ``resumed`` where a later run went on with it, whose faults then count.
``convparity schema results`` prints the schema. A file without an ``end`` line is of a run that was stopped.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..cases.case import Case, Sizes
from ..cases.errors import InputError
from ..cases.text import printable

FORMAT = 1
SPELLINGS = ("as written", "port")
LARGEST_PACKED = 2**16  # bytes
LONGEST_LINE = 2**26  # bytes
# What a line that is none of ours raises: numbers that no integer holds and nesting without end included.
UNUSABLE = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
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

    @property
    def key(self) -> Hashable:
        """What two samplings of the same elements have in common."""
        return self.separable, self.exact, tuple((indices.shape, indices.tobytes()) for indices in self.maps)

    @classmethod
    def from_json(cls, found: dict[str, Any], rank: int) -> Sampling:
        """What a worker measured. Raises one of UNUSABLE where it did not."""
        maps = tuple(np.array(axis, dtype=np.int64).reshape(len(axis), -1) for axis in found["maps"])
        if len(maps) != rank:
            raise ValueError(f"a sampling of {len(maps)} axes for an input of {rank}")
        pad_value, divisors, uneven = (found.get(name) for name in ("pad_value", "divisors", "uneven"))
        if divisors is not None:
            divisors = tuple(tuple(float(d) for d in line) for line in divisors)
        if uneven is not None:
            axis, output, element, times = uneven
            uneven = int(axis), int(output), int(element), float(times)
            if not 0 <= uneven[0] < rank:
                raise ValueError(f"axis {uneven[0]} of an input of {rank}")
        exact = bool(found["exact"])
        return cls(
            maps, bool(found["separable"]), exact, None if pad_value is None else float(pad_value), divisors, uneven
        )


@dataclass
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

    def take(self, line: dict[str, Any]) -> None:
        """Add what a line of the results file says."""
        sampling = line["want"] == "sampling"
        if not sampling or not self.outcome:
            for name in ("outcome", "source", "words", "note", "reason", "signal", "dtype", "digest", "against"):
                text = line.get(name)  # ours, unless somebody edited the file
                setattr(self, name, printable(str(text), 2000) if text else "")
            for name in ("error", "log", "declare_error"):
                setattr(self, name, str(line.get(name) or ""))
            self.seconds = float(line.get("seconds", 0.0))
            self.shape = _shape(line.get("shape"))
            self.declared = _shape(line.get("declared"))
            self.off = None if line.get("off") is None else float(line["off"])
            if self.shape is not None and line.get("values"):
                self.values = unpack(line["values"], self.dtype).reshape(self.shape)
        if sampling and line.get("sampling"):
            self.sampling = Sampling.from_json(line["sampling"], len(self.input))
        elif sampling:
            self.sampling_error = str(line.get("error") or line["outcome"])


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


def _shape(value: Any) -> tuple[int, ...] | None:
    return None if value is None else tuple(map(int, value))


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
    ended: bool = False
    positions: dict[str, int] = field(default_factory=dict)  # of cases in the whole, where the files are parts of it

    def observation(
        self, environment: str, case: Case, spelling: str = "as written", input: Sizes | None = None
    ) -> Observation | None:
        """What was observed, or None."""
        return self.observations.get((environment, case.id, input or case.input, spelling))

    def add(self, line: dict[str, Any]) -> None:
        """Take in one line of a results file. Raises one of UNUSABLE where it is not one."""
        kind = line["kind"]
        if kind == "case":
            case = Case.from_json(line["case"])
            if self.cases.setdefault(case.id, case).key != case.key:
                raise ValueError(f"the id {printable(case.id, 60)} names two different cases")
            if "position" in line:
                self.positions[case.id] = int(line["position"])
        elif kind == "environment":
            packages = {printable(name, 60): printable(str(v), 60) for name, v in line["packages"].items()}
            environment = Environment(line["label"], printable(line["adapter"], 60), packages, dict(line["details"]))
            known = self.environments.setdefault(environment.label, environment)
            if known.packages != environment.packages:
                raise ValueError(f"two environments of different versions are labelled {printable(known.label, 60)}")
        elif kind == "observation":
            key = (line["environment"], line["case"], tuple(line["input"]), line["spelling"])
            self.observations.setdefault(key, Observation(*key)).take(line)
        elif kind == "fault":
            self.faults.append((line["environment"], line["message"]))
        elif kind == "end":
            self.ended = True
        elif kind == "resumed":
            self.ended = False
            self.faults.clear()
        elif kind != "header":
            raise ValueError(f"a line of an unknown kind, {printable(str(kind), 60)}")


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
    results = read_results([path])
    results.notes.clear()  # that it was stopped is why it is here
    try:
        with path.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(size - LONGEST_LINE, 0)
            file.seek(start)
            file.truncate(start + file.read().rindex(b"\n") + 1)
    except (OSError, ValueError) as error:
        raise InputError([f"{path}: cannot be gone on with: {error}"]) from None
    return results


def read_results(paths: Iterable[str | Path]) -> Results:
    """Read and merge results files.

    Raises InputError for a file that is not one, or of another format. A last line that was cut off is left out and
    noted, as is a file whose run was stopped.
    """
    results = Results()
    problems: list[str] = []
    for path in paths:
        earlier, results.faults, results.ended = results.faults, [], False
        try:
            _read(Path(path), results)
        except InputError as error:
            problems += error.problems
            continue
        results.faults = earlier + results.faults
        if not results.ended:
            results.notes.append(f"{path}: its run was stopped before the end; what it had observed is here")
    if problems:
        raise InputError(problems)
    return results


def _read(path: Path, results: Results) -> None:
    try:
        with path.open(encoding="utf-8") as file:
            number = 0
            for number, text in enumerate(file, 1):
                try:
                    line = json.loads(text)
                    if number == 1 and (line.get("kind"), line.get("format")) != ("header", FORMAT):
                        raise InputError(
                            [f"{path}:1:1: not a results file of format {FORMAT}; `convparity observe` writes one"]
                        )
                    results.add(line)
                except UNUSABLE as error:
                    if isinstance(error, InputError):
                        raise
                    if number > 1 and not text.endswith("\n"):
                        results.notes.append(f"{path}:{number}: the last line was cut off; left out")
                        return
                    what = f"{type(error).__name__}: {error}" if number > 1 else "not a results file"
                    raise InputError([f"{path}:{number}:1: {printable(what)}"]) from None
            if number == 0:
                raise InputError([f"{path}:1:1: not a results file; it is empty"])
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise InputError([f"{path}: not a results file; it is not UTF-8 text"]) from None
