"""The result of a run in a few sentences, the most dangerous first. Every number in them counts layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...adapters.registry import title
from ...cases.text import count, printable, several
from ..verdicts.run import Run
from ..verdicts.verdict import Verdict, kind

NAMED = 3  # frameworks in one place of a sentence
# The words for each verdict, of one framework and of several. The most dangerous comes first.
DOES = {
    "shifted": ("reads other pixels", "read other pixels"),
    "values": ("computes other numbers", "compute other numbers"),
    "shape": ("gives another output shape", "give another output shape"),
    "accepts": ("accepts invalid parameters", "accept invalid parameters"),
    "unproven": ("is unproven", "are unproven"),
    "crashed": ("crashes", "crash"),
    "timed out": ("exceeds the time limit", "exceed the time limit"),
    "out of memory": ("exceeds the memory limit", "exceed the memory limit"),
    "rejects": ("raises an error", "raise an error"),
    "misdeclares": ("misdeclares its output shape", "misdeclare their output shape"),
}
INEXPRESSIBLE = "inexpressible"

Layers = dict[str, set[str]]  # the ids of layers, by the label of an environment or by the name of a framework


@dataclass(frozen=True)
class Summary:
    """The parts of a headline: the rows that diverge, and the (case id, label) of those that are expected to."""

    run: Run
    diverging: Sequence[Verdict]
    expected: Container[tuple[str, str]]

    @property
    def headline(self) -> str:
        """The most dangerous thing that the run found, in one or two sentences."""
        cases, labels = len(self.run.cases), [printable(known.label, 40) for known in self.run.environments]
        layers = count(cases, "layer")
        if not cases:
            return "There are no layers to check."
        if not self.run.counts:
            return f"No framework ran, so nothing is known about {'this layer' if cases == 1 else f'these {layers}'}."
        if self.diverging:
            return f"{self._sentences[0]}{self._shapes}"
        if self.run.missing or not self.run.complete:
            return "No difference in what was observed, but not everything was observed."
        same = "the same layer in every framework" if len(labels) > 1 else f"as requested in {labels[0]}"
        same += " that ran" if self.run.results.faults and len(labels) > 1 else ""
        return f"The layer is {same}." if cases == 1 else f"All {layers} are {same}."

    @property
    def summary(self) -> list[str]:
        """The other findings of the run, a sentence for each kind; layers that a framework cannot express come last."""
        return self._sentences[1:] if self.run.counts else []

    @property
    def _shapes(self) -> str:
        """The sentence that makes a silent shift dangerous; empty where there is none."""
        if "shifted" not in self._found:
            return ""
        return " Every shape matches there." if {"shape", "misdeclares"} & set(self._found) else " Every shape matches."

    @cached_property
    def _sentences(self) -> list[str]:
        """A sentence for each kind of divergence; only the first one says how many layers there are."""
        return list(self._told())

    def _told(self) -> Iterator[str]:
        total = len(self.run.cases)
        for verdict, (one, many) in DOES.items():
            if verdict not in self._found:
                continue
            (number, names), *others = _by_number(self._by_framework(self._found[verdict]))
            rest = "".join(f", {_named(names)} in {number}" for number, names in others)
            yield f"{_named(names)} {one if len(names) == 1 else many} in {_counted(number, total)}{rest}."
            total = 0
        if INEXPRESSIBLE in self._found:
            layers = self._by_framework(self._found[INEXPRESSIBLE])
            number = len(set().union(*layers.values()))
            yield f"{_begun(number, total)} cannot be written in {_named(sorted(layers), 'or')}."
            total = 0
        if number := len(self._layers(expected=True) - self._layers(expected=False)):
            yield f"{_begun(number, total)} {'differs' if number == 1 else 'differ'} only as expected."

    @cached_property
    def _found(self) -> dict[str, Layers]:
        """The layers of each kind of divergence in each environment, without those that are expected."""
        found: dict[str, Layers] = defaultdict(lambda: defaultdict(set))
        for verdict in self.diverging:
            case, label = verdict.case.id, verdict.environment.label
            if (case, label) not in self.expected:
                found[kind(verdict)][label].add(case)
        return found

    def _layers(self, expected: bool) -> set[str]:
        """Return the layers with a divergence that is expected, or with one that is not."""
        keys = ((verdict.case.id, verdict.environment.label) for verdict in self.diverging)
        return {case for case, label in keys if ((case, label) in self.expected) == expected}

    def _by_framework(self, layers: Layers) -> Layers:
        """Return the layers by framework where it is so in all of its environments; elsewhere by environment."""
        environments: dict[str, list[str]] = defaultdict(list)
        for environment in self.run.environments:
            environments[title(environment.adapter)].append(environment.label)
        found: Layers = {}
        for framework, labels in environments.items():
            named = [label for label in labels if label in layers]
            if len(named) == len(labels):
                found[printable(framework, 40)] = set().union(*(layers[label] for label in labels))
            else:
                found |= {printable(label, 40): layers[label] for label in named}
        return found


def _counted(number: int, total: int) -> str:
    """Return a number of layers, of a total if there is one."""
    if total == 1:
        return "this layer"
    return f"{number} of {count(total, 'layer')}" if total else count(number, "layer")


def _begun(number: int, total: int) -> str:
    """Return a number of layers as the beginning of a sentence."""
    return "This layer" if total == 1 else _counted(number, total)


def _by_number(layers: Layers) -> list[tuple[int, list[str]]]:
    """Return the numbers of layers, the largest first, each with the names that have so many."""
    names: dict[int, list[str]] = defaultdict(list)
    for name in sorted(layers, key=str.lower):
        names[len(layers[name])].append(name)
    return sorted(names.items(), reverse=True)


def _named(names: list[str], conjunction: str = "and") -> str:
    """Return names as a list in a sentence; of many, the first ones and the number of the others."""
    shown = names if len(names) <= NAMED + 1 else [*names[:NAMED], f"{len(names) - NAMED} others"]
    return several(shown).replace(" and ", f" {conjunction} ") if len(shown) > 1 else shown[0]
