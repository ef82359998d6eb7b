"""Live layers of Gluon: a block that holds one convolution or pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.dtypes import Dtype
from ...cases.operations import Op
from ..adapter import bare
from ..live import Live, sole, supported

POOL_TYPES: dict[str, Op] = {"max": "max_pool", "avg": "avg_pool"}


class GluonLive(Live):
    """A block of Gluon. Outside of ``autograd.record``, blocks infer."""

    @property
    def dtype(self) -> Dtype:
        kinds = [np.dtype(p.dtype).name for p in self.layer.collect_params().values()]
        return supported(kinds[0] if kinds else "float32")

    def known(self, shape: tuple[int, ...]) -> Case | None:
        inside = [block._kwargs for block in blocks(self.layer) if "kernel" in getattr(block, "_kwargs", {})]
        pools, convs = ([kwargs for kwargs in inside if ("pool_type" in kwargs) is pool] for pool in (True, False))
        if not inside:
            return None
        known, channels = sole(convs or pools, "convolutions" if convs else "pools"), shape[1]
        if pools and not convs:
            return bare(POOL_TYPES[known["pool_type"]], known["kernel"], (channels, channels))
        op: Op = "conv_transpose" if "adj" in known else "conv"
        return bare(op, known["kernel"], (channels, known["num_filter"]), known["num_group"])


def blocks(layer: Any) -> Iterator[Any]:
    """Yield a block and all blocks inside it."""
    yield layer
    for child in layer._children.values():
        yield from blocks(child)
