"""The lines to write for a batch norm, whose epsilon and momentum have other defaults in each framework.

The defaults are those of ``report/preflight/defaults.toml``, each with its source.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ....adapters.reading.literals import dotted, number
from ....adapters.reading.source import Source
from ....cases.errors import InputError
from ....cases.text import printable
from ..defaults import table
from .layout import code
from .names import folders

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


# The functions of TensorFlow 1, whose first argument is the input: their order, and defaults that are not Keras' own.
OLDER = {
    "layers.batch_normalization": ("axis momentum epsilon", {}),
    "slim.batch_norm": ("decay center scale epsilon", {"momentum": 0.999}),
    "contrib.layers.batch_norm": ("decay center scale epsilon", {"momentum": 0.999}),
}
OLDER_WORDS = {"decay": "momentum"}

TELLING = {  # the arguments that only one of the two frameworks with an ``nn.BatchNorm`` has
    "flax": {"use_running_average", "axis_name", "bias_init", "dtype", "param_dtype", "scale_init", "use_bias"},
    "mxnet": {"beta_initializer", "center", "gamma_initializer", "in_channels", "scale", "use_global_stats"},
}


def norm_of(line: str, call: ast.Call, name: str) -> str:
    """Return the folder of the framework whose batch norm a call is; empty if it is none.

    Raise InputError where the name is of two frameworks, and no argument tells which.
    """
    if "keras" in folders(name) and _older(name):
        return "keras"
    found = [one for one in folders(name) if name.rpartition(".")[2] in BATCH_NORMS[one].names.split()]
    if len(found) > 1:
        given = {one.arg for one in call.keywords}
        found = [one for one in found if given & TELLING[one]]
    if len(found) == 1:
        return found[0]
    if name == "nn.BatchNorm":
        what = "may be Flax's or Gluon's, whose defaults differ; write linen.BatchNorm or gluon.nn.BatchNorm"
        raise Source(line).error(f"nn.BatchNorm: {what}", call)
    return ""


def settings(call: ast.Call, package: str) -> dict[str, float]:
    """Return the settings of a batch norm, those of its framework where the line has none. Raise InputError."""
    norm = BATCH_NORMS[package]
    found = {row.setting: float(row.value) for row in table() if (row.kind, row.framework) == ("batch_norm", package)}
    order, arguments = norm.order, call.args
    if older := _older(dotted(call.func)):
        order, own = OLDER[older]
        found, arguments = {**found, **own}, call.args[1:]
    given: dict[str | None, ast.expr] = dict(zip(order.split(), arguments, strict=False))
    given.update({one.arg: one.value for one in call.keywords})
    given = {OLDER_WORDS.get(str(name), name): node for name, node in given.items()}
    for setting, word in norm.words.items():
        if (node := given.get(word)) is None:
            continue
        value = number(node)
        if value is None:
            text = printable(ast.unparse(node), 60)
            raise InputError([f"{word}: {text} is not a number, and nothing is evaluated; write the number"])
        found[setting] = 1 - value if norm.newer and setting == "momentum" else float(value)
    return found


def _older(name: str) -> str:
    """Return the function of TensorFlow 1 that a dotted name is of; empty if it is none."""
    return next((known for known in OLDER if f".{name}".endswith(f".{known}")), "")


def channels_of(call: ast.Call, package: str) -> int:
    """Return the number of channels that a batch norm of PyTorch says its input has; 0 if it says none."""
    given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "num_features")]
    value = number(given[0]) if given and package == "torch" else None
    return value if isinstance(value, int) and value > 0 else 0


def batch_norm(asked: Mapping[str, float], package: str, framework: str, input: tuple[int, ...]) -> Iterator[str]:
    """Yield the line for a batch norm in one framework, and the default that is another."""
    norm = BATCH_NORMS[package]
    rows = {row.setting: row for row in table() if (row.kind, row.framework) == ("batch_norm", package)}
    differ = [name for name in SETTINGS if name in rows and abs(rows[name].value - asked[name]) > 1e-12]
    more = [f"{norm.words[name]}={_own(asked[name], name, norm)}" for name in differ]
    yield from code(f"In {framework}, write", _filled(norm, more, input))
    if not differ:
        yield "The defaults are the same."
        return
    yield from code("and not", _filled(norm, [], input))
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
