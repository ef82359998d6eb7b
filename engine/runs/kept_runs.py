"""Caches whole finished runs, so that repeating a run reads one stored results file instead of each observation.

Runs are the same if they have the same cases in the same order, the same code of ours, and the same identity of every
environment by which the cache stores observations. What is stored is the content of the results file, which is checked
like any other results file when it is read again: someone who can write to the cache cannot make anything run. Beside
it are the rows that ``--json`` writes, which take longer to work out than all the rest.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..cache import fingerprint
from ..cache.fingerprint import Shelves
from ..cache.store import Cache, Shelf
from ..cases.errors import InputError
from ..report.findings.report import Report
from ..report.formats.json import lines
from ..report.results import file as results_file
from ..report.results.file import Results
from ..report.verdicts.known_rows import KnownRows
from ..report.verdicts.run import Run, references_of
from .request import RunRequest

KIND = "run"  # the kind of shelf
KEY, ROWS = "results", "rows"
MOST_KEPT = 20  # runs, of which the most recently used are kept
LARGEST_KEPT = 2**28  # bytes of a results file, and of the rows
OBSERVATION = b'\n{"kind":"observation"'  # the start of an observation's line in a results file


class Finished:
    """The place in the cache for one run."""

    def __init__(self, cache: Cache, shelves: Shelves, request: RunRequest) -> None:
        self.cache, self.shelves, self.request = cache, shelves, request
        # The limits are not among them, because they are part of each environment's identity.
        choices = request.settings.only_as_written, request.settings.shapes_only
        self.about = fingerprint.of_run(request.cases, request.positions, choices)

    def content(self) -> bytes | None:
        """Return the content of the results file that :meth:`keep` stored; None if there is none."""
        shelf = self._shelf()
        return shelf.load_bytes(KEY, LARGEST_KEPT) if shelf else None

    def report(self, content: bytes) -> Report | None:
        """Return the report of a stored results file; None if it is damaged or of another run."""
        known = results_file.known_cases(self.request.cases, self.request.positions)
        try:
            with _no_garbage_collected():
                results = results_file.read_content(content, Path(self.cache.path), known)
        except InputError:
            return None
        if not self._is_it(results):
            return None
        references = references_of(results, self.shelves.references)
        return Report(Run(results, references, from_cache=content.count(OBSERVATION), known=self._rows()))

    def keep(self, results: bytes, run: Run) -> None:
        """Store the content of a run's results file, and its rows."""
        if shelf := self._shelf():
            shelf.save_bytes({KEY: results, ROWS: b"".join(lines(run.verdicts))})
            self.cache.keep_newest(KIND, MOST_KEPT)

    def _rows(self) -> KnownRows | None:
        """Return the stored rows; None if there are none or they are damaged."""
        shelf = self._shelf()
        content = shelf.load_bytes(ROWS, LARGEST_KEPT) if shelf else None
        try:
            return KnownRows(content) if content else None
        except (ValueError, RecursionError):
            return None

    def _is_it(self, results: Results) -> bool:
        """Return whether results are complete and of the requested cases and environments."""
        asked = [(case.id, case.key) for case in self.request.cases]
        labels = {spec.label for spec in self.request.specs}
        same = [
            (case.id, case.key) for case in results.cases.values()
        ] == asked and results.environments.keys() == labels
        return same and results.ended and not results.faults

    def _shelf(self) -> Shelf | None:
        """Return the shelf of this run; None if an environment is not cached or its description is not known yet."""
        environments = []
        for spec in self.request.specs:
            shelf = self.shelves.environments.get(spec.label)
            about = shelf.about if shelf else None
            if shelf is None or about is None:
                return None
            said = [spec.label, spec.adapter, spec.python, spec.origin, shelf.fingerprint.hex(), about["ready"]]
            environments.append(said)
        return self.cache.shelf(KIND, {**self.about, "environments": environments})


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """Collect no garbage inside the block: while many objects are being made, that takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
