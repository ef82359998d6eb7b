"""The frameworks that ``--to`` names, for which something is to be written. Imports no NumPy."""

from __future__ import annotations

from ..adapters.registry import NAMES, meant
from ..cases.errors import InputError
from ..cases.text import did_you_mean, printable


def adapters_named(text: str, option: str = "--to") -> list[str]:
    """Return the adapters that an option names, with commas, by name or alias. Raise InputError for a word of none."""
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        name = word if word in NAMES else meant(word)
        if not name:
            known = ", ".join(NAMES)
            raise InputError(
                [f"{option}: {printable(word, 60)!r} is no adapter; expected {known}{did_you_mean(word, NAMES)}"]
            )
        found.append(name)
    if not found:
        raise InputError([f"{option}: names no adapter; expected one or several of {', '.join(NAMES)}, with commas"])
    return list(dict.fromkeys(found))
