"""The results file of a run, to which the threads of all environments append."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from typing import IO, Any

from .. import __version__
from ..cases.case import Case
from ..cases.errors import HarnessFault
from ..report.compiled_json import compact, decoded
from ..report.results.file import Key, Results, case_line, header, resumed
from ..report.results.observation import UNUSABLE, Observation


class Recorder:
    """The results file and its content in memory, shared by the threads of a run.

    A file that nobody asked for may be ``lost``, as on a full disk: the reason is kept, and the run goes on without it.
    """

    def __init__(self, file: IO[str], results: Results | None = None, requested: bool = True) -> None:
        self.file, self.results, self.lock = file, results or Results(), threading.Lock()
        self.requested, self.lost = requested, ""
        self.from_cache = 0
        self.write(resumed() if results else header(__version__))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Admit one thread at a time. Raise HarnessFault if the file cannot be written, such as on a full disk."""
        with self.lock:
            try:
                yield
            except OSError as error:
                why = f"{self.file.name}: cannot be written: {error.strerror}"
                if self.requested:
                    raise HarnessFault(f"{why}; its contents so far are kept") from None
                self.lost = why
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, self.file.fileno())  # which takes whatever is still buffered, too
                os.close(nothing)

    def write(self, *lines: dict[str, Any]) -> None:
        """Append lines and flush them."""
        with self._writing():
            for line in lines:
                self.results.add(line)
                self.file.write(compact(line) + "\n")
            self.file.flush()

    def add_cases(self, cases: Sequence[Case], positions: Sequence[int] | None = None) -> None:
        """Append the cases that are not in the results yet."""
        new = []
        for i, case in enumerate(cases):
            known = self.results.cases.setdefault(case.id, case)
            if known is case:
                new.append(compact(case_line(case, None if positions is None else positions[i])) + "\n")
        with self._writing():
            self.file.writelines(new)
            self.file.flush()

    def add_cached(self, key: Key, text: str, measured_for: str = "") -> Observation | None:
        """Append an observation from the cache and return it; None if it is damaged. Call ``flush`` after the last.

        ``measured_for`` is the case whose sampling it is, if that is another one.
        """
        environment, case, sizes, spelling = key
        input = ",".join(map(str, sizes))
        where = f'"environment":{compact(environment)},"case":{compact(case)},"input":[{input}],"spelling":"{spelling}"'
        where += f',"measured_for":{compact(measured_for)}' if measured_for else ""
        with self._writing():
            try:
                observation = self.results.observed(key, decoded(text.encode()))
            except UNUSABLE:
                return None
            self.from_cache += 1
            self.file.write(f'{{"kind":"observation",{where},{text[1:]}\n')
        return observation

    def flush(self) -> None:
        """Flush everything that has been written."""
        with self._writing():
            self.file.flush()
