"""The worker process for models: one framework, and the user's own code, which builds a model in it.

Requests and replies are one JSON object on a line, and arrays pass as ``.npy`` files that the request names.
``{"record": ...}`` builds a model and records it; ``{"replay": [...]}`` makes some of its calls again. While it
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
from ..models.naming import Factory, parse
from ..models.recorder import Mended, NotAModel, Recorder
from ..registry import adapter_class, recorder_class
from .isolation import adopt_orphans, die_with_parent
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
        say({"ready": {"packages": adapter.packages()}, "log": ""})
    except BaseException as error:  # also SystemExit, and whatever a broken build raises
        say({"failed": error_text(error)[:ERROR_LIMIT], "log": ""})
        return
    session = Session(adapter, say)
    for line in requests:
        try:
            request = json.loads(line)
            name = next(iter(request))
            say({"done": session.record(**request["record"]) if name == "record" else session.replay(request[name])})
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
        self.last = time.monotonic()

    def record(self, model: str, inputs: dict[str, str], folder: str) -> dict[str, Any]:
        """Build the model of this name, run it on inputs (channels first), and write its recording."""
        recorder = recorder_class(self.adapter.name)(self.adapter, Path(folder), self._progress)
        made = self._built(recorder, model)
        arrays = {name: np.load(path, allow_pickle=False) for name, path in inputs.items()}
        given = {name: self.adapter.to_layout(array) for name, array in arrays.items()}
        try:
            recorder.record(made, given, {"model": model})
        except NotAModel:
            raise
        except (Exception, SystemExit) as error:
            shapes = ", ".join(str(array.shape) for array in given.values())
            raise Refused(f"{model}: {self._told(error)}, on an input of {shapes} in its own layout") from None
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
