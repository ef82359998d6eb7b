"""The state that the threads of a run share: the threads of all its environments."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import IO

from ..cache.fingerprint import Shelves
from ..cases.reference import References
from ..report.results.file import Results
from .recorder import Recorder
from .settings import Settings
from .task import Given

Progress = Callable[[str, int, int], None]  # environment, tasks done, tasks known
Where = Mapping[str, Collection[str]]  # by case id, the labels of the environments that it is run in


class Shared:
    """The settings, results and references of a run, whether it has to stop, and the layers that fail so far."""

    def __init__(
        self,
        file: IO[str],
        settings: Settings,
        earlier: Results | None = None,
        progress: Progress | None = None,
        shelves: Shelves | None = None,
        requested: bool = True,
        given: Given | None = None,
        where: Where | None = None,
    ) -> None:
        """Write results to ``file``; run nothing that is in ``earlier``, its content so far, or on the shelves.

        If the file was not ``requested``, the run goes on where it cannot be written. With ``given`` lines, only they
        are run, each in its environment, and no case is spelled. With ``where``, each case is run only there.
        """
        self.given, self.where = given, where
        self.settings, self.progress, self.shelves = settings, progress, shelves
        self.recorder = Recorder(file, earlier, requested)
        store = shelves.references if shelves else None
        executes = not settings.shapes_only or earlier is not None
        self.references = References(store, lambda case: executes)
        self.stop = threading.Event()
        self.failing: set[str] = set()  # the ids of layers that fail, where their number ends the run
        self.happens_again = earlier is None  # whether repeating the run would give exactly these observations

    @property
    def enough(self) -> bool:
        """Whether as many layers fail as end the run."""
        most = self.settings.max_findings
        return most is not None and len(self.failing) >= most
