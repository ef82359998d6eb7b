"""The lines of Keras that mend a unit: a layer with its settings, or a change of the value ``x``, channels last.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..models.lines import Settings, arithmetic, tuples, windowed
from ..spelling import Speller

FORMS = {
    "relu": "relu",
    "relu6": "relu6",
    "gelu": "gelu",
    "silu": "silu",
    "hardswish": "hard_silu",
    "hardsigmoid": "hard_sigmoid",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "softplus",
    "mish": "mish",
    "selu": "selu",
}
MODES = {"linear": "bilinear", "nearest": "nearest"}


def layer(speller: Speller, kind: str, settings: Settings, shape: Sequence[int], case: Case | None, bias: bool) -> str:
    """Return the line of a layer on an input (N, C, *spatial); empty if there is none."""
    rank = len(shape) - 2
    if case is not None and kind == "max_pool" and settings.get("value") is not None:
        pool = windowed(speller, replace(case, padding=((0, 0),) * rank), bias)
        pads = tuples(settings["pads"])
        if settings["value"] == 0:
            return f"keras.Sequential([layers.ZeroPadding{rank}D({pads}), {pool}])"
        everywhere = ((0, 0), *pads, (0, 0))
        return f"{pool}(keras.ops.pad(x, {everywhere}, constant_values={settings['value']}))"
    if case is not None:
        return windowed(speller, replace(case, divisor_override=settings.get("divisor")), bias)
    if kind in ("batch_norm", "layer_norm"):
        name = {"batch_norm": "BatchNormalization", "layer_norm": "LayerNormalization"}[kind]
        return f"layers.{name}(epsilon={settings['epsilon']!r})"
    if kind == "group_norm":
        return f"layers.GroupNormalization({settings['groups']}, epsilon={settings['epsilon']!r})"
    if kind == "activation":
        return _activation(settings)
    if kind == "dense":
        return f"layers.Dense({settings['outputs']}{'' if bias else ', use_bias=False'})"
    if kind == "mean":
        last = [0, *range(2, len(shape)), 1]  # the places of our axes
        return f"keras.ops.mean(x, {tuple(sorted(last.index(axis) for axis in settings['axes']))})"
    if kind == "resize" and rank == 2 and settings["corners"] == "half-pixel" and settings["mode"] in MODES:
        size = tuple(settings["size"])
        return f"keras.ops.image.resize(x, {size}, interpolation={MODES[settings['mode']]!r})"
    return ""


def _activation(settings: Settings) -> str:
    form, parameters = settings["form"], settings.get("parameters", {})
    if form == "gelu_tanh":
        return "keras.activations.gelu(x, approximate=True)"
    if form == "leaky_relu":
        return f"layers.LeakyReLU(negative_slope={parameters['negative_slope']!r})"
    if form == "elu":
        return f"layers.ELU({parameters['alpha']!r})"
    if form == "softmax":
        return "layers.Softmax()"
    return f"layers.Activation({FORMS[form]!r})" if form in FORMS else ""


def turn(name: str, numbers: Any, rank: int) -> str:
    """Return the line that changes ``x``, a value of so many axes, as the transform of this name does."""
    if name == "channels":
        return f"keras.ops.take(x, {numbers}, axis=-1)"
    if name == "axes":
        last = [0, *range(2, rank), 1]  # the places of our axes
        return f"keras.ops.transpose(x, {tuple(last.index(numbers[axis]) for axis in last)})"
    if name == "flip":
        return f"keras.ops.flip(x, axis={numbers - 1})"
    if name == "flat":
        channels, pixels, last = numbers
        shape = (-1, channels, pixels) if last else (-1, pixels, channels)
        moved = f"keras.ops.transpose(keras.ops.reshape(x, {shape}), (0, 2, 1))"
        return f"keras.ops.reshape({moved}, (-1, {channels * pixels}))"
    return "keras.ops.softmax(x)" if name == "softmax" else arithmetic(name, numbers)
