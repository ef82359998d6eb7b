"""The answer for a line without a window, in each framework. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from ....adapters.reading.literals import dotted
from ....adapters.reading.source import Source
from ....adapters.registry import USUAL, folder, held, title
from ....cases.errors import InputError
from .activations import activated, activation_of
from .batch_norms import batch_norm, norm_of, settings
from .names import folders
from .others import BY_FOLDER, Asked, asked, told

METHODS = {"view": "torch.reshape", "permute": "torch.permute", "flatten": "torch.flatten"}
Answers = Callable[[str, str], Iterator[str]]  # of an adapter and its framework's title


def answers(line: str, input: tuple[int, ...], adapters: Sequence[str] | None = None) -> list[str] | None:
    """Return the answer for a layer without a window in the frameworks of adapters, line by line.

    ``input`` has the channels before the spatial sizes, and perhaps the batch before these. Without ``adapters``, all
    frameworks but the line's own answer. Return None for a line that is none of the layers known here. Raise
    InputError for an argument whose value is not known.
    """
    call = call_of(line)
    found = _answer(line, call, input) if call else None
    if found is None:
        return None
    own, answer = found
    if adapters is None:
        adapters = [name for name in USUAL if folder(name) != own]
    for adapter in adapters:
        if folder(adapter) not in BY_FOLDER:
            what = "layers without a window are written for"
            raise InputError([f"--to: {adapter}: {what} {', '.join(USUAL)} only; choose among these"])
    frameworks = {held(adapter).split()[0]: adapter for adapter in reversed(adapters)}  # one backend of Keras
    chosen = [adapter for adapter in adapters if adapter in frameworks.values()]
    lines = [text for adapter in chosen for text in (*answer(adapter, title(adapter)), "")]
    return lines[:-1]


def windowless(line: str, input: tuple[int, ...]) -> Asked | None:
    """Return the layer of ``adapters/windowless.py`` that a line is; None for any other line. Raise InputError."""
    call = call_of(line)
    return asked(Source(line), call, dotted(call.func), input) if call else None


def _answer(line: str, call: ast.Call, input: tuple[int, ...]) -> tuple[str, Answers] | None:
    """Return a line's own framework and the function that answers for it in another; None if it is not known."""
    name = dotted(call.func)
    if package := norm_of(line, call, name):
        given = settings(call, package)
        return package, lambda adapter, framework: batch_norm(given, held(adapter).split()[0], framework, input)
    if (known := activation_of(call, name)) is not None:
        package, found = known
        return package, lambda adapter, framework: activated(found, adapter, framework)
    other = asked(Source(line), call, name, input)
    return (other.folder, lambda adapter, framework: told(other, adapter, framework)) if other else None


def call_of(line: str) -> ast.Call | None:
    """Return a line as a call; None if it is not one."""
    try:
        tree = Source(line).statements
    except (InputError, ValueError, RecursionError, MemoryError):
        return None
    value = getattr(tree[-1], "value", None) if len(tree) == 1 else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):  # layers.BatchNormalization()(x)
        value = value.func
    if isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] == "Lambda" and value.args:
        inside = value.args[0]  # layers.Lambda(lambda x: tf.pad(x, ...))
        value = inside.body if isinstance(inside, ast.Lambda) else value
    return _function(value) if isinstance(value, ast.Call) else None


def _function(call: ast.Call) -> ast.Call:
    """Return a method of a tensor that only PyTorch has, such as ``x.view(-1, 8)``, as its function; else the call."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = METHODS.get(call.func.attr) if isinstance(call.func, ast.Attribute) else None
    if not isinstance(owner, ast.Name) or name is None or folders(f"{owner.id}.") or not call.args:
        return call
    numbers = call.args
    if name != "torch.flatten":
        listed = numbers[0] if len(numbers) == 1 else None
        parts = listed.elts if isinstance(listed, (ast.Tuple, ast.List)) else numbers
        if name == "torch.reshape":  # the batch may be any expression
            parts = [ast.copy_location(ast.Constant(-1), parts[0]), *parts[1:]]
        numbers = [ast.copy_location(ast.Tuple([*parts], ast.Load()), numbers[0])]
    func = ast.copy_location(ast.parse(name, mode="eval").body, call.func)
    return ast.copy_location(ast.Call(func, [owner, *numbers], call.keywords), call)
