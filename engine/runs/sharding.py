"""Divides the cases of a run between several machines, by ``--shard 2/4``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..cases.errors import InputError
from ..cases.text import count, printable


@dataclass(frozen=True)
class Shard:
    """Part ``number`` of ``of``, counted from 1.

    Cases are dealt out in turn: neighbours in a catalog are alike, so all parts take about equally long. The position
    of each case in the whole is recorded, so that merging restores the order. An impossible part raises InputError.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            allowed = f"1/{self.of} to {self.of}/{self.of}"
            raise InputError([f"--shard: {self} is not one of the parts; expected {allowed}"])

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard for a text such as ``2/4``. Raise InputError if the text is of another form."""
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if not found or not int(found[2]):
            raise InputError([f"--shard: {printable(text, 60)!r} is not PART/PARTS, such as 1/4 to 4/4"])
        return cls(int(found[1]), int(found[2]))

    def positions(self, cases: int) -> range:
        """Return the positions of this part in a list of so many cases. Raise InputError if a part would be empty."""
        if cases < self.of:
            allowed = f"expected at most {count(cases, 'part')}"
            raise InputError([f"--shard: {self} of {count(cases, 'case')} would leave parts empty; {allowed}"])
        return range(self.number - 1, cases, self.of)
