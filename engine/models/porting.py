"""The port of a recorded model: its layers in another framework, run on what the original's had and gave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..adapters.models.recording import Call, Recording
from ..adapters.registry import USUAL, adapter_class, folder, title
from ..adapters.scripts import GIVING
from ..cases.errors import HarnessFault, InputError
from ..cases.text import count, printable
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report.models import numbers
from ..report.models.units import Graph
from ..runs.run_folder import run_folder
from ..runs.scripted import Ran, RunningScript, ScriptError
from ..runs.working import working
from . import layers_file
from .ported_layers import PortedLayer, ported_layers

CHECK = """
def _check(folder):
    for name, layer in _layers.items():
        try:
            y = numpy.asarray(run(name, layer, numpy.load(f"{folder}/{name}.npy")), float)
            numpy.save(f"{folder}/{name}.y.npy", y)
        except Exception as error:
            with open(f"{folder}/{name}.error", "w") as file:
                file.write(f"{type(error).__name__}: {error}")
"""


@dataclass(frozen=True)
class ModelPort:
    """The layers of a model in another framework: the file with them, and what is known of them in one sentence.

    ``differing`` is the number of distinct layers that differ from the original's, which the file does not have.
    """

    text: str
    stamp: str
    layers: int
    differing: int = 0

    def __str__(self) -> str:
        return self.text


def port(recording: Recording, adapter: str, specs: Sequence[EnvironmentSpec]) -> ModelPort:
    """Return the layers of a recorded model in the framework of an adapter, run where ``specs`` has an environment.

    Raise InputError if none has a line there, and HarnessFault if the environment cannot run the file.
    """
    if adapter not in USUAL:
        raise InputError([f"--to: {adapter}: models are ported to {', '.join(USUAL)} only; choose one of these"])
    parts = list(ported_layers(Graph(recording), adapter))
    if not any(isinstance(part, PortedLayer) and part.source for part in parts):
        raise InputError([printable(f"{recording.about['model']}: none of its calls has a line in {adapter}", 300)])
    spec = next((spec for spec in specs if spec.adapter == adapter), None)
    if spec is None:
        stamp = f"predicted, not run: no environment has {title(adapter)}"
        return ModelPort(layers_file.text(recording, adapter, parts, stamp), stamp, _written(parts))
    with run_folder() as place, working("running the layers"):
        return _checked(recording, adapter, parts, ready([spec])[0], place)


def _written(parts: Sequence[PortedLayer | Call]) -> int:
    return sum(isinstance(part, PortedLayer) and bool(part.source) and not part.first for part in parts)


def _checked(
    recording: Recording, adapter: str, parts: list[PortedLayer | Call], spec: EnvironmentSpec, place: Path
) -> ModelPort:
    """Return the port without the layers that differ from the original's, after running each distinct one."""
    chosen = _distinct(parts)
    whole = layers_file.text(recording, adapter, parts, "being run")
    names = "".join(f'    "{one.name}": {one.name},\n' for one in chosen)
    run = f"\n\n{GIVING[folder(adapter)].run}\n\n_layers = {{\n{names}}}\n{CHECK}\n\n"
    inputs = place / "inputs"
    inputs.mkdir()
    for one in chosen:
        np.save(inputs / f"{one.name}.npy", _input(recording, one, adapter))
    script = f"{whole}{run}carry({str(recording.folder.absolute())!r})\n_check({str(inputs)!r})\ny = numpy.zeros(0)\n"
    ran = _ran(RunningScript(spec, script, {}, place / "run"))
    wrong: dict[object, str] = {}
    most = 0.0
    for one in chosen:
        apart = _apart(recording, one, adapter, inputs)
        if isinstance(apart, str):
            wrong[one.key] = apart
        else:
            most = max(most, apart)
    parts = [
        replace(part, why=wrong[part.key]) if isinstance(part, PortedLayer) and part.key in wrong else part
        for part in parts
    ]
    stamp = _stamp(recording, ran, len(chosen), len(wrong), most)
    return ModelPort(layers_file.text(recording, adapter, parts, stamp), stamp, _written(parts), len(wrong))


def _distinct(parts: Sequence[PortedLayer | Call]) -> list[PortedLayer]:
    found: dict[object, PortedLayer] = {}
    for part in parts:
        if isinstance(part, PortedLayer) and part.source and not part.first and not part.why:
            found.setdefault(part.key, part)
    return list(found.values())


def _ran(running: RunningScript) -> Ran:
    try:
        return running.result()
    except ScriptError as error:
        where = f"environment {printable(running.spec.label, 60)!r} ({running.spec.python})"
        raise HarnessFault(f"{where}: the layers cannot be run: {error}") from None
    finally:
        running.kill()


def _stamp(recording: Recording, ran: Ran, layers: int, wrong: int, most: float) -> str:
    original = Ran(np.zeros(0), recording.about["packages"]).versions
    weights = "random" if recording.about.get("weights") == "random" else "recorded"
    ran_in = f"{count(layers, 'distinct layer')} ran in {original} and in {ran.versions}"
    what = f"{ran_in}, each on the same {weights} weights and input"
    differ = f"{wrong} of them {'differs and is' if wrong == 1 else 'differ and are'} not written; " if wrong else ""
    of = "of the others " if wrong else ""
    return f"{what}: {differ}the largest difference {of}is {most:.2g} times what rounding explains"


# What a layer had and gave in the original, in the other framework's layout, and how far its port is from that.


def _input(recording: Recording, one: PortedLayer, adapter: str) -> np.ndarray:
    value = one.unit.inputs[0]
    x = recording.canonical(value)
    if one.turn:
        shape, axes = one.turn.turned
        x = x.reshape(len(x), *shape).transpose(axes).reshape(len(x), -1)
    return _moved(x, adapter, recording.layouts[value], 1, -1)


def _moved(array: np.ndarray, adapter: str, layout: str, source: int, target: int) -> np.ndarray:
    last = adapter_class(adapter).channels_last and layout and array.ndim > 2
    moved = np.ascontiguousarray(np.moveaxis(array, source, target) if last else array)
    return moved.astype(np.float32) if moved.dtype.kind == "f" else moved


def _apart(recording: Recording, one: PortedLayer, adapter: str, place: Path) -> float | str:
    """Return how far a layer is from the original's, as a fraction of what rounding explains; or how it differs."""
    error = place / f"{one.name}.error"
    if error.exists():
        return f"it raises {printable(error.read_text(), 200)}"
    unit = one.unit
    y = recording.canonical(unit.output)
    got = np.load(place / f"{one.name}.y.npy", allow_pickle=False)
    got = _moved(got, adapter, recording.layouts[unit.output], -1, 1)
    xs = [np.asarray(recording.canonical(value)) for value in unit.inputs]
    allowed = numbers.bound(unit.kind, unit.settings, unit.weights, xs, y)
    if not numbers.agree(y, got, allowed):
        return f"it differs from the original by {numbers.largest_difference(y, got):.2g}"
    if y.size != got.size:
        return math.inf
    off = np.abs(got.reshape(y.shape).astype(np.float64) - y)
    with np.errstate(all="ignore"):
        return float(np.nan_to_num(off / allowed).max(initial=0))
