"""The lines of Flax that mend a unit: a layer with its settings, or a change of the value ``x``, channels last.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..models.lines import Settings, arithmetic, calculated, called, tuples, windowed
from ..spelling import Speller

FORMS = {
    "relu": "nn.relu(x)",
    "relu6": "nn.relu6(x)",
    "gelu": "nn.gelu(x, approximate=False)",
    "gelu_tanh": "nn.gelu(x)",
    "silu": "nn.silu(x)",
    "hardswish": "nn.hard_swish(x)",
    "hardsigmoid": "nn.hard_sigmoid(x)",
    "sigmoid": "nn.sigmoid(x)",
    "tanh": "nn.tanh(x)",
    "softplus": "nn.softplus(x)",
    "mish": "jax.nn.mish(x)",
    "selu": "nn.selu(x)",
}
PARAMETERS = {"leaky_relu": ("nn.leaky_relu(x, {})", "negative_slope"), "elu": ("nn.elu(x, {})", "alpha")}


def layer(speller: Speller, kind: str, settings: Settings, shape: Sequence[int], case: Case | None, bias: bool) -> str:
    """Return the line of a layer on an input (N, C, *spatial); empty if there is none."""
    if case is not None and kind == "max_pool" and settings.get("value") is not None:
        pool = windowed(speller, replace(case, padding=((0, 0),) * case.rank), bias)
        everywhere = ((0, 0), *tuples(settings["pads"]), (0, 0))
        return called(pool, f"jnp.pad(x, {everywhere}, constant_values={settings['value']})")
    if case is not None:
        return windowed(speller, replace(case, divisor_override=settings.get("divisor")), bias)
    if kind == "batch_norm":
        return f"nn.BatchNorm(use_running_average=True, epsilon={settings['epsilon']!r})"
    if kind == "layer_norm":
        return f"nn.LayerNorm(epsilon={settings['epsilon']!r})"
    if kind == "group_norm":
        return f"nn.GroupNorm({settings['groups']}, epsilon={settings['epsilon']!r})"
    if kind == "mean":
        last = [0, *range(2, len(shape)), 1]  # the places of our axes
        return f"jnp.mean(x, {tuple(sorted(last.index(axis) for axis in settings['axes']))})"
    if kind == "dense":
        return f"nn.Dense({settings['outputs']}{'' if bias else ', use_bias=False'})"
    if kind == "activation":
        return calculated(FORMS, PARAMETERS, settings, "nn.softmax(x)")
    return _resize(settings, shape) if kind == "resize" else ""


def _resize(settings: Settings, shape: Sequence[int]) -> str:
    if settings["corners"] != "half-pixel" or settings["mode"] not in ("linear", "nearest"):
        return ""
    size = (shape[0], *settings["size"], shape[1])
    return f"jax.image.resize(x, {size}, {settings['mode']!r}, antialias=False)"


def turn(name: str, numbers: Any, rank: int) -> str:
    """Return the line that changes ``x``, a value of so many axes, as the transform of this name does."""
    if name == "channels":
        return f"jnp.take(x, jnp.array({numbers}), axis=-1)"
    if name == "axes":
        last = [0, *range(2, rank), 1]  # the places of our axes
        return f"jnp.transpose(x, {tuple(last.index(numbers[axis]) for axis in last)})"
    if name == "flip":
        return f"jnp.flip(x, {numbers - 1})"
    if name == "softmax":
        return "nn.softmax(x)"
    return arithmetic(name, numbers)
