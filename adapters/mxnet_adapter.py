"""MXNet 1.9: ``gluon.nn.Conv1D`` to ``Conv3D``, NumPy interface. Padding is numbers, one per axis, for both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cases.case import Case, Pads
from .adapter import ONE_PAD_PER_AXIS, Adapter, Inexpressible, Spelling, arguments, compact, only, unless
from .conventions import numbers, symmetric


class MxnetAdapter(Adapter):
    """Blocks of ``mxnet.gluon.nn``; their deferred initialisation included."""

    name = "mxnet"
    title = "MXNet Gluon"
    imports = "import mxnet as mx\nfrom mxnet import np, npx\nfrom mxnet.gluon import nn\nnpx.set_np()"
    distributions = ("mxnet", "numpy")
    modules = ("mxnet",)
    channels_last = False

    def __init__(self) -> None:
        super().__init__()
        self.mx, self.np = self.namespace["mx"], self.namespace["np"]

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        if case.padding == "valid":
            return Spelling(_conv(case, None), words="padding left out")
        if isinstance(case.padding, str):
            return Inexpressible(f"gluon pads by numbers only; it has no word for {case.padding!r}")
        if not symmetric(case.padding):
            return Inexpressible(ONE_PAD_PER_AXIS)
        return Spelling(_conv(case, unless(0, [before for before, _ in case.padding])))

    @staticmethod
    def port(case: Case) -> Spelling | None:
        pads = numbers(case)
        if symmetric(pads) and min(map(min, pads)) >= 0:
            return Spelling(_conv(case, unless(0, [before for before, _ in pads])))
        layers = f"nn.Lambda(lambda x: {_padded(pads)}), {_conv(case, None)}"
        return Spelling(f"net = nn.Sequential(); net.add({layers})")

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> Any:
        if weights is None:
            layer.initialize()
        else:
            layer.initialize(self.mx.init.Zero())
            nn = self.namespace["nn"]
            blocks = [layer, *getattr(layer, "_children", {}).values()]
            convs = [block for block in blocks if isinstance(block, (nn.Conv1D, nn.Conv2D, nn.Conv3D))]
            conv = only(convs)
            conv.weight.set_data(self.np.array(weights, dtype="float32"))
            if conv.bias is not None:
                conv.bias.set_data(self.np.zeros(weights.shape[0]))
        return layer(self.np.array(x, dtype="float32")).asnumpy()

    def declare(self, layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
        symbol = layer(self.mx.sym.var("data").as_np_ndarray())
        _, outputs, _ = symbol.infer_shape(data=shape)
        return tuple(outputs[0])

    def facts(self) -> dict[str, Any]:
        return {"device": str(self.mx.current_context())}


def _padded(pads: Pads) -> str:
    """Source text that crops and pads ``x`` in its spatial axes."""
    source = "x"
    if any(side < 0 for pair in pads for side in pair):
        slices = [f"{max(-before, 0) or ''}:{min(after, 0) or ''}" for before, after in pads]
        source = f"x[:, :, {', '.join(slices)}]"
    pad = tuple((max(before, 0), max(after, 0)) for before, after in pads)
    return f"np.pad({source}, {((0, 0), (0, 0), *pad)!r})" if any(map(any, pad)) else source


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.out_channels,
        compact(case.kernel),
        strides=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        use_bias=False,
    )
    return f"nn.Conv{case.rank}D({given})"


ADAPTER = MxnetAdapter
