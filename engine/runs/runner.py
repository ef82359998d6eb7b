"""One run of cases in environments, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import takewhile

from ..adapters import registry
from ..cases.case import Case
from ..environments.find import EnvironmentSpec
from .environment_run import EnvironmentRun
from .lending import lent
from .shared import Shared


class Runner(Shared):
    """One run of cases in environments."""

    def observe(
        self, cases: Sequence[Case], specs: Sequence[EnvironmentSpec], positions: Sequence[int] | None = None
    ) -> bool:
        """Observe every case in every environment, and return whether everything was run.

        ``positions`` are the positions of the cases in the whole list, if they are only a part of it.

        Layers that diverge are also run as ports and on other input sizes. Ctrl-C stops the workers and returns False.
        An environment that cannot run is recorded as a fault in the results, and the others continue.
        """
        self.recorder.add_cases(cases, positions)
        self._observe(cases, sorted(specs, key=_start_order))
        complete = not self.stop.is_set()
        if complete:
            self.recorder.write({"kind": "end"})
        return complete

    def _observe(self, cases: Sequence[Case], specs: Sequence[EnvironmentSpec]) -> None:
        runs: list[Future[None]] = []
        with lent() as workers, ThreadPoolExecutor(max_workers=self.settings.jobs or workers.width) as pool:
            try:
                lacking = self.references.load(cases)
                each = [EnvironmentRun(spec, self, workers) for spec in specs]
                runs += [pool.submit(one.run, cases) for one in each]
                # Each starts as soon as a thread is free.
                runs += [pool.submit(one.assist) for _ in range(workers.each - 1) for one in each]
                # Compute while the frameworks are being imported, unless none of them can run.
                faults = self.recorder.results.faults
                self.references.compute(takewhile(lambda _: len(faults) < len(specs) and not failed(runs), lacking))
                while wait(runs, timeout=0.5).not_done:
                    if failed(runs):  # for example because the disk is full
                        self.stop.set()
            except KeyboardInterrupt:
                self.stop.set()
            except BaseException:
                self.stop.set()
                raise
        for run in runs:
            run.result()


def failed(runs: Iterable[Future[None]]) -> bool:
    """Return whether one of the runs ended with an exception, which ends them all."""
    return any(run.done() and run.exception() for run in runs)


def _start_order(spec: EnvironmentSpec) -> float:
    """Return the sort key that puts the environments that are slowest to start first."""
    return -registry.start(spec.adapter)
