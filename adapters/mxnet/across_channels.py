"""MXNet's layers that work across channels or have something for each: how they are written.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import rounded


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on an input (C, *spatial); empty if there is none."""
    if kind == "softmax":
        return f"npx.{'log_softmax' if settings['log'] else 'softmax'}(x, axis={settings['axis']})"
    if kind == "concat":
        return f"np.concatenate([a, b], axis={settings['axis']})"
    if kind == "prelu":
        if not set(settings["own"]) <= {1}:
            return ""
        given = [f"alpha_initializer=mx.init.Constant({settings['slope']!r})"] if settings["slope"] != 0.25 else []
        given += [f"in_channels={sizes[0]}"] if settings["own"] else []
        return f"nn.PReLU({', '.join(given)})"
    if kind in ("depth_to_space", "space_to_depth") and len(sizes) == 3:
        return _shuffled(kind == "depth_to_space", settings["order"], settings["block"], sizes)
    if kind == "response_norm" and settings["size"] % 2:
        size, alpha = settings["size"], rounded(settings["alpha"] * settings["size"])
        more = f"nsize={size}, alpha={alpha!r}, beta={settings['beta']!r}, knorm={settings['bias']!r}"
        return f"mx.nd.LRN(x.as_nd_ndarray(), {more}).as_np_ndarray()"
    return ""  # MXNet 1.9.1's InstanceNorm refuses NumPy arrays


def _shuffled(to_space: bool, order: str, block: int, sizes: Sequence[int]) -> str:
    height, width = sizes[1:]
    if to_space:
        parts = (-1, block, block) if order == "CRD" else (block, block, -1)
        axes = (0, 1, 4, 2, 5, 3) if order == "CRD" else (0, 3, 4, 1, 5, 2)
        apart, whole = (*parts, height, width), (-1, height * block, width * block)
    else:
        apart = (-1, height // block, block, width // block, block)
        axes = (0, 1, 3, 5, 2, 4) if order == "CRD" else (0, 3, 5, 1, 2, 4)
        whole = (-1, height // block, width // block)
    first, last = (", ".join(map(str, ("x.shape[0]", *shape))) for shape in (apart, whole))
    return f"x.reshape({first}).transpose({', '.join(map(str, axes))}).reshape({last})"
