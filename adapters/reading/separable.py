"""Separable convolutions: a depthwise one, and a pointwise one after it, which moves no window."""

from __future__ import annotations

from ..signature import per_axis
from .binding import Bound
from .steps import Core, Pointwise, Steps


def without_pointwise(steps: Steps) -> Steps:
    """Return the steps with a pointwise convolution left aside, if it comes after a depthwise one."""
    first = next((step for step in steps if isinstance(step, Core)), None)
    if first is None or not _is_depthwise(first.layer):
        return steps
    later = steps[steps.index(first) + 1 :]
    aside = [step for step in later if isinstance(step, Core) and _is_pointwise(step.layer)][:1]
    return tuple(
        Pointwise(step.node, "", step.layer) if isinstance(step, Core) and any(step is one for one in aside) else step
        for step in steps
    )


def _is_depthwise(layer: Bound) -> bool:
    """Return whether each input channel has filters of its own, as far as the numbers of channels are known."""
    groups = layer.asked.get("groups", 1)
    channels = layer.asked.get("in_channels", layer.asked.get("out_channels", groups))
    grouped = layer.depthwise or (groups > 1 and groups == channels)
    return layer.signature.op == "conv" and (grouped or "M" in layer.kernel_axes)


def _is_pointwise(layer: Bound) -> bool:
    """Return whether a layer is a convolution that reads one element for each output."""
    padding = layer.asked.get("padding", 0)
    pads = () if isinstance(padding, str) else per_axis(padding, layer.rank)
    sizes = [n for name in ("kernel", "stride") for n in per_axis(layer.asked.get(name, 1), layer.rank)]
    return layer.signature.op == "conv" and set(sizes) == {1} and all(pad in (0, (0, 0)) for pad in pads)
