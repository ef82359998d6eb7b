"""Holds a program to the standard of docs/programs.md: ``python -m convparity.adapters.program_check COMMAND...``.

It needs no function of the program's framework: every program has to return an array that it is given, to refuse what
it does not know, and to end with its input.

Standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .program import VERSION, packed, unpacked

SECONDS = 60  # for all jobs, and for the program to end
ARRAYS = {
    "an array of two axes": np.array([[1.5, -2.0, 3.25]], "float32"),
    "an array of five axes": np.arange(48, dtype="float32").reshape(1, 2, 3, 4, 2),
    "values that are not finite, and a negative zero": np.array([np.nan, np.inf, -np.inf, -0.0], "float32"),
    "an array without elements": np.zeros((1, 0, 2), "float32"),
    "a line of more than a megabyte": np.arange(2**18, dtype="float32"),
}
ECHO = {"array": "x"}


def jobs() -> list[tuple[str, dict[str, Any], str]]:
    """Return the jobs of the check: what each is about, the job, and the answer that is due."""
    echoes = [
        (what, {"call": ECHO, "arrays": {"x": packed(array, "float32")}}, "values") for what, array in ARRAYS.items()
    ]
    one = packed(np.ones(1), "float32")
    unknown = {"call": "no.such", "with": [ECHO]}
    others = [
        ("a function that does not exist", {"call": unknown, "arrays": {"x": one}}, "error"),
        ("an array that was not given", {"call": {"array": "y"}, "arrays": {"x": one}}, "error"),
        (
            "a dtype that does not exist",
            {"call": ECHO, "arrays": {"x": {**one, "dtype": "float0"}}},
            "unsupported",
        ),
    ]
    last = [("an array after these refusals", {"call": ECHO, "arrays": {"x": one}}, "values")]
    return [(what, {"id": n, **job}, due) for n, (what, job, due) in enumerate([*echoes, *others, *last], 1)]


def wrong(command: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a program, in sentences; nothing if it keeps to the standard."""
    asked = jobs()
    lines = "".join(json.dumps(job) + "\n" for _, job, _ in asked)
    try:
        ran = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, timeout=SECONDS, check=False)
    except OSError as error:
        yield f"{command[0]} cannot be started: {error.strerror}"
        return
    except subprocess.TimeoutExpired:
        yield f"it has not ended {SECONDS} seconds after its input was closed"
        return
    if ran.returncode:
        yield f"it ended with status {ran.returncode} when its input was closed; expected 0"
    hello, *answers = ran.stdout.split(b"\n")[:-1] or [b""]
    yield from _of_hello(hello)
    if len(answers) != len(asked):
        yield f"it printed {len(answers)} lines after the first for {len(asked)} jobs; expected one for each"
        return
    for (what, job, due), line in zip(asked, answers):
        if why := _of_answer(job, due, line):
            yield f"{what}: {why}"


def _of_hello(line: bytes) -> Iterator[str]:
    told = _object(line)
    if told is None:
        yield f"its first line is {_shown(line)}, which is no JSON object"
        return
    if told.get("program") != VERSION:
        yield f'its first line has "program": {told.get("program")!r}; expected {VERSION}'
    for name, kind in (("name", str), ("version", str), ("packages", dict)):
        if not isinstance(told.get(name), kind):
            yield f"its first line has no {name!r}, or one that is no {'text' if kind is str else 'object'}"


def _of_answer(job: dict[str, Any], due: str, line: bytes) -> str:
    answer = _object(line)
    if answer is None:
        return f"it answered {_shown(line)}, which is no JSON object"
    if answer.get("id") != job["id"]:
        return f"it answered with id {answer.get('id')!r}; expected {job['id']}"
    if due not in answer:
        return f"it answered {_shown(line)}; expected {due!r}"
    if due != "values":
        return "" if isinstance(answer[due], str) and answer[due] else f"its {due!r} is no text"
    try:
        given, came = unpacked(job["arrays"]["x"]), unpacked(answer["values"])
    except (KeyError, TypeError, ValueError) as error:
        return f"its values are no array ({type(error).__name__}: {error})"
    if came.shape != given.shape or came.dtype != given.dtype:
        return f"it returned {came.dtype} of shape {came.shape} for {given.dtype} of shape {given.shape}"
    same = np.array_equal(came, given, equal_nan=True) and np.array_equal(np.signbit(came), np.signbit(given))
    return "" if same else "it returned other values than it was given"


def _object(line: bytes) -> Any:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _shown(line: bytes) -> str:
    return repr(line[:100].decode(errors="replace"))


def main(command: Sequence[str]) -> int:
    """Print what is wrong with a program, and return the exit status: 0 if nothing is, 1 otherwise, 2 without one."""
    if not command:
        print("usage: python -m convparity.adapters.program_check COMMAND [ARGUMENT...]", file=sys.stderr)
        return 2
    found = list(wrong(command))
    print("\n".join(f"wrong    {line}" for line in found) or f"{command[0]} keeps to version {VERSION} of the standard")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
