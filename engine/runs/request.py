"""The request for a run, with everything resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..cases.case import Case
from ..environments.find import EnvironmentSpec
from .settings import Settings


@dataclass(frozen=True)
class RunRequest:
    """The cases and the environments of a run, and the results file to write, if any.

    ``positions`` are the positions of the cases in the whole list, if they are only a part of it.
    """

    cases: Sequence[Case]
    specs: Sequence[EnvironmentSpec]
    output: Path | None
    settings: Settings
    positions: Sequence[int] | None = None
