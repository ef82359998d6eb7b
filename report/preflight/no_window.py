"""The lines to write in a framework for a batch norm or an activation, which slide no window but have other defaults.

Nothing is run. The defaults are those of ``report/preflight/defaults.toml``, each with its source.

Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...adapters.dressed import BY_FOLDER
from ...adapters.dressing import Activation, plain, written
from ...adapters.reading.literals import dotted, number
from ...adapters.registry import held, title
from ...cases.errors import InputError
from ...cases.text import printable
from .defaults import table

# The packages by the first part of a layer's name; ``nn`` is PyTorch's, as for convolutions.
BY_PREFIX = {"nn": "torch", "torch": "torch", "layers": "keras", "keras": "keras", "tf": "keras", "linen": "flax"}
FOLDERS = {"onnxruntime": "onnx"}  # where the package has another name than the folder
SETTINGS = ("epsilon", "momentum")


@dataclass(frozen=True)
class BatchNorm:
    """The batch norm of a framework: the names of its classes, the order of its arguments, and the line to write.

    ``words`` are the arguments for the settings. PyTorch's momentum is the weight of the ``newer`` statistics.
    """

    names: str
    order: str
    line: str
    words: Mapping[str, str] = field(default_factory=lambda: dict(zip(SETTINGS, SETTINGS, strict=True)))
    newer: bool = False


BATCH_NORMS = {
    "torch": BatchNorm(
        "BatchNorm1d BatchNorm2d BatchNorm3d",
        "num_features eps momentum",
        "nn.BatchNorm{rank}d({channels}{more})",
        {"epsilon": "eps", "momentum": "momentum"},
        newer=True,
    ),
    "keras": BatchNorm("BatchNormalization", "axis momentum epsilon", "layers.BatchNormalization({only})"),
    "flax": BatchNorm(
        "BatchNorm", "use_running_average axis momentum epsilon", "nn.BatchNorm(use_running_average=True{more})"
    ),
    "mxnet": BatchNorm("BatchNorm", "axis momentum epsilon", "nn.BatchNorm({only})"),
    "onnxruntime": BatchNorm(
        "", "", "helper.make_node('BatchNormalization', ['x', 'scale', 'b', 'mean', 'var'], ['y']{more})"
    ),
}


def answers(line: str, input: tuple[int, ...], adapters: Sequence[str]) -> list[str] | None:
    """Return the answer for a batch norm or an activation in the frameworks of adapters, line by line.

    ``input`` has the channels before the spatial sizes. Return None for any other line. Raise InputError for an
    argument whose value is not known.
    """
    call = _call(line)
    name = dotted(call.func) if call else ""
    package = BY_PREFIX.get(name.partition(".")[0], "")
    if call is None or not package:
        return None
    packages = {held(adapter).split()[0]: title(adapter) for adapter in adapters}
    if name.rpartition(".")[2] in BATCH_NORMS[package].names.split():
        asked = _settings(call, package)
        told = [_batch_norm(asked, target, title, input) for target, title in packages.items()]
    elif activation := _activation(call, name, package):
        told = [_activated(activation, target, title) for target, title in packages.items()]
    else:
        return None
    return [line for lines in told for line in (*lines, "")][:-1]


def _call(line: str) -> ast.Call | None:
    """Return a line as a call; None if it is not one."""
    try:
        tree = ast.parse(line.strip(), mode="exec").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    value = getattr(tree[-1], "value", None) if len(tree) == 1 else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):  # layers.BatchNormalization()(x)
        value = value.func
    return value if isinstance(value, ast.Call) else None


def _settings(call: ast.Call, package: str) -> dict[str, float]:
    """Return the settings of a batch norm, those of its framework where the line has none. Raise InputError."""
    norm = BATCH_NORMS[package]
    found = {row.setting: float(row.value) for row in table() if (row.kind, row.framework) == ("batch_norm", package)}
    given: dict[str | None, ast.expr] = dict(zip(norm.order.split(), call.args, strict=False))
    given.update({one.arg: one.value for one in call.keywords})
    for setting, word in norm.words.items():
        if (node := given.get(word)) is None:
            continue
        value = number(node)
        if value is None:
            text = printable(ast.unparse(node), 60)
            raise InputError([f"{word}: {text} is not a number, and nothing is evaluated; write the number"])
        found[setting] = 1 - value if norm.newer and setting == "momentum" else float(value)
    return found


def _batch_norm(asked: Mapping[str, float], package: str, framework: str, input: tuple[int, ...]) -> Iterator[str]:
    """Yield the line for a batch norm in one framework, and the default that is another."""
    norm = BATCH_NORMS[package]
    rows = {row.setting: row for row in table() if (row.kind, row.framework) == ("batch_norm", package)}
    differ = [name for name in SETTINGS if name in rows and abs(rows[name].value - asked[name]) > 1e-12]
    more = [f"{norm.words[name]}={_own(asked[name], name, norm)}" for name in differ]
    yield from _code(f"In {framework}, write", _filled(norm, more, input))
    if not differ:
        yield "The defaults are the same."
        return
    yield from _code("and not", _filled(norm, [], input))
    for name in differ:
        own, line = _own(rows[name].value, name, norm), _own(asked[name], name, norm)
        said = f"Its {name} is {own} by default, where the line means {line}"
        newer = "; here it is the weight of the new statistics" if norm.newer and name == "momentum" else ""
        yield f"{said}{newer}{'. It shows in training only' if name == 'momentum' else ''}."


def _own(value: float, setting: str, norm: BatchNorm) -> str:
    """Return a setting as a framework has it."""
    return f"{1 - value if norm.newer and setting == 'momentum' else value:.6g}"


def _filled(norm: BatchNorm, more: Sequence[str], input: tuple[int, ...]) -> str:
    """Return the line of a batch norm with arguments, for an input (C, *spatial) or (N, C, *spatial)."""
    rank = min(max(len(input) - 1, 1), 3)
    channels = input[-rank - 1] if len(input) > rank else input[0]
    only = ", ".join(more)
    return norm.line.format(rank=rank, channels=channels, only=only, more=f", {only}" if only else "")


def _activation(call: ast.Call, name: str, package: str) -> Activation | None:
    """Return the activation that a layer is, by its name and its argument; None if it is none."""
    reads = BY_FOLDER[package].reads.get(plain(name))
    if reads is None or not name.rpartition(".")[2][:1].isupper():
        return None
    given = [*call.args, *(one.value for one in call.keywords if one.arg in (reads.argument, "alpha"))]
    if len(given) > 1 or (given and not reads.argument):
        return None
    value = reads.default
    if given:
        value = given[0].value if isinstance(given[0], ast.Constant) else number(given[0])
    return reads.activation(value)


def _activated(activation: Activation, package: str, framework: str) -> Iterator[str]:
    """Yield the line for an activation in one framework, and the default that is another."""
    words = BY_FOLDER[FOLDERS.get(package, package)]
    if activation.kind not in words.writes:
        yield f"{framework} has no activation {activation.kind}; write it as a function."
        return
    source = written(activation, words.writes)
    node = source.partition(", ")
    if package == "onnxruntime":
        source = f"helper.make_node({node[0]}, ['x'], ['y']{node[1]}{node[2]})"
    yield from _code(f"In {framework}, write", source)
    default = words.reads["leakyrelu"].default if activation.kind == "leaky_relu" else None
    if default is not None and default != activation.slope:
        yield f"Its slope is {default} by default, where the line means {activation.slope}."
    else:
        yield "This is the same function."


def _code(lead: str, source: str) -> Iterator[str]:
    yield from (lead, "", f"    {source}", "")
