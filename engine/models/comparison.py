"""Compares a recorded port with its original: replays each unit on the original's values, explains and mends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..report.models import later, numbers
from ..report.models.checks import Check, checks
from ..report.models.finding import Layer, name_of, name_swaps, row_of
from ..report.models.folding import fold
from ..report.models.pairing import pair
from ..report.models.result import ComparedModels
from ..report.models.units import Unit
from . import mending
from .explaining import Explaining, Found
from .harmless import harmless
from .jobs import Job
from .replayed import Replayed, Side


class Comparison:
    """Two recorded models, of which the port's calls can be made again, and the original's if it is no recording."""

    def __init__(
        self,
        original: Side,
        port: Side,
        adapter: str,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self.names = original.name, port.name
        self.replayed = Replayed(original, port)
        self.original, self.port = self.replayed.original, self.replayed.port
        self.pairs = fold(self.original, self.port, pair(self.original, self.port, chosen))
        self.checks = checks(self.original, self.port, self.pairs)
        places = {theirs: number for number, (_, theirs) in enumerate(self.pairs.pairs)}
        self.explaining = Explaining(self.replayed, adapter, places)

    def compared(self) -> ComparedModels:
        """Return the differences, their causes, and those that are left with the changes that were found."""
        found = list(self._differing())
        result = ComparedModels(*self.names, list(self._layers()), [one.finding for one in found])
        name_swaps(result.differ)
        known = {one.check for one in found}
        alone = [check for check in self.checks if not check.is_way and check not in known]
        result.harmless = list(harmless(self.replayed, self.explaining, alone))
        result.sizes = list(self.explaining.on_other_sizes(alone))
        result.unpaired = [row_of(unit, "original") for unit in self.pairs.only_original]
        result.unpaired += [row_of(unit, "port") for unit in self.pairs.only_port]
        result.later = later.differences(self.original, self.port, self.pairs)
        result.before = result.after = self._apart(self._recorded_outputs())
        if found:
            result.left, result.after = self._mended(found)
        return result

    def _layers(self) -> Iterator[Layer]:
        by_pair: dict[Unit, Check] = {check.pair[1]: check for check in self.checks if check.pair and not check.is_way}
        for ours, theirs in self.pairs.pairs:
            chained = numbers.largest_difference(*self.replayed.recorded(by_pair[theirs]))
            yield Layer(name_of(theirs), name_of(ours), theirs.call.source, theirs.kind, chained)

    def _differing(self) -> Iterator[Found]:
        run = [check for check in self.checks if check.calls or check.wanted in check.given]
        for check, got in self.replayed.outputs([(check, self.replayed.job(check)) for check in run]):
            if isinstance(got, str) or not self.replayed.agrees(check, self.replayed.expected(check), got):
                yield from self.explaining.explained(check, got)

    def _mended(self, found: list[Found]) -> tuple[int, float]:
        """Return how many findings are left, and how far the outputs are apart, with all changes.

        A line that does not mend its finding is forgotten.
        """
        changes: mending.Changes = {}
        for one in found:
            for number, change in one.changes.items():
                changes[number] = mending.together(changes[number], change) if number in changes else change
        left = 0
        jobs = [(one.check, self.replayed.job(one.check, one.changes)) for one in found if one.changes]
        again = self.replayed.outputs(jobs)
        for one in found:
            if not one.changes:
                left += 1
                continue
            y = self.replayed.expected(one.check)
            if one.check.is_way and not one.check.way_calls:
                next(again)  # the change is where the value is read; the whole run below shows it
                continue
            _, got = next(again)
            if isinstance(got, str) or not self.replayed.agrees(one.check, y, got):
                left, one.finding.write = left + 1, ""
        calls = [call.number for call in self.port.recording.calls]
        inputs = {value: self.port.recording.array(value) for value in self.port.recording.inputs}
        whole_job = Job(calls, inputs, list(dict.fromkeys(self.port.outputs)), changes)
        (whole,) = self.replayed.replayer.run([whole_job])
        if isinstance(whole, str):
            return max(left, 1), float("inf")
        return left, self._apart({value: self.port.from_framework(array, value) for value, array in whole.items()})

    def _recorded_outputs(self) -> dict[int, np.ndarray]:
        return {value: self.port.recording.canonical(value) for value in self.port.outputs}

    def _apart(self, outputs: Mapping[int, np.ndarray]) -> float:
        pairs = zip(self.original.outputs, self.port.outputs, strict=False)
        return max((numbers.largest_difference(self.original.array(a), outputs[b]) for a, b in pairs), default=0.0)
