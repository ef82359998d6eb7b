"""The worker process for models: one framework, and the user's own code, which builds a model in it.

Requests and replies are one JSON object on a line, and arrays pass as ``.npy`` files that the request names.
``{"record": ...}`` builds a model and records it; ``{"carry": ...}`` gives it other weights and records it again;
``{"replay": [...]}`` makes some of its calls again. While it
records, the worker sends ``{"progress": calls}``; then ``{"done": ...}``, or ``{"refused": sentence}`` for a fault of
the model, or ``{"broken": traceback}`` for one of convparity.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..adapter import NO_MEMORY, error_text
from ..models.filling import Filled
from ..models.naming import Factory, parse
from ..models.recorder import Mended, NotAModel, Recorder
from ..parent import die_with_parent
from ..registry import adapter_class, filling, recorder_class
from .isolation import adopt_orphans
from .pipes import taken
from .serve import limit_address_space

ERROR_LIMIT = 2000  # characters of an error that are kept
OFTEN = 0.2  # seconds between messages about progress


class Refused(Exception):
    """The model cannot be recorded, for a reason of its own: one sentence."""


def main(adapter_name: str, log_path: str, memory: int, seconds: float = 0) -> None:
    """Serve until the controller closes the pipe. ``memory`` is the limit in bytes, beyond the use of the import."""
    die_with_parent()
    adopt_orphans()
    requests, replies = taken()
    faulthandler.enable()
    process = os.getpid()

    def say(message: dict[str, Any]) -> None:
        if os.getpid() != process:  # a copy of this process, which the user's code made and left running
            os._exit(0)
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        adapter = adapter_class(adapter_name)()
        adapter.pin()
        limit_address_space(memory)
        say({"ready": {"packages": adapter.packages()}, "log": "", "forks": False})
    except BaseException as error:  # also SystemExit, and whatever a broken build raises
        say({"failed": error_text(error)[:ERROR_LIMIT], "log": ""})
        return
    session = Session(adapter, say)
    for line in requests:
        try:
            request = json.loads(line)
            name = next(iter(request))
            say({"done": session.answer(name, request[name])})
        except (Refused, NotAModel) as error:
            say({"refused": str(error)[:ERROR_LIMIT]})
        except Exception:
            say({"broken": traceback.format_exc()[-ERROR_LIMIT:]})
            return


class Session:
    """One model in this process: it is recorded once, and its calls can be made again."""

    def __init__(self, adapter: Any, say: Callable[[dict[str, Any]], None]) -> None:
        self.adapter, self.say = adapter, say
        self.recorder: Recorder | None = None
        self.made: Any = None  # the model
        self.last = time.monotonic()

    def answer(self, name: str, request: Any) -> Any:
        """Return the answer to a request of this name."""
        if name == "replay":
            return self.replay(request)
        return self.record(**request) if name == "record" else self.carry(**request)

    def record(self, model: str, inputs: dict[str, str], folder: str, random: bool = False) -> dict[str, Any]:
        """Build the model of this name, run it on inputs (channels first), and write its recording.

        With ``random``, its weights are random ones in place of its own.
        """
        recorder = self._recorder(folder)
        recorder.random = random
        self.made = self._built(recorder, model)
        arrays = {name: np.load(path, allow_pickle=False) for name, path in inputs.items()}
        self.model, self.given = model, {name: self.adapter.to_layout(array) for name, array in arrays.items()}
        return self._recorded(recorder)

    def carry(self, weights: dict[str, dict[str, str]], folder: str) -> dict[str, Any]:
        """Give calls other weights, record the model again, and return the numbers of calls that have no place."""
        assert self.recorder is not None
        before = self.recorder
        given = []
        for number, paths in weights.items():
            call = before.calls[int(number)]
            now = {name: before.writer.read(call.weights[name]) for name in paths}
            given.append(Filled(call, {name: np.load(path, allow_pickle=False) for name, path in paths.items()}, now))
        self.made, left = filling(self.adapter.name).filled(self.adapter, self.made, given)
        return {**self._recorded(self._recorder(folder)), "left": left}

    def _recorder(self, folder: str) -> Recorder:
        return recorder_class(self.adapter.name)(self.adapter, Path(folder), self._progress)

    def _recorded(self, recorder: Recorder) -> dict[str, Any]:
        try:
            recorder.record(self.made, self.given, {"model": self.model})
        except NotAModel:
            raise
        except (Exception, SystemExit) as error:
            shapes = ", ".join(str(array.shape) for array in self.given.values())
            raise Refused(f"{self.model}: {self._told(error)}, on an input of {shapes} in its own layout") from None
        self.recorder = recorder
        return {"calls": len(recorder.calls)}

    def replay(self, units: list[dict[str, Any]]) -> list[str]:
        """Make calls again for each unit and write the wanted values; return an error for each, or an empty text."""
        assert self.recorder is not None
        errors = []
        for unit in units:
            given = {int(value): np.load(path, allow_pickle=False) for value, path in unit["given"].items()}
            try:
                mended = {int(number): _mended(change) for number, change in unit.get("mended", {}).items()}
                found = self.recorder.replay(unit["calls"], given, map(int, unit["wanted"]), mended)
                for value, path in unit["wanted"].items():
                    np.save(path, np.ascontiguousarray(found[int(value)]), allow_pickle=False)
                errors.append("")
            except Exception as error:
                errors.append(error_text(error)[:ERROR_LIMIT])
        return errors

    def _progress(self, count: int) -> None:
        if time.monotonic() - self.last > OFTEN:
            self.last = time.monotonic()
            self.say({"progress": count})

    def _built(self, recorder: Recorder, model: str) -> Any:
        named = parse(model)
        if not isinstance(named, Factory):
            return _loaded(recorder, named.path)
        process = os.getpid()
        try:
            made = _imported(named)
        except (Exception, SystemExit) as error:
            raise Refused(f"{model}: {self._told(error)}") from None
        if os.getpid() != process:
            os._exit(0)
        if isinstance(made, type) and recorder.is_model(made()):  # the class itself was named
            made = made()
        if not recorder.is_model(made):
            raise Refused(f"{model}: returned {_kind(made)}; expected a model of {self.adapter.title}")
        return made

    def _told(self, error: BaseException) -> str:
        text = " ".join(error_text(error).split())
        if isinstance(error, MemoryError) or NO_MEMORY.search(text):
            return f"ran out of memory ({text[:200]}); allow more with --memory"
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if "convparity" not in f.filename and "site-packages" not in f.filename]
        where = f" at {own[-1].filename}:{own[-1].lineno}" if own else ""
        return f"raised {text[:500]}{where}"


def _loaded(recorder: Recorder, path: Path) -> Any:
    """Return the model in a file. Raise NotAModel if it cannot be read, also for want of memory."""
    try:
        return recorder.load(path)
    except NotAModel as error:
        if not NO_MEMORY.search(str(error)):
            raise
        why = str(error)[:300]
    raise NotAModel(f"{why}; it ran out of memory: allow more with --memory")


def _mended(change: dict[str, Any]) -> Mended:
    weights = {name: np.load(path, allow_pickle=False) for name, path in change.get("weights", {}).items()}
    return Mended(**{**change, "inputs": tuple(change["inputs"]), "weights": weights})


def _imported(named: Factory) -> Any:
    """Return the result of the user's factory. This executes the user's own code."""
    if os.getcwd() not in sys.path:
        sys.path.insert(1, os.getcwd())
    thing: Any = importlib.import_module(named.module)
    for part in named.function.split("."):
        thing = getattr(thing, part)
    return thing(*named.arguments, **dict(named.keywords)) if callable(thing) else thing


def _kind(thing: Any) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
