"""One thing to observe: the message for the worker, and the key in the cache."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from ..adapters.line import Line
from ..adapters.worker import probe, protocol
from ..cases.case import Case, Sizes
from . import lines

# Lines to run as they are, by environment label and case id, each with the case that it is read as.
Given = Mapping[tuple[str, str], tuple[Line, Case]]


@dataclass(frozen=True)
class Task:
    """One thing to observe.

    With ``itself``, the sampling is measured on the layer itself, because its stand-in in the probe was refused.
    ``line`` is the key of the probe's run, where that is known before it runs (:mod:`.lines`). ``given`` is the
    line that is run in place of a spelling, where there is one, and ``own`` the case that it is read as, which says how
    far its windows may reach.
    ``alone`` is set when the task was in flight when its worker died, and is now tried again by itself. ``afresh`` is
    also set when it ran out of memory, and is now tried again in a worker that has done nothing else.
    """

    case: Case
    input: Sizes
    spelling: protocol.Written = "as written"
    want: protocol.Want = "values"
    itself: bool = False
    alone: bool = False
    afresh: bool = False
    line: str = ""
    given: Line | None = None
    own: Case | None = None

    def then(self, **changes: Any) -> Task:
        """Return a task that observes something else about the same case."""
        return replace(self, **{"alone": False, "afresh": False, "line": "", **changes})

    def again(self, afresh: bool = False) -> Task:
        """Return the same task, to be tried again by itself."""
        return replace(self, alone=True, afresh=afresh)

    def to_blame(self, outcome: str) -> bool:
        """Return whether this task caused the death of its worker, given that no other task was in flight.

        A crash has to happen twice. Memory may have run out because of what the framework kept from other cases.
        """
        return self.afresh if outcome == "out of memory" else self.alone or outcome == "timed out"

    @property
    def risky(self) -> bool:
        """Whether the task is likely to kill its process: its case is marked hostile or has extreme parameters."""
        return self.case.hostile or self.case.extreme

    @cached_property
    def key(self) -> str:
        """The key in the cache. Layers that differ only in parts that the probe does not use share their samplings.

        A task that is to be checked has a key of its own, so that it is not answered by the others.
        """
        if self.line:
            return f"{self.line} for {self.case.key}" if self.checks else self.line
        case = self.case
        if self.given:
            return f"{self.given} for {case.key} {self.input} {self.want}"
        if self.want == "sampling" and not self.itself:
            with contextlib.suppress(MemoryError):  # a case that is too large for the probe has no sibling
                case = probe.sibling(case)
        key = f"{case.key} {self.input} {self.spelling} {self.want}"
        if case.hostile:  # a hostile case is observed in other ways
            key = f"hostile {key}"
        return f"{key} itself" if self.itself else key

    @cached_property
    def checks(self) -> bool:
        """Whether the sampling is measured although the same line may have been measured for another case."""
        return bool(self.line) and lines.checked(self.case, self.input)

    def message(self, n: int) -> protocol.Task:
        """Return the task as a JSON object for the worker, with number ``n``."""
        message: protocol.Task = {
            "n": n,
            "case": self.case.to_json(),
            "input": list(self.input),
            "spelling": self.spelling,
            "want": self.want,
        }
        if self.itself:
            message["itself"] = True
        if self.given:
            message["line"] = asdict(self.given)
        return message
