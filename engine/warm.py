"""Workers that stay: frameworks are imported once, and then answer one question after another."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import api
from .runs.lending import serving, warm
from .workers.pool import IDLE

if TYPE_CHECKING:
    from .report.findings.report import Report


class Workers:
    """Keeps the worker processes of environments between runs, as a context manager.

    ``environments`` and ``with_`` are those of :func:`convparity.run`; a framework is imported when the first question
    concerns it. Inside the block, everything that convparity runs uses these workers, with the same isolation, limits
    and results as otherwise. A worker that dies is started again. One that is idle for ``idle`` seconds is ended, and
    all of them are at the end of the block.
    """

    def __init__(
        self, environments: api.Environments = None, with_: str | tuple[str, ...] = (), idle: float = IDLE
    ) -> None:
        self.environments, self.with_, self.idle = environments, with_, idle
        self._block = ExitStack()

    def __enter__(self) -> Workers:
        self._block.enter_context(serving(self._block.enter_context(warm(self.idle))))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._block.close()

    def run(self, *catalogs: Any, **options: Any) -> Report:
        """Return the report of a run, as :func:`convparity.run` does, by default in the environments of the workers."""
        chosen = {"environments": self.environments, "with_": self.with_}
        return api.run(*catalogs, **(options if options.keys() & chosen.keys() else {**chosen, **options}))
