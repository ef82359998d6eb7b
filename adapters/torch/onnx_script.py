"""The lines that export a PyTorch module, ``net``, for an input ``x``, and compute ``y`` from it in ONNX Runtime.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

# As a list for a list of layers and functions, which no module of torch holds; a function has no parameters.
NET = (
    "parts = {layer} if isinstance({layer}, list) else [{layer}]",
    "net = nn.ModuleList(part for part in parts if isinstance(part, nn.Module)).eval()",
    "net.forward = lambda x: functools.reduce(lambda made, part: part(made), parts, x)",
)
RUN = (
    "written = torch.onnx.export(net, (x,), dynamo=True, verbose=False).model_proto",
    "session = onnxruntime.InferenceSession(written.SerializeToString(), providers=['CPUExecutionProvider'])",
    "(y,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})",
)
