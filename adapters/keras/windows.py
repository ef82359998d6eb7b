"""The windows of Keras' layers in numbers, as recordings have them: words stand for pads, or crops, on an input.

The crops are those of ``_get_output_shape_given_tf_padding`` (keras/src/backend/common/backend_utils.py).

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...cases.arithmetic import axes
from ...cases.case import Case
from ...cases.operations import Op


def steps(op: Op, word: str, sizes: Sequence[int], kernel: Any, stride: Any, dilation: Any) -> dict[str, Any]:
    """Return the settings of windows on an input of some sizes: kernel, stride, dilation, and the word in numbers."""
    case = Case(tuple(sizes), tuple(kernel), tuple(stride), word, tuple(dilation), op)
    found = axes(case)
    pads = [list(axis.pads) for axis in found] if isinstance(found, tuple) else [[0, 0]] * len(case.kernel)
    lists = {"kernel": kernel, "stride": stride, "dilation": dilation}
    return {**{name: [int(n) for n in numbers] for name, numbers in lists.items()}, "pads": pads, "word": str(word)}


def transposed_steps(
    word: str, sizes: Sequence[int], kernel: Any, stride: Any, dilation: Any, more: Any
) -> dict[str, Any]:
    """Return the settings of a transposed convolution; ``more`` is its output padding, None if it has none."""
    settings = {**steps("conv_transpose", word, sizes, kernel, stride, dilation), "groups": 1}
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    if more is None:  # the output of valid is n*s if windows are narrower than the stride
        fill = [max(s - e, 0) if word == "valid" else 0 for s, e in zip(stride, spans)]
        return {**settings, "output_padding": fill}
    extra = list(more) if isinstance(more, (tuple, list)) else [more] * len(spans)
    if word == "same":
        crops = [list(crops_of_same(e, o)) for e, o in zip(spans, extra)]
        del settings["word"]  # which stands for others
        return {**settings, "pads": crops, "output_padding": [0] * len(spans)}
    return {**settings, "output_padding": extra}


def crops_of_same(effective: int, output_padding: int) -> tuple[int, int]:
    """Return the crops of ``same`` with an output padding, which is in them: the output is (n-1)*s + e%2 + it.

    They are the pads of the forward convolution, with the odd one after.
    """
    total = effective - effective % 2 - output_padding
    return max(total, 0) // 2, total - max(total, 0) // 2
