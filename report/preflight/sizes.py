"""The sizes of tensors, for code of a model that asks for them while it is followed."""

from __future__ import annotations

from collections.abc import Sequence

from ...adapters.expression import Reading
from ...adapters.models.kinds import CONVOLUTIONS
from ...cases.errors import InputError
from .growing import Given, Growing
from .program.state import Applied

RANKS = {2: 1, 3: 2, 5: 3}  # spatial axes by the number of an input's sizes


class Sizes:
    """The sizes of the outputs of layers that are being applied, for code that asks for them."""

    def __init__(self, input: tuple[int, ...]) -> None:
        self.input = input
        self._begin()

    def _begin(self) -> None:
        self.applied: list[Applied] = []
        self.open: set[int] = set()  # the layers whose number of channels is not known
        self.growing = Growing(self.input)

    def __call__(self, applied: Sequence[Applied], number: int) -> tuple[int | None, ...] | None:
        """Return the sizes (C, *spatial) of the output of a layer; None if they are not known."""
        done = len(self.applied)
        if done and (len(applied) < done or applied[done - 1] is not self.applied[-1]):  # some were taken back
            self._begin()
        try:
            for one in applied[len(self.applied) : number + 1]:
                self.growing.add(Given(one.line, "", one.after, one.join))
                if self._is_open(one):
                    self.open.add(len(self.applied))
                self.applied.append(one)
        except InputError:
            return None
        rows, sizes = self.growing.rows, self.input if number < 0 else self.growing.reached[number].sizes
        rank = len(rows[-1].axes) if rows else RANKS.get(len(sizes), 2)
        if len(sizes) < rank:
            return None
        channels = None if len(sizes) == rank or number in self.open else sizes[-rank - 1]
        return channels, *sizes[-rank:]

    def _is_open(self, one: Applied) -> bool:
        """Return whether the number of channels of the layer that was added last is not known."""
        reached = self.growing.reached[-1]
        row = self.growing.rows[reached.row] if reached.own and reached.row is not None else None
        if row and isinstance(row.reading, Reading) and row.reading.case.op in CONVOLUTIONS:
            if row.open_channels:
                return True
            if row.reading.case.groups == 1:
                return False
        return any(number in self.open for number in one.after)
