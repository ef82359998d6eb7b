"""A committed baseline in a small, sorted text file with a line for each case and environment, and its comparison.

    stem-512  tensorflow  shifted  256x256  2+3,2+3  5f0c2a91d3e4

The fields are the id of the case, the label of the environment, the verdict, the spatial sizes of the output, the pads
of each axis and a digest of the values; ``-`` means none, ``?`` means unknown, and ``~`` stands for values that need
not be the same on every machine. An id or label with other characters is written as JSON. Comments begin with ``#`` and
stay above the line that follows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ...cases.errors import InputError
from ...cases.text import printable
from ..verdicts.run import Run
from ..verdicts.verdict import VERDICTS, Verdict, kind

HEAD = "# convparity lock, format 1: case, environment, verdict, shape, pads, digest of the values"
PLAIN = re.compile(r"[\w.+:/@=-]+")
FIELD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"]\S*')
KINDS = {verdict.replace(" ", "-") for verdict in (*VERDICTS, "misdeclares")}
DIGITS = 12  # kept of a digest

Key = tuple[str, str]  # a case's id and an environment's label
Facts = tuple[str, ...]  # verdict, shape, pads, digest


@dataclass
class Lock:
    """The lines of a lock file by case and environment, with the comments above them and at its head and end."""

    facts: dict[Key, Facts] = field(default_factory=dict)
    comments: dict[Key, list[str]] = field(default_factory=dict)
    head: list[str] = field(default_factory=lambda: [HEAD])
    last: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, run: Run) -> Lock:
        """Return the lock of a run."""
        written = (verdict for verdict in run.verdicts if verdict.spelling == "as written")
        return cls({(v.case.id, v.environment.label): _facts(v) for v in written})

    @classmethod
    def read(cls, path: Path) -> Lock:
        """Return the lock in a file. Raise InputError with every invalid line."""
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise InputError([f"{path}: cannot be read: {reason}"]) from None
        if not lines or lines[0] != HEAD:
            raise InputError([f"{path}:1:1: not a lock of format 1; `convparity lock` writes one"])
        lock, above, problems = cls(head=[]), [], []
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                above.append(line)
                continue
            if not lock.facts:  # the first block of comments belongs to the file
                lock.head, above = _first_block(above)
            try:
                key, facts = _parsed(line)
                if key in lock.facts:
                    raise ValueError("this case and environment are already locked above")
            except ValueError as error:
                problems.append(f"{path}:{number}:1: {error}: {printable(line, 80)}")
                continue
            lock.facts[key], lock.comments[key], above = facts, above, []
        if problems:
            raise InputError(problems)
        lock.head, lock.last = (lock.head, above) if lock.facts else (above, [])
        return lock

    def updated(self, run: Run, prune: bool = False) -> Lock:
        """Return this lock updated with a run; with ``prune``, without the lines that are not in that run."""
        now = Lock.of(run).facts
        facts = now if prune else {**self.facts, **now}
        return Lock(facts, {key: self.comments.get(key, []) for key in facts}, self.head, self.last)

    def text(self) -> str:
        """Return the text of the file."""
        lines = [*self.head]
        for key in sorted(self.facts):
            lines += [*self.comments.get(key, ()), _line(key, self.facts[key])]
        return "\n".join([*lines, *self.last]) + "\n"


@dataclass(frozen=True)
class Broken:
    """A line that no longer holds: the locked and the observed facts; either is None where it is missing."""

    case: str
    environment: str
    locked: Facts | None
    seen: Facts | None

    def __str__(self) -> str:
        where = f"{printable(self.environment, 40)}  {printable(self.case, 80)}"
        if self.locked is None or self.seen is None:
            known = " ".join(map(printable, self.locked or self.seen or ()))
            return f"{where}  {'was locked as' if self.locked else 'is not locked, and is'} {known}" + (
                ", and was not observed" if self.locked else ""
            )
        names = ("", "shape", "pads", "values")
        pairs = [pair for pair in zip(names, self.locked, self.seen, strict=True) if pair[1] != pair[2]]
        return f"{where}  " + ", ".join(f"{name} {printable(old)} -> {new}".strip() for name, old, new in pairs)


def broken(lock: Lock, run: Run) -> list[Broken]:
    """Return the differences between a lock and a run, for the cases and environments of the run."""
    seen = Lock.of(run).facts
    cases = {case.id for case in run.cases}
    labels = {environment.label for environment in run.environments}
    keys: Iterable[Key] = sorted({*seen, *(key for key in lock.facts if key[0] in cases and key[1] in labels)})
    pairs = ((key, lock.facts.get(key), seen.get(key)) for key in keys)
    return [Broken(*key, locked, now) for key, locked, now in pairs if locked != now]


def _facts(verdict: Verdict) -> Facts:
    return kind(verdict).replace(" ", "-"), _shape(verdict), _pads(verdict), _digest(verdict)


def _shape(verdict: Verdict) -> str:
    return "-" if verdict.shape is None else "x".join(map(str, verdict.shape)) or "()"


def _pads(verdict: Verdict) -> str:
    if verdict.shape is None:
        return "-"
    return ",".join(f"{before}+{after}" for before, after in verdict.pads or ()) or "?"


def _digest(verdict: Verdict) -> str:
    """Return the digest where values have to be equal to the last bit; wrong values may be garbage that varies."""
    seen = verdict.observation
    if not seen.digest:
        return "-"
    exact = verdict.reference.exact and verdict.verdict in ("agrees", "shape", "shifted")
    return seen.digest[:DIGITS] if exact else "~"


def _line(key: Key, facts: Facts) -> str:
    return "  ".join([*map(_word, key), *facts])


def _word(text: str) -> str:
    return text if PLAIN.fullmatch(text) else json.dumps(text)


def _parsed(line: str) -> tuple[Key, Facts]:
    """Return the key and facts of a line. Raise ValueError for an invalid line."""
    words = FIELD.findall(line)
    if "  ".join(words) != line or len(words) != 6:
        raise ValueError("not six fields with two spaces between them")
    if words[2] not in KINDS:
        raise ValueError(f"{printable(words[2], 40)} is not a verdict")
    case, label = (json.loads(word) if word.startswith('"') else word for word in words[:2])
    return (case, label), tuple(words[2:])


def _first_block(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the comments up to and including the first empty line, and the rest; without one, all and none."""
    for number, line in enumerate(lines):
        if not line.strip():
            return lines[: number + 1], lines[number + 1 :]
    return lines, []
