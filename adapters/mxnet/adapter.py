"""The adapter that runs MXNet layers; ``spelling.py`` has their spellings."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..adapter import Adapter, Job, Result, only
from ..live import Live
from ..processor import isa
from ..weights import spread
from .live import GluonLive, blocks
from .spelling import as_written, port


class MxnetAdapter(Adapter):
    """Blocks of ``mxnet.gluon.nn``, including those with deferred initialisation."""

    name = "mxnet"
    title = "MXNet Gluon"
    imports = "import mxnet as mx\nfrom mxnet import np, npx\nfrom mxnet.gluon import nn\nnpx.set_np()"
    distributions = ("mxnet", "numpy")
    modules = ("mxnet",)
    channels_last = False
    applying = """x, w = (np.array(array, dtype="@DTYPE@") for array in (x, w))
layer.initialize()
for parameter in layer.collect_params().values():
    parameter.set_data(w)
y = layer(x)"""

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.mx, self.np = self.namespace["mx"], self.namespace["np"]

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        data = self.np.array(x, dtype=dtype)
        if not hasattr(layer, "initialize"):
            return layer(data)
        if weights is None:
            layer.initialize()
        else:
            layer.initialize(self.mx.init.Zero())
            conv = only([block for block in blocks(layer) if "num_filter" in getattr(block, "_kwargs", {})])
            weights = spread(weights, conv.weight.shape[2:])
            conv.weight.set_data(self.np.array(weights, dtype=conv.weight.dtype))
            if conv.bias is not None:
                conv.bias.set_data(self.np.zeros(conv.bias.shape, dtype=conv.bias.dtype))
        return layer(data)

    def live(self, layer: Any) -> Live:
        return GluonLive(self, layer) if hasattr(layer, "collect_params") else Live(self, layer)

    def run_one(self, job: Job) -> Result:
        result = super().run_one(job)
        try:
            self.mx.nd.waitall()  # MXNet is asynchronous: a late error belongs to this job, not to the next one
        except Exception as error:
            if result.values is not None:
                result = Result(declared=result.declared, declare_error=result.declare_error).fail(error)
        return result

    def to_numpy(self, y: Any) -> np.ndarray:
        values: np.ndarray = y.asnumpy()
        return values

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        if "as_nd_ndarray" in getattr(getattr(layer, "__code__", None), "co_names", ()):
            return ()  # a function of classic arrays takes no symbols
        symbol = layer(self.mx.sym.var("data").as_np_ndarray())
        _, outputs, _ = symbol.infer_shape(data=shape)
        return tuple(outputs[0])

    def facts(self) -> dict[str, Any]:
        facts = {"device": str(self.mx.current_context())}
        if self.mx.runtime.Features().is_enabled("MKLDNN"):  # MXNet 1.9's name for oneDNN
            most = os.environ.get("DNNL_MAX_CPU_ISA", "")
            # oneDNN 2.4 accepts only capitals, and uses nothing newer than this unless it is asked to.
            facts["onednn_isa"] = isa(most=most.lower() if most.isupper() else "avx512_core_bf16")
        return facts


ADAPTER = MxnetAdapter
