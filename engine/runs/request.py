"""What a run is asked to do, with everything resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..cases.case import Case
from ..environments.find import EnvironmentSpec
from .runner import Settings


@dataclass(frozen=True)
class RunRequest:
    """Cases to take through environments, and the results file to write, if one is wanted.

    ``positions`` are those of the cases in the whole, where they are a part of it.
    """

    cases: Sequence[Case]
    specs: Sequence[EnvironmentSpec]
    output: Path | None
    settings: Settings
    positions: Sequence[int] | None = None
