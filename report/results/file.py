"""The results file, in JSON Lines appended as observations arrive, and its content in memory.

The header comes first. The other kinds of lines are in any order: ``environment``, ``case``, ``observation``,
``fault``, ``end``, and ``resumed`` where a later run continued the file; only faults after that line count.
``convparity schema results`` prints the schema. A file without an ``end`` line is from a run that was stopped.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any, get_args

from ...adapters.worker.protocol import Written
from ...cases.case import Case, Sizes
from ...cases.catalog.validate import as_entry, make_case
from ...cases.errors import InputError
from ...cases.text import printable
from ..compiled_json import decoded, one_line
from ..frame import frame, sizes_text
from .observation import UNUSABLE, Observation, Shared, number, one_of

FORMAT = 1
SPELLINGS = get_args(Written)
LONGEST_LINE = 2**26  # bytes
LARGEST_FILE = 2**32  # bytes
GZIP = b"\x1f\x8b"
HEADER = b'{"kind":"header","convparity":"'  # the start of a file
LONGEST_HEADER = 200  # bytes

COLUMNS = (
    "environment",
    "case",
    "input",
    "spelling",
    "outcome",
    "shape",
    "source",
    "dtype",
    "error",
    "seconds",
)

Key = tuple[str, str, Sizes, str]  # of an observation: environment, case, input, spelling
Known = Mapping[bytes, dict[str, Any]]  # lines, as they are in a file, whose case needs no validation
NOTHING: Known = {}


@dataclass
class Room:
    """The bytes that results may still unpack to: those of compressed files, and of arrays in any file.

    A file of half a megabyte can unpack to gigabytes, so there is a limit on all files together.
    """

    left: int

    @classmethod
    def of(cls, megabytes: float) -> Room:
        """Return the room of so many MB. Raise InputError for no number above 0."""
        if not 0 < megabytes <= LARGEST_FILE:
            raise InputError([f"unpacked is {megabytes}; expected a number of MB above 0"])
        return cls(int(megabytes * 2**20))

    def take(self, size: int, place: str) -> None:
        """Use some of the room. Raise InputError where there is not enough."""
        self.left -= size
        if self.left < 0:
            raise InputError([f"{place}: the results unpack to more than is allowed; --unpacked MB allows more"])


@dataclass
class Environment:
    """An environment as it was observed: its label, its adapter, and the details recorded when it started."""

    label: str
    adapter: str
    packages: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version of the framework itself, which is the first of the packages."""
        return next(iter(self.packages.values()), "")

    @property
    def basis(self) -> str:
        """``measured``; ``predicted`` where nothing was run; ``recorded`` where it was not run by this installation."""
        basis = self.details.get("basis")
        return basis if basis in ("predicted", "recorded") else "measured"

    @property
    def shown_version(self) -> str:
        """The version as reports show it, which says where it is only predicted or recorded."""
        stamps = {"predicted": " (predicted)", "recorded": " (recorded, not run here)"}
        return self.version + stamps.get(self.basis, "")

    @property
    def facts(self) -> dict[str, Any]:
        """Other facts that affect its results, such as ``onednn`` and the instruction set ``isa``."""
        facts = self.details.get("facts")
        return facts if isinstance(facts, dict) else {}


