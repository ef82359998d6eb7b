"""Reads sizes as people write them: ``3x512x512``, ``3,512,512`` or ``(3, 512, 512)``.

Pure.
"""

from __future__ import annotations

import re

from ..errors import InputError
from ..text import printable

CHANNELS = (1, 3, 4)  # of an image
SMALLEST_IMAGE = 16  # by its height and width, which are equal in an input that is taken for one


def input_sizes(text: str, where: str = "--input") -> tuple[int, ...]:
    """Return the sizes in a text. Raise InputError, which names the place of the text, for anything else."""
    return tuple(numbers(where, text))


def model_input_sizes(text: str, where: str = "--input") -> tuple[int, ...]:
    """Return the input sizes of a model. Raise InputError for what is no sizes, or an image with its channels last."""
    *around, height, width, channels = (0, 0, 0, *numbers(where, text))
    if height == width >= SMALLEST_IMAGE and channels in CHANNELS:
        first = "x".join(map(str, (*around[3:], channels, height, width)))
        raise InputError([f"{where}: {printable(text, 60)!r} has its channels last; write them first: {first}"])
    return input_sizes(text, where)


def numbers(where: str, text: str) -> list[int]:
    """Return the numbers in a text that came from an option or a field. Raise InputError for anything else."""
    parts = re.split(r"[x,]", re.sub(r"^\s*[(\[](.*?),?\s*[)\]]\s*$", r"\1", text))
    if not all(re.fullmatch(r"\s*[+-]?\d{1,18}\s*", part) for part in parts):
        raise InputError([f"{where}: {printable(text, 60)!r} is not a list of numbers; write 3, 3x5 or 3,5"])
    return [int(part) for part in parts]
