"""The lines of PyTorch that mend a unit: a layer with its settings, or a change of the value ``x``.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..models.lines import Settings, arithmetic, tuples, unfilled, windowed
from ..spelling import Speller

FORMS = {
    "relu": "nn.ReLU()",
    "relu6": "nn.ReLU6()",
    "gelu": "nn.GELU()",
    "gelu_tanh": "nn.GELU(approximate='tanh')",
    "silu": "nn.SiLU()",
    "hardswish": "nn.Hardswish()",
    "hardsigmoid": "nn.Hardsigmoid()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "softplus": "nn.Softplus()",
    "mish": "nn.Mish()",
    "selu": "nn.SELU()",
}
MODES = {"linear": {1: "linear", 2: "bilinear", 3: "trilinear"}}


def layer(speller: Speller, kind: str, settings: Settings, shape: Sequence[int], case: Case | None, bias: bool) -> str:
    """Return the line of a layer on an input (N, C, *spatial); empty if there is none."""
    rank = len(shape) - 2
    if case is not None and kind == "max_pool" and settings.get("value") is not None:
        sides = [side for pair in reversed(settings["pads"]) for side in pair]
        pool = windowed(speller, replace(case, padding=((0, 0),) * rank), bias)
        return f"nn.Sequential(nn.ConstantPad{rank}d({tuple(sides)}, {settings['value']}), {pool})"
    if case is not None and settings.get("divisor"):
        kernel, stride = tuple(settings["kernel"]), tuple(settings["stride"])
        pads = tuple(before for before, _ in tuples(settings["pads"]))
        return f"nn.AvgPool{rank}d({kernel}, {stride}, {pads}, divisor_override={settings['divisor']})"
    if case is not None:
        return windowed(speller, case, bias) or windowed(speller, unfilled(case), bias)
    if kind == "batch_norm":
        return f"nn.BatchNorm{rank}d({shape[1]}, eps={settings['epsilon']!r})" if rank else ""
    if kind == "layer_norm":
        return f"nn.LayerNorm({tuple(shape[axis] for axis in settings['axes'])}, eps={settings['epsilon']!r})"
    if kind == "group_norm":
        return f"nn.GroupNorm({settings['groups']}, {shape[1]}, eps={settings['epsilon']!r})"
    if kind == "activation":
        return _activation(settings)
    if kind == "dense":
        return f"nn.Linear({shape[-1]}, {settings['outputs']}{'' if bias else ', bias=False'})"
    if kind == "mean":
        return f"x.mean({tuple(settings['axes'])})"
    if kind == "resize":
        return _resize(settings, rank)
    return ""


def _activation(settings: Settings) -> str:
    form, parameters = settings["form"], settings.get("parameters", {})
    if form == "leaky_relu":
        return f"nn.LeakyReLU({parameters['negative_slope']!r})"
    if form == "elu":
        return f"nn.ELU({parameters['alpha']!r})"
    if form == "softmax":
        return f"nn.Softmax({parameters.get('axis', -1)})"
    if form == "hardsigmoid_old":
        return "torch.clamp(0.2 * x + 0.5, 0, 1)"
    return FORMS.get(form, "")


def _resize(settings: Settings, rank: int) -> str:
    mode, corners, size = settings["mode"], settings["corners"], tuple(settings["size"])
    if mode == "nearest":
        word = {"asymmetric": "nearest", "half-pixel": "nearest-exact"}.get(corners)
        return f"F.interpolate(x, {size}, mode={word!r})" if word else ""
    word = MODES.get(mode, {}).get(rank)
    if not word or corners == "asymmetric":
        return ""
    return f"F.interpolate(x, {size}, mode={word!r}, align_corners={corners == 'aligned'})"


def turn(name: str, numbers: Any, rank: int) -> str:
    """Return the line that changes ``x``, a value of so many axes, as the transform of this name does."""
    if name == "channels":
        return f"x[:, {numbers}]"
    if name == "axes":
        return f"x.permute({', '.join(map(str, numbers))})"
    if name == "flip":
        return f"x.flip({numbers})"
    if name == "flat":
        channels, pixels, last = numbers
        shape = (channels, pixels) if last else (pixels, channels)
        return f"x.unflatten(1, {shape}).transpose(1, 2).flatten(1)"
    return "x.softmax(-1)" if name == "softmax" else arithmetic(name, numbers)
