"""The rows of a run that was judged before, read from what ``--json`` writes of them.

They may come from anyone who can write to the cache, so they are checked like a results file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ...cases.text import printable

LONGEST = 2**16  # characters of a sentence
Key = tuple[str, str, str]  # case id, environment label, spelling


class KnownRow(msgspec.Struct):
    """The sentences of a row that take long to work out."""

    case: str
    environment: str
    spelling: str
    reason: str
    unforeseen: str | None


class _Document(msgspec.Struct):
    verdicts: list[KnownRow]


_decode = msgspec.json.Decoder(_Document).decode


class KnownRows:
    """The rows as text, and each with its sentences."""

    def __init__(self, text: bytes) -> None:
        """Read a text. Raise ValueError where it is not one that ``--json`` writes."""
        if not text.isascii():
            raise ValueError("not ASCII")
        self.text = text
        self.rows: Mapping[Key, KnownRow] = {(r.case, r.environment, r.spelling): r for r in _decode(text).verdicts}
        for row in self.rows.values():
            row.reason, row.unforeseen = printable(row.reason, LONGEST), printable(row.unforeseen or "", LONGEST)

    def are(self, keys: Iterable[Key]) -> bool:
        """Return whether these are the rows with such keys, and no others."""
        return self.rows.keys() == set(keys)