@dataclass
class Results:
    """The merged content of results files."""

    cases: dict[str, Case] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    observations: dict[Key, Observation] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)  # (environment, message)
    notes: list[str] = field(default_factory=list)  # for readers of the report, about the files
    conflicts: list[str] = field(default_factory=list)  # observations that were made twice, with different results
    ended: bool = False
    positions: dict[str, int] = field(default_factory=dict)  # of cases in the whole catalog, where the files are parts
    _shared: Shared = field(default_factory=Shared, repr=False, compare=False)

    @property
    def unpacked(self) -> int:
        """The bytes of the arrays that were unpacked from lines so far."""
        return self._shared.unpacked

    def observation(
        self, environment: str, case: Case, spelling: str = "as written", input: Sizes | None = None
    ) -> Observation | None:
        """Return an observation, or None."""
        return self.observations.get((environment, case.id, input or case.input, spelling))

    def add(self, line: dict[str, Any]) -> None:
        """Add one line of a results file. Raise one of UNUSABLE where the line is invalid."""
        kind = line["kind"]
        if kind == "case":
            case = _case(line["case"])
            if self.cases.setdefault(case.id, case).key != case.key:
                raise ValueError(f"the id {printable(case.id, 60)} names two different cases")
            if "position" in line:
                self.positions[case.id] = _position(line["position"])
        elif kind == "environment":
            environment = _environment(line)
            known = self.environments.setdefault(environment.label, environment)
            if known.packages != environment.packages:
                raise ValueError(f"two environments of different versions are labelled {printable(known.label, 60)}")
        elif kind == "observation":
            sizes = self._shared.sizes(line["input"])
            if sizes is None:
                raise TypeError("an observation without an input")
            where = _text(line["environment"]), _text(line["case"]), sizes
            self.observed((*where, one_of(line["spelling"], SPELLINGS)), line)
        elif kind == "fault":
            self.faults.append((_text(line["environment"]), _text(line["message"])))
        elif kind == "end":
            self.ended = True
        elif kind == "resumed":
            self.ended = False
            self.faults.clear()
        elif kind != "header":
            raise ValueError(f"a line of an unknown kind, {printable(str(kind), 60)}")

    def to_frame(self) -> Any:
        """Return all observations as a data frame, with the columns that ``docs/frames.md`` documents.

        Raise HarnessFault if neither pandas nor polars is installed.
        """
        texts = ("source", "dtype", "error")
        return frame(
            COLUMNS,
            (
                (
                    seen.environment,
                    seen.case_id,
                    sizes_text(seen.input),
                    seen.spelling,
                    seen.outcome,
                    sizes_text(seen.shape),
                )
                + tuple(getattr(seen, name) or None for name in texts)
                + (seen.seconds,)
                for seen in self.observations.values()
            ),
        )

    def observed(self, key: Key, line: dict[str, Any]) -> Observation:
        """Add a line to its observation and return that. Raise one of UNUSABLE where the line is invalid."""
        known = self.observations.get(key)
        if known is None:
            label, case_id, sizes, spelling = key
            known = Observation(self._shared.text(label), self._shared.text(case_id), sizes, spelling)
            self.observations[known.environment, known.case_id, sizes, spelling] = known
        known.take(line, self._shared)
        return known


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} where a string is expected")
    return value


def _position(value: Any) -> int:
    if type(value) is not int or not 0 <= value < LARGEST_FILE:
        raise ValueError("not a position of a case")
    return value


def _case(entry: dict[str, Any] | Case) -> Case:
    """Return a case that is valid in a catalog, so that the arithmetic can handle it. Raise ValueError for others."""
    if isinstance(entry, Case):
        return entry
    try:
        return make_case(**as_entry(entry))
    except InputError as error:
        raise ValueError(f"not a case: {error.problems[0]}") from None


def _environment(line: dict[str, Any]) -> Environment:
    packages = {printable(name, 60): printable(str(version), 60) for name, version in line["packages"].items()}
    details = dict(line["details"])
    for name in ("timeout", "memory"):
        details[name] = number(details.get(name, 0))
    inside = [item for value in details.values() for item in (value.values() if isinstance(value, dict) else [value])]
    if any(isinstance(item, list | dict) for item in inside):
        raise ValueError("details of an environment that are nested")
    return Environment(_text(line["label"]), printable(_text(line["adapter"]), 60), packages, details)


def header(version: str) -> dict[str, Any]:
    """Return the first line of a results file."""
    return {"kind": "header", "convparity": version, "format": FORMAT}


def case_line(case: Case, position: int | None = None) -> dict[str, Any]:
    """Return the line of a case, with its position where the cases are only a part of a catalog's."""
    return {"kind": "case", "case": case.to_json(), **({} if position is None else {"position": position})}


def known_cases(cases: Sequence[Case], positions: Sequence[int] | None) -> Known:
    """Return the lines that a results file has of these cases, each with the case itself in place of its fields."""
    lines = map(case_line, cases, positions or repeat(None))
    return {one_line(line): {**line, "case": case} for line, case in zip(lines, cases, strict=True)}


def resumed() -> dict[str, Any]:
    """Return the line that a later run writes when it continues a results file."""
    return {"kind": "resumed"}


def reopen(path: Path) -> Results | None:
    """Return the content of a results file that is to be continued, and prepare the file for new lines.

    A last line that was cut off is removed from the file. Return None for a file that is empty or was cut off in its
    header, as on a full disk: it is to be written from its beginning. Raise InputError where it is not a results file.
    """
    if _has_no_header_yet(path):
        return None
    results, end = _content(path, Room(LARGEST_FILE))
    results.notes.clear()  # whoever continues a run knows that it was stopped
    try:
        with path.open("rb+") as file:
            if file.read(len(GZIP)) == GZIP:
                raise InputError([f"{path}: cannot be resumed: it is compressed; gunzip it first"])
            file.truncate(end)
            file.seek(end - 1)
            if file.read() != b"\n":
                file.write(b"\n")
    except OSError as error:
        raise InputError([f"{path}: cannot be resumed: {error.strerror}"]) from None
    return results


