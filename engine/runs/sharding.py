"""``--shard 2/4``: one part of the cases, so that several machines share them, and the order to merge them in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..cases.errors import InputError
from ..cases.text import printable


@dataclass(frozen=True)
class Shard:
    """Part ``number`` of ``of``, counted from 1.

    Cases are dealt out in turn: neighbours in a catalog are alike, so that each part takes about as long. Where each
    was in the whole is recorded, and puts the parts into one order again. Raises InputError.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            allowed = f"1/{self.of} to {self.of}/{self.of}"
            raise InputError([f"--shard: {self} is not one of the parts; allowed is {allowed}"])

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``2/4``. Raises InputError."""
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if not found or not int(found[2]):
            raise InputError([f"--shard: {printable(text, 60)!r} is not PART/PARTS, such as 1/4 to 4/4"])
        return cls(int(found[1]), int(found[2]))

    def positions(self, cases: int) -> range:
        """Which of so many cases are in this part. Raises InputError where some part would be empty."""
        if cases < self.of:
            raise InputError([f"--shard: {self} of {cases} cases leaves parts empty; allowed are up to {cases} parts"])
        return range(self.number - 1, cases, self.of)
