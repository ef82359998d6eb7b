"""Keras' layers that work across channels or have something for each: softmax, PReLU, depth to space and the like.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import REQUIRED, Given, Sizes, Unread, Windowless, axis_of, blocks, each, rounded


def _axis(given: Given, sizes: Sizes) -> int:
    """Return the axis of a line, the last by default, as it is counted with the channels first."""
    axes = len(sizes) + 1
    axis = axis_of(-1 if given["axis"] is None else given["axis"], axes, "axis")
    return 0 if axis == 0 else 1 if axis == axes - 1 else axis + 1


def _softmax(log: bool) -> Any:
    return lambda given, sizes: {"log": log, "axis": _axis(given, sizes)}


def _concat(value: str, default: Any) -> Windowless:
    arguments = {**({value: REQUIRED} if value else {}), "axis": default}
    return Windowless("concat", arguments, lambda given, sizes: {"axis": _axis(given, sizes)}, value)


def _prelu(given: Given, sizes: Sizes) -> dict[str, Any]:
    shared, rank = given["shared_axes"], len(sizes) - 1
    numbers = shared if isinstance(shared, (tuple, list)) else () if shared is None else (shared,)
    if not all(isinstance(one, int) and 1 <= one <= rank + 1 for one in numbers):
        raise Unread(f"shared_axes: {shared!r} has no answer here; expected axes from 1 to {rank + 1}")
    ours = {1 if axis == rank + 1 else axis + 1 for axis in numbers}
    own = tuple(axis for axis, size in enumerate(sizes, 1) if axis not in ours and size > 1)
    return {"own": own, "slope": given["alpha_initializer"]}


def instance_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    """Return the settings of a group norm of one channel for each group. Raise Unread without spatial axes."""
    if len(sizes) < 2:
        raise Unread("groups: -1 has no answer for an input without spatial sizes, whose output is 0")
    scale, shift = (given[name] is not False for name in ("scale", "center"))
    return {"epsilon": float(given["epsilon"]), "scale": scale, "shift": shift}


def _shuffle(kind: str, layout: str) -> Windowless:
    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        if given["data_format"] not in (layout, None):
            raise Unread(f"data_format: {given['data_format']!r} has no answer here; expected {layout!r}")
        # tf.nn counts the channels of a block last: (block, block, channels)
        return {"block": blocks(given["block_size"], sizes, "block_size", kind == "depth_to_space"), "order": "DCR"}

    value = "input" if layout == "NHWC" else "x"
    return Windowless(kind, {value: REQUIRED, "block_size": REQUIRED, "data_format": layout}, settings, value)


def _response(given: Given, sizes: Sizes) -> dict[str, Any]:
    radius = each(given["depth_radius"], 1, "depth_radius")[0]
    alpha, beta, bias = (float(given[name]) for name in ("alpha", "beta", "bias"))
    return {"size": 2 * radius + 1, "alpha": alpha, "beta": beta, "bias": bias}


_RESPONSE = Windowless(
    "response_norm",
    {"input": REQUIRED, "depth_radius": 5, "bias": 1, "alpha": 1, "beta": 0.5},
    _response,
    "input",
)

READS = {
    "Softmax": Windowless("softmax", {"axis": -1}, _softmax(False)),
    **{
        f"{root}.{name}": Windowless("softmax", {value: REQUIRED, "axis": default}, _softmax(log), value)
        for root, value, default in (("tf.nn", "logits", None), ("activations", "x", -1), ("ops", "x", -1))
        for name, log in {"softmax": False, "log_softmax": True}.items()
    },
    "PReLU": Windowless(
        "prelu",
        {"alpha_initializer": 0.0, "alpha_regularizer": None, "alpha_constraint": None, "shared_axes": None},
        _prelu,
        ignored=frozenset({"alpha_regularizer", "alpha_constraint"}),
    ),
    **{
        f"{root}.{kind}": _shuffle(kind, layout)
        for root, layout in {"tf.nn": "NHWC", "ops": "channels_last"}.items()
        for kind in ("depth_to_space", "space_to_depth")
    },
    "Concatenate": _concat("", -1),
    "layers.concatenate": _concat("inputs", -1),
    "ops.concatenate": _concat("xs", 0),
    "tf.concat": _concat("values", REQUIRED),
    "tf.nn.local_response_normalization": _RESPONSE,
    "tf.nn.lrn": _RESPONSE,
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on an input (C, *spatial); empty if there is none."""
    rank, channels = len(sizes) - 1, sizes[0]
    if kind in ("softmax", "concat"):
        axis = {0: 0, 1: -1}.get(settings["axis"], settings["axis"] - 1)
        if kind == "concat":
            return f"layers.Concatenate({'' if axis == -1 else f'axis={axis}'})([a, b])"
        if settings["log"]:
            return f"keras.ops.log_softmax(x{'' if axis == -1 else f', axis={axis}'})"
        return f"layers.Softmax({'' if axis == -1 else f'axis={axis}'})"
    if kind == "prelu":
        ours = [*range(2, rank + 2), 1]  # the axis that is ours, by its place in Keras
        shared = [place for place, axis in enumerate(ours, 1) if axis not in settings["own"]]
        given = [f"shared_axes={shared}"] if any(sizes[ours[place - 1] - 1] > 1 for place in shared) else []
        slope = settings["slope"]
        given += [f"alpha_initializer=keras.initializers.Constant({slope!r})"] if slope else []
        return f"layers.PReLU({', '.join(given)})"
    if kind == "instance_norm":
        given = ["groups=-1"] + ([f"epsilon={settings['epsilon']!r}"] if settings["epsilon"] != 1e-3 else [])
        given += [] if settings["shift"] else ["center=False"]
        given += [] if settings["scale"] else ["scale=False"]
        return f"layers.GroupNormalization({', '.join(given)})" if rank else ""
    if kind in ("depth_to_space", "space_to_depth"):
        return _shuffled(kind, settings["order"], settings["block"], channels)
    if kind == "response_norm" and settings["size"] % 2:
        given = [f"depth_radius={settings['size'] // 2}"]
        given += [f"{name}={rounded(settings[name])!r}" for name in ("bias", "alpha", "beta")]
        return f"tf.nn.local_response_normalization(x, {', '.join(given)})"
    return ""


def _shuffled(kind: str, order: str, block: int, channels: int) -> str:
    """Return the function that moves channels to pixels or back, with its channels in PyTorch's order."""
    if order == "DCR":
        return f"keras.ops.{kind}(x, {block})"
    places = block * block
    moved = "keras.ops.take({}, np.arange({}).reshape{}.T.ravel(), axis=-1)"
    if kind == "depth_to_space":
        return f"keras.ops.{kind}({moved.format('x', channels, (-1, places))}, {block})"
    return moved.format(f"keras.ops.{kind}(x, {block})", f"{channels} * {places}", (places, -1))