def _has_no_header_yet(path: Path) -> bool:
    """Return whether a file holds nothing but the beginning of a header, or nothing at all."""
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEADER)
    except OSError as error:
        raise InputError([f"{path}: cannot be resumed: {error.strerror}"]) from None
    begins = start.startswith(HEADER) or HEADER.startswith(start)
    return begins and len(start) < LONGEST_HEADER and not start.rstrip().endswith(b"}")


def read_file(path: Path, room: Room) -> Results:
    """Return the content of one results file, which may be compressed by gzip and unpack to as much as there is room.

    A last line that was cut off is left out and noted; a note also says where the run was stopped. Whatever the file
    contains, raise nothing but InputError: where it is not a results file, or has another format.
    """
    return _content(path, room)[0]


def read_content(content: bytes, path: Path, known: Known) -> Results:
    """Return the results in the content of a results file that is stored at ``path``. Raise InputError as above.

    ``known`` has the lines that :func:`case_line` made of cases, which are not checked again.
    """
    return _results(io.BufferedReader(io.BytesIO(content)), path, Room(LARGEST_FILE), known)[0]


def _content(path: Path, room: Room) -> tuple[Results, int]:
    """Return the content of a results file, and the offset in bytes at which its last valid line ends."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    with raw:
        return _results(raw, path, room)


def _results(raw: io.BufferedReader, path: Path, room: Room, known: Known = NOTHING) -> tuple[Results, int]:
    results, end = Results(), 0
    try:
        with closing(_unpacked(raw)) as file:
            end = _read(file, path, results, room, known)
    except EOFError:
        results.notes.append(f"{path}: the compressed file was cut off; the part that could be unpacked is included")
    except (OSError, zlib.error) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise InputError([f"{path}: cannot be read: {printable(what)}"]) from None
    except UnicodeDecodeError:
        raise InputError([f"{path}: not a results file; it is not UTF-8 text"]) from None
    for label, case_id, _, _ in results.observations:
        if label not in results.environments or case_id not in results.cases:
            seen = f"{printable(case_id, 60)} in {printable(label, 60)}"
            raise InputError([f"{path}: not a results file; it observes {seen}, but one of the two has no line"])
    if not results.ended:
        results.notes.append(f"{path}: its run was stopped before the end; its observations up to then are included")
    return results, end


def _unpacked(file: io.BufferedReader) -> io.BufferedIOBase:
    """Return a file, decompressed if needed. It is read once from its beginning: a pipe cannot be opened again."""
    return gzip.open(file) if file.peek(len(GZIP)).startswith(GZIP) else file


def _read(file: io.BufferedIOBase, path: Path, results: Results, room: Room, known: Known) -> int:
    """Add the lines of a file, and return the size of its valid part: all but a last line that was cut off."""
    number = size = 0
    compressed = isinstance(file, gzip.GzipFile)
    while raw := file.readline(LONGEST_LINE):
        number += 1
        if compressed:
            room.take(len(raw), f"{path}:{number}:1")
        if size + len(raw) > LARGEST_FILE or (len(raw) == LONGEST_LINE and not raw.endswith(b"\n")):
            longest = size + len(raw) <= LARGEST_FILE
            what = f"a line of over {LONGEST_LINE} bytes" if longest else f"over {LARGEST_FILE} bytes"
            raise InputError([f"{path}:{number}:1: {what}, which no run writes"])
        try:
            line = known.get(raw) or _parsed(raw)
            if number == 1 and (line.get("kind"), line.get("format")) != ("header", FORMAT):
                raise InputError(
                    [f"{path}:1:1: not a results file of format {FORMAT}; `convparity observe` writes one"]
                )
            if number > 1 and line.get("kind") == "header":
                raise ValueError("a second header; files are merged by naming each of them, not by joining them")
            before = results.unpacked
            results.add(line)
            if results.unpacked > before:
                room.take(results.unpacked - before, f"{path}:{number}:1")
        except (InputError, UnicodeDecodeError):
            raise
        except UNUSABLE as error:
            if number > 1 and not raw.endswith(b"\n"):
                results.notes.append(f"{path}:{number}: the last line was cut off; left out")
                return size
            what = f"{type(error).__name__}: {error}" if number > 1 else "not a results file"
            raise InputError([f"{path}:{number}:1: {printable(what)}"]) from None
        size += len(raw)
    if number == 0:
        raise InputError([f"{path}:1:1: not a results file; it is empty"])
    return size


def _parsed(raw: bytes) -> dict[str, Any]:
    line: dict[str, Any] = decoded(raw)
    if not isinstance(line, dict):
        raise TypeError("not an object")
    return line
