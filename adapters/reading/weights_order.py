"""The order of the axes in which a function of an input and weights takes its weights.

A signature knows each axis, as it reads kernel and channels off the shape of weights. It is asked with a shape
whose sizes tell the axes apart.
"""

from __future__ import annotations

from ...cases.case import Case
from .binding import Bound

APART = (2, 3, 5, 7, 11)  # sizes of axes, no one of which is a product of others


def weights_order(layer: Bound, case: Case) -> tuple[int, ...] | None:
    """Return, for each axis of the function's weights, the axis of the case's weights; None if there is no such order.

    A case's weights are (out, in / groups, *kernel), or for a transposed convolution (in, out / groups, *kernel). The
    function may split them further, as that of a depthwise convolution does; the axis of its channels has size 1 here.
    """
    sizes = APART[: case.rank + 2]
    one_group = (1,) * (layer.signature.beside - 2)
    asked = {**layer.given, "weights": one_group + sizes, **({"groups": 1} if "groups" in layer.given else {})}
    found = layer.signature.prepare(asked, layer.rank)
    inputs = found.get("in_channels", found.get("inputs_per_group"))
    outputs = found["out_channels"] if found["out_channels"] in sizes else found["out_channels"] // inputs
    adjoint = case.op == "conv_transpose"
    if adjoint and layer.signature.op == "conv" and case.groups > 1:
        return None  # a convolution of a stretched input groups the other channels
    order = {size: 2 + i for i, size in enumerate(found["kernel"])}
    order |= {inputs: 0, outputs: 1} if adjoint else {outputs: 0, inputs: 1}
    return tuple(order[size] for size in sizes)
