"""Caches whole finished runs, so that repeating a run need not put its report together from observations again.

Runs are the same if they have the same cases in the same order, the same code of ours, and the same identity of every
environment by which the cache stores observations.
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

KIND = "run"  # the kind of shelf
MOST_KEPT = 20  # runs, of which the most recently used are kept
LARGEST_KEPT = 2**28  # bytes of a results file
OBSERVATION = b'\n{"kind":"observation"'  # the start of an observation's line in a results file
# The names that a pickled array uses, in any version of NumPy.
OF_NUMPY = {"_frombuffer", "_reconstruct", "dtype", "ndarray", "scalar"}


class Finished:
    """The place in the cache for one run."""

    def __init__(self, cache: Cache, shelves: Shelves, request: RunRequest) -> None:
        self.cache, self.shelves, self.specs = cache, shelves, request.specs
        # The limits are not among them, because they are part of each environment's identity.
        choices = request.settings.only_as_written, request.settings.shapes_only
        self.about = fingerprint.of_run(request.cases, request.positions, choices)

    def report(self) -> Report | None:
        """Return the report that :meth:`keep` stored; None if there is none or it is damaged."""
        shelf = self._shelf()
        kept = shelf.load_bytes("report") if shelf else None
        report = _unpickled(kept) if kept else None
        return report if isinstance(report, Report) else None

    def results(self) -> bytes | None:
        """Return the content of the results file that belongs to the report; None if there is none."""
        shelf = self._shelf()
        return shelf.load_bytes("results") if shelf else None

    def keep(self, report: Report, results: bytes) -> None:
        """Store a report without a policy, its findings, and the content of its results file."""
        shelf = self._shelf()
        if shelf is None:
            return
        _ = report.clusters  # computed now, so that they are stored too
        again, run = copy.copy(report), copy.copy(report.run)
        run.from_cache = results.count(OBSERVATION)
        again.run, again.held = run, Held(run, report.policy)
        shelf.save_bytes({"report": pickle.dumps(again, pickle.HIGHEST_PROTOCOL), "results": results})
        self.cache.keep_newest(KIND, MOST_KEPT)

    def _shelf(self) -> Shelf | None:
        """Return the shelf of this run; None if an environment is not cached or its description is not known yet."""
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
    """Return the unpickled object; None if it is damaged."""
    was_enabled = gc.isenabled()
    gc.disable()  # collecting garbage while objects are being made took a third of the time
    try:
        return _Unpickler(io.BytesIO(content)).load()
    except Exception:  # damaged bytes can raise anything
        return None
    finally:
        if was_enabled:
            gc.enable()


class _Unpickler(pickle.Unpickler):
    """An unpickler that makes only arrays and objects of our own, and runs nothing else, whoever wrote the file."""

    def find_class(self, module: str, name: str) -> Any:
        package, _, inside = module.partition(".")
        ours = package == "convparity" and inside.startswith(("cases.", "report."))
        if ours or (package == "numpy" and name in OF_NUMPY):
            found = super().find_class(module, name)
            if not ours or isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a stored run")
