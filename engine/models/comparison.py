"""Compares a recorded port with its original: replays each unit on the original's values, explains and mends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..adapters.models.recorder import Mended
from ..adapters.models.recording import Recording
from ..report.models import later, numbers
from ..report.models.causes import search
from ..report.models.causes import way as ways
from ..report.models.causes.weights import digest
from ..report.models.checks import Check, checks, weights_of
from ..report.models.differing import Differing
from ..report.models.folding import fold
from ..report.models.pairing import pair
from ..report.models.result import ComparedModels, Finding, name_of, row_of
from ..report.models.units import Graph
from . import mending
from .jobs import Job, Replays

SEED = 17
Changes = mending.Changes


@dataclass(frozen=True)
class Side:
    """A recorded model by its name; its calls can be made again if there is a replayer."""

    name: str
    recording: Recording
    replayer: Replays | None = None


@dataclass
class _Found:
    """The result of a check that differs, and the change of the port that mends it."""

    check: Check
    finding: Finding
    changes: Changes


class Comparison:
    """Two recorded models, of which the port's calls can be made again, and the original's if it is no recording."""

    def __init__(
        self,
        original: Side,
        port: Side,
        adapter: str,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        assert port.replayer is not None
        self.names, self.adapter = (original.name, port.name), adapter
        self.original, self.port = Graph(original.recording), Graph(port.recording)
        self.replayer, self.original_replayer = port.replayer, original.replayer
        self.pairs = fold(self.original, self.port, pair(self.original, self.port, chosen))
        self.checks = checks(self.original, self.port, self.pairs)
        self.others = {
            digest(weight): f"{name_of(unit)} in the original"
            for unit in self.original.units
            for weight in weights_of(self.original, unit, False).values()
            if weight.ndim > 1
        }

    def compared(self) -> ComparedModels:
        """Return the differences, their causes, and those that are left with the changes that were found."""
        found = list(self._differing())
        result = ComparedModels(*self.names, len(self.pairs.pairs), [one.finding for one in found])
        result.harmless = list(self._harmless({id(one.check.pair) for one in found}))
        result.unpaired = [row_of(unit, "original") for unit in self.pairs.only_original]
        result.unpaired += [row_of(unit, "port") for unit in self.pairs.only_port]
        result.later = later.differences(self.original, self.port, self.pairs)
        result.before = result.after = self._apart(self._recorded_outputs())
        if found:
            result.left, result.after = self._mended(found)
        return result

    # The port on the original's values.

    def _job(self, check: Check, mended: Changes | None = None, values: Mapping[int, np.ndarray] | None = None) -> Job:
        values = values or {mine: self.original.array(mine, check.raw) for mine in check.given.values()}
        given = {its: self.port.laid_out(values[mine], its, check.raw) for its, mine in check.given.items()}
        given.update(self.port.repeated(check.calls, given))
        return Job(check.calls, given, [check.wanted], mended or {})

    def _outputs(self, jobs: list[tuple[Check, Job]]) -> Iterator[tuple[Check, np.ndarray | str]]:
        """Yield the port's outputs on the original's values, channels first, or its error."""
        needed = [(check, job) for check, job in jobs if job.calls]
        replies = self.replayer.run(job for _, job in needed)
        for check, job in jobs:
            reply = next(replies) if job.calls else {check.wanted: job.given[check.wanted]}
            if isinstance(reply, str):
                yield check, reply
            else:
                yield check, self.port.from_framework(reply[check.wanted], check.wanted, check.raw)

    def _differing(self) -> Iterator[_Found]:
        lazily = [(check, self._job(check)) for check in self.checks if check.calls or check.wanted in check.given]
        for check, got in self._outputs(lazily):
            y = self.original.array(check.expected, check.raw)
            if isinstance(got, str):
                yield _Found(check, self._finding(check, "unexplained", f"raises {got}", float("inf")), {})
            elif not self._agrees(check, y, got):
                yield from self._explained(check, y, got)

    def _pair(self, check: Check, y: np.ndarray, got: np.ndarray, xs: list[np.ndarray] | None = None) -> Differing:
        assert check.pair
        ours, theirs = check.pair
        xs = xs or [
            self.original.array(check.given[value], check.raw) for value in theirs.inputs if value in check.given
        ]
        mine, its = weights_of(self.original, ours, check.raw), weights_of(self.port, theirs, check.raw)
        return Differing(ours, theirs, xs, y, got, mine, its, self.others)

    def _allowed(self, check: Check, y: np.ndarray, got: np.ndarray, xs: list[np.ndarray] | None = None) -> np.ndarray:
        narrow = min(y.dtype, self.port.recording.array(check.wanted).dtype, key=lambda dtype: dtype.itemsize)
        narrowed = y.astype(narrow) if narrow.kind == "f" else y
        if check.is_way:
            return numbers.bound("way", {}, {}, [], narrowed)
        allowed = self._pair(check, narrowed, got, xs).allowed()
        if narrow == y.dtype:
            return allowed
        return np.asarray(allowed + numbers.SPACING.get(narrow.name, 0.0) * np.abs(y))  # the inputs are rounded too

    def _agrees(self, check: Check, y: np.ndarray, got: np.ndarray, xs: list[np.ndarray] | None = None) -> bool:
        if y.shape == got.shape and np.array_equal(y, got):
            return True
        return numbers.agree(y, got, self._allowed(check, y, got, xs))

    # The causes, and the changes that mend them.

    def _explained(self, check: Check, y: np.ndarray, got: np.ndarray) -> Iterator[_Found]:
        size = numbers.largest_difference(y, got)
        if check.is_way:
            fix = ways.explain(y, got, self._allowed(check, y, got))
            if fix is None:
                yield self._left_out(check, y, size)
                return
            assert fix.turn
            changes = mending.of_way(self.adapter, self.port, check, fix.turn)
            found = self._finding(check, fix.kind, fix.cause, size)
            found.write = next((change.turn or change.after for change in changes.values()), "")
            yield _Found(check, found, changes)
            return
        pair = self._pair(check, y, got)
        fixes = search.explain(pair)
        if not fixes:
            yield _Found(check, self._finding(check, "unexplained", _where(y, got), size), {})
        changes = mending.of_unit(self.adapter, self.port, check, pair, fixes)
        for fix in fixes:
            found = self._finding(check, fix.kind, fix.cause, size)
            lines = [c.source for n, c in changes.items() if (n == check.calls[-1]) == (fix.kind == "epsilon")]
            found.write = (lines or [change.source for change in changes.values()] or [""])[0]
            if changes and fix.weights:
                found.write += f" with the weights of {found.original}"
            yield _Found(check, found, changes)

    def _left_out(self, check: Check, y: np.ndarray, size: float) -> _Found:
        """Return the finding of a way that agrees once one of its calls is left out."""
        for call in check.way_calls:
            changes = {call.number: Mended(tuple(call.inputs), source="x")}
            ((_, got),) = self._outputs([(check, self._job(check, changes))])
            if not isinstance(got, str) and self._agrees(check, y, got):
                kind = "scale" if call.kind in ("activation", "multiply", "add") else "unexplained"
                found = self._finding(check, kind, f"applies {call.name}, which the original does not", size)
                found.write = f"leave out {call.name}" + (f" at {call.source}" if call.source else "")
                return _Found(check, found, changes)
        return _Found(check, self._finding(check, "unexplained", "reads other values than the original", size), {})

    def _finding(self, check: Check, kind: str, cause: str, alone: float) -> Finding:
        chained = numbers.largest_difference(*self._recorded(check))
        if check.pair is None:
            last = check.way_calls[-1] if check.way_calls else None
            return Finding(
                "the output", "the output", last.source if last else "", "output", kind, cause, alone, chained
            )
        ours, theirs = check.pair
        call = check.way_calls[-1] if check.way_calls else theirs.call
        layer = "input of a layer" if check.is_way else theirs.kind
        return Finding(name_of(theirs), name_of(ours), call.source, layer, kind, cause, alone, chained)

    def _recorded(self, check: Check) -> tuple[np.ndarray, np.ndarray]:
        """Return the values of both models as they were recorded, each after its own chain of layers."""
        return self.original.array(check.expected, check.raw), self.port.array(check.wanted, check.raw)

    def _mended(self, found: list[_Found]) -> tuple[int, float]:
        """Return how many findings are left, and how far the outputs are apart, with all changes.

        A line that does not mend its finding is forgotten.
        """
        changes: Changes = {}
        for one in found:
            for number, change in one.changes.items():
                changes[number] = mending.together(changes[number], change) if number in changes else change
        left = 0
        again = self._outputs([(one.check, self._job(one.check, one.changes)) for one in found if one.changes])
        for one in found:
            if not one.changes:
                left += 1
                continue
            y = self.original.array(one.check.expected, one.check.raw)
            if one.check.is_way and not one.check.way_calls:
                next(again)  # the change is where the value is read; the whole run below shows it
                continue
            _, got = next(again)
            if isinstance(got, str) or not self._agrees(one.check, y, got):
                left, one.finding.write = left + 1, ""
        calls = [call.number for call in self.port.recording.calls]
        inputs = {value: self.port.recording.array(value) for value in self.port.recording.inputs}
        (whole,) = self.replayer.run([Job(calls, inputs, list(dict.fromkeys(self.port.outputs)), changes)])
        if isinstance(whole, str):
            return max(left, 1), float("inf")
        return left, self._apart({value: self.port.from_framework(array, value) for value, array in whole.items()})

    def _recorded_outputs(self) -> dict[int, np.ndarray]:
        return {value: self.port.recording.canonical(value) for value in self.port.outputs}

    def _apart(self, outputs: Mapping[int, np.ndarray]) -> float:
        pairs = zip(self.original.outputs, self.port.outputs, strict=False)
        return max((numbers.largest_difference(self.original.array(a), outputs[b]) for a, b in pairs), default=0.0)

    # Differences that another input would show.

    def _harmless(self, known: set[int]) -> Iterator[Finding]:
        """Yield units that agree on the original's values, and differ on other ones."""
        if self.original_replayer is None:
            return
        alone = [check for check in self.checks if not check.is_way and id(check.pair) not in known]
        others = [self._other_values(check) for check in alone]
        jobs = []
        for check, values in zip(alone, others, strict=True):
            assert check.pair
            given = {v: self.original.laid_out(array, v, check.raw) for v, array in values.items()}
            given.update(self.original.repeated(check.pair[0].numbers, given))
            jobs.append(Job(check.pair[0].numbers, given, [check.expected]))
        expected = self.original_replayer.run(jobs)
        got = self._outputs([(c, self._job(c, values=values)) for c, values in zip(alone, others, strict=True)])
        for (check, theirs), ours, values in zip(got, expected, others, strict=True):
            if isinstance(theirs, str) or isinstance(ours, str):
                continue
            y = self.original.from_framework(ours[check.expected], check.expected, check.raw)
            assert check.pair
            xs = [values[check.given[value]] for value in check.pair[1].inputs if value in check.given]
            if not self._agrees(check, y, theirs, xs):
                fixes = search.explain(self._pair(check, y, theirs, xs))
                cause = "; and ".join(fix.cause for fix in fixes) or _where(y, theirs)
                kind = fixes[0].kind if fixes else "unexplained"
                yield self._finding(check, kind, cause, numbers.largest_difference(y, theirs))

    def _other_values(self, check: Check) -> dict[int, np.ndarray]:
        """Return numbers around zero, as large as the original's, for the inputs of a unit."""
        random = np.random.RandomState(SEED ^ check.expected)
        values = {}
        for mine in check.given.values():
            array = self.original.array(mine, check.raw)
            size = float(np.abs(array.astype(np.float64)).max(initial=0)) or 1.0
            values[mine] = (random.standard_normal(array.shape) * min(size, 1e3) / 2).astype(array.dtype)
        return values


def _where(y: np.ndarray, got: np.ndarray) -> str:
    """Return where an output differs most, for a difference that has no known cause."""
    if y.size != got.size:
        return f"has the shape {got.shape} where the original has {y.shape}"
    off = np.abs(got.reshape(y.shape).astype(np.float64) - y)
    place = np.unravel_index(int(np.nan_to_num(off, nan=np.inf).argmax()), y.shape)
    numbers_there = f"{got.reshape(y.shape)[place]:.6g} where the original has {y[place]:.6g}"
    return f"differs most at {tuple(map(int, place))}: {numbers_there}"
