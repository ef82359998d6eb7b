"""Finished runs, kept whole: the same run again need not be put together from its observations once more.

It is the same where all is the same that the cache holds observations by, and the cases, their order and our own code.
"""

from __future__ import annotations

import copy
import gc
import io
import pickle
from typing import Any

from ..cache import fingerprint
from ..cache.fingerprint import Shelves
from ..cache.store import Cache, Shelf
from ..report.findings.report import Report
from ..report.policy.failures import Held
from .request import RunRequest

KIND = "run"  # of shelf
MOST_KEPT = 20  # runs; the one that was asked for last is at the top
LARGEST_KEPT = 2**28  # bytes of a results file
OBSERVATION = b'\n{"kind":"observation"'  # how its line in a results file begins
# What an array is made of, whichever NumPy wrote it.
OF_NUMPY = {"_frombuffer", "_reconstruct", "dtype", "ndarray", "scalar"}


class Finished:
    """The place in the cache for one run."""

    def __init__(self, cache: Cache, shelves: Shelves, request: RunRequest) -> None:
        self.cache, self.shelves, self.specs = cache, shelves, request.specs
        choices = request.settings.only_as_written, request.settings.shapes_only  # limits are of the environments
        self.about = fingerprint.of_run(request.cases, request.positions, choices)

    def report(self) -> Report | None:
        """The report as :meth:`keep` was given it; None where there is none, or it is damaged."""
        shelf = self._shelf()
        kept = shelf.load_bytes("report") if shelf else None
        report = _unpickled(kept) if kept else None
        return report if isinstance(report, Report) else None

    def results(self) -> bytes | None:
        """The results file that belongs to the report; None where there is none."""
        shelf = self._shelf()
        return shelf.load_bytes("results") if shelf else None

    def keep(self, report: Report, results: bytes) -> None:
        """Keep a report that no criteria were held against, with its findings, and its results file."""
        shelf = self._shelf()
        if shelf is None:
            return
        _ = report.clusters  # to be kept with it
        again, run = copy.copy(report), copy.copy(report.run)
        run.from_cache = results.count(OBSERVATION)
        again.run, again.held = run, Held(run, report.policy)
        shelf.save_bytes({"report": pickle.dumps(again, pickle.HIGHEST_PROTOCOL), "results": results})
        self.cache.keep_newest(KIND, MOST_KEPT)

    def _shelf(self) -> Shelf | None:
        """None where one of the environments is not cached, or has said nothing of itself yet."""
        environments = []
        for spec in self.specs:
            shelf = self.shelves.environments.get(spec.label)
            about = shelf.about if shelf else None
            if shelf is None or about is None:
                return None
            said = [spec.label, spec.adapter, spec.python, spec.origin, shelf.fingerprint.hex(), about["ready"]]
            environments.append(said)
        return self.cache.shelf(KIND, {**self.about, "environments": environments})


def _unpickled(content: bytes) -> object:
    """What was pickled; None where it is damaged."""
    was_enabled = gc.isenabled()
    gc.disable()  # it would look for garbage among what is being made, for a third of the time
    try:
        return _Unpickler(io.BytesIO(content)).load()
    except Exception:  # whatever damaged bytes make of it
        return None
    finally:
        if was_enabled:
            gc.enable()


class _Unpickler(pickle.Unpickler):
    """Makes arrays and objects of our own, and runs nothing else, whoever wrote the file."""

    def find_class(self, module: str, name: str) -> Any:
        package, _, inside = module.partition(".")
        ours = package == "convparity" and inside.startswith(("cases.", "report."))
        if ours or (package == "numpy" and name in OF_NUMPY):
            found = super().find_class(module, name)
            if not ours or isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that is kept of a run")
