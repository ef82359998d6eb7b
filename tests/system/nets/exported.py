"""A network with a GELU, in PyTorch and as it is exported to ONNX before opset 20: in five nodes.

``rgb`` says that the input is multiplied by 1/255 and has its channels reversed.
"""

import numpy as np


def _weights():
    random = np.random.RandomState(5)
    return [(random.standard_normal(shape) * 0.4).astype("f4") for shape in ((8, 3, 3, 3), (4, 8, 1, 1))]


def of_torch(form="none"):
    import torch
    from torch import nn

    net = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.GELU(form), nn.Conv2d(8, 4, 1, bias=False))
    with torch.no_grad():
        for layer, array in zip((net[0], net[2]), _weights(), strict=True):
            layer.weight.copy_(torch.from_numpy(array))
    return net


def of_onnx(scaled=False, reversed_=False):
    from onnx import helper, numpy_helper

    numbers = {"root": 2**0.5, "one": 1.0, "half": 0.5, "byte": 1 / 255}
    constants = [numpy_helper.from_array(np.array(number, "f4"), name) for name, number in numbers.items()]
    constants += [numpy_helper.from_array(a, name) for name, a in zip(("w", "v"), _weights(), strict=True)]
    constants.append(numpy_helper.from_array(np.array([2, 1, 0]), "order"))
    nodes, x = [], "x"
    if scaled:
        nodes.append(helper.make_node("Mul", [x, "byte"], ["s"], "scaled"))
        x = "s"
    if reversed_:
        nodes.append(helper.make_node("Gather", [x, "order"], ["b"], "reversed", axis=1))
        x = "b"
    nodes += [
        helper.make_node("Conv", [x, "w"], ["c"], "first"),
        helper.make_node("Div", ["c", "root"], ["d"], "div"),
        helper.make_node("Erf", ["d"], ["e"], "erf"),
        helper.make_node("Add", ["e", "one"], ["a"], "add"),
        helper.make_node("Mul", ["c", "a"], ["m"], "mul"),
        helper.make_node("Mul", ["m", "half"], ["g"], "gelu"),
        helper.make_node("Conv", ["g", "v"], ["y"], "last"),
    ]
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [1, 3, 10, 10]), ("y", [1, 4, 8, 8]))]
    graph = helper.make_graph(nodes, "exported", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
