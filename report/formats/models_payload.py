"""The data of the HTML page that compares two models. ``app/src/models.ts`` documents each part."""

from __future__ import annotations

from typing import Any

from ... import __version__
from ...adapters.models.kinds import TRANSPOSED
from ...cases.arithmetic import Invalid, axes
from ...cases.case import Case
from ...cases.text import printable
from ..models import told
from ..models.finding import Finding
from ..models.result import ComparedModels
from ..verdicts.judging import maps_asked
from .maps import Maps

FORMAT = 1
SENTENCE, NAME = 1000, 300  # characters kept of a text
DRAWN = {"pads", "ceil"}  # kinds of findings that move windows


def payload(found: ComparedModels) -> dict[str, Any]:
    """Return the data of the page, ready to be written as JSON."""
    maps = Maps()
    return {
        "format": FORMAT,
        "kind": "models",
        "version": __version__,
        "headline": printable(found.headline, SENTENCE),
        "summary": [printable(line, SENTENCE) for line in (found.outcome,) if line],
        "notes": [printable(note, SENTENCE) for note in found.notes],
        "models": [printable(found.original, NAME), printable(found.port, NAME)],
        "layers": [
            {
                "port": printable(layer.port, NAME),
                "original": printable(layer.original, NAME),
                "source": printable(layer.source, NAME),
                "kind": layer.kind,
                "chained": told.apart(layer.chained),
            }
            for layer in found.layers
        ],
        "findings": [_finding(finding, maps) for finding in found.differ],
        "harmless": [_finding(finding, maps) for finding in (*found.harmless, *found.sizes)],
        "later": [[printable(cause, SENTENCE), names(paths)] for cause, paths in told.later(found.later).items()],
        "unpaired": [
            [row["side"], printable(row["path"] or row["name"], NAME), row["name"], printable(row["source"], NAME)]
            for row in found.unpaired
        ],
        "maps": maps.made,
    }


def names(paths: list[str]) -> list[str]:
    """Return the places of layers as they are shown."""
    return [printable(path, NAME) for path in paths]


def _finding(finding: Finding, maps: Maps) -> dict[str, Any]:
    cases = finding.windows if finding.kind in DRAWN else None
    return {
        "place": finding.place,
        "port": printable(finding.port, NAME),
        "original": printable(finding.original, NAME),
        "source": printable(finding.source, NAME),
        "layer": finding.layer,
        "kind": finding.kind,
        "cause": printable(finding.cause, SENTENCE),
        "write": printable(finding.write, SENTENCE),
        "alone": told.apart(finding.alone),
        "chained": told.apart(finding.chained),
        "title": [case.describe() for case in cases] if cases else [],
        "maps": [list(_read(case, maps)) for case in cases] if cases else [],
        "transposed": finding.layer == TRANSPOSED,
    }


def _read(case: Case, maps: Maps) -> tuple[int, ...]:
    """Return the numbers of the maps of a layer, none if it has no output or is too large to draw."""
    found = axes(case)
    return () if isinstance(found, Invalid) else maps.of(maps_asked(found), case)
