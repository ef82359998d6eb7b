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
    of is not begun.
    """

    def __init__(
        self,
        environments: Sequence[EnvironmentSpec],
        tell: Callable[[Case, Row], None],
        pause: float = PAUSE,
    ) -> None:
        self.tell, self.pause = tell, pause
        self.newest: Case | None = None
        self.closed = False
        self.changed = threading.Condition()
        self.turns = threading.Semaphore(os.cpu_count() or 1)
        for spec in environments:
            # These threads must not keep a kernel from ending.
            threading.Thread(target=self._follow, args=(spec,), name=f"explore {spec.label}", daemon=True).start()

    def ask(self, case: Case | None) -> None:
        """Measure a case, if it is still the newest after a pause; None ends what was to be measured."""
        with self.changed:
            self.newest = case
            self.changed.notify_all()

    def close(self) -> None:
        """End the threads, each once it has finished what it measures."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def _follow(self, spec: EnvironmentSpec) -> None:
        """Measure every newest case in an environment, until the end."""
        done: Case | None = None
        while case := self._next(done):
            done = case
            blank = {**BLANK, "label": spec.label, "adapter": spec.adapter}
            self.tell(case, blank)
            with self.turns, in_background():
                if self.newest is case:
                    self.tell(case, {**blank, **_measured(case, spec)})

    def _next(self, done: Case | None) -> Case | None:
        """Return the newest case that is not ``done``, once it has been so for the pause; None at the end."""
        with self.changed:
            while not self.closed:
                case = self.newest
                if case is None or case is done:
                    self.changed.wait()
                elif not self.changed.wait(self.pause):  # nobody has asked anything else meanwhile
                    return case
        return None


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
