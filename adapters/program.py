"""The client of a program that evaluates calls on arrays for an adapter, in any language (docs/programs.md).

The program reads one JSON object on each line of its standard input and answers with one on each line of its standard
output. A :class:`Program` starts it when it is first needed, once in each process: a fork of the process starts its
own. It ends with the process that started it. If it dies, this process dies in the same way, so that the death is the
observation, which the worker's controller repeats and records as one.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .parent import die_with_parent

VERSION = 1  # of the standard
LARGEST = 2**28  # bytes of the arrays of a job; the strings of JavaScript have at most 2**29 characters


class Unsupported(Exception):
    """The program's framework has no such dtype or function; the message says so."""


class Failed(Exception):
    """The framework's own error, of a class that is named as the framework names it."""


class Program:
    """A program, by a function that returns its command and the environment variables that are added to this one's."""

    def __init__(self, start: Callable[[], tuple[Sequence[str], Mapping[str, str]]]) -> None:
        self.start = start
        self.process: Any = None
        self.owner = 0  # the process that started it, whose forks cannot use its pipes
        self.hello: dict[str, Any] = {}
        self.asked = 0

    def ready(self) -> dict[str, Any]:
        """Return the program's first line, after starting it where this process has not. Raise RuntimeError."""
        if self.owner == os.getpid() and self.process.poll() is None:
            return self.hello
        command, variables = self.start()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **variables},
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )
        self.owner = os.getpid()
        try:
            self.hello = _object(self.process.stdout.readline(), command)
            if "error" in self.hello:
                raise RuntimeError(self.hello["error"])
            if self.hello.get("program") != VERSION:
                raise RuntimeError(f"{command[0]} speaks version {self.hello.get('program')!r}; expected {VERSION}")
        except RuntimeError:
            self.process.kill()
            self.close()
            raise
        return self.hello

    def evaluate(self, call: Any, arrays: Mapping[str, np.ndarray], dtype: str = "float32") -> np.ndarray:
        """Return the array that a call of arrays of a dtype returns. Raise Failed or Unsupported."""
        if sum(array.nbytes for array in arrays.values()) > LARGEST:
            raise MemoryError(f"an array of more than {LARGEST} bytes does not fit into a line")
        self.ready()
        self.asked += 1
        job = {"id": self.asked, "call": call, "arrays": {name: packed(one, dtype) for name, one in arrays.items()}}
        try:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            _die_like(self.process.wait())
        answer = _object(line, self.process.args)
        if answer.get("id") != self.asked:
            raise RuntimeError(f"the program answered {answer.get('id')!r}; expected the answer to {self.asked}")
        if "unsupported" in answer:
            raise Unsupported(answer["unsupported"])
        if "error" in answer:
            raise _failed(answer["error"])
        return unpacked(answer["values"])

    def close(self) -> None:
        """End the program, which it does itself when its input ends."""
        if self.process is not None and self.owner == os.getpid():
            self.process.communicate()


def packed(array: np.ndarray, dtype: str) -> dict[str, Any]:
    """Return an array as the standard has it; bfloat16, which NumPy does not have, in float32."""
    kind = np.dtype("float32" if dtype == "bfloat16" else dtype).newbyteorder("<")
    data = np.ascontiguousarray(array.astype(kind)).tobytes()
    return {"dtype": dtype, "shape": list(array.shape), "base64": base64.b64encode(data).decode()}


def unpacked(array: Mapping[str, Any]) -> np.ndarray:
    """Return an array of the standard; a size below 0, which a framework may claim, counts as 0."""
    kind = np.dtype(array["dtype"]).newbyteorder("<")
    shape = [max(size, 0) for size in array["shape"]]
    values = np.frombuffer(base64.b64decode(array["base64"]), kind)
    return values[: int(np.prod(shape))].reshape(shape).astype(kind.newbyteorder("="))


def _object(line: bytes, command: Sequence[str]) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        said = line[:100].decode(errors="replace").strip()
        raise RuntimeError(f"{command[0]} printed {said!r} where an object of the standard is expected")
    return found


def _failed(text: str) -> Failed:
    """Return the exception of an error text such as ``TypeError: tf.conv4d is not a function``."""
    name, colon, message = text.partition(": ")
    named = colon and name.isidentifier()
    kind: type[Failed] = type(name if named else "Error", (Failed,), {})
    return kind(message if named else text)


def _die_like(status: int) -> None:
    """End this process as the program ended."""
    if status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
        os.kill(os.getpid(), -status)
    os._exit(status or 1)
