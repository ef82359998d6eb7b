"""The description of each node of ONNX, in the terms of a recording.

A reader gets the attributes, the inputs by place (None for one that is left out) and the names of constants among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Optional

import numpy as np

from ...cases.arithmetic import axes
from ...cases.case import Case
from ...cases.operations import Op
from ..conventions import onnx_crops
from ..models.layouts import crop
from ..models.recorder import Told

Given = dict[str, Any]
Inputs = Sequence[Optional[np.ndarray]]
WORDS = {"SAME_UPPER": "same", "SAME_LOWER": "same_lower", "VALID": "valid"}
FORMS = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSwish": "hardswish",
    "Softplus": "softplus",
    "Mish": "mish",
    "Selu": "selu",
}
SAME = {"Identity", "Dropout"}


def of_node(op: str, given: Given, inputs: Inputs) -> Told:
    """Return the description of a node on its inputs."""
    if op in FORMS:
        return _form(FORMS[op])
    if op in SAME:
        return Told("identity", inputs=[inputs[0]])
    return READERS[op](given, inputs) if op in READERS else Told()


def _form(form: str, **parameters: Any) -> Told:
    return Told("activation", {"form": form, "parameters": parameters})


def _windows(op: Op, given: Given, x: np.ndarray, kernel: Sequence[int]) -> Given:
    rank = len(kernel)
    stride = tuple(given.get("strides") or (1,) * rank)
    dilation = tuple(given.get("dilations") or (1,) * rank)
    word = WORDS.get(_text(given.get("auto_pad", b"NOTSET")))
    flat = list(given.get("pads") or [0] * 2 * rank)
    pads = [[int(flat[axis]), int(flat[rank + axis])] for axis in range(rank)]
    if word:
        case = Case(tuple(x.shape[2:]), tuple(kernel), stride, word, dilation, op)
        found = axes(case)
        pads = [list(axis.pads) for axis in found] if isinstance(found, tuple) else pads
    steps = {"kernel": list(kernel), "stride": list(stride), "dilation": list(dilation), "pads": pads}
    return {**steps, **({"word": word} if word else {})}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _conv(op: Op) -> Callable[[Given, Inputs], Told]:
    def read(given: Given, inputs: Inputs) -> Told:
        x, w = inputs[:2]
        assert x is not None
        assert w is not None
        settings = {**_windows(op, given, x, w.shape[2:]), "groups": int(given.get("group", 1))}
        if op == "conv_transpose":
            settings["output_padding"] = list(given.get("output_padding") or [0] * (w.ndim - 2))
            if given.get("output_shape"):
                settings = _to_output_shape(settings, list(given["output_shape"]), x)
        weights = {"kernel": w, "bias": inputs[2] if len(inputs) > 2 else None}
        return Told(op, settings, weights, [x], "channels_first")

    return read


def _to_output_shape(settings: Given, output: Sequence[int], x: np.ndarray) -> Given:
    """Return the settings of a transposed convolution with the crops that leave its output shape."""
    pads, padding = [], []
    upper = settings.get("word") == "same"
    names = ("kernel", "stride", "dilation", "output_padding")
    for n, out, k, s, d, o in zip(x.shape[2:], output, *(settings[name] for name in names)):
        pair, more = onnx_crops((n - 1) * s + d * (k - 1) + 1 + o, int(out), upper)
        pads.append(list(pair))
        padding.append(o + more)
    rest = {name: value for name, value in settings.items() if name != "word"}
    return {**rest, "pads": pads, "output_padding": padding}


def _pool(op: Op) -> Callable[[Given, Inputs], Told]:
    def read(given: Given, inputs: Inputs) -> Told:
        x = inputs[0]
        assert x is not None
        settings = {**_windows(op, given, x, given["kernel_shape"]), "ceil": bool(given.get("ceil_mode", 0))}
        if op == "avg_pool":
            settings.update(count_include_pad=bool(given.get("count_include_pad", 0)), divisor=None)
        return Told(op, settings, layout="channels_first")

    return read


def _global_mean(given: Given, inputs: Inputs) -> Told:
    assert inputs[0] is not None
    return Told("mean", {"axes": list(range(2, inputs[0].ndim))}, layout="channels_first")


def _mean(given: Given, inputs: Inputs) -> Told:
    x = inputs[0]
    assert x is not None
    chosen = inputs[1] if len(inputs) > 1 else given.get("axes")
    chosen = range(x.ndim) if chosen is None else chosen
    return Told("mean", {"axes": sorted(int(axis) % x.ndim for axis in chosen)}, inputs=[x])


def _batch_norm(given: Given, inputs: Inputs) -> Told:
    names = ("scale", "shift", "mean", "variance")
    later = {"momentum": round(float(given.get("momentum", 0.9)), 7)}
    settings = {"epsilon": float(f"{given.get('epsilon', 1e-5):.7g}")}  # it is stored as float32
    return Told("batch_norm", settings, dict(zip(names, inputs[1:])), [inputs[0]], "channels_first", later)


def _layer_norm(given: Given, inputs: Inputs) -> Told:
    x = inputs[0]
    assert x is not None
    axis = int(given.get("axis", -1))
    settings = {"epsilon": float(f"{given.get('epsilon', 1e-5):.7g}"), "axes": list(range(axis % x.ndim - x.ndim, 0))}
    return Told("layer_norm", settings, dict(zip(("scale", "shift"), inputs[1:])), [x])


def _gemm(given: Given, inputs: Inputs) -> Told:
    w = inputs[1]
    plain = given.get("alpha", 1.0) == 1 and given.get("beta", 1.0) == 1 and not given.get("transA", 0)
    if not plain or w is None:
        return Told()
    kernel = w if given.get("transB", 0) else np.ascontiguousarray(w.T)
    return Told("dense", {}, {"kernel": kernel, "bias": inputs[2] if len(inputs) > 2 else None}, [inputs[0]])


def _clip(given: Given, inputs: Inputs) -> Told:
    ends = [given.get("min"), given.get("max")] if len(inputs) == 1 else [*inputs[1:], None][:2]
    low, high = (None if end is None else float(end) for end in ends)
    told = _form("relu6") if (low, high) == (0, 6) else _form("clip", low=low, high=high)
    told.inputs = [inputs[0]]
    return told


def _pad(given: Given, inputs: Inputs) -> Told:
    x = inputs[0]
    assert x is not None
    flat = given.get("pads") if len(inputs) == 1 else inputs[1]
    if flat is None or len(flat) != 2 * x.ndim:
        return Told()
    value = inputs[2] if len(inputs) > 2 and inputs[2] is not None else given.get("value", 0.0)
    pads = [[int(flat[axis]), int(flat[x.ndim + axis])] for axis in range(x.ndim)]
    settings = {"pads": pads, "mode": _text(given.get("mode", "constant")), "value": float(value)}
    return Told("pad", settings, inputs=[x])


def _slice(given: Given, inputs: Inputs) -> Told:
    """Return a slice without steps as the crop that it is."""
    x, told = inputs[0], Told(inputs=[inputs[0]])
    if x is None or len(inputs) < 3 or any(part is None for part in inputs[1:3]):
        return told
    starts, ends, axes, steps = [*inputs[1:], None, None][:4]
    assert starts is not None
    assert ends is not None
    chosen = range(len(starts)) if axes is None else [int(axis) % x.ndim for axis in axes]
    if steps is not None and any(step != 1 for step in steps):
        return told
    index = [slice(None)] * x.ndim
    for axis, start, end in zip(chosen, starts, ends):
        index[axis] = slice(int(start), int(end))
    pads = crop(tuple(index), x.shape)
    return told if pads is None else Told("pad", {"pads": pads, "mode": "constant", "value": 0.0}, inputs=[x])


def _resize(given: Given, inputs: Inputs) -> Told:
    corners = {"align_corners": "aligned", "asymmetric": "asymmetric"}
    word = corners.get(_text(given.get("coordinate_transformation_mode", "half_pixel")), "half-pixel")
    settings = {"mode": _text(given.get("mode", "nearest")), "corners": word}
    return Told("resize", settings, inputs=[inputs[0]], layout="channels_first")


def _joined(kind: str) -> Callable[[Given, Inputs], Told]:
    def read(given: Given, inputs: Inputs) -> Told:
        scalars = [float(x.reshape(())) for x in inputs if x is not None and x.size == 1]
        return Told(kind, {"scalar": scalars[0] if scalars else None})

    return read


READERS: dict[str, Callable[[Given, Inputs], Told]] = {
    "Conv": _conv("conv"),
    "ConvTranspose": _conv("conv_transpose"),
    "MaxPool": _pool("max_pool"),
    "AveragePool": _pool("avg_pool"),
    "GlobalAveragePool": _global_mean,
    "ReduceMean": _mean,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Gemm": _gemm,
    "Clip": _clip,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "Add": _joined("add"),
    "Mul": _joined("multiply"),
    "Gelu": lambda given, inputs: _form("gelu_tanh" if _text(given.get("approximate", "none")) == "tanh" else "gelu"),
    "LeakyRelu": lambda given, inputs: _form("leaky_relu", negative_slope=float(f"{given.get('alpha', 0.01):.7g}")),
    "Elu": lambda given, inputs: _form("elu", alpha=float(given.get("alpha", 1.0))),
    "Softmax": lambda given, inputs: _form("softmax", axis=int(given.get("axis", -1))),
    "Flatten": lambda given, inputs: Told("flatten" if given.get("axis", 1) == 1 else "reshape"),
    "Reshape": lambda given, inputs: Told("reshape", inputs=[inputs[0]]),
    "Transpose": lambda given, inputs: Told("permute", {"axes": list(given["perm"])} if given.get("perm") else {}),
    "Slice": _slice,
    "Concat": lambda given, inputs: Told("concat", {"axis": int(given["axis"])}),
}
