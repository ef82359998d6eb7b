"""Searches random layers, batch by batch, for what nothing explains, and shrinks what is new."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from ..cases.case import Case
from ..cases.catalog.drawing import layers
from ..cases.catalog.variations import features
from ..cases.errors import InputError
from ..cases.operations import OPS, Op
from ..cases.text import did_you_mean, printable
from ..environments.find import EnvironmentSpec
from ..report.findings.report import DANGER
from ..report.findings.sightings import DEATHS, Sighting, sightings, twins
from ..report.policy.expectations import Expectation
from ..runs.lending import kept
from ..runs.settings import Settings
from .finding import Finding
from .hunted import Hunted
from .observing import Observer, apart, together
from .shrinking import Groups, shrunk
from .surrounding import surrounded

BATCH = 64  # layers
SEEDS = 10**6  # from which one is chosen
AT_ONCE = 3  # sightings of an environment that are shrunk after a batch; what is left will be seen again
MOST_ALIKE = 4  # findings with the same cause
GRACE = 60.0  # seconds after the end for shrinking what was found last
Tell = Callable[[Hunted, float], None]  # is told the result so far and the seconds that are left, inf if unknown


@dataclass(frozen=True)
class Plan:
    """What to hunt for: the seconds, or else the number of layers; the operations, the seed, and what is expected."""

    seconds: float
    layers: int | None
    ops: tuple[Op, ...]
    seed: int
    expectations: tuple[Expectation, ...]

    @classmethod
    def of(
        cls,
        minutes: float,
        layers: int | None,
        ops: Iterable[str],
        seed: int | None,
        expectations: Iterable[Expectation],
    ) -> Plan:
        """Return the plan of a request: all operations where it names none, and another seed each time without one.

        Raise InputError for a word that is no operation.
        """
        named = tuple(ops)
        for name in named:
            if name not in OPS:
                allowed = f"expected {', '.join(OPS)}{did_you_mean(name, OPS)}"
                raise InputError([f"--op: {printable(name, 60)!r} is not an operation; {allowed}"])
        chosen = tuple(op for op in OPS if not named or op in named)
        given = Random().randrange(SEEDS) if seed is None else seed
        return cls(minutes * 60, layers, chosen, given, tuple(expectations))


def search(specs: Sequence[EnvironmentSpec], plan: Plan, settings: Settings, tell: Tell) -> Hunted:
    """Return what a hunt in environments finds. Ctrl-C ends it, with what was found until then."""
    observer = Observer(specs, settings)
    hunted = Hunted(plan.seed, observer.labels)
    groups = twins([(spec.label, spec.adapter) for spec in specs])
    with kept() as pool:
        observer.specs = pool.known(observer.specs)
        try:
            _search(hunted, plan, observer, groups, tell)
        except KeyboardInterrupt:
            hunted.interrupted = True
    hunted.run, hunted.faults, hunted.labels = observer.layers_run, observer.faults, observer.labels
    hunted.findings.sort(key=_rank)
    for number, one in enumerate(hunted.findings, 1):
        one.name = f"{number:02}-{one.labels[0]}-{one.kind.replace(' ', '-')}-{together(one.case).id}"
    return hunted


def _search(hunted: Hunted, plan: Plan, observer: Observer, groups: Groups, tell: Tell) -> None:
    """Fill in the result, batch by batch, until the time or the layers are used up or no environment is left."""
    end = time.monotonic() + plan.seconds if plan.layers is None else float("inf")
    drawn = itertools.islice(layers(plan.seed, plan.ops), plan.layers)
    while time.monotonic() < end and observer.labels and (batch := list(itertools.islice(drawn, BATCH))):
        started = time.monotonic()
        report = observer.observe({_run_as(case, hunted.findings): observer.labels for case in batch})
        hunted.drawn += len(batch)
        hunted.seconds += time.monotonic() - started
        new = list(_new(sightings(report, groups), hunted, plan.expectations))
        tell(hunted, end - time.monotonic())

        def more() -> bool:
            tell(hunted, end - time.monotonic())
            return time.monotonic() < end + GRACE

        if new and observer.labels:
            for one in surrounded(shrunk(new, observer, groups, more), observer, groups):
                _add(one, hunted, plan.expectations)


def _run_as(case: Case, findings: Sequence[Finding]) -> Case:
    """Return a layer as it is run: in a process of its own if it is like one that has ended its process."""
    has = features(case)
    deaths = (one for one in findings if one.kind in DEATHS and one.case.op == case.op)
    return apart(case) if any(all(some & has for some in one.like) for one in deaths) else case


def _new(found: Iterable[Sighting], hunted: Hunted, expectations: Sequence[Expectation]) -> Iterator[Sighting]:
    """Yield the sightings that nothing explains yet, the plainest for each cause and environment; count the others."""
    plainest: dict[tuple[object, ...], Sighting] = {}
    for one in found:
        if reason := known(one, expectations):
            hunted.known.setdefault(reason, []).append(one)
        elif earlier := next((finding for finding in hunted.findings if finding.explains(one)), None):
            earlier.times += 1
        elif sum(finding.sighting.key == one.key for finding in hunted.findings) < MOST_ALIKE:
            other = plainest.setdefault((one.label, one.key), one)
            if len(features(one.case)) < len(features(other.case)):
                plainest[one.label, one.key] = one
    of_label: Counter[str] = Counter()
    for one in sorted(plainest.values(), key=lambda one: (not one.twins, len(features(one.case)))):
        of_label[one.label] += 1
        if of_label[one.label] <= AT_ONCE:
            yield one


def known(one: Sighting, expectations: Iterable[Expectation]) -> str:
    """Return why a sighting is expected; empty if it is not."""
    return next((each.why for each in expectations if each.covers(one.row) and each.fits(one.row)), "")


def _add(one: Finding, hunted: Hunted, expectations: Sequence[Expectation]) -> None:
    """Add a finding, unless it is known or the same as an earlier one; it replaces those that it explains."""
    if reason := known(one.sighting, expectations):
        hunted.known.setdefault(reason, []).append(one.sighting)
        return
    for earlier in hunted.findings:
        if earlier.explains(one.sighting):
            earlier.times += one.times
            return
    explained = [earlier for earlier in hunted.findings if one.explains(earlier.sighting)]
    one.times += sum(earlier.times for earlier in explained)
    hunted.findings[:] = [earlier for earlier in hunted.findings if earlier not in explained]
    hunted.findings.append(one)


def _rank(one: Finding) -> tuple[bool, int]:
    """Return the sort key of a finding: those against twins come first, then the most dangerous."""
    return not one.sighting.twins, (*DANGER, "misdeclares", "agrees").index(one.kind)
