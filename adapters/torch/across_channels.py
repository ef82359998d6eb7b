"""PyTorch's layers that work across channels or have something for each: softmax, PReLU, pixel shuffles and the like.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..windowless import REQUIRED, Given, Sizes, Unread, Windowless, axis_of, blocks, each, rounded


def _softmax(log: bool) -> Any:
    def settings(given: Given, sizes: Sizes) -> dict[str, Any]:
        axes = len(sizes) + 1
        dim = given["dim"]
        if dim is None:  # as torch.nn.functional._get_softmax_dim chooses
            dim = 0 if axes == 3 else 1
        return {"log": log, "axis": axis_of(dim, axes, "dim")}

    return settings


def _prelu(given: Given, sizes: Sizes) -> dict[str, Any]:
    number = each(given["num_parameters"], 1, "num_parameters")[0]
    if number not in (1, sizes[0]):
        raise Unread(f"num_parameters: {number} does not fit the input, which has {sizes[0]} channels")
    return {"own": (1,) if number > 1 else (), "slope": float(given["init"])}


def _instance_norm(given: Given, sizes: Sizes) -> dict[str, Any]:
    if given["track_running_stats"] is not False:
        raise Unread("track_running_stats: with it, inference takes the running statistics, as a batch norm does")
    number = each(given["num_features"], 1, "num_features")[0]
    if number != sizes[0]:
        raise Unread(f"num_features: {number} does not fit the input, which has {sizes[0]} channels")
    affine = given["affine"] is not False
    return {"epsilon": float(given["eps"]), "scale": affine, "shift": affine}


def _shuffle(name: str) -> Any:
    to_space = name == "upscale_factor"
    return lambda given, sizes: {"block": blocks(given[name], sizes, name, to_space), "order": "CRD"}


def _response(given: Given, sizes: Sizes) -> dict[str, Any]:
    size = each(given["size"], 1, "size")[0]
    alpha, beta, bias = (float(given[name]) for name in ("alpha", "beta", "k"))
    return {"size": size, "alpha": alpha / size, "beta": beta, "bias": bias}


def _concat(given: Given, sizes: Sizes) -> dict[str, Any]:
    return {"axis": axis_of(given["dim"], len(sizes) + 1, "dim")}


_INPUT, _DIM = {"input": REQUIRED}, {"dim": None}
_INSTANCE = {"num_features": REQUIRED, "eps": 1e-5, "momentum": 0.1, "affine": False, "track_running_stats": False}
_RESPONSE = {"size": REQUIRED, "alpha": 1e-4, "beta": 0.75, "k": 1.0}

READS = {
    "Softmax": Windowless("softmax", _DIM, _softmax(False)),
    "LogSoftmax": Windowless("softmax", _DIM, _softmax(True)),
    "Softmax2d": Windowless("softmax", {}, lambda given, sizes: {"log": False, "axis": 1}),
    **{
        f"{root}.{name}": Windowless("softmax", {**_INPUT, "dim": dim}, _softmax(log), "input")
        for root, dim in {"F": None, "functional": None, "torch": REQUIRED}.items()
        for name, log in {"softmax": False, "log_softmax": True}.items()
    },
    "PReLU": Windowless("prelu", {"num_parameters": 1, "init": 0.25}, _prelu, channels="num_parameters"),
    **{
        f"InstanceNorm{rank}d": Windowless("instance_norm", _INSTANCE, _instance_norm, channels="num_features")
        for rank in (1, 2, 3)
    },
    "PixelShuffle": Windowless("depth_to_space", {"upscale_factor": REQUIRED}, _shuffle("upscale_factor")),
    "PixelUnshuffle": Windowless("space_to_depth", {"downscale_factor": REQUIRED}, _shuffle("downscale_factor")),
    "F.pixel_shuffle": Windowless(
        "depth_to_space", {**_INPUT, "upscale_factor": REQUIRED}, _shuffle("upscale_factor"), "input"
    ),
    "F.pixel_unshuffle": Windowless(
        "space_to_depth", {**_INPUT, "downscale_factor": REQUIRED}, _shuffle("downscale_factor"), "input"
    ),
    **{
        f"torch.{name}": Windowless("concat", {"tensors": REQUIRED, "dim": 0}, _concat, "tensors")
        for name in ("cat", "concat")
    },
    "LocalResponseNorm": Windowless("response_norm", _RESPONSE, _response),
    "F.local_response_norm": Windowless("response_norm", {**_INPUT, **_RESPONSE}, _response, "input"),
}


def write(kind: str, settings: Mapping[str, Any], sizes: Sequence[int]) -> str:
    """Return the line of a layer on an input (C, *spatial); empty if there is none."""
    rank, channels = len(sizes) - 1, sizes[0]
    if kind == "softmax":
        return f"nn.{'LogSoftmax' if settings['log'] else 'Softmax'}(dim={settings['axis']})"
    if kind == "concat":
        return f"torch.cat([a, b], dim={settings['axis']})"
    if kind == "prelu":
        if not set(settings["own"]) <= {1}:
            return ""
        given = [str(channels)] if settings["own"] else []
        given += [f"init={settings['slope']!r}"] if settings["slope"] != 0.25 else []
        return f"nn.PReLU({', '.join(given)})"
    if kind == "instance_norm":
        affine = ", affine=True" if settings["scale"] or settings["shift"] else ""
        more = f", eps={settings['epsilon']!r}" if settings["epsilon"] != 1e-5 else ""
        return f"nn.InstanceNorm{rank}d({channels}{more}{affine})" if rank else ""
    if kind in ("depth_to_space", "space_to_depth"):
        return _shuffled(kind == "depth_to_space", settings["order"], settings["block"])
    if kind == "response_norm":
        size, alpha = settings["size"], rounded(settings["alpha"] * settings["size"])
        return f"nn.LocalResponseNorm({size}, alpha={alpha!r}, beta={settings['beta']!r}, k={settings['bias']!r})"
    return ""


def _shuffled(to_space: bool, order: str, block: int) -> str:
    """Return a pixel shuffle, with its channels brought into its order before it, or out of it after it."""
    if order == "CRD":
        return f"nn.{'PixelShuffle' if to_space else 'PixelUnshuffle'}({block})"
    places = block * block
    moved = ".unflatten(1, {}).transpose(1, 2).flatten(1, 2)"
    if to_space:
        return f"F.pixel_shuffle(x{moved.format((places, -1))}, {block})"
    return f"F.pixel_unshuffle(x, {block}){moved.format((-1, places))}"
