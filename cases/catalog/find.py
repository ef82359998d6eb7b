"""Finds one case by its id, in one catalog or in all that ship."""

from __future__ import annotations

from ..case import Case
from ..errors import InputError
from ..text import did_you_mean, printable
from .catalog import load_catalog, shipped


def find_case(text: str) -> Case:
    """Return the case named ``ID``, of a catalog that ships, or ``CATALOG:ID``. Raise InputError if there is none."""
    catalog, colon, id = text.rpartition(":")
    names = [catalog] if colon else list(shipped())
    ids: list[str] = []
    for name in names:
        for case in load_catalog(name):
            if case.id == id:
                return case
            ids.append(case.id)
    where = printable(catalog, 60) if colon else "the catalogs that ship"
    what = f"CASE: {printable(id, 60)!r} is not an id in {where}{did_you_mean(id, ids)}"
    raise InputError([f"{what}; give an id, CATALOG:ID, or a layer expression with --input"])
