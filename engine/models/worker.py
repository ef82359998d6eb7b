"""The controller's side of a process that holds one model: it records the model, and makes its calls again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable
from ..workers.bundle import BOOT_MODELS
from ..workers.process import Death, WorkerProcess

REPLIES = {"ready", "failed", "progress", "done", "refused", "broken"}
Progress = Callable[[int], None]


class ModelProcess(WorkerProcess):
    """A worker that runs the user's code. A model that cannot be recorded is bad input, and so is a death."""

    boot: ClassVar[str] = BOOT_MODELS
    replies: ClassVar[set[str]] = REPLIES

    def record(
        self, model: str, inputs: Mapping[str, Path], folder: Path, progress: Progress, random: bool = False
    ) -> int:
        """Build a model, run it and write its recording; return the number of calls.

        With ``random``, its weights are random ones in place of its own, where its framework's recorder can do that.

        Raise InputError if the model cannot be built or run, HarnessFault if our own code fails.
        """
        paths = {name: str(path) for name, path in inputs.items()}
        request = {"model": model, "inputs": paths, "folder": str(folder), "random": random}
        return int(self._ask({"record": request}, model, progress)["calls"])

    def carry(self, model: str, weights: Mapping[str, Any], folder: Path, progress: Progress) -> list[int]:
        """Give calls of the model other weights, as files by name, and record it again into a folder.

        Return the numbers of the calls whose weights have no place in the model.
        """
        request = {"weights": weights, "folder": str(folder)}
        left: list[int] = self._ask({"carry": request}, model, progress)["left"]
        return left

    def replay(self, model: str, units: Sequence[Mapping[str, Any]]) -> list[str]:
        """Make calls of the model again, and return an error for each unit, empty where there is none."""
        errors: list[str] = self._ask({"replay": list(units)}, model, lambda count: None)
        return errors

    def _ask(self, request: Mapping[str, Any], model: str, progress: Progress) -> Any:
        assert self.process is not None
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then the reply says why
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        while True:
            try:
                reply = self._next(self.limits.timeout, self.limits.memory)
            except Death as death:
                raise InputError([f"{printable(model)}: {self._how(death)}"]) from None
            if "done" in reply:
                return reply["done"]
            if "refused" in reply:
                raise InputError([printable(str(reply["refused"]), 1000)])
            if "broken" in reply:
                raise HarnessFault(f"{self._name()}: convparity's own code failed: {_last(str(reply['broken']))}")
            progress(int(reply.get("progress", 0)))

    def _how(self, death: Death) -> str:
        if death.outcome == "out of memory":
            return f"took more than {self.limits.memory / 2**30:g} GB; allow more with --memory"
        if death.outcome == "timed out":
            return f"took longer than {self.limits.timeout:g} s; allow more with --timeout"
        said = _last(death.log)
        return f"ended the process that it ran in ({death.signal_name})" + (f": {said}" if said else "")


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return printable(lines[-1].strip(), 300) if lines else ""
