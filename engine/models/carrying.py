"""Copies the original's weights into the port, layer by layer as they are paired, and records the port again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
Given = Mapping[int, Weights]  # by the numbers of calls


def carried(
    original: Side, port: Side, into: Callable[[Given], tuple[Side, list[int]]], chosen: Mapping[str, str] | None = None
) -> tuple[Side, Carried]:
    """Return the port with the original's weights, recorded again, and which layers have them.

    ``into`` puts weights into calls of the port, by their numbers, and returns the port recorded again with the numbers
    of those calls whose weights have no place in it. Raise InputError if the port does not run with these weights.
    """
    given, left_out = _weights(Replayed(original, port), chosen)
    side, missing = into({number: weights for number, (_, weights) in given.items()})
    left_out += [name_of(given[number][0]) for number in missing]
    return side, Carried(len(given) - len(missing), left_out)


def into_process(worker: ModelProcess, name: str, folder: Path) -> Callable[[Given], tuple[Side, list[int]]]:
    """Return what puts weights into the calls of a model in a process, and records it again into a folder."""

    def into(given: Given) -> tuple[Side, list[int]]:
        folder.mkdir()
        files: dict[str, dict[str, str]] = {}
        for number, weights in given.items():
            files[str(number)] = {weight: str(folder / f"{number}-{weight}.npy") for weight in weights}
            for weight, array in weights.items():
                np.save(files[str(number)][weight], np.ascontiguousarray(array), allow_pickle=False)
        with counting(f"recording {name} with the weights of the original") as progress:
            missing = worker.carry(name, files, folder / "recording", progress)
        return Side(name, Recording(folder / "recording"), Replayer(worker, name, folder / "values")), missing

    return into


def _weights(replayed: Replayed, chosen: Mapping[str, str] | None) -> tuple[dict[int, tuple[Unit, Weights]], list[str]]:
    """Return the weights for each call of the port, as it has them, and the layers that cannot have the original's."""
    original, port = replayed.original, replayed.port
    pairs = fold(original, port, pair(original, port, chosen))
    found, left_out = {}, [name_of(unit) for unit in pairs.only_port if unit.weights]
    for ours, theirs in pairs.pairs:
        if not theirs.weights:
            continue
        raw = _is_raw(replayed, pairs, ours, theirs)
        for unit, weights in _parts(theirs, as_loaded(port, theirs, weights_of(original, ours, raw), raw)):
            same = {name: array for name, array in weights.items() if _shape(unit, name) == array.shape}
            if "kernel" in set(unit.weights) - set(same) or not same:
                left_out.append(name_of(unit))
            else:
                found[unit.call.number] = unit, same
    return found, left_out


def _parts(unit: Unit, weights: Weights) -> Iterator[tuple[Unit, Weights]]:
    """Yield a unit with its weights, or the convolution and the batch norm that are one layer in the original.

    The original has folded the two into one: then the norm only adds the bias.
    """
    if unit.norm is None or unit.before_norm is None:
        yield unit, weights
        return
    kernel = weights["kernel"]
    shift = np.asarray(weights.get("bias", 0.0) + np.zeros(unit.norm.weights["mean"].shape), kernel.dtype)
    nothing = np.zeros_like(shift)
    yield unit.before_norm, {"kernel": kernel, "bias": nothing}
    variance = np.ones_like(shift)
    scale = np.sqrt(variance + kernel.dtype.type(unit.norm.settings["epsilon"]))
    yield unit.norm, {"scale": scale, "shift": shift, "mean": nothing, "variance": variance}


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
