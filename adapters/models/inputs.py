"""The input of a model: a file, or sizes with the distribution of its numbers, seeded and never constant.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

WORDS = ("normal", "uniform", "image")
LARGEST = 2**31  # elements
FORM = "1x3x224x224, 1x3x224x224:image (or :normal, :uniform), or a file .npy, each optionally as NAME=..."


class BadInput(ValueError):
    """A text that describes no input: one sentence that says why, and which texts do."""


def read(text: str, seed: int = 0) -> tuple[str, np.ndarray]:
    """Return the name of an input (empty if it has none) and its numbers, channels first. Raise BadInput."""
    name, _, spec = text.rpartition("=")
    if spec.endswith(".npy"):
        return name, _from_file(Path(spec))
    sizes, colon, word = spec.partition(":")
    if not re.fullmatch(r"\d+(x\d+)*", sizes) or (colon and word not in WORDS):
        raise BadInput(f"--input: {text!r} is not an input; expected {FORM}")
    shape = tuple(map(int, sizes.split("x")))
    if min(shape) < 1 or math.prod(shape) > LARGEST:
        raise BadInput(f"--input: {text!r} has {math.prod(shape)} elements; expected 1 to {LARGEST}")
    return name, made(shape, word or "normal", seed)


def _from_file(path: Path) -> np.ndarray:
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError):
        raise BadInput(f"{path}: not an array of numbers, as numpy.save writes it") from None
    if array.dtype.kind not in "fiub" or array.size == 0:
        raise BadInput(f"{path}: an array {array.shape} of {array.dtype}; expected numbers")
    if array.size > 1 and (array == array.flat[0]).all():
        raise BadInput(f"{path}: all numbers are {array.flat[0]}; a constant input hides shifts and flips")
    return np.array(array)


def made(shape: tuple[int, ...], word: str, seed: int) -> np.ndarray:
    """Return float32 numbers of a shape (N, C, *spatial): normal, uniform from 0 to 1, or an image from 0 to 255."""
    random = np.random.RandomState((seed ^ 0x1D872B41) & 0x7FFFFFFF)
    if word == "normal":
        return random.standard_normal(shape).astype(np.float32)
    if word == "uniform" or len(shape) < 3:
        return random.random_sample(shape).astype(np.float32)
    return _image(shape, random)


def _image(shape: tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
    """Return boxes of different colours over a slope, so that there are edges, colours and no symmetry."""
    image = np.empty(shape, np.float32)
    slope = sum(np.ix_(*(np.linspace(0, 1 + axis, size) for axis, size in enumerate(shape[2:]))))
    for picture in image:
        for number, channel in enumerate(picture):
            channel[...] = 40 + 30 * number + 60 * np.asarray(slope) / max(len(shape) - 2, 1)
        for _ in range(12):
            box = tuple(slice(low, low + 1 + size // 3) for size, low in ((n, random.randint(n)) for n in shape[2:]))
            picture[(slice(None), *box)] = random.randint(0, 256, size=(shape[1],) + (1,) * len(box))
        picture += random.randint(-6, 7, size=picture.shape)
    return np.clip(np.rint(image), 0, 255)
