"""The messages between the controller and a worker: one JSON object on each line.

To the worker: ``{"tasks": [task, ...]}``. From it: first :class:`Ready` or :class:`Failed`; then :class:`Started` with
the sources of the tasks about to run, and an :class:`Observed` for each; :class:`Broken` where the worker's own code
fails, which says nothing about the framework. An isolated worker sends no ``started``, and observes deaths itself.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Union

Written = Literal["as written", "port"]
Want = Literal["values", "sampling", "shape"]
Outcome = Literal[
    "ran",
    "raised",
    "inexpressible",
    "crashed",
    "timed out",
    "out of memory",
    "no port",
    "inferred",
    "refused",
]


class _Task(TypedDict):
    n: int
    case: dict[str, Any]
    input: list[int]
    spelling: Written
    want: Want


class Task(_Task, total=False):
    """One thing to observe: ``n`` is its number in the request, ``case`` its JSON.

    ``input`` may differ from the case's own size; the layer stays as it was spelled for the case. ``want`` is the
    values, the sampling or, of the framework's own inference only, the shape. With ``itself`` the sampling is measured
    of the layer itself, because the stand-in of the probe was refused.
    """

    itself: bool


class Tasks(TypedDict):
    """A request."""

    tasks: list[Task]


class Ready(TypedDict):
    """What an environment says of itself when its framework is imported; ``log`` is what was printed until then."""

    ready: dict[str, Any]
    log: str


class Failed(TypedDict):
    """Why a worker cannot serve."""

    failed: str
    log: str


class _Observed(TypedDict):
    n: int


class Observed(_Observed, total=False):
    """What became of a task: the fields of an observation in a results file; before it ran, only its source."""

    outcome: Outcome
    source: str
    words: str
    note: str
    reason: str
    error: str
    log: str
    signal: str
    seconds: float
    shape: list[int]
    dtype: str
    digest: str
    values: str
    declared: list[int] | None
    declare_error: str
    sampling: dict[str, Any]
    itself: bool


class Started(TypedDict):
    """The tasks that are about to run, as far as they are known."""

    started: list[Observed]


class Broken(TypedDict):
    """The traceback of the worker's own code."""

    broken: str


Message = Union[Ready, Failed, Started, Observed, Broken]
