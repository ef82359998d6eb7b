"""Copies the original's weights into the port, layer by layer as they are paired, and records the port again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..adapters.models.recording import Recording
from ..report.models.checks import as_loaded, way_to, weights_of
from ..report.models.finding import name_of
from ..report.models.folding import fold
from ..report.models.pairing import Pairs, pair
from ..report.models.result import Carried
from ..report.models.units import Unit
from .replayed import Replayed, Side
from .replaying import Replayer
from .telling import counting
from .worker import ModelProcess

Weights = dict[str, np.ndarray]


def carried(
    original: Side, port: Side, worker: ModelProcess, folder: Path, chosen: Mapping[str, str] | None = None
) -> tuple[Side, Carried]:
    """Return the port with the original's weights, recorded again into a folder, and which layers have them.

    Raise InputError if it does not run with these weights.
    """
    folder.mkdir()
    given, left_out = _weights(Replayed(original, port), chosen)
    files: dict[str, dict[str, str]] = {}
    for number, (_, weights) in given.items():
        files[str(number)] = {name: str(folder / f"{number}-{name}.npy") for name in weights}
        for name, array in weights.items():
            np.save(files[str(number)][name], np.ascontiguousarray(array), allow_pickle=False)
    with counting(f"recording {port.name} with the weights of the original") as progress:
        missing = worker.carry(port.name, files, folder / "recording", progress)
    left_out += [name_of(given[number][0]) for number in missing]
    side = Side(port.name, Recording(folder / "recording"), Replayer(worker, port.name, folder / "values"))
    return side, Carried(len(given) - len(missing), left_out)


def _weights(replayed: Replayed, chosen: Mapping[str, str] | None) -> tuple[dict[int, tuple[Unit, Weights]], list[str]]:
    """Return the weights for each call of the port, as it has them, and the layers that cannot have the original's."""
    original, port = replayed.original, replayed.port
    pairs = fold(original, port, pair(original, port, chosen))
    found, left_out = {}, [name_of(unit) for unit in pairs.only_port if unit.weights]
    for ours, theirs in pairs.pairs:
        if not theirs.weights:
            continue
        raw = _is_raw(replayed, pairs, ours, theirs)
        wanted = as_loaded(port, theirs, weights_of(original, ours, raw), raw)
        same = {name: array for name, array in wanted.items() if _shape(theirs, name) == array.shape}
        if theirs.norm or "kernel" in set(theirs.weights) - set(same) or not same:
            left_out.append(name_of(theirs))
        else:
            found[theirs.call.number] = theirs, same
    return found, left_out


def _shape(unit: Unit, name: str) -> tuple[int, ...] | None:
    return unit.weights[name].shape if name in unit.weights else None


def _is_raw(replayed: Replayed, pairs: Pairs, ours: Unit, theirs: Unit) -> bool:
    """Return whether a dense layer of the port reads flattened values in the original's order, by running its way."""
    flat = ours.inputs[0] in replayed.original.flat or theirs.inputs[0] in replayed.port.flat
    if ours.kind != "dense" or not flat:
        return False
    for raw in (False, True):
        checks = way_to(replayed.original, replayed.port, pairs, (ours, theirs), raw)
        outputs = replayed.outputs([(check, replayed.job(check)) for check in checks])
        if all(not isinstance(got, str) and replayed.agrees(c, replayed.expected(c), got) for c, got in outputs):
            return raw
    return False
