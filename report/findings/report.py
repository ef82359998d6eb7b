"""The findings of a run: clusters of divergences, with their ports and input sizes, and the failures of the run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from ...cases.case import Case, Sizes
from ...cases.errors import DIVERGES, FAULT, INTERRUPTED
from ...cases.operations.table import operation
from ...cases.reference import References
from ...cases.text import first_line, several
from ..display import notebook_html, page
from ..policy.expectations import Checked
from ..policy.failures import DEFAULT, DIVERGENCE, Failure, Held, Policy
from ..policy.gate import Disagreement, Gate
from ..policy.lock import Broken
from ..results.file import Environment, Results
from ..results.observation import Sampling
from ..verdicts.axis_difference import last_window
from ..verdicts.explanations import differences
from ..verdicts.judging import doubtful, mirrored
from ..verdicts.residues import Holds, holds, sizes_to_run
from ..verdicts.run import Run
from ..verdicts.verdict import Verdict, kind, verdicts_frame
from .headline import Summary

FORMAT = 1
NUMBERS = re.compile(r"[(\[]*-?\d+[)\],]*(?: ?[(\[]*-?\d+[)\],]*)*")  # one number, or several in brackets
CAUSES = 2**12  # whose words without numbers are kept: many layers diverge for the same cause
# The order in which to read findings: a silent shift passes every shape test.
DANGER = (
    "shifted",
    "values",
    "shape",
    "accepts",
    "unproven",
    "crashed",
    "timed out",
    "out of memory",
    "rejects",
    "inexpressible",
)


@dataclass(frozen=True)
class Divergence:
    """A divergence of one case as written in one environment, with its port and the sizes for which it holds."""

    verdict: Verdict
    port: Verdict | None
    unported: str = ""  # why there is no port; empty where there is one, ports were left out, or the run was stopped
    runs: tuple[tuple[Sizes, Sampling], ...] = ()  # the samplings at the case's own size and at others
    known: dict[Hashable, Holds | None] = field(default_factory=dict, repr=False)  # shared cache of ``holds``

    @cached_property
    def holds(self) -> Holds | None:
        """The sizes for which it holds; computed on first access, and once for layers that differ only in channels."""
        if foreseen := self.verdict.observation.prediction:
            return Holds(foreseen.sizes, True) if foreseen.sizes else None
        if not self.runs:
            return None
        key = self.verdict.case.geometry, tuple((sizes, sampling.content) for sizes, sampling in self.runs)
        if key not in self.known:
            self.known[key] = holds(self.verdict.case, self.runs)
        return self.known[key]

    @property
    def silent(self) -> bool:
        """Whether every shape is right but other elements are read."""
        return self.verdict.verdict == "shifted"

    @property
    def ported(self) -> bool:
        """Whether a port was run and agrees."""
        return self.port is not None and self.port.verdict == "agrees"

    @property
    def shift(self) -> str:
        """The shift in input pixels, such as ``1 px below and 1 px right of``; empty without a uniform shift."""
        v = self.verdict
        axes = differences(v.case, v.reference, v.observation)
        return several([axis.shift_words for axis in axes if axis.shift])


@dataclass(frozen=True)
class Cluster:
    """One finding: the divergences with the same verdict and the same cause, in the same environments."""

    verdict: str
    environments: tuple[str, ...]
    divergences: tuple[Divergence, ...]  # by case, and for each case one per environment
    waived: bool = False  # whether all of them are expected

    @property
    def cases(self) -> list[Case]:
        """The distinct cases."""
        return list({d.verdict.case.id: d.verdict.case for d in self.divergences}.values())

    @cached_property
    def example(self) -> Divergence:
        """The divergence that stands for the others: the first whose kernel has more than one tap."""
        return min(self.divergences, key=lambda divergence: max(divergence.verdict.case.kernel, default=1) <= 1)

    @property
    def alike(self) -> list[Divergence]:
        """The example in each environment."""
        id = self.example.verdict.case.id
        return [d for d in self.divergences if d.verdict.case.id == id]

    @property
    def cause(self) -> str:
        """The cause that the divergences share, in the words of the example."""
        return cause_of(self.example)


class Report:
    """A run with its divergences and findings, judged by a policy; never changed once it is made."""

    def __init__(self, run: Run, policy: Policy = DEFAULT, known: dict[Hashable, Holds | None] | None = None) -> None:
        """``known`` is the cache of another report of the run: the sizes for which divergences hold, by geometry."""
        self.run, self.policy = run, policy
        self._holds = {} if known is None else known
        self.held = Held(run, policy)

    def held_against(self, policy: Policy) -> Report:
        """Return the report of the same run under another policy."""
        return Report(self.run, policy, self._holds)

    def __repr__(self) -> str:
        return f"<Report: {self.headline}>"

    def _repr_html_(self) -> str | None:
        return notebook_html(self)

    def to_html(self) -> str:
        """Return the HTML report as a complete page."""
        return page(self)

    def to_frame(self) -> Any:
        """Return all verdicts as a data frame of pandas or polars, with the columns that ``docs/frames.md`` documents.

        Raise HarnessFault if neither is installed.
        """
        return verdicts_frame(self.verdicts)

    def to_json(self) -> dict[str, Any]:
        """Return the content that ``--json`` writes."""
        return {"format": FORMAT, "verdicts": [verdict.to_json() for verdict in self.verdicts]}

    @property
    def results(self) -> Results:
        """The observations."""
        return self.run.results

    @property
    def references(self) -> References:
        """The reference of each case."""
        return self.run.references

    @property
    def complete(self) -> bool:
        """Whether the run was not stopped."""
        return self.run.complete

    @property
    def cases(self) -> list[Case]:
        """The cases, in the order of the catalog."""
        return self.run.cases

    @property
    def environments(self) -> list[Environment]:
        """The environments that ran, in the order of their labels."""
        return self.run.environments

    @property
    def verdicts(self) -> list[Verdict]:
        """One row for each case, environment and spelling that was observed."""
        return self.run.verdicts

    def verdict(self, case: Case | str, environment: Environment | str, spelling: str = "as written") -> Verdict | None:
        """Return a single row, by the case or its id and the environment or its label; None where there is none."""
        return self.run.verdict(case, environment, spelling)

    @property
    def from_cache(self) -> int:
        """The number of observations that come from earlier runs."""
        return self.run.from_cache

    @property
    def counts(self) -> Counter[str]:
        """The number of rows as written with each verdict."""
        return self.run.counts

    @property
    def missing(self) -> int:
        """The number of pairs of case and environment that were not observed."""
        return self.run.missing

    @property
    def notes(self) -> list[str]:
        """The notes on the run that a reader needs to interpret its verdicts."""
        return self.run.notes

    @property
    def doubts(self) -> list[str]:
        """The reasons not to rely on the run."""
        return self.run.doubts

    @property
    def unreliable(self) -> bool:
        """Whether there are :attr:`doubts`."""
        return self.run.unreliable

    @cached_property
    def divergences(self) -> list[Divergence]:
        """The divergences of rows as written: all that do not agree, or that misdeclare."""
        return [self._divergence(v) for v in self.verdicts if v.spelling == "as written" and v.diverges]

    @cached_property
    def _divergences_by_key(self) -> dict[tuple[str, str, str], Divergence]:
        rows = ((d.verdict, d) for d in self.divergences)
        return {(v.case.id, v.environment.label, v.spelling): divergence for v, divergence in rows}

    def divergence(self, verdict: Verdict) -> Divergence | None:
        """Return the divergence of a row as written that diverges; None for any other row."""
        return self._divergences_by_key.get((verdict.case.id, verdict.environment.label, verdict.spelling))

    def _divergence(self, verdict: Verdict) -> Divergence:
        case, label = verdict.case, verdict.environment.label
        runs = []
        for sizes in (case.input, *sizes_to_run(case)) if verdict.verdict in ("shape", "shifted") else ():
            observation = self.results.observation(label, case, input=sizes)
            if observation is not None and observation.sampling is not None:
                runs.append((sizes, observation.sampling))
        port, tried = self.verdict(case, label, "port"), self.results.observation(label, case, "port")
        unported = (tried.reason or "none is known") if tried and not port else ""
        return Divergence(verdict, port, unported, tuple(runs), self._holds)

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The findings, by danger, then by number of cases; waived divergences form findings of their own."""
        by_case: dict[tuple[str, str, str, bool], list[Divergence]] = {}
        for divergence in self.divergences:
            v = divergence.verdict
            waived = (v.case.id, v.environment.label) in self.waived
            key = v.case.id, kind(v), without_numbers(cause_of(divergence)), waived
            by_case.setdefault(key, []).append(divergence)
        merged: dict[tuple[str, tuple[str, ...], str, bool], list[Divergence]] = {}
        for (_, verdict, cause, waived), group in by_case.items():
            environments = tuple(d.verdict.environment.label for d in group)
            merged.setdefault((verdict, environments, cause, waived), []).extend(group)
        clusters = [Cluster(verdict, labels, tuple(g), waived) for (verdict, labels, _, waived), g in merged.items()]
        order = {verdict: i for i, verdict in enumerate((*DANGER, "misdeclares"))}
        return sorted(clusters, key=lambda cluster: (order[cluster.verdict], -len(cluster.cases)))

    @property
    def headline(self) -> str:
        """The result of the run in one or two sentences, the most dangerous finding first."""
        return self._told.headline

    @property
    def summary(self) -> list[str]:
        """The sentences that follow the headline: a sentence for each other kind of divergence."""
        return self._told.summary

    @property
    def _told(self) -> Summary:
        return Summary(self.run, [divergence.verdict for divergence in self.divergences], self.waived)

    @property
    def divergent_cases(self) -> int:
        """The number of cases that are not the same layer in every environment."""
        return len({d.verdict.case.id for d in self.divergences})

    @property
    def gate(self) -> Gate:
        """The gate of the policy."""
        return self.policy.gate

    @property
    def expected(self) -> Checked | None:
        """The policy's expectations checked against the run; None where it has none."""
        return self.held.expected

    @property
    def waived(self) -> dict[tuple[str, str], str]:
        """The reason why each waived (case id, environment label) is expected to diverge."""
        return self.held.waived

    @property
    def unexpected(self) -> list[Verdict]:
        """The rows, including ports, that fail the run."""
        return self.held.unexpected

    @property
    def disagreements(self) -> list[Disagreement]:
        """The disagreements among environments that the gate requires to agree."""
        return self.held.disagreements

    @property
    def broken(self) -> list[Broken]:
        """The lines of the gate's lock that no longer hold."""
        return self.held.broken

    @property
    def failures(self) -> list[Failure]:
        """All failures of the run: divergences, ports, expectations, disagreements, and the lock."""
        return self.held.failures

    @cached_property
    def findings(self) -> list[tuple[Cluster, bool]]:
        """The clusters, each with whether it fails the run; failing clusters come first."""
        failing = {(failure.case, failure.environment) for failure in self.failures if failure.kind == DIVERGENCE}
        found = [
            (cluster, any((d.verdict.case.id, d.verdict.environment.label) in failing for d in cluster.divergences))
            for cluster in self.clusters
        ]
        return sorted(found, key=lambda finding: not finding[1])

    @property
    def exit_status(self) -> int:
        """0 if nothing fails the run, 1 if something does (by default any divergence), 3 if it is :attr:`unreliable`.

        130 if Ctrl-C stopped the run in this process.
        """
        if self.run.interrupted:
            return INTERRUPTED
        if self.unreliable:
            return FAULT
        return DIVERGES if self.failures else 0


