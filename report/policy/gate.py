"""The gate of a run: the verdicts that fail it, the environments that have to agree, and the lock."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.operations.table import operation
from ...cases.text import did_you_mean, printable, several, shape_text
from ..verdicts.verdict import DIVERGENT, Verdict, kind, pads_text
from .lock import Lock


@dataclass(frozen=True)
class Gate:
    """The conditions that fail a run: kinds of divergence, disagreeing environments (groups of labels), and a lock.

    Without any of them, every divergence fails the run. With ``agree`` or ``lock``, a divergence from the reference
    fails it only where ``fail_on`` says so.
    """

    fail_on: frozenset[str] | None = None
    agree: tuple[tuple[str, ...], ...] = ()
    lock: Lock | None = None

    def fails(self, verdict: Verdict) -> bool:
        """Return whether the verdict of a row fails the run."""
        if self.fail_on is None:
            return verdict.diverges and not self.agree and self.lock is None
        return kind(verdict) in self.fail_on or (verdict.misdeclares and "misdeclares" in self.fail_on)

    def among(self, labels: Collection[str]) -> Gate:
        """Return the gate for a run of some of the environments: groups without those that are not in it."""
        present = (tuple(label for label in group if label in labels) for group in self.agree)
        return replace(self, agree=tuple(group for group in present if len(group) > 1))

    @property
    def words(self) -> str:
        """A sentence on the conditions that fail the run; empty where every divergence does."""
        parts = [] if self.fail_on is None else [several([k for k in (*DIVERGENT, UNFORESEEN) if k in self.fail_on])]
        parts += [f"a disagreement among {several(list(labels))}" for labels in self.agree]
        parts += [] if self.lock is None else ["anything that is not as locked"]
        return f"Only this fails the run: {'; '.join(parts)}." if parts else ""


EVERY_DIVERGENCE = Gate()
UNFORESEEN = "unforeseen"  # in a gate: that a measurement differs from its prediction, whatever its verdict


def read_gate(
    fail_on: Iterable[str] | None = None,
    agree: Iterable[str] | None = None,
    locked: Path | None = None,
    origins: tuple[str, str] = ("--fail-on", "--agree"),
) -> Gate:
    """Return a gate from lists of comma-separated names and a lock file.

    Raise InputError with every problem, which names ``origins``: where the first two were given.
    """
    problems: list[str] = []
    kinds: set[str] | None = None
    for name in _names(fail_on or ()):
        kinds = kinds or set()
        if name == "all":
            kinds.update(DIVERGENT)
        elif name in (*DIVERGENT, UNFORESEEN):
            kinds.add(name)
        else:
            known = (*DIVERGENT, UNFORESEEN, "all")
            allowed = f"expected {', '.join(known)}{did_you_mean(name, known)}"
            problems.append(f"{origins[0]}: {printable(name)!r} is not a verdict that can fail a run; {allowed}")
    groups = [tuple(dict.fromkeys(_names([group]))) for group in agree or ()]
    for labels in groups:
        if len(labels) < 2:
            problems.append(f"{origins[1]}: {', '.join(labels)!r} is one environment; expected LABEL,LABEL,...")
    lock = None
    try:
        lock = Lock.read(locked) if locked else None
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return Gate(None if kinds is None else frozenset(kinds), tuple(groups), lock)


def check_labels(gate: Gate, known: Collection[str]) -> None:
    """Raise InputError where a gate names environments that the run does not have."""
    labels = dict.fromkeys(label for group in gate.agree for label in group)
    allowed = ", ".join(printable(label, 60) for label in known)
    problems = [
        f"--agree: {printable(label)!r} is not an environment of this run; "
        f"expected {allowed}{did_you_mean(label, known)}"
        for label in labels
        if label not in known
    ]
    if problems:
        raise InputError(problems)


def _names(texts: Iterable[str]) -> list[str]:
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


@dataclass(frozen=True)
class Disagreement:
    """The cases in which environments that have to agree disagree in the same way.

    ``parts`` are the rows of the first case, in groups with the same behaviour.
    """

    parts: tuple[tuple[Verdict, ...], ...]
    cases: tuple[Case, ...]
    words: str  # who does what: "crops (1,0) in keras-torch, (0,1) in tensorflow and keras-jax"


def disagreements(
    labels: Sequence[str],
    rows: Mapping[tuple[str, str], Verdict],
    described: Callable[[Verdict], Hashable] = lambda row: None,
) -> list[Disagreement]:
    """Return the disagreements among environments; ``rows`` are those as written, by case id and environment label.

    Rows that were not observed are not compared, and properties that are unknown do not make two rows differ.
    ``described`` returns the expectation that describes a row, or None; those that all describe are left out.
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
        if len(parts) < 2 or _is_described(parts, described):
            continue
        words = _who_does_what(parts)
        case = parts[0][0].case
        earlier = found.get(_alike(words))
        cases = (*(earlier.cases if earlier else ()), case)
        first = earlier or Disagreement(tuple(map(tuple, parts)), (), words)
        found[_alike(words)] = Disagreement(first.parts, cases, first.words)
    return sorted(found.values(), key=lambda disagreement: -len(disagreement.cases))


def _is_described(parts: Sequence[Sequence[Verdict]], described: Callable[[Verdict], Hashable]) -> bool:
    """Return whether all sides of a disagreement but one have expectations of their own.

    One expectation that describes two sides says nothing about the difference between them.
    """
    sides = [{described(row) for row in part} for part in parts]
    apart = sum(len(side - {None}) for side in sides) == len(set().union(*sides) - {None})
    return apart and sum(None in side for side in sides) <= 1


def _difference(one: Verdict, other: Verdict) -> str | None:
    """Return the most significant difference between two rows: shape, elements, kind or values; None for none."""
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
    """Return whether two rows read the same elements, as far as that is known."""
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
    """Return the result of a row in a word or two."""
    return f"shape {shape_text(row.shape)}" if row.verdict == "shape" else kind(row)


def _labels(rows: Iterable[Verdict]) -> str:
    return several([printable(row.environment.label, 40) for row in rows])


def _alike(words: str) -> str:
    """Return words that are the same for layers of all sizes: shapes without their numbers, pads unchanged."""
    return re.sub(r"\d+", "N", words) if words.startswith(("gives", "shape")) else words
