"""The jobs of a model whose calls can be made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ..adapters.models.recorder import Mended


@dataclass
class Job:
    """Calls to be made with some values given, in the framework's layout, and the values that are wanted."""

    calls: list[int]
    given: Mapping[int, np.ndarray]
    wanted: list[int]
    mended: Mapping[int, Mended] = field(default_factory=dict)


class Replays(Protocol):
    """A model whose calls can be made again."""

    def run(self, jobs: Iterable[Job]) -> Iterator[dict[int, np.ndarray] | str]:
        """Yield the wanted values of each job, or the error that the framework raised."""
