"""Reads the recorded run. Its page is recorded too, because judging layers of real size takes a minute."""

from __future__ import annotations

import json
import lzma
from importlib import resources
from typing import Any

CATALOGS = ("textbook", "networks", "field-reports")
FOLDER = resources.files("convparity") / "demo"


def page() -> dict[str, Any]:
    """Return the content of the report's page."""
    content: dict[str, Any] = json.loads(_read("page.json.xz"))
    return content


def observations(catalog: str) -> bytes:
    """Return the results file of a catalog."""
    return _read(f"{catalog}.jsonl.xz")


def verdicts() -> list[dict[str, Any]]:
    """Return the verdicts: for each row its case, environment, spelling, verdict, source, expected shape and shape."""
    rows: list[dict[str, Any]] = json.loads(_read("verdicts.json.xz"))
    return rows


def about() -> dict[str, Any]:
    """Return the date on which the run was recorded, and each environment's version and facts about the processor."""
    found: dict[str, Any] = json.loads((FOLDER / "about.json").read_text(encoding="utf-8"))
    return found


def _read(name: str) -> bytes:
    return lzma.decompress((FOLDER / name).read_bytes())
