"""What fails a run: which verdicts, and which environments have to agree among themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.operations import operation
from ...cases.text import did_you_mean, printable, several, shape_text
from ..verdicts.verdict import DIVERGENT, Verdict, kind, pads_text
from .lock import Lock


@dataclass(frozen=True)
class Gate:
    """What fails a run: kinds of divergence, environments that disagree (groups of labels), what is not as locked.

    Without any, every divergence does. With ``agree`` or ``lock``, a divergence from the reference alone does not.
    """

    fail_on: frozenset[str] | None = None
    agree: tuple[tuple[str, ...], ...] = ()
    lock: Lock | None = None

    def fails(self, verdict: Verdict) -> bool:
        """Whether a row fails the run by what it is."""
        if self.fail_on is None:
            return verdict.diverges and not self.agree and self.lock is None
        return kind(verdict) in self.fail_on or (verdict.misdeclares and "misdeclares" in self.fail_on)

    @property
    def words(self) -> str:
        """What alone fails the run, where that is not every divergence; else nothing."""
        parts = [] if self.fail_on is None else [several([k for k in DIVERGENT if k in self.fail_on])]
        parts += [f"a disagreement among {several(list(labels))}" for labels in self.agree]
        parts += [] if self.lock is None else ["what is not as it is locked"]
        return f"Only this fails the run: {'; '.join(parts)}." if parts else ""


EVERY_DIVERGENCE = Gate()


def read_gate(
    fail_on: Iterable[str] | None = None, agree: Iterable[str] | None = None, locked: Path | None = None
) -> Gate:
    """A gate from lists of names with commas between them, and a lock file.

    Raises InputError with everything that is wrong.
    """
    problems: list[str] = []
    kinds: set[str] | None = None
    for name in _names(fail_on or ()):
        kinds = kinds or set()
        if name == "all":
            kinds.update(DIVERGENT)
        elif name in DIVERGENT:
            kinds.add(name)
        else:
            known = (*DIVERGENT, "all")
            allowed = f"allowed is {', '.join(known)}{did_you_mean(name, known)}"
            problems.append(f"--fail-on: {printable(name)!r} is not a verdict that a run fails by; {allowed}")
    groups = [tuple(dict.fromkeys(_names([group]))) for group in agree or ()]
    for labels in groups:
        if len(labels) < 2:
            problems.append(f"--agree: {', '.join(labels)!r} is one environment; allowed is LABEL,LABEL,...")
    lock = None
    try:
        lock = Lock.read(locked) if locked else None
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return Gate(None if kinds is None else frozenset(kinds), tuple(groups), lock)


def check_labels(gate: Gate, known: Collection[str]) -> None:
    """Refuse a gate of environments that are not there. Raises InputError."""
    labels = dict.fromkeys(label for group in gate.agree for label in group)
    allowed = ", ".join(printable(label, 60) for label in known)
    problems = [
        f"--agree: {printable(label)!r} is no environment of this run; allowed is {allowed}{did_you_mean(label, known)}"
        for label in labels
        if label not in known
    ]
    if problems:
        raise InputError(problems)


def _names(texts: Iterable[str]) -> list[str]:
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


@dataclass(frozen=True)
class Disagreement:
    """Cases in which environments that have to agree fall apart in the same way.

    ``parts`` are the rows of the first case, in groups of those that do the same.
    """

    parts: tuple[tuple[Verdict, ...], ...]
    cases: tuple[Case, ...]
    words: str  # who does what: "crops (1,0) in keras-torch, (0,1) in tensorflow and keras-jax"


def disagreements(labels: Sequence[str], rows: Mapping[tuple[str, str], Verdict]) -> list[Disagreement]:
    """Where environments do not do the same as each other; ``rows`` by case id and environment label, as written.

    What was not observed is not compared, and what is not known of two rows does not tell them apart.
    """
    found: dict[str, Disagreement] = {}
    for id in dict.fromkeys(id for id, _ in rows):
        parts: list[list[Verdict]] = []
        for row in (rows[id, label] for label in labels if (id, label) in rows):
            same = next((part for part in parts if all(_difference(row, other) is None for other in part)), None)
            if same is None:
                parts.append([row])
            else:
                same.append(row)
        if len(parts) < 2:
            continue
        words = _who_does_what(parts)
        case = parts[0][0].case
        earlier = found.get(_alike(words))
        cases = (*(earlier.cases if earlier else ()), case)
        first = earlier or Disagreement(tuple(map(tuple, parts)), (), words)
        found[_alike(words)] = Disagreement(first.parts, cases, first.words)
    return sorted(found.values(), key=lambda disagreement: -len(disagreement.cases))


def _difference(one: Verdict, other: Verdict) -> str | None:
    """What tells two rows of a case apart: shape, elements, kind or values, the most telling; None for nothing."""
    if one.shape != other.shape and None not in (one.shape, other.shape):
        return "shape"
    if not _same_elements(one, other):
        return "elements"
    if kind(one) != kind(other):
        return "kind"
    a, b = one.observation, other.observation
    ran = a.outcome == b.outcome == "ran" and a.dtype == b.dtype
    return "values" if ran and one.reference.exact and a.digest != b.digest else None


def _same_elements(one: Verdict, other: Verdict) -> bool:
    """Whether the same elements are read, as far as that is known of both."""
    axes = one.reference.axes
    if one.maps is None or other.maps is None or not axes or one.verdict == other.verdict == "agrees":
        return True
    return all(axis.alike(a, b) for axis, a, b in zip(axes, one.maps, other.maps, strict=True))


def _who_does_what(parts: Sequence[Sequence[Verdict]]) -> str:
    firsts = [part[0] for part in parts]
    apart = {_difference(one, other) for i, one in enumerate(firsts) for other in firsts[:i]}
    does = [pads_text(row) for row in firsts]
    if apart == {"elements"} and all(does) and len(set(does)) == len(does):
        verb = operation(firsts[0].case.op).pads_verb
    elif apart == {"shape"}:
        verb, does = "gives", [shape_text(row.shape) for row in firsts]
    elif "values" in apart:
        verb, does = "returns", ["some numbers", *["others"] * (len(firsts) - 1)]
    else:
        verb, does = "", [_outcome(row) for row in firsts]
    said = [f"{what} in {_labels(part)}" for what, part in zip(does, parts, strict=True)]
    return f"{verb} {', '.join(said)}".strip()


def _outcome(row: Verdict) -> str:
    """What a row is, in a word or two."""
    return f"shape {shape_text(row.shape)}" if row.verdict == "shape" else kind(row)


def _labels(rows: Iterable[Verdict]) -> str:
    return several([printable(row.environment.label, 40) for row in rows])


def _alike(words: str) -> str:
    """Words that are the same for layers of all sizes: those of shapes without their numbers, those of pads as is."""
    return re.sub(r"\d+", "N", words) if words.startswith(("gives", "shape")) else words
