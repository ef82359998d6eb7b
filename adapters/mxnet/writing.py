"""The lines of Gluon that mend a unit: a layer with its settings, or a change of the value ``x``.

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
    "relu": "nn.Activation('relu')",
    "relu6": "np.clip(x, 0, 6)",
    "gelu": "nn.GELU()",
    "gelu_tanh": "0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))",
    "silu": "nn.Swish()",
    "hardswish": "x * np.clip(x / 6 + 0.5, 0, 1)",
    "hardsigmoid": "np.clip(x / 6 + 0.5, 0, 1)",
    "hardsigmoid_old": "np.clip(0.2 * x + 0.5, 0, 1)",
    "sigmoid": "nn.Activation('sigmoid')",
    "tanh": "nn.Activation('tanh')",
    "softplus": "nn.Activation('softrelu')",
    "selu": "nn.SELU()",
}
PARAMETERS = {"leaky_relu": ("nn.LeakyReLU({})", "negative_slope"), "elu": ("nn.ELU({})", "alpha")}
NORMS = {"batch_norm": "nn.BatchNorm({})", "layer_norm": "nn.LayerNorm({})", "group_norm": "nn.GroupNorm({})"}


def layer(speller: Speller, kind: str, settings: Settings, shape: Sequence[int], case: Case | None, bias: bool) -> str:
    """Return the line of a layer on an input (N, C, *spatial); empty if there is none."""
    if case is not None and kind == "max_pool" and settings.get("value") is not None:
        if settings["value"] != 0:
            return ""  # np.pad of MXNet 1.9.1 pads with 0 only
        pool = windowed(speller, replace(case, padding=((0, 0),) * case.rank), bias)
        return called(pool, f"np.pad(x, {((0, 0), (0, 0), *tuples(settings['pads']))})")
    if case is not None:
        return windowed(speller, replace(case, divisor_override=settings.get("divisor")), bias)
    if kind in NORMS:
        groups = f"num_groups={settings['groups']}, " if kind == "group_norm" else ""
        return NORMS[kind].format(f"{groups}epsilon={settings['epsilon']!r}")
    if kind == "mean":
        return f"x.mean(axis={tuple(settings['axes'])})"
    if kind == "dense":
        return f"nn.Dense({settings['outputs']}, flatten=False{'' if bias else ', use_bias=False'})"
    if kind == "resize":
        return _resize(settings, shape)
    return calculated(FORMS, PARAMETERS, settings, "npx.softmax(x)") if kind == "activation" else ""


def _resize(settings: Settings, shape: Sequence[int]) -> str:
    """Return the line of a resize; empty if MXNet has none, as for a cubic one, or nearest ones by no whole number."""
    mode, corners, size = settings["mode"], settings["corners"], settings["size"]
    if mode == "linear" and len(size) == 2 and corners in ("aligned", "half-pixel"):
        given = f"height={size[0]}, width={size[1]}, align_corners={corners == 'aligned'}"
        return f"mx.nd.contrib.BilinearResize2D(x.as_nd_ndarray(), {given}).as_np_ndarray()"
    times = [after // before for after, before in zip(size, shape[2:])]
    whole = [before * n for before, n in zip(shape[2:], times)] == list(size)
    if mode == "nearest" and corners in ("asymmetric", "half-pixel") and whole:
        return "x" + "".join(f".repeat({n}, axis={axis})" for axis, n in enumerate(times, 2) if n > 1)
    return ""


def turn(name: str, numbers: Any, rank: int) -> str:
    """Return the line that changes ``x``, a value of so many axes, as the transform of this name does."""
    if name == "channels":
        return f"x.take(np.array({numbers}), axis=1)"
    if name == "axes":
        return f"x.transpose({', '.join(map(str, numbers))})"
    if name == "flip":
        return f"np.flip(x, {numbers})"
    if name == "softmax":
        return "npx.softmax(x)"
    return arithmetic(name, numbers)
