"""A judged run: every verdict with its reason, and the notes that a reader needs to interpret them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from ...cases.case import Case
from ...cases.reference import References, Store
from ...cases.text import first_line, printable, several
from ..results.file import SPELLINGS, Environment, Results
from .judging import judge, misdeclares
from .known_rows import KnownRows
from .verdict import Verdict

ENOUGH = 5  # layers whose common error is more likely that of their environment
TRIED = ("ran", "raised", "crashed", "timed out", "out of memory")
MOST_FORESEEN = 40_000  # pairs of case and environment; of larger runs, no measurement is compared with its prediction
PREDICTED = "predicted: nothing was run; each verdict comes from a model of the framework at the version shown"
RECORDED = "recorded, not run here"
SHAPES_ONLY = "shapes only: nothing was run, and each shape comes from the framework's own shape inference"


def references_of(results: Results, store: Store | None = None) -> References:
    """Return the references of the cases in results: with values only for those of which an output was observed."""
    observed = [observation for observation in results.observations.values() if observation.case_id in results.cases]
    valued = {results.cases[one.case_id].key for one in observed if one.digest}
    references = References(store, lambda case: case.key in valued)
    references.compute(references.load({one.case_id: results.cases[one.case_id] for one in observed}.values()))
    return references


class Run:
    """The observations of a run, with a verdict for each, in the order of the catalog, then of the environments.

    ``complete`` is true where the run was not stopped, ``interrupted`` where Ctrl-C stopped it in this process;
    ``from_cache`` is the number of its observations that come from earlier runs. ``known`` are its rows, where the same
    run was judged before.
    """

    def __init__(
        self,
        results: Results,
        references: References | None = None,
        complete: bool = True,
        interrupted: bool = False,
        from_cache: int = 0,
        known: KnownRows | None = None,
    ) -> None:
        self.results = results
        self.references = references or References()
        self.complete, self.interrupted, self.from_cache = complete, interrupted, from_cache
        self.known = known

    @cached_property
    def cases(self) -> list[Case]:
        """The cases, in the order of the catalog."""
        positions = self.results.positions
        return sorted(self.results.cases.values(), key=lambda case: positions.get(case.id, 0))

    @cached_property
    def environments(self) -> list[Environment]:
        """The environments that ran, in the order of their labels, in which 3.9 is before 3.10."""
        return sorted(self.results.environments.values(), key=lambda environment: _natural(environment.label))

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """One row for each case, environment and spelling that was observed."""
        rows = list(self._judged())
        if self.known and not self.known.are(row.key for row in rows):
            self.known = None
            rows = list(self._judged())
        return rows

    def _judged(self) -> Iterator[Verdict]:
        known = self.known.rows if self.known else {}
        foreseen = len(self.cases) * len(self.environments) <= MOST_FORESEEN
        for case in self.cases:
            for environment in self.environments:
                for spelling in SPELLINGS:
                    observation = self.results.observation(environment.label, case, spelling)
                    if observation is None or observation.outcome in ("", "no port"):
                        continue
                    reference = self.references[case]
                    verdict = judge(case, reference, observation)
                    declares = spelling == "as written" and misdeclares(observation)
                    earlier = known.get((case.id, environment.label, spelling))
                    yield Verdict(
                        case, environment, spelling, verdict, declares, reference, observation, earlier, foreseen
                    )

    @cached_property
    def by_key(self) -> dict[tuple[str, str, str], Verdict]:
        """The rows by case id, environment label and spelling."""
        return {row.key: row for row in self.verdicts}

    def verdict(self, case: Case | str, environment: Environment | str, spelling: str = "as written") -> Verdict | None:
        """Return a single row, by the case or its id and the environment or its label; None where there is none."""
        case_id = case if isinstance(case, str) else case.id
        label = environment if isinstance(environment, str) else environment.label
        return self.by_key.get((case_id, label, spelling))

    @cached_property
    def counts(self) -> Counter[str]:
        """The number of rows as written with each verdict."""
        return Counter(v.verdict for v in self.verdicts if v.spelling == "as written")

    @property
    def missing(self) -> int:
        """The number of pairs of case and environment that were not observed."""
        return len(self.cases) * len(self.environments) - self.counts.total()

    @property
    def notes(self) -> list[str]:
        """The notes on the run that a reader needs to interpret its verdicts."""
        shapes_only = any(environment.details.get("shapes_only") for environment in self.environments)
        notes = [*self.results.notes, *([SHAPES_ONLY] if shapes_only else []), *self._broken_environments()]
        if any(environment.basis == "predicted" for environment in self.environments):
            notes.append(PREDICTED)
        recorded = [one for one in self.environments if one.basis == "recorded"]
        if recorded:
            where = {str(one.details.get("origin", "")) for one in recorded}
            versions = ", ".join(f"{printable(one.label, 40)} {printable(one.version, 40)}" for one in recorded)
            notes.append(f"{RECORDED}: {versions}; {printable(several(sorted(where)), 100)}")
        notes += self._unforeseen()
        if not self.missing:
            return notes
        lead = "not everything was observed" if self.complete else "the run was stopped early"
        observed = self.counts.total()
        pairs = f"{observed} of {observed + self.missing} pairs of layer and environment were observed"
        return [f"{lead}: {pairs}", *notes]

    def _broken_environments(self) -> Iterator[str]:
        """Yield a note for each environment in which all layers that were tried raised one and the same error."""
        errors: dict[str, list[str]] = {environment.label: [] for environment in self.environments}
        for verdict in self.verdicts:
            if verdict.spelling == "as written" and verdict.observation.outcome in TRIED:
                seen = verdict.observation
                errors[verdict.environment.label].append(seen.error if seen.outcome == "raised" else "")
        for label, found in errors.items():
            if len(found) >= ENOUGH and found[0] and len(set(found)) == 1:
                yield (
                    f"environment {printable(label, 40)!r} may be broken: all {len(found)} layers that it was given "
                    f"raised the same error, so its verdicts are not about these layers: {first_line(found[0])}"
                )

    def _unforeseen(self) -> list[str]:
        """Return a note on how many measurements differ from their predictions, and where; no note if none does."""
        found = Counter(row.environment.label for row in self.verdicts if row.unforeseen)
        if not found:
            return []
        where = several([f"{count} in {printable(label, 40)}" for label, count in sorted(found.items())])
        rows = "1 measurement differs" if found.total() == 1 else f"{found.total()} measurements differ"
        return [f"unforeseen: {rows} from the prediction, {where}; `explain` and --json say how"]

    @property
    def doubts(self) -> list[str]:
        """The reasons not to rely on the run: errors, contradictory observations, and that it was stopped."""
        return [*(message for _, message in self.results.faults), *self.doubts_of_the_whole]

    @property
    def doubts_of_the_whole(self) -> list[str]:
        """The :attr:`doubts` that do not belong to an environment."""
        stopped = [] if self.complete else ["the run was stopped before the end"]
        return [*self.results.conflicts, *stopped, *([] if self.environments else ["no environment ran"])]

    @property
    def unreliable(self) -> bool:
        """Whether there are :attr:`doubts`."""
        return bool(self.doubts)


def _natural(label: str) -> list[str | int]:
    """Return a key that sorts labels by the numbers in them, so that ``keras==3.9`` is before ``keras==3.10``."""
    parts = re.split(r"([0-9]{1,18})", label)
    return [int(part) if number % 2 else part for number, part in enumerate(parts)]
