"""The messages between the controller and a worker: one JSON object on each line.

To the worker: ``{"tasks": [task, ...]}``. From it: first :class:`Ready` or :class:`Failed`; then :class:`Started` with
the sources of the tasks about to run, and an :class:`Observed` for each; :class:`Own` around work on large arrays that
is not the framework's; :class:`Broken` if the worker's own code fails, which is no verdict on the framework. An
isolated worker sends no ``started`` and no ``own``; it observes the deaths of its children itself.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Union

Written = Literal["as written", "port"]
Want = Literal["values", "sampling", "shape", "literal"]
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
    """One observation to make: ``n`` is its number in the request, and ``case`` is the JSON of its case.

    ``input`` may differ from the case's own size; the layer stays as it was spelled for the case. ``want`` is
    ``values``, ``sampling``, ``shape`` for the framework's own shape inference only, or ``literal`` for the line with
    the word that the framework is said to refuse. With ``itself``, the sampling is measured on the layer itself,
    because the framework rejected the probe's sibling, or because the layer is a ``line`` (``adapters.line``) that is
    run as it is, on the case's input and weights.
    """

    itself: bool
    line: dict[str, Any]


class Tasks(TypedDict):
    """A request."""

    tasks: list[Task]


class Ready(TypedDict):
    """A worker's description of its environment, and the ``log`` that the import of the framework printed.

    ``forks`` says whether it does each task in a child process, which it ends itself when the time is up.
    """

    ready: dict[str, Any]
    log: str
    forks: bool


class Failed(TypedDict):
    """The reason why a worker cannot start."""

    failed: str
    log: str


class _Observed(TypedDict):
    n: int


class Observed(_Observed, total=False):
    """The fields of an observation in a results file; before the task has run, only its source."""

    outcome: Outcome
    source: str
    words: str
    note: str
    literal: str
    reason: str
    error: str
    log: str
    signal: str
    seconds: float
    shape: list[int]
    dtype: str
    digest: str
    values: str
    sample: str
    declared: list[int] | None
    declare_error: str
    sampling: dict[str, Any]
    itself: bool


class Started(TypedDict):
    """The tasks that are about to run, with their sources."""

    started: list[Observed]


class Own(TypedDict):
    """Whether the worker now does work of its own, which the time limit of a case does not cover.

    Such work begins with a message of True, and ends with one of False or with the observation.
    """

    own: bool


class Broken(TypedDict):
    """The traceback of the worker's own code."""

    broken: str


Message = Union[Ready, Failed, Started, Observed, Own, Broken]
