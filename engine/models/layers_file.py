"""The Python file of a model's layers in another framework: the layers, and a function that carries their weights."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from ..adapters.models.recording import Call, Recording
from ..adapters.registry import adapter_class, folder, title
from ..adapters.scripts import GIVING, made_by, needed
from ..cases.text import printable, shape_text
from .ported_layers import PortedLayer

ORIGINAL = '''def original(folder):
    """Return the weights in the folder of a recording: by name, for each call of the model."""
    calls = json.loads((Path(folder) / "recording.json").read_text(encoding="utf-8"))["calls"]
    if len(calls) != {calls}:
        raise ValueError(f"{{folder}} has {{len(calls)}} calls; these layers are of a recording with {calls}")
    return [
        {{name: numpy.load(Path(folder) / "arrays" / f"{{value}}.npy") for name, value in call["weights"].items()}}
        for call in calls
    ]
'''
HEAD = "import json\nfrom pathlib import Path\n\nimport numpy"


def text(recording: Recording, adapter: str, parts: Sequence[PortedLayer | Call], stamp: str) -> str:
    """Return the file. ``stamp`` says what is known of its layers."""
    layers = [line for part in parts for line in _made(recording, part)]
    giving = GIVING[folder(adapter)]
    carried = [line for part in parts if isinstance(part, PortedLayer) for line in _carried(part, adapter)]
    body = [f"    {line}" for line in ["weights = original(folder)", *carried]]
    says = '    """Give the layers the weights of a recording of the original, from its folder."""'
    carry = "\n".join(["def carry(folder):", says, *body]) + "\n"
    imports = "\n".join(needed(adapter_class(adapter).imports, [*layers, giving.give]))
    whole = ["\n".join(_head(recording, adapter, stamp)), f"{HEAD}\n{imports}", "\n".join(layers)]
    functions = [ORIGINAL.format(calls=len(recording.calls)), giving.give, carry]
    return "\n\n".join(whole) + "\n\n\n" + "\n\n".join(functions)


def _head(recording: Recording, adapter: str, stamp: str) -> Iterator[str]:
    about = recording.about
    shapes = ", ".join(shape_text(recording.canonical(value).shape) for value in recording.inputs)
    model = f"{printable(str(about['model']), 200)} ({title(recording.adapter)})"
    said = (
        f"The layers of {model} in {title(adapter)}, in the order of its calls, for an input of {shapes}; all shapes "
        f"are channels first. {stamp[0].upper()}{stamp[1:]}.",
        "Connect the layers as the original does. carry(FOLDER) gives them the weights of a recording of the original, "
        "which `convparity record MODEL --input X -o FOLDER` writes.",
    )
    for paragraph in said:
        yield from (f"# {line}" for line in textwrap.wrap(paragraph, 117, break_long_words=False))


def _made(recording: Recording, part: PortedLayer | Call) -> Iterator[str]:
    if isinstance(part, Call):
        later = "".join(f", {name} {value}" for name, value in part.later.items())
        yield f"# {_title(part)}{later}: {_shapes(recording, part.inputs, part.outputs)}"
        return
    unit = part.unit
    pads = [_title(call) for call in unit.calls if call is not unit.call]
    title = f"{_title(unit.call)}, with {', '.join(pads)}" if pads else _title(unit.call)
    place = f", at {printable(unit.call.source, 60)}" if unit.call.source else ""
    yield f"# {title}{place}: {_of_layer(recording, part)}"
    if part.why:
        yield f"# {part.name} is not written: {printable(part.why, 300)}"
    elif part.first:
        yield f"# {part.first} again"
    else:
        lines = made_by(part.source if part.source.startswith("net = ") else f"{part.name} = {part.source}")
        if part.source.startswith("net = "):
            lines.append(f"{part.name} = net")
        yield from lines


def _carried(part: PortedLayer, adapter: str) -> Iterator[str]:
    """Yield the lines that give a layer its weights."""
    if part.why or part.first or not part.unit.weights:
        return
    last = adapter_class(adapter).channels_last and len(part.shape) > 2
    shape = (part.shape[0], *part.shape[2:], part.shape[1]) if last else part.shape
    mine = f"weights[{part.unit.call.number}]"
    given = f"**{mine}"
    if part.carry:
        yield f'kernel = {mine}.pop("kernel")'
        yield from part.carry
        given = f"kernel=kernel, {given}"
    yield GIVING[folder(adapter)].call.format(layer=part.name, shape=shape, weights=given)


def _title(call: Call) -> str:
    name = printable(call.name, 60)
    return f"{printable(call.path, 100)} ({name})" if call.path else name


def _of_layer(recording: Recording, part: PortedLayer) -> str:
    """Return the shapes before and after a layer."""
    unit = part.unit
    one, other = (shape_text(recording.canonical(value).shape) for value in (unit.inputs[0], unit.output))
    return f"{one} to {other}" if one != other else one


def _shapes(recording: Recording, before: Sequence[int], after: Sequence[int]) -> str:
    one, other = (
        ", ".join(shape_text(recording.canonical(value).shape) or "a number" for value in values)
        for values in (before, after)
    )
    return f"{one} to {other}" if one != other else one
