"""The common base of convolutions and pools: windows that slide over a padded input."""

from __future__ import annotations

from ..text import MODE_WORDS, several
from .axis import word_padding
from .operation import Layer, Operation


def mode_sentences(modes: tuple[str, ...]) -> list[str]:
    """Return a sentence about the elements that an input is padded with, unless they are zeros."""
    if set(modes) == {"zeros"}:
        return []
    if len(set(modes)) == 1:
        return [f"The padding is {MODE_WORDS[modes[0]]}."]
    return [f"The padding is, axis by axis: {several([MODE_WORDS[mode] for mode in modes])}."]


class SlidingWindow(Operation):
    """An operation whose outputs each read a window of the padded input."""

    def pads(self, layer: Layer, i: int) -> tuple[int, int]:
        """Return the padding (before, after) of an axis in numbers."""
        if not isinstance(layer.padding, str):
            return layer.padding[i]
        effective = layer.dilation[i] * (layer.kernel[i] - 1) + 1
        return word_padding(layer.padding, layer.input[i], effective, layer.stride[i])

    def places(self, layer: Layer, output: tuple[int, ...]) -> tuple[int, ...]:
        return output

    def formula(self, layer: Layer) -> str:
        extent, where = self.extent(layer)
        return f"floor((n - {extent} + p + s) / s){where}"

    def about(self, layer: Layer) -> list[str]:
        lines = ["p is the total of both sides; a framework's padding= is one side. Elements count from 1."]
        lines += mode_sentences(layer.modes)
        return lines
