"""The lines to write for a layer of a stack that slides no window, with its name and its activation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress

from ...adapters.dressing import assigned, identifier
from ...adapters.reading.literals import dotted
from ...adapters.registry import folder
from ...cases.errors import InputError
from .no_window.answers import call_of, windowless
from .no_window.settings import written

UNNAMED = ("keras", "onnx")  # have no variable for each layer


def beside(line: str, sizes: tuple[int, ...], adapter: str) -> Iterator[str]:
    """Yield the lines to write in an adapter's framework for a layer on an input; none if it is not known."""
    with suppress(InputError):
        call, found = call_of(line), _written(line, sizes, adapter)
        if call is None or not found:
            return
        given = {one.arg: one.value for one in call.keywords}
        name = given.get("name")
        if isinstance(name, ast.Constant) and folder(adapter) not in UNNAMED and not found.startswith("x"):
            found = assigned(found, identifier(str(name.value)))
        yield found
        yield from _activation(line, sizes, adapter)


def _written(line: str, sizes: tuple[int, ...], adapter: str) -> str:
    """Return the line to write; for a dense layer after a reshape that is not known, on the inputs that it states."""
    try:
        return written(line, sizes, adapter)
    except InputError:
        inputs = inputs_of(line)
        if not inputs:
            raise
        return written(line, (inputs,), adapter)


def inputs_of(line: str) -> int:
    """Return the number of inputs that a dense layer of PyTorch states; 0 for any other line."""
    call = call_of(line)
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "in_features")] if call else []
    inputs = given[0].value if given and isinstance(given[0], ast.Constant) else None
    linear = call is not None and dotted(call.func).rpartition(".")[2] == "Linear"
    return inputs if linear and isinstance(inputs, int) else 0


def _activation(line: str, sizes: tuple[int, ...], adapter: str) -> Iterator[str]:
    """Yield the line for the activation that a dense layer has as an argument, if it has one."""
    with suppress(InputError):
        asked = windowless(line, sizes)
        word = str(asked.settings.get("then", "linear")) if asked else "linear"
        if word != "linear":
            activation = f"layers.Activation({word if '.' in word else repr(word)})"
            yield written(activation, sizes, adapter) or f"# and then its activation, {word}"
