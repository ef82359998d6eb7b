"""A line that a user wrote, as it is run: rebuilt from the parts that were read of it, and never evaluated itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..adapters.dressed import BY_FOLDER, lacking
from ..adapters.expression import Reading
from ..adapters.reading.binding import Bound
from ..adapters.reading.literals import literal
from ..adapters.reading.steps import Core, Given, Left
from ..adapters.registry import folder, reader
from ..adapters.spelling import arguments
from ..cases.case import Case
from ..cases.errors import InputError

PREFIXES = {"PyTorch": "nn", "Keras": "layers", "Flax": "nn", "MXNet": "nn"}  # of layers, as adapters import them


@dataclass(frozen=True)
class Original:
    """The source of a line that can be run; or why there is none."""

    source: str = ""
    why: str = ""


def original(asked: Reading) -> Original:
    """Return the line that a layer was read from, with its bias and activations and no name."""
    layer = asked.layer
    adapter = reader(asked.framework)
    if layer is None or not all(isinstance(step, (Core, Left, Given)) for step in asked.steps):
        return Original(why="the original is a chain, which this version does not run")
    prefix = PREFIXES.get(asked.framework)
    if prefix is None or layer.signature.data or layer.name.startswith(("nnx.", "flax.nnx.")):
        return Original(why=f"this version does not run {layer.name} itself")
    dressing = replace(asked.dressing, name="")
    if lacking(adapter, dressing):
        return Original(why=f"{asked.framework} has no activation {lacking(adapter, dressing)}")
    try:
        call = f"{prefix}.{layer.signature.names[0].rpartition('.')[2]}({_arguments(layer, asked.case, dressing.bias)})"
    except InputError as error:
        return Original(why=error.problems[0].splitlines()[0])
    return Original(BY_FOLDER[folder(adapter)].dress(call, dressing))


def _arguments(layer: Bound, case: Case, bias: bool) -> str:
    """Return the arguments that make the layer what it is, by name. Raise InputError for one that is no literal."""
    counts = {"in_channels": case.in_channels, "out_channels": case.out_channels, "groups": case.groups}
    given: dict[str, Any] = {}
    for argument in layer.signature.arguments.values():
        node = layer.written.get(argument.name)
        if argument.name in ("bias", "use_bias"):
            given[argument.name] = None if bias else False
        elif node is None or argument.form is None or argument.form.symbols:
            continue
        elif argument.field in layer.named:
            given[argument.name] = counts[argument.field]
        else:
            given[argument.name] = literal(layer.source, argument.name, node, argument.form.allows(layer.rank))
    return arguments(**given)
