"""Why a line for a sum of inputs, a rescaling or a normalization by given numbers is as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ....adapters.elementwise import Numbers, listed

BYTE = 255  # the largest value of a pixel


def naive(kind: str, settings: Mapping[str, Any], target: str) -> str:
    """Return the line that people write in Keras where it is another layer; empty where there is none."""
    if kind != "normalize" or target != "keras" or settings["deviation"] == 1:
        return ""
    mean, deviation = listed(settings["mean"]), listed(settings["deviation"])
    return f"layers.Normalization(mean={mean}, variance={deviation})"


def why(kind: str, settings: Mapping[str, Any], target: str) -> Iterator[str]:
    """Yield the sentences about such a layer in the framework of a folder."""
    if kind == "rescale" and target == "torch" and math.isclose(BYTE * _one(settings["scale"]), 1):
        yield "torchvision's ToTensor divides by 255 as well: with it, leave the division out."
    if kind == "normalize" and target == "torch":
        mean, deviation = listed(settings["mean"]), listed(settings["deviation"])
        yield f"torchvision's transforms.Normalize({mean}, {deviation}) does the same."
        yield "PyTorch divides by the standard deviation, which is the square root of Keras' variance."
    if kind == "normalize" and target == "keras":
        yield "Keras takes the variance, which is the square of the standard deviation."


def _one(value: Numbers) -> float:
    return value if isinstance(value, float) else 0.0
