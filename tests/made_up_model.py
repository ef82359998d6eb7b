"""Recordings made up for tests: calls with settings and shapes, and arrays without meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
from convparity.adapters.models.recording import Call, Recording, Writer

ABOUT = {"model": "tensorflow:nets:made", "adapter": "tensorflow", "packages": {"keras": "3.15.1"}, "inference": ""}


class MadeUpModel:
    """Writes a recording call by call. Arrays have their channels first."""

    def __init__(self, folder: Any) -> None:
        self.writer = Writer(folder)
        self.calls: list[Call] = []
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.inputs: list[int] = []

    def value(self, *shape: int) -> int:
        return self.array(np.zeros(shape, np.float32))

    def array(self, numbers: np.ndarray) -> int:
        shape = numbers.shape
        number = self.writer.add(numbers.astype(np.float32), "channels_first" if len(shape) > 2 else "")
        self.shapes[number] = shape
        return number

    def input(self, *shape: int) -> int:
        self.inputs.append(self.value(*shape))
        return self.inputs[-1]

    def call(
        self,
        kind: str,
        inputs: Any,
        *shape: int,
        path: str = "",
        name: str = "",
        later: Any = (),
        numbers=None,
        **settings,
    ):
        """A call whose result has a shape, or numbers; returns the number of the result."""
        inputs = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        weights = settings.pop("weights", {})
        y = self.value(*shape) if numbers is None else self.array(numbers)
        layout = "channels_first" if len(shape) > 2 else ""
        place = path or f"{kind}_{len(self.calls)}"
        made = (len(self.calls), kind, name or kind, place, "", inputs, (y,), settings, weights, layout, dict(later))
        self.calls.append(Call(*made))
        return y

    def conv(self, x: int, channels: int, kernel: int, stride: int = 1, pads: Any = None, path: str = "", **more: Any):
        """A convolution with the same settings along each axis; by default with Keras's `same`."""
        n, _, *sizes = self.shapes[x]
        rank = len(sizes)
        if pads is None:
            total = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in sizes]
            sides, more = [[t // 2, t - t // 2] for t in total], {"word": "same", **more}
        else:
            sides = [list(pads)] * rank
        spatial = [(size + b + a - kernel) // stride + 1 for size, (b, a) in zip(sizes, sides, strict=True)]
        each = {"kernel": [kernel] * rank, "stride": [stride] * rank, "dilation": [1] * rank, "pads": sides}
        return self.call("conv", x, n, channels, *spatial, path=path, **each, **{"groups": 1, **more})

    def pool(self, kind: str, x: int, kernel: int, stride: int, pads: Any, path: str = "", **more: Any):
        n, c, *sizes = self.shapes[x]
        rank = len(sizes)
        spatial = [(size + sum(pads) - kernel) // stride + 1 for size in sizes]
        each = {"kernel": [kernel] * rank, "stride": [stride] * rank, "dilation": [1] * rank}
        more = {"ceil": False, **({"count_include_pad": True, "divisor": None} if kind == "avg_pool" else {}), **more}
        return self.call(kind, x, n, c, *spatial, path=path, pads=[list(pads)] * rank, **each, **more)

    def pad(self, x: int, before: int, after: int, path: str = "", value: float = 0.0, mode: str = "constant"):
        n, c, *sizes = self.shapes[x]
        pads = [[0, 0], [0, 0], *([before, after] for _ in sizes)]
        shape = (n, c, *(size + before + after for size in sizes))
        return self.call("pad", x, *shape, path=path, pads=pads, mode=mode, value=value)

    def same(self, kind: str, *inputs: int, **more: Any):
        """A call that keeps the shape of its first input."""
        return self.call(kind, inputs, *self.shapes[inputs[0]], **more)

    def finish(self, *outputs: int, **about: Any) -> Recording:
        self.writer.finish({**ABOUT, "input_names": [""], **about}, self.inputs, outputs, self.calls)
        return Recording(self.writer.folder)
