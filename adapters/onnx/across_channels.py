"""ONNX' nodes that work across channels or have something for each: how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import rounded

NODE = "helper.make_node({}, {}, {}{})"


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the nodes of a layer on an input (C, *spatial); empty if there are none."""
    if kind == "softmax":
        return node("LogSoftmax" if settings["log"] else "Softmax", axis=settings["axis"])
    if kind == "concat":
        return node("Concat", ["a", "b"], axis=settings["axis"])
    if kind == "prelu":
        return node("PRelu", ["x", "slope"])
    if kind == "instance_norm":
        return node("InstanceNormalization", ["x", "scale", "bias"], epsilon=settings["epsilon"])
    if kind == "depth_to_space":
        return node("DepthToSpace", blocksize=settings["block"], mode=settings["order"])
    if kind == "space_to_depth":
        return _to_depth(settings["order"], settings["block"], sizes)
    if kind == "response_norm" and settings["size"] % 2:
        size, alpha = settings["size"], rounded(settings["alpha"] * settings["size"])
        return node("LRN", size=size, alpha=alpha, beta=settings["beta"], bias=settings["bias"])
    return ""


def node(operator: str, inputs: Sequence[str] = ("x",), output: str = "y", **attributes: Any) -> str:
    """Return the source of a node with an output and attributes."""
    more = "".join(f", {name}={value!r}" for name, value in attributes.items())
    return NODE.format(repr(operator), list(inputs), [output], more)


def _to_depth(order: str, block: int, sizes: Sequence[int]) -> str:
    """Return SpaceToDepth, which has the order of TensorFlow, with its channels reordered after it for PyTorch's."""
    if order == "DCR":
        return node("SpaceToDepth", blocksize=block)
    height, width = (size // block for size in sizes[1:])
    places = block * block
    nodes = [
        node("SpaceToDepth", output="deep", blocksize=block),
        node("Constant", [], "apart", value_ints=[0, places, -1, height, width]),
        node("Reshape", ["deep", "apart"], "split"),
        node("Transpose", ["split"], "moved", perm=[0, 2, 1, 3, 4]),
        node("Constant", [], "whole", value_ints=[0, -1, height, width]),
        node("Reshape", ["moved", "whole"]),
    ]
    return f"[{', '.join(nodes)}]"
