"""Makes the calls of a model again on given values, through files, and reads the outputs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..adapters.models.recorder import Mended
from .jobs import Job
from .worker import ModelProcess

AT_ONCE = 16  # jobs whose arrays are on disk at the same time


class Replayer:
    """One model in its process, whose calls can be made again."""

    def __init__(self, worker: ModelProcess, name: str, folder: Path) -> None:
        self.worker, self.name, self.folder = worker, name, folder
        folder.mkdir()
        self.files = itertools.count()

    def run(self, jobs: Iterable[Job]) -> Iterator[dict[int, np.ndarray] | str]:
        """Yield the wanted values of each job, or the error that the framework raised."""
        waiting = iter(jobs)
        while batch := list(itertools.islice(waiting, AT_ONCE)):
            units = [self._unit(job) for job in batch]
            errors = self.worker.replay(self.name, units)
            for unit, error in zip(units, errors, strict=True):
                if error:
                    yield error
                else:
                    yield {int(v): np.load(path, allow_pickle=False) for v, path in unit["wanted"].items()}
            for file in self.folder.iterdir():
                file.unlink()

    def _unit(self, job: Job) -> dict[str, Any]:
        given = {str(value): self._file(array) for value, array in job.given.items()}
        wanted = {str(value): str(self.folder / f"{next(self.files)}.npy") for value in job.wanted}
        mended = {str(number): self._mended(change) for number, change in job.mended.items()}
        return {"calls": job.calls, "given": given, "wanted": wanted, "mended": mended}

    def _mended(self, change: Mended) -> dict[str, Any]:
        weights = {name: self._file(array) for name, array in change.weights.items()}
        return {**asdict(Mended(change.inputs, change.turns, change.source, change.after)), "weights": weights}

    def _file(self, array: np.ndarray) -> str:
        path = self.folder / f"{next(self.files)}.npy"
        np.save(path, np.ascontiguousarray(array), allow_pickle=False)
        return str(path)
