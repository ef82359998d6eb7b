"""Measures the layer of a widget in the background: a thread for each environment follows the newest question."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ..cases.case import Case
from ..cases.errors import HarnessFault, InputError
from ..environments.find import EnvironmentSpec
from ..report.findings.report import Report
from ..runs.execution import run_in
from ..runs.working import in_background

PAUSE = 0.4  # seconds without a change, after which a layer is measured

Row = dict[str, Any]
BLANK: Row = {"version": "", "verdict": "", "shape": None, "unforeseen": "", "port": "", "fault": ""}


class Measuring:
    """Measurements of the layer that was asked about last, environment by environment.

    ``tell`` is called in a thread of the background with a case and a row as ``app/src/live/view/Measured.tsx``
    describes it, first one that says that it is being measured. Measuring a layer that another one has taken the place
    of is not begun. The threads end once all is measured, for no notebook says that a cell runs again and leaves its
    widget behind.
    """

    def __init__(
        self,
        environments: Sequence[EnvironmentSpec],
        tell: Callable[[Case, Row], None],
        pause: float = PAUSE,
    ) -> None:
        self.environments, self.tell, self.pause = environments, tell, pause
        self.newest: Case | None = None
        self.done: dict[str, Case] = {}  # what was measured last, by the label of the environment
        self.followed: set[str] = set()  # the labels of environments that have a thread
        self.changed = threading.Condition()
        self.turns = threading.Semaphore(os.cpu_count() or 1)

    def ask(self, case: Case | None) -> None:
        """Measure a case, if it is still the newest after a pause; None ends what was to be measured."""
        with self.changed:
            self.newest = case
            self.changed.notify_all()
            for spec in self.environments:
                if self._waits(spec) and spec.label not in self.followed:
                    self.followed.add(spec.label)
                    # These threads must not keep a kernel from ending.
                    name = f"explore {spec.label}"
                    threading.Thread(target=self._follow, args=(spec,), name=name, daemon=True).start()

    def _follow(self, spec: EnvironmentSpec) -> None:
        """Measure every newest case in an environment, until none is left."""
        while case := self._next(spec):
            blank = {**BLANK, "label": spec.label, "adapter": spec.adapter}
            self.tell(case, blank)
            with self.turns, in_background():
                if self.newest is case:
                    self.done[spec.label] = case
                    self.tell(case, {**blank, **_measured(case, spec)})

    def _next(self, spec: EnvironmentSpec) -> Case | None:
        """Return the newest case once it has been so for the pause; None where it is measured, or there is none."""
        with self.changed:
            while self._waits(spec):
                if not self.changed.wait(self.pause):  # nobody has asked anything else meanwhile
                    return self.newest
            self.followed.discard(spec.label)
        return None

    def _waits(self, spec: EnvironmentSpec) -> bool:
        """Return whether the newest case is still to be measured in an environment."""
        return self.newest is not None and self.newest is not self.done.get(spec.label)


def _measured(case: Case, spec: EnvironmentSpec) -> Row:
    """Return what a layer does in an environment, or why that cannot be measured."""
    try:
        return _row(run_in((case,), [spec]), spec)
    except (HarnessFault, InputError) as error:
        return {"fault": str(error)}


def _row(report: Report, spec: EnvironmentSpec) -> Row:
    row = next((row for row in report.verdicts if row.spelling == "as written"), None)
    if row is None:
        return {"fault": next((message for _, message in report.results.faults), "nothing was observed")}
    divergence = report.divergence(row)
    port = divergence.port if divergence else None
    return {
        "version": row.environment.shown_version,
        "verdict": row.verdict,
        "shape": None if row.shape is None else list(row.shape),
        "unforeseen": row.unforeseen,
        "port": port.verdict if port else "",
    }
