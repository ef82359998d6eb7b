"""PyTorch layers as models of ONNX, which ``torch.onnx.export`` writes and ONNX Runtime runs on the CPU."""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..adapter import only, takes_weights
from ..live import Live
from .adapter import TorchAdapter
from .onnx_script import NET, RUN
from .onnx_spelling import as_written, port


class OnnxAdapter(TorchAdapter):
    """Layers of ``torch.nn``, each a model that the exporter makes for one shape of input."""

    name = "torch-onnx"
    title = "PyTorch on ONNX Runtime"
    imports = f"import functools\nimport onnxruntime\n{TorchAdapter.imports}"
    distributions = ("torch", "onnxruntime", "onnxscript", "onnx", "numpy")
    modules = ("torch", "onnxruntime", "onnxscript", "onnx")
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    applying = "\n".join(
        [
            "x, w = (torch.tensor(array, dtype=torch.@DTYPE@) for array in (x, w))",
            *(line.format(layer="layer") for line in NET),
            "with torch.no_grad():",
            "    for parameter in net.parameters():",
            "        parameter.copy_(w)",
            *RUN,
        ]
    )

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        super().__init__()
        self.runtime = self.namespace["onnxruntime"]
        self.options = self.runtime.SessionOptions()
        self.options.intra_op_num_threads = self.options.inter_op_num_threads = 1
        self.options.log_severity_level = 4  # errors are raised; other messages would be noise

    def pin(self) -> None:
        super().pin()
        logging.disable(logging.CRITICAL)  # torch 2.13 logs a traceback for each layer that it cannot export
        warnings.filterwarnings("ignore", module="torch")
        # torch 2.13 makes the tables of its operators anew for each model, which takes longer than all the rest.
        self._remember("torch.onnx._internal.exporter._registration", "ONNXRegistry.from_torchlib")
        self._remember("torch._export.utils", "_collect_all_valid_cia_ops_for_namespace")

    def _remember(self, module: str, path: str) -> None:
        """Let a function without a state, if there is one of this name, keep what it returns."""
        owner, _, name = f".{path}".rpartition(".")
        holder: Any = None
        with contextlib.suppress(ImportError):  # neither of these names is public
            holder = importlib.import_module(module)
        for part in filter(None, owner.split(".")):
            holder = getattr(holder, part, None)
        found = getattr(holder, name, None)
        if found is not None:
            kept = functools.cache(found)
            setattr(holder, name, staticmethod(kept) if isinstance(holder, type) else kept)

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        torch = self.torch
        kind = getattr(torch, dtype)
        given = torch.from_numpy(np.ascontiguousarray(x)).to(kind)
        with torch.no_grad():
            net = self._net(layer, given, weights)
            inside = net.forward
            narrow = dtype == "bfloat16"  # of which NumPy, and so ONNX Runtime's interface, has none
            if narrow:
                net.forward = lambda x: inside(x.to(kind)).float()
                given = given.float()
            try:
                written = torch.onnx.export(net, (given,), dynamo=True, verbose=False).model_proto
            except Exception as error:
                raise _cause(error) from None
        session = self.runtime.InferenceSession(written.SerializeToString(), self.options, ["CPUExecutionProvider"])
        (y,) = session.run(None, {session.get_inputs()[0].name: given.numpy()})
        return y.astype(importlib.import_module("ml_dtypes").bfloat16) if narrow else y  # onnx needs that package

    def _net(self, layer: Any, data: Any, weights: np.ndarray | None) -> Any:
        """Return a module that applies a layer, a function or a list of them, with these weights or its own."""
        torch, nn = self.torch, self.namespace["nn"]
        kernel = None if weights is None else torch.from_numpy(np.ascontiguousarray(weights)).to(data.dtype)
        if takes_weights(layer):
            net = nn.ParameterList([nn.Parameter(kernel, requires_grad=False)])
            net.forward = lambda x: layer(x, net[0])
            return net
        parts = layer if isinstance(layer, list) else [layer]
        modules = [part.func if isinstance(part, functools.partial) else part for part in parts]
        net = nn.ModuleList(module for module in modules if isinstance(module, nn.Module)).train(False)
        net.forward = lambda x: functools.reduce(lambda made, part: part(made), parts, x)
        if any(isinstance(parameter, nn.parameter.UninitializedParameter) for parameter in net.parameters()):
            net.forward(data)
        if kernel is not None:
            conv = only([module for module in net.modules() if isinstance(module, nn.modules.conv._ConvNd)])
            conv.weight.copy_(kernel)
            if conv.bias is not None:
                conv.bias.zero_()
        return net

    def to_numpy(self, y: Any) -> np.ndarray:
        return np.asarray(y)

    def live(self, layer: Any) -> Live:
        return Live(self, layer)

    def facts(self) -> dict[str, Any]:
        return {"threads": self.options.intra_op_num_threads, "device": "cpu"}


def _cause(error: BaseException) -> BaseException:
    """Return what an error of the exporter goes back to, which says what is wrong; the others say what to do next."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


ADAPTER = OnnxAdapter
