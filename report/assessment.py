"""A run, assessed: every verdict with its reason, its port and the sizes it holds for; divergences in clusters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from ..cases.case import Case, Sizes
from ..cases.reference import References
from ..cases.text import first_line, printable, several
from .expectations import Checked, Expectation, check
from .explanations import differences, last_window
from .failures import DIVERGENCE, Failure, failures
from .gate import Disagreement, Gate, disagreements
from .judging import judge, mirrored, misdeclares
from .lock import Broken, broken
from .observation import Sampling
from .residues import Holds, holds, sizes_to_run
from .results import SPELLINGS, Environment, Results
from .verdicts import Verdict, kind

FORMAT = 1
NUMBERS = re.compile(r"[(\[]*-?\d+[)\],]*(?: ?[(\[]*-?\d+[)\],]*)*")  # one, or several in brackets
SHAPES_ONLY = "shapes only: nothing was run, and each shape is what the framework's own inference says"
# What to read first: a silent shift passes every test of shapes.
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
    """What one environment does with one case as written, with everything that a reader wants beside it."""

    verdict: Verdict
    port: Verdict | None
    unported: str = ""  # why there is no port; empty where there is, ports were left out, or the run was stopped
    runs: tuple[tuple[Sizes, Sampling], ...] = ()  # the sampling on the case's input and on other sizes
    known: dict[Hashable, Holds | None] = field(default_factory=dict, repr=False)  # for which sizes others hold

    @cached_property
    def holds(self) -> Holds | None:
        """For which sizes it holds; worked out when somebody reads it, once for layers that differ in channels only."""
        if not self.runs:
            return None
        key = self.verdict.case.geometry, tuple((sizes, sampling.content) for sizes, sampling in self.runs)
        if key not in self.known:
            self.known[key] = holds(self.verdict.case, self.runs)
        return self.known[key]

    @property
    def silent(self) -> bool:
        """Whether every shape is right and other elements are read."""
        return self.verdict.verdict == "shifted"

    @property
    def ported(self) -> bool:
        """Whether there is a port that was run and agrees."""
        return self.port is not None and self.port.verdict == "agrees"

    @property
    def shift(self) -> str:
        """The shift in input pixels, ``1 px below and 1 px right of``; empty where there is none that is uniform."""
        v = self.verdict
        axes = differences(v.case, v.reference, v.observation)
        return several([axis.shift_words for axis in axes if axis.shift])


@dataclass(frozen=True)
class Cluster:
    """Divergences that are one finding: the same verdict for the same cause, in the same environments."""

    verdict: str
    environments: tuple[str, ...]
    divergences: tuple[Divergence, ...]  # one case after the other; within a case, one for each environment
    waived: bool = False  # every one of them is expected

    @property
    def cases(self) -> list[Case]:
        """The cases, each once."""
        return list({d.verdict.case.id: d.verdict.case for d in self.divergences}.values())

    @cached_property
    def example(self) -> Divergence:
        """The divergence that stands for the others: the first of a kernel that has more than one tap."""
        return min(self.divergences, key=lambda divergence: max(divergence.verdict.case.kernel, default=1) <= 1)

    @property
    def alike(self) -> list[Divergence]:
        """The example in each environment."""
        id = self.example.verdict.case.id
        return [d for d in self.divergences if d.verdict.case.id == id]

    @property
    def cause(self) -> str:
        """What the divergences have in common, in the words of the example."""
        return _cause(self.example)


class Report:
    """The verdicts of a run. Rows are in the order of the catalog, then of the environments."""

    def __init__(self, results: Results, references: References | None = None, complete: bool = True) -> None:
        self.results = results
        self.complete = complete
        self.waived: dict[tuple[str, str], str] = {}  # why (case id, environment label) is expected to diverge
        self.expected: Checked | None = None  # expectations held against it, by check()
        self.gate = Gate()
        self._holds: dict[Hashable, Holds | None] = {}
        self.references = references or References()
        if any(environment.details.get("shapes_only") for environment in results.environments.values()):
            results.notes.append(SHAPES_ONLY)

    def __repr__(self) -> str:
        return f"<Report: {self.headline}>"

    def _repr_html_(self) -> str:
        from .notebook import report_html

        return report_html(self)

    @property
    def cases(self) -> list[Case]:
        """The cases of the catalog, in its order."""
        positions = self.results.positions
        return sorted(self.results.cases.values(), key=lambda case: positions.get(case.id, 0))

    @property
    def environments(self) -> list[Environment]:
        """The environments that ran, in the order of their labels."""
        return sorted(self.results.environments.values(), key=lambda environment: environment.label)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """One row for each case, environment and spelling that was observed."""
        return list(self._judged())

    def _judged(self) -> Iterator[Verdict]:
        environments = self.environments
        for case in self.cases:
            for environment in environments:
                for spelling in SPELLINGS:
                    observation = self.results.observation(environment.label, case, spelling)
                    if observation is None or observation.outcome in ("", "no port"):
                        continue
                    reference = self.references[case]
                    verdict = judge(case, reference, observation)
                    declares = spelling == "as written" and misdeclares(observation)
                    yield Verdict(case, environment, spelling, verdict, declares, reference, observation)

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], Verdict]:
        return {(v.case.id, v.environment.label, v.spelling): v for v in self.verdicts}

    def verdict(self, case: Case | str, environment: Environment | str, spelling: str = "as written") -> Verdict | None:
        """A single row, by the case or its id and the environment or its label; None where it was not observed."""
        case_id = case if isinstance(case, str) else case.id
        label = environment if isinstance(environment, str) else environment.label
        return self._by_key.get((case_id, label, spelling))

    @cached_property
    def _divergences_by_key(self) -> dict[tuple[str, str, str], Divergence]:
        rows = ((d.verdict, d) for d in self.divergences)
        return {(v.case.id, v.environment.label, v.spelling): divergence for v, divergence in rows}

    @cached_property
    def divergences(self) -> list[Divergence]:
        """Everything as written that is not ``agrees``, or misdeclares."""
        return [self._divergence(v) for v in self.verdicts if v.spelling == "as written" and v.diverges]

    def divergence(self, verdict: Verdict) -> Divergence | None:
        """What belongs to a row as written that diverges; None for any other row."""
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

    def check(self, expectations: Sequence[Expectation], partial: bool = False, today: date | None = None) -> Checked:
        """Hold expectations against this run; what they say is waived from now on, and what fails in them fails it.

        ``partial``: cases were left out on purpose. Where something was not observed it is a part of a run anyhow.
        """
        partial = partial or not self.complete or bool(self.missing)
        self.expected = check(expectations, self.verdicts, self.cases, self.environments, partial, today)
        self.waived = self.expected.reasons
        self.__dict__.pop("clusters", None)
        return self.expected

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The findings, the most dangerous first, then those of most cases. What is waived is a finding of its own."""
        by_case: dict[tuple[str, str, str, bool], list[Divergence]] = {}
        for divergence in self.divergences:
            v = divergence.verdict
            waived = (v.case.id, v.environment.label) in self.waived
            key = v.case.id, kind(v), without_numbers(_cause(divergence)), waived
            by_case.setdefault(key, []).append(divergence)
        merged: dict[tuple[str, tuple[str, ...], str, bool], list[Divergence]] = {}
        for (_, verdict, cause, waived), group in by_case.items():
            environments = tuple(d.verdict.environment.label for d in group)
            merged.setdefault((verdict, environments, cause, waived), []).extend(group)
        clusters = [Cluster(verdict, labels, tuple(g), waived) for (verdict, labels, _, waived), g in merged.items()]
        order = {verdict: i for i, verdict in enumerate((*DANGER, "misdeclares"))}
        return sorted(clusters, key=lambda cluster: (order[cluster.verdict], -len(cluster.cases)))

    @cached_property
    def counts(self) -> Counter[str]:
        """How many rows as written have each verdict."""
        return Counter(v.verdict for v in self.verdicts if v.spelling == "as written")

    @property
    def headline(self) -> str:
        """What the run says, in one sentence."""
        cases, divergent = len(self.cases), self.divergent_cases
        layers = "1 layer" if cases == 1 else f"{cases} layers"
        if not cases:
            return "No layer was asked about."
        if not self.counts:
            return f"No framework ran, so nothing is known of {'this layer' if cases == 1 else f'these {layers}'}."
        labels = [printable(environment.label, 40) for environment in self.environments]
        same = "the same layer in every framework" if len(labels) > 1 else f"what was asked for in {labels[0]}"
        same += " that ran" if self.results.faults and len(labels) > 1 else ""
        if divergent:
            return f"{divergent} of {layers} {'is' if divergent == 1 else 'are'} not {same}."
        if self.missing or not self.complete:
            return "No difference in what was observed, which is not everything."
        return f"The layer is {same}." if cases == 1 else f"All {layers} are {same}."

    @property
    def divergent_cases(self) -> int:
        """How many cases are not the same layer in every environment."""
        return len({d.verdict.case.id for d in self.divergences})

    @property
    def missing(self) -> int:
        """How many pairs of case and environment were not observed."""
        return len(self.cases) * len(self.environments) - self.counts.total()

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of the run before believing it."""
        if not self.missing:
            return self.results.notes
        lead = "not everything was observed" if self.complete else "the run was stopped early"
        observed = self.counts.total()
        pairs = f"{observed} of {observed + self.missing} pairs of layer and environment were observed"
        return [f"{lead}: {pairs}", *self.results.notes]

    @property
    def unexpected(self) -> list[Verdict]:
        """The rows, ports too, that fail the run: they diverge, the gate minds, and no expectation waives them."""
        waived = {(*key, SPELLINGS[0]) for key in self.waived} | set(self.expected.waived if self.expected else ())
        return [
            v
            for v in self.verdicts
            if self.gate.fails(v) and (v.case.id, v.environment.label, v.spelling) not in waived
        ]

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        """Where environments that the gate wants to agree do not."""
        rows = {(id, label): v for (id, label, spelling), v in self._by_key.items() if spelling == SPELLINGS[0]}
        return [found for labels in self.gate.agree for found in disagreements(labels, rows)]

    @cached_property
    def broken(self) -> list[Broken]:
        """What is not as the gate's lock has it."""
        return broken(self.gate.lock, self) if self.gate.lock else []

    @property
    def failures(self) -> list[Failure]:
        """Everything that fails the run: divergences, ports, expectations, disagreements, the lock."""
        return failures(self)

    @property
    def findings(self) -> list[tuple[Cluster, bool]]:
        """The clusters, each with whether it fails the run; those that do come first."""
        failing = {(failure.case, failure.environment) for failure in self.failures if failure.kind == DIVERGENCE}
        found = [
            (cluster, any((d.verdict.case.id, d.verdict.environment.label) in failing for d in cluster.divergences))
            for cluster in self.clusters
        ]
        return sorted(found, key=lambda finding: not finding[1])

    @property
    def doubts(self) -> list[str]:
        """Why not to rely on the run: harness faults, observations that contradict each other, that it was stopped."""
        return [*(message for _, message in self.results.faults), *self.doubts_of_the_whole]

    @property
    def doubts_of_the_whole(self) -> list[str]:
        """Those of :attr:`doubts` that are no environment's fault."""
        stopped = [] if self.complete else ["the run was stopped before the end"]
        return [*self.results.conflicts, *stopped, *([] if self.environments else ["no environment ran"])]

    @property
    def unreliable(self) -> bool:
        """Whether there are :attr:`doubts`."""
        return bool(self.doubts)

    @property
    def exit_status(self) -> int:
        """0 all is well; 1 something fails the run, by default any divergence; 3 the run is :attr:`unreliable`."""
        if self.unreliable:
            return 3
        return 1 if self.failures else 0

    def to_html(self) -> str:
        """The HTML report, a page of its own."""
        from .html import render  # imports this module

        return render(self)

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` writes."""
        return {"format": FORMAT, "verdicts": [verdict.to_json() for verdict in self.verdicts]}


def _cause(divergence: Divergence) -> str:
    """What divergences of one cluster have in common, with the numbers of this one."""
    v = divergence.verdict
    if v.verdict == "shifted" and divergence.shift:
        said = f" ({v.observation.words})" if v.observation.words else ""
        moved = "outputs" if v.case.op == "conv_transpose" else "windows"
        return f"{moved} lie {divergence.shift} those asked for{said}"
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
    """What is done with the padding, the kernel or the last window, in a few words."""
    axes = differences(v.case, v.reference, v.observation)
    turned = [axis.got is not None and axis.got.flipped and axis.pads == axis.asked.pads for axis in axes]
    if mirrored(v.case, v.reference, v.observation) or (turned and all(turned)):
        return "applies the kernel mirrored"
    if axes and all(fates := [last_window(axis) for axis in axes]):
        return several(list(dict.fromkeys(fates)))
    less = [axis.pads is not None and sum(axis.pads) < axis.asked.before + axis.asked.after for axis in axes]
    return "pads less than was asked" if less and all(less) else "pads otherwise than was asked"


def without_numbers(cause: str) -> str:
    """A cause that is the same for layers of all sizes and ranks; how far windows are shifted is no size."""
    return cause if cause.startswith(("windows lie", "outputs lie")) else NUMBERS.sub("N", cause)
