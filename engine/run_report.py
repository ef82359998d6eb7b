"""The report of a run of this process."""

from __future__ import annotations

from .report.assessment import Report
from .statuses import INTERRUPTED


class RunReport(Report):
    """The report of a run of this process. ``from_cache`` is how many of its observations are of earlier runs."""

    from_cache: int = 0

    @property
    def exit_status(self) -> int:
        """That of any report, and 130 where Ctrl-C stopped the run."""
        return super().exit_status if self.complete else INTERRUPTED
