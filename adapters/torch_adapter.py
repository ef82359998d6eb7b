"""PyTorch: ``nn.Conv1d`` to ``nn.Conv3d``. Numbers are one per axis, for both sides; 'same' only at stride 1."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..cases.case import Case
from .adapter import ONE_PAD_PER_AXIS, Adapter, Inexpressible, Spelling, arguments, compact, only, unless
from .conventions import lacking, numbers, symmetric


class TorchAdapter(Adapter):
    """Layers of ``torch.nn``, lazy ones included."""

    name = "torch"
    title = "PyTorch"
    imports = "import torch\nfrom torch import nn"
    distributions = ("torch", "numpy")
    modules = ("torch",)
    channels_last = False

    def __init__(self) -> None:
        super().__init__()
        self.torch = self.namespace["torch"]
        self.torch.set_num_threads(1)

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same")):
            return Inexpressible(f"torch has no word for {case.padding!r}")
        if isinstance(case.padding, str):
            return Spelling(_conv(case, case.padding), words=repr(case.padding))
        if not symmetric(case.padding):
            return Inexpressible(ONE_PAD_PER_AXIS)
        return Spelling(_conv(case, unless(0, [before for before, _ in case.padding])))

    @staticmethod
    def port(case: Case) -> Spelling | None:
        pads = numbers(case)
        if symmetric(pads) and min(map(min, pads)) >= 0:
            return Spelling(_conv(case, unless(0, [before for before, _ in pads])))
        flat = tuple(side for pair in reversed(pads) for side in pair)  # last axis first, as F.pad has it
        return Spelling(f"nn.Sequential(nn.ZeroPad{case.rank}d({flat!r}), {_conv(case, None)})")

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> Any:
        torch, nn = self.torch, self.namespace["nn"]
        with torch.no_grad():
            data = torch.from_numpy(np.ascontiguousarray(x))
            if weights is not None:
                if any(isinstance(p, nn.parameter.UninitializedParameter) for p in layer.parameters()):
                    layer(data)
                conv = only([m for m in layer.modules() if isinstance(m, nn.modules.conv._ConvNd)])
                conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
                if conv.bias is not None:
                    conv.bias.zero_()
            return layer(data).numpy()

    def declare(self, layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
        meta = copy.deepcopy(layer).to("meta")
        return tuple(meta(self.torch.empty(shape, device="meta")).shape)

    def facts(self) -> dict[str, Any]:
        return {"threads": self.torch.get_num_threads(), "device": str(self.torch.get_default_device())}


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        compact(case.kernel),
        stride=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        bias=False,
    )
    return f"nn.Conv{case.rank}d({given})"


ADAPTER = TorchAdapter
