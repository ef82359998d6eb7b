"""The nodes of ONNX that mend a unit: a node with its attributes, or nodes that change the tensor ``x`` into ``y``.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...cases.case import Case
from ..models.lines import Settings, unfilled, windowed
from ..spelling import Speller, arguments

FORMS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "hardswish": "HardSwish",
    "softplus": "Softplus",
    "mish": "Mish",
    "selu": "Selu",
    "gelu": "Gelu",
}
WITH_ATTRIBUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "gelu_tanh": ("Gelu", {"approximate": "tanh"}),
    "hardsigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hardsigmoid_old": ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}),
}
CORNERS = {"half-pixel": "half_pixel", "aligned": "align_corners", "asymmetric": "asymmetric"}
NEAREST = {"half-pixel": "round_prefer_ceil", "asymmetric": "floor"}


def layer(speller: Speller, kind: str, settings: Settings, shape: Sequence[int], case: Case | None, bias: bool) -> str:
    """Return the nodes of a layer on an input (N, C, *spatial); empty if there are none."""
    if case is not None and kind == "max_pool" and settings.get("value") is not None:
        return _filled_pool(speller, case, settings)
    if case is not None:
        case = replace(case, divisor_override=settings.get("divisor"))
        source = windowed(speller, case, bias) or windowed(speller, unfilled(case), bias)
        return source.replace("'w'], ['y'", "'w', 'b'], ['y'") if bias else source
    epsilon = settings.get("epsilon")
    if kind == "batch_norm":
        return _node("BatchNormalization", ["x", "scale", "bias", "mean", "var"], epsilon=epsilon)
    if kind == "layer_norm":
        return _node("LayerNormalization", ["x", "scale", "bias"], axis=min(settings["axes"]), epsilon=epsilon)
    if kind == "group_norm":
        return _node("GroupNormalization", ["x", "scale", "bias"], num_groups=settings["groups"], epsilon=epsilon)
    if kind == "dense":
        return _node("Gemm", ["x", "w", "b"] if bias else ["x", "w"], transB=1)
    if kind == "activation":
        return _activation(settings)
    return _resize(settings, shape) if kind == "resize" else ""


def _filled_pool(speller: Speller, case: Case, settings: Settings) -> str:
    pool = windowed(speller, replace(case, padding=((0, 0),) * case.rank), False)
    pads = [[0, 0], [0, 0], *settings["pads"]]
    constant = _constant("pads", [before for before, _ in pads] + [after for _, after in pads])
    pad = _node("Pad", ["x", "pads", "fill"], "padded")
    of_padded = pool.replace("['x']", "['padded']", 1)
    return f"[{constant}, {_number('fill', settings['value'])}, {pad}, {of_padded}]"


def _activation(settings: Settings) -> str:
    form, parameters = settings["form"], settings.get("parameters", {})
    if form in FORMS:
        return _node(FORMS[form], ["x"])
    if form in WITH_ATTRIBUTES:
        operator, attributes = WITH_ATTRIBUTES[form]
        return _node(operator, ["x"], **attributes)
    if form == "silu":
        return f"[{_node('Sigmoid', ['x'], 'gate')}, {_node('Mul', ['x', 'gate'])}]"
    if form == "relu6":
        return f"[{_number('low', 0)}, {_number('high', 6)}, {_node('Clip', ['x', 'low', 'high'])}]"
    if form == "leaky_relu":
        return _node("LeakyRelu", ["x"], alpha=parameters["negative_slope"])
    if form == "elu":
        return _node("Elu", ["x"], alpha=parameters["alpha"])
    return _node("Softmax", ["x"], axis=parameters.get("axis", -1)) if form == "softmax" else ""


def _resize(settings: Settings, shape: Sequence[int]) -> str:
    mode, corners = settings["mode"], settings["corners"]
    if mode not in ("linear", "nearest") or (mode == "nearest" and corners not in NEAREST):
        return ""
    axes = list(range(2, len(shape)))  # an attribute from opset 18 on
    given = {"mode": mode, "coordinate_transformation_mode": CORNERS[corners], "axes": axes}
    if mode == "nearest":
        given["nearest_mode"] = NEAREST[corners]
    return f"[{_constant('sizes', settings['size'])}, {_node('Resize', ['x', '', '', 'sizes'], **given)}]"


def turn(name: str, numbers: Any, rank: int) -> str:
    """Return the nodes that change ``x``, a value of so many axes, as the transform of this name does."""
    if name == "scale":
        return f"[{_number('scale', numbers)}, {_node('Mul', ['x', 'scale'])}]"
    if name == "affine":
        scale, shift = _number("scale", numbers[0]), _number("shift", numbers[1])
        return f"[{scale}, {shift}, {_node('Mul', ['x', 'scale'], 'scaled')}, {_node('Add', ['scaled', 'shift'])}]"
    if name == "channels":
        return f"[{_constant('order', numbers)}, {_node('Gather', ['x', 'order'], axis=1)}]"
    if name == "axes":
        return _node("Transpose", ["x"], perm=list(numbers))
    if name == "flip":
        ends = [("from", [-1]), ("to", [-(2**31)]), ("axis", [numbers]), ("step", [-1])]
        constants = ", ".join(_constant(end, value) for end, value in ends)
        return f"[{constants}, {_node('Slice', ['x', 'from', 'to', 'axis', 'step'])}]"
    if name == "flat":
        return _reordered(*numbers)
    return _node({"softmax": "Softmax", "nothing": "Identity"}[name], ["x"])


def _reordered(channels: int, pixels: int, last: bool) -> str:
    shape = [-1, channels, pixels] if last else [-1, pixels, channels]
    constants = f"{_constant('shape', shape)}, {_constant('flat', [-1, channels * pixels])}"
    moved = f"{_node('Reshape', ['x', 'shape'], 'shaped')}, {_node('Transpose', ['shaped'], 'turned', perm=[0, 2, 1])}"
    return f"[{constants}, {moved}, {_node('Reshape', ['turned', 'flat'])}]"


def _node(operator: str, inputs: Sequence[str], output: str = "y", **attributes: Any) -> str:
    return f"helper.make_node({arguments(operator, list(inputs), [output], **attributes)})"


def _constant(name: str, numbers: Sequence[int]) -> str:
    return f"helper.make_node('Constant', [], ['{name}'], value_ints={list(map(int, numbers))})"


def _number(name: str, number: float) -> str:
    return f"helper.make_node('Constant', [], ['{name}'], value_float={float(number)!r})"
