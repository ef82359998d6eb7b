"""The defaults of the frameworks' layers that ports trip over, as a table of data with a source for each.

Pure.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

NOUNS = {
    "batch_norm": "batch norm",
    "layer_norm": "layer norm",
    "group_norm": "group norm",
    "instance_norm": "instance norm",
    "gelu": "GELU",
    "hard_sigmoid": "hard sigmoid",
    "leaky_relu": "leaky ReLU",
    "resize": "resize",
    "flatten": "flatten",
    "avg_pool": "average pool",
}
TITLES = {"torch": "PyTorch", "keras": "Keras", "flax": "Flax", "mxnet": "MXNet", "onnxruntime": "ONNX"}


@dataclass(frozen=True)
class Default:
    """One row of the table: a framework's default."""

    kind: str
    setting: str
    framework: str
    value: Any
    write: str
    source: str


@cache
def table() -> tuple[Default, ...]:
    """Return the rows of the table."""
    text = files("convparity.report").joinpath("preflight/defaults.toml").read_text("utf-8")
    return tuple(Default(**row) for row in tomllib.loads(text)["default"])
