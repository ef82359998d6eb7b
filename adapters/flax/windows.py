"""The windows of Flax's convolutions and pools in numbers, as recordings have them: words stand for pads or crops."""

from __future__ import annotations

from typing import Any

from ...cases.arithmetic import axes
from ...cases.case import Case
from ...cases.operations import Op
from ...cases.operations.axis import WORDS

MODES = {"CIRCULAR": "circular", "REFLECT": "reflect"}  # words that also say what a convolution pads with


def steps(op: Op, padding: Any, x: Any, kernel: Any, stride: Any = None, dilation: Any = None) -> dict[str, Any]:
    """Return the settings of windows on an input (N, *spatial, C): kernel, stride, dilation, and the pads in numbers.

    A transposed convolution has its crops as pads, and also an output padding.
    """
    kernel = [int(size) for size in kernel]
    stride, dilation = _each(stride, len(kernel)), _each(dilation, len(kernel))
    found = {"kernel": kernel, "stride": list(stride), "dilation": list(dilation)}
    if isinstance(padding, str):
        return {**found, **_of_word(op, padding, tuple(map(int, x.shape[1:-1])), kernel, stride, dilation)}
    pairs = _pairs(padding, len(kernel))
    if op != "conv_transpose":
        return {**found, "pads": pairs}
    # Numbers pad the stretched input, and a pad of e - 1 leaves the output whole.
    extents = [d * (k - 1) for k, d in zip(kernel, dilation)]
    crops = [[extent - before, extent - after] for extent, (before, after) in zip(extents, pairs)]
    return {**found, "pads": crops, "output_padding": [0] * len(kernel)}


def _of_word(op: Op, word: str, sizes: Any, kernel: Any, stride: Any, dilation: Any) -> dict[str, Any]:
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    if op == "conv" and word in MODES:
        return {"pads": [[(e - 1) // 2, e // 2] for e in spans], "mode": MODES[word]}
    more: dict[str, Any] = {}
    if op == "conv_transpose":  # with VALID, the output is n*s where windows are narrower than the stride
        fill = [max(s - e, 0) if word.lower() == "valid" else 0 for s, e in zip(stride, spans)]
        more["output_padding"] = fill
    if word.lower() == "same_lower" and op == "conv_transpose":  # JAX pads the input so, which crops the other side
        return {**more, "pads": [[(e - 1) // 2, e // 2] for e in spans], "word": "same_lower"}
    case = Case(sizes, tuple(kernel), stride, word.lower(), dilation, op)
    found = axes(case)
    pads = [list(axis.pads) for axis in found] if isinstance(found, tuple) else [[0, 0]] * len(kernel)
    return {**more, "pads": pads, **({"word": word.lower()} if word.lower() in WORDS else {})}


def _each(value: Any, rank: int) -> tuple[int, ...]:
    if value is None:
        return (1,) * rank
    return (int(value),) * rank if isinstance(value, int) else tuple(map(int, value))


def _pairs(padding: Any, rank: int) -> list[list[int]]:
    sides = [padding] * rank if isinstance(padding, int) else list(padding)
    return [[int(side)] * 2 if isinstance(side, int) else [int(n) for n in side] for side in sides]
