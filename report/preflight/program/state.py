"""The state while a file is followed: the layers that were applied, and the work that is left."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import outside
from .values import Scope, Tensor

MOST_STEPS = 200_000
DEEPEST = 40  # calls inside each other
MOST_APPLIED = 4000


class TooLong(Exception):
    """The source goes on for longer than it is followed."""


@dataclass(frozen=True)
class Applied:
    """A layer where it is applied: its line, the number of that line in the file, from 1, and its input.

    The input is the output of the layer of the number ``after``; -1 is the model's input. Without a line, several
    outputs are made one: beside each other along the ``channels``, or added, where the ``largest`` gives the sizes.
    """

    line: str
    number: int
    after: tuple[int, ...]
    join: Literal["", "channels", "largest"] = ""


class State:
    """The layers that were applied, and what following any part of the source needs of all others."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.applied: list[Applied] = []
        self.file = Scope({})
        self.steps, self.depth = MOST_STEPS, 0
        self.used: set[int] = set()  # containers and objects that were applied

    def step(self) -> None:
        """Count one step. Raise TooLong if there were too many."""
        self.steps -= 1
        if self.steps < 0 or len(self.applied) > MOST_APPLIED:
            raise TooLong

    def latest(self) -> Tensor:
        """Return the output of the layer that was applied last, which stands for one that is not known."""
        return Tensor(len(self.applied) - 1)

    def applied_once(self, what: Any) -> bool:
        """Return whether a container or an object was applied."""
        return id(what) in self.used

    def emit(self, text: str, number: int, name: str, found: Sequence[Tensor]) -> Tensor:
        """Return the output of a layer that is applied to the first of some tensors, or to what was applied last."""
        last = name.rpartition(".")[2]
        if last in outside.CHANNELS | outside.ADDED:
            return self.joined(found, "channels" if last in outside.CHANNELS else "largest") if found else self.latest()
        before = found[0] if found else self.latest()
        self.applied.append(Applied(text, number, (before.of,)))
        return self.latest()

    def joined(self, found: Sequence[Tensor], how: Literal["channels", "largest"]) -> Tensor:
        """Return several tensors made one."""
        numbers = tuple(one.of for one in found)
        if how == "largest":
            numbers = tuple(dict.fromkeys(numbers))
        if len(numbers) == 1:
            return Tensor(numbers[0])
        self.applied.append(Applied("", 0, numbers, how))
        return self.latest()

    def through(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Follow statements in order."""
        raise NotImplementedError

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Give a value to the names of a target."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of an expression, after following the layers that it applies."""
        raise NotImplementedError

    def call(self, callee: Any, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None = None) -> Any:
        """Return the result of a call. Arguments are pairs of a node, None for none, and a value."""
        raise NotImplementedError