def cause_of(divergence: Divergence) -> str:
    """Return the cause that the divergences of a cluster share, with the numbers of this divergence."""
    v = divergence.verdict
    if v.verdict == "shifted" and divergence.shift:
        said = f" ({v.observation.words})" if v.observation.words else ""
        moved = operation(v.case.op).windows_noun
        return f"{moved} lie {divergence.shift} the requested ones{said}"
    if v.verdict in ("shape", "shifted"):
        said = f" ({v.observation.words})" if v.observation.words else ""
        how = _how(v)
        return f"{v.observation.note}; {how}{said}" if v.observation.note else f"{how}{said}"
    if v.verdict == "values":
        return v.reason.partition(":")[0]
    if v.verdict == "accepts":
        return v.reason.split(":")[0] if "empty" not in v.reason else "returns an empty array where no window fits"
    return f"raises {first_line(v.observation.error)}" if v.verdict == "rejects" else v.reason


def _how(v: Verdict) -> str:
    """Return in a few words how the padding, the kernel or the last window is treated."""
    axes = differences(v.case, v.reference, v.observation)
    if v.verdict == "shifted" and doubtful(v.reference, v.observation):
        return v.reason.partition(":")[0]
    turned = [axis.got is not None and axis.got.flipped and axis.pads == axis.asked.pads for axis in axes]
    if mirrored(v.case, v.reference, v.observation) or (turned and all(turned)):
        return "applies the kernel mirrored"
    if axes and all(fates := [last_window(axis) for axis in axes]):
        return several(list(dict.fromkeys(fates)))
    less = [axis.pads is not None and sum(axis.pads) < axis.asked.before + axis.asked.after for axis in axes]
    return "pads less than requested" if less and all(less) else "pads differently from the request"


@lru_cache(CAUSES)
def without_numbers(cause: str) -> str:
    """Return a cause without its sizes, so that it is the same for all sizes and ranks; the amount of a shift stays."""
    return cause if cause.startswith(("windows lie", "outputs lie")) else NUMBERS.sub("N", cause)
