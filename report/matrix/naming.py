"""The names of the files of the matrix: each comes from what the file shows, so that links to it last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

LONGEST = 60  # characters of the readable part of a name


def slug(text: str) -> str:
    """Return a text as part of a file name: letters, digits, points and dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:LONGEST].strip("-.")


def unique(text: str, *content: object) -> str:
    """Return a name that begins readably and ends with the checksum of a content, which is JSON."""
    made = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
    return "-".join(filter(None, [slug(text), made]))


def of_columns(headings: Iterable[tuple[str, str]]) -> list[str]:
    """Return a distinct name for each pair of an adapter and a heading of it."""
    listed = list(headings)
    plain = [slug(f"{adapter} {heading}") for adapter, heading in listed]
    return [
        unique(name, *one) if not name or plain.count(name) > 1 else name
        for name, one in zip(plain, listed, strict=True)
    ]
