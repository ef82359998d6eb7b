"""Flax' and JAX' layers that work across channels or have something for each. ``x`` has its channels last.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import REQUIRED, Given, Sizes, Windowless, axis_of, rounded


def _softmax(log: bool) -> Any:
    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        axes = len(sizes) + 1
        axis = axis_of(given["axis"], axes, "axis")
        return {"log": log, "axis": 0 if axis == 0 else 1 if axis == axes - 1 else axis + 1}

    return settings


def _instance_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    scale, shift = (given[name] is not False for name in ("use_scale", "use_bias"))
    return {"epsilon": float(given["epsilon"]), "scale": scale, "shift": shift}


READS = {
    **{
        f"{root}.{name}": Windowless("softmax", {"x": REQUIRED, "axis": -1}, _softmax(log), "x")
        for root in ("nn", "linen")
        for name, log in {"softmax": False, "log_softmax": True}.items()
    },
    "PReLU": Windowless(
        "prelu",
        {"negative_slope_init": 0.01},
        lambda given, sizes: {"own": (), "slope": float(given["negative_slope_init"])},
    ),
    "InstanceNorm": Windowless("instance_norm", {"epsilon": 1e-6, "use_bias": True, "use_scale": True}, _instance_norm),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on an input (C, *spatial); empty if there is none."""
    rank = len(sizes) - 1
    if kind in ("softmax", "concat"):
        axis = {0: 0, 1: -1}.get(settings["axis"], settings["axis"] - 1)
        if kind == "concat":
            return f"jnp.concatenate([a, b], axis={axis})"
        name = "log_softmax" if settings["log"] else "softmax"
        return f"nn.{name}(x{'' if axis == -1 else f', axis={axis}'})"
    if kind == "prelu":
        slope = settings["slope"]
        more = "" if slope == 0.01 else f"negative_slope_init={slope!r}"
        return "" if settings["own"] else f"nn.PReLU({more})"
    if kind == "instance_norm":
        given = [f"epsilon={settings['epsilon']!r}"] if settings["epsilon"] != 1e-6 else []
        given += [] if settings["shift"] else ["use_bias=False"]
        given += [] if settings["scale"] else ["use_scale=False"]
        return f"nn.InstanceNorm({', '.join(given)})" if rank else ""
    if kind in ("depth_to_space", "space_to_depth") and rank == 2:
        return _shuffled(kind == "depth_to_space", settings["order"], settings["block"], sizes)
    if kind == "response_norm":
        size, alpha = settings["size"], rounded(settings["alpha"])
        window = (*(1,) * (rank + 1), size)
        pads = (*((0, 0),) * (rank + 1), (size // 2, (size - 1) // 2))
        squares = f"lax.reduce_window(x * x, 0.0, lax.add, {window}, {(1,) * (rank + 2)}, {pads})"
        return f"x / ({settings['bias']!r} + {alpha!r} * {squares}) ** {settings['beta']!r}"
    return ""


def _shuffled(to_space: bool, order: str, block: int, sizes: Sequence[int]) -> str:
    height, width = sizes[1:]
    if to_space:
        parts = (-1, block, block) if order == "CRD" else (block, block, -1)
        axes = (0, 1, 4, 2, 5, 3) if order == "CRD" else (0, 1, 3, 2, 4, 5)
        apart, whole = (height, width, *parts), (height * block, width * block, -1)
    else:
        apart = (height // block, block, width // block, block, -1)
        axes = (0, 1, 3, 5, 2, 4) if order == "CRD" else (0, 1, 3, 2, 4, 5)
        whole = (height // block, width // block, -1)
    first, last = (", ".join(map(str, ("x.shape[0]", *shape))) for shape in (apart, whole))
    return f"x.reshape({first}).transpose({', '.join(map(str, axes))}).reshape({last})"
