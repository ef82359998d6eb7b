"""The layers of real models, counted by what each framework says of its own model, and the defaults of frameworks."""

import inspect

import numpy as np
import pytest
from convparity.adapters.models.recording import Recording
from convparity.adapters.registry import held, recorder_class
from convparity.report.findings.report import Report
from convparity.report.preflight.defaults import table
from convparity.report.preflight.layers import layers_of
from convparity.report.preflight.preflight import Preflight
from convparity.runs.predicted import predicted_run

# The architectures of keras.applications, and a side of the input that they accept; without their heads.
APPLICATIONS = {
    "MobileNetV2": 32,
    "ResNet50": 32,
    "VGG16": 32,
    "DenseNet121": 32,
    "InceptionV3": 75,
    "Xception": 75,
    "EfficientNetB0": 32,
    "NASNetMobile": 32,
}


def layers_in(adapter, model, folder, *sizes):
    x = np.random.RandomState(0).standard_normal((1, 3, *sizes)).astype(np.float32)
    x = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if adapter.channels_last else x
    recorder_class(adapter.name)(adapter, folder).record(model, {"": x}, {"model": "made here"})
    return layers_of(Recording(folder))


@pytest.mark.parametrize("name", APPLICATIONS)
def test_each_layer_of_a_keras_application_is_found_once_and_uneven_padding_is_named(adapter, name, tmp_path):
    """Keras counts its own layers; a separable convolution is two."""
    if adapter.name != "tensorflow":
        pytest.skip("these models take minutes on JAX, and are the same on PyTorch")
    keras, side = adapter.keras, APPLICATIONS[name]
    model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(side, side, 3))
    windowed = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "MaxPooling2D", "AveragePooling2D")
    kinds = [type(layer).__name__ for layer in model._flatten_layers() if type(layer).__name__ in windowed]
    found = layers_in(adapter, model, tmp_path / "rec", side, side)
    assert len(found.layers) == len(kinds) + kinds.count("SeparableConv2D")
    assert {one.name for one in found.left_out} <= {"GlobalAveragePooling2D"}
    named = {_whole(layer.path, model) for layer in found.layers}
    assert named <= {layer.name for layer in model._flatten_layers()}
    target = Preflight(found, Report(predicted_run(found.cases, ["torch"]))).targets[0]
    shifted = [row.layer.path for row in target.rows if row.verdict.case.op == "conv"]
    convolutions = [layer for layer in model._flatten_layers() if hasattr(layer, "kernel_size")]
    uneven = [layer.name for layer in convolutions if pads_unevenly(layer)]
    assert sorted(_whole(path, model) for path in shifted) == sorted(uneven)


def _whole(path, model):
    """Return the name of the layer of a path; a separable convolution is recorded as two."""
    name = path.partition(" (part")[0].rpartition("/")[2]
    separable = {one.name for one in model._flatten_layers() if type(one).__name__ == "SeparableConv2D"}
    halves = {f"{one}_{half}": one for one in separable for half in ("depthwise", "pointwise")}
    return halves.get(name, name)


def pads_unevenly(layer):
    """Whether a convolution of Keras has another pad before its rows than the half of its kernel, which PyTorch's has.

    By XLA's rule for `same`, or by the layer of zeros before it.
    """
    size, kernel, stride = layer.input.shape[1], layer.kernel_size[0], layer.strides[0]
    if layer.padding == "same":
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return total // 2 != (kernel - 1) // 2
    before = layer.input._keras_history.operation
    sides = getattr(before, "padding", ((0, 0),)) if type(before).__name__ == "ZeroPadding2D" else ((0, 0),)
    return sides[0][0] != sides[0][1]


def test_each_layer_of_a_torch_model_is_found_once(adapter, tmp_path):
    """The modules of a ResNet with a decoder, and the pads and pools that it calls as functions."""
    if adapter.name != "torch":
        pytest.skip("a model of PyTorch")
    torch, nn = adapter.torch, adapter.torch.nn

    class Block(nn.Module):
        def __init__(self, c, d, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(c, d, 3, stride=stride, padding=1, bias=False)
            self.conv2 = nn.Conv2d(d, d, 3, padding=1, groups=2, padding_mode="reflect")
            self.skip = nn.Conv2d(c, d, 1, stride=stride) if c != d else nn.Identity()

        def forward(self, x):
            return torch.relu(self.conv2(torch.relu(self.conv1(x))) + self.skip(x))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 4, 7, stride=2, padding=3)
            self.pool = nn.MaxPool2d(3, stride=2, padding=1)
            self.blocks = nn.Sequential(Block(4, 4, 1), Block(4, 8, 2), Block(8, 8, 1))
            self.down = nn.Conv2d(8, 8, 3, stride=2)
            self.up = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)

        def forward(self, x):
            x = self.blocks(self.pool(self.stem(x)))
            x = self.down(nn.functional.pad(x, (0, 1, 0, 1)))
            return nn.functional.avg_pool2d(self.up(x), 3, 1, 1)

    model = Net()
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d)
    modules = {name for name, module in model.named_modules() if isinstance(module, kinds)}
    found = layers_in(adapter, model, tmp_path / "rec", 64, 64)
    assert [layer.path for layer in found.layers].count("avg_pool2d") == 1
    assert {layer.path for layer in found.layers} == {*modules, "avg_pool2d"}
    assert len(found.layers) == len(modules) + 1
    cases = {layer.path: layer.case for layer in found.layers}
    assert cases["down"].padding == ((0, 1), (0, 1))
    assert (cases["blocks.0.conv2"].padding_mode, cases["blocks.0.conv2"].groups) == ("reflect", 2)
    assert (cases["up"].op, cases["up"].output_padding, cases["up"].input) == ("conv_transpose", (1, 1), (4, 4))


def test_each_node_of_an_onnx_model_is_found_once(adapter, tmp_path):
    """A pad, a convolution with a word, one with numbers, and pools; nodes are counted by their operator."""
    if adapter.name != "onnxruntime":
        pytest.skip("a model of ONNX")
    make, tensor = adapter.helper.make_node, adapter.onnx.numpy_helper.from_array
    random = np.random.RandomState(0)
    w = [tensor(random.standard_normal((4, c, 3, 3)).astype(np.float32), f"w{i}") for i, c in enumerate((3, 4))]
    nodes = [
        make("Conv", ["x", "w0"], ["a"], "stem", auto_pad="SAME_UPPER", strides=[2, 2]),
        make("Relu", ["a"], ["b"]),
        make("Pad", ["b", "pads"], ["c"]),
        make("Conv", ["c", "w1"], ["d"], "down", strides=[2, 2]),
        make("AveragePool", ["d"], ["e"], "pool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        make("GlobalAveragePool", ["e"], ["y"], "head"),
    ]
    pads = tensor(np.array([0, 0, 0, 0, 0, 0, 1, 1], np.int64), "pads")
    info = adapter.helper.make_tensor_value_info
    values = [[info("x", 1, [1, 3, 16, 16])], [info("y", 1, None)]]
    opsets = [adapter.helper.make_opsetid("", 17)]
    graph = adapter.helper.make_graph(nodes, "net", *values, [*w, pads])
    model = adapter.helper.make_model(graph, opset_imports=opsets, ir_version=8)
    found = layers_in(adapter, model, tmp_path / "rec", 16, 16)
    operators = [node.op_type for node in nodes]
    assert len(found.layers) == operators.count("Conv") + operators.count("AveragePool")
    cases = {layer.path: layer.case for layer in found.layers}
    assert (cases["stem"].padding, cases["down"].padding) == ("same", ((0, 1), (0, 1)))
    assert cases["pool"].count_include_pad is False
    assert [one.path for one in found.left_out] == ["head"]


def test_each_call_of_a_flax_model_is_found_once_with_its_padding_word(adapter, tmp_path):
    if adapter.name != "flax":
        pytest.skip("a model of Flax")
    import flax.linen as nn
    import jax

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            x = nn.relu(nn.Conv(4, (3, 3), strides=2, name="stem")(x))
            x = nn.avg_pool(x, (3, 3), (2, 2), "SAME")
            return nn.Conv(4, (3, 3), strides=2, padding=((0, 1), (1, 1)), feature_group_count=2, name="down")(x)

    net = Net()
    variables = net.init(jax.random.PRNGKey(0), np.zeros((1, 16, 16, 3), np.float32))
    found = layers_in(adapter, (net, variables), tmp_path / "rec", 16, 16)
    stem, pool, down = found.cases
    assert (stem.op, stem.padding, stem.input) == ("conv", "same", (16, 16))
    assert (pool.op, pool.padding, pool.input, pool.counts_padding) == ("avg_pool", "same", (8, 8), True)
    assert (down.padding, down.groups, down.input) == (((0, 1), (1, 1)), 2, (4, 4))
    assert found.layers[2].path.endswith("down")


def test_each_layer_of_a_gluon_model_is_found_once(adapter, tmp_path):
    if adapter.name != "mxnet":
        pytest.skip("a model of Gluon")
    mx = __import__("mxnet")
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, strides=2, padding=1), nn.BatchNorm(), nn.MaxPool2D(3, 2, padding=1), nn.Conv2D(4, 1))
    net.initialize()
    net(_array(mx, np.zeros((1, 3, 16, 16), np.float32)))
    found = layers_in(adapter, net, tmp_path / "rec", 16, 16)
    assert len(found.layers) == sum(type(layer).__name__ in ("Conv2D", "MaxPool2D") for layer in net)
    assert [case.padding for case in found.cases] == [((1, 1), (1, 1)), ((1, 1), (1, 1)), ((0, 0), (0, 0))]


def _of_signature(function, **names):
    given = inspect.signature(function).parameters
    return {name: given[parameter].default for name, parameter in names.items()}


def of_torch(adapter):
    nn = adapter.torch.nn
    x = adapter.torch.linspace(-2, 2, 41)
    at = adapter.torch.arange(4.0).reshape(1, 1, 2, 2)
    resized = nn.functional.interpolate(at, scale_factor=2, mode="bilinear")
    return {
        ("batch_norm", "epsilon"): nn.BatchNorm2d(1).eps,
        ("batch_norm", "momentum"): 1 - nn.BatchNorm2d(1).momentum,
        ("layer_norm", "epsilon"): nn.LayerNorm(1).eps,
        ("group_norm", "epsilon"): nn.GroupNorm(1, 1).eps,
        ("instance_norm", "epsilon"): nn.InstanceNorm2d(1).eps,
        ("gelu", "approximation"): nn.GELU().approximate,
        ("hard_sigmoid", "slope"): _slope(x.numpy(), nn.Hardsigmoid()(x).numpy()),
        ("leaky_relu", "slope"): nn.LeakyReLU().negative_slope,
        ("resize", "corners"): _corners(resized.numpy()[0, 0, 0]),
        ("flatten", "order"): "channels first",  # its tensors have their channels first
        ("avg_pool", "count_include_pad"): nn.AvgPool2d(1).count_include_pad,
    }


def of_keras(adapter):
    keras = adapter.keras
    layers, x = keras.layers, np.linspace(-2, 2, 41, dtype=np.float32)
    at = np.arange(4, dtype=np.float32).reshape(1, 2, 2, 1)
    resized = np.asarray(keras.ops.convert_to_numpy(layers.UpSampling2D(2, interpolation="bilinear")(at)))
    ones = np.ones((1, 3, 3, 1), np.float32)
    averages = np.asarray(keras.ops.convert_to_numpy(layers.AveragePooling2D(3, 1, padding="same")(ones)))
    gelu = _of_signature(keras.activations.gelu, form="approximate")["form"]
    return {
        ("batch_norm", "epsilon"): layers.BatchNormalization().epsilon,
        ("batch_norm", "momentum"): layers.BatchNormalization().momentum,
        ("layer_norm", "epsilon"): layers.LayerNormalization().epsilon,
        ("group_norm", "epsilon"): layers.GroupNormalization().epsilon,
        ("gelu", "approximation"): "tanh" if gelu else "none",
        ("hard_sigmoid", "slope"): _slope(x, np.asarray(keras.ops.convert_to_numpy(keras.ops.hard_sigmoid(x)))),
        ("leaky_relu", "slope"): layers.LeakyReLU().negative_slope,
        ("resize", "corners"): _corners(resized[0, 0, :, 0]),
        ("flatten", "order"): "channels last",  # its default layout
        ("avg_pool", "count_include_pad"): bool(averages[0, 0, 0, 0] < 1),
    }


def of_flax(adapter):
    import flax.linen as nn
    import jax

    x = np.linspace(-2, 2, 41, dtype=np.float32)
    resized = jax.image.resize(np.arange(4, dtype=np.float32).reshape(2, 2), (4, 4), "linear")
    averages = nn.avg_pool(np.ones((1, 3, 3, 1), np.float32), (3, 3), (1, 1), "SAME")
    return {
        ("batch_norm", "epsilon"): nn.BatchNorm().epsilon,
        ("batch_norm", "momentum"): nn.BatchNorm().momentum,
        ("layer_norm", "epsilon"): nn.LayerNorm().epsilon,
        ("group_norm", "epsilon"): nn.GroupNorm(1).epsilon,
        ("instance_norm", "epsilon"): nn.InstanceNorm().epsilon,
        ("gelu", "approximation"): "tanh" if np.array_equal(nn.gelu(x), nn.gelu(x, approximate=True)) else "none",
        ("hard_sigmoid", "slope"): _slope(x, np.asarray(nn.hard_sigmoid(x))),
        ("leaky_relu", "slope"): -float(nn.leaky_relu(-1.0)),
        ("resize", "corners"): _corners(np.asarray(resized)[0]),
        ("flatten", "order"): "channels last",  # its convolutions have their channels last
        ("avg_pool", "count_include_pad"): bool(averages[0, 0, 0, 0] < 1),
    }


def of_mxnet(adapter):
    mx = adapter.mx if hasattr(adapter, "mx") else __import__("mxnet")
    nn, x = mx.gluon.nn, np.linspace(-2, 2, 41, dtype=np.float32)
    gelu = nn.GELU()
    gelu.initialize()
    exact = 0.5 * x[-1] * (1 + float(mx.nd.erf(mx.nd.array([x[-1] / 2**0.5])).asnumpy()[0]))
    resized = mx.nd.contrib.BilinearResize2D(mx.nd.array(np.arange(4.0).reshape(1, 1, 2, 2)), height=4, width=4)
    epsilons = {"batch_norm": nn.BatchNorm, "layer_norm": nn.LayerNorm, "group_norm": nn.GroupNorm}
    return {
        **{(kind, "epsilon"): _of_signature(made, e="epsilon")["e"] for kind, made in epsilons.items()},
        ("instance_norm", "epsilon"): _of_signature(nn.InstanceNorm, e="epsilon")["e"],
        ("batch_norm", "momentum"): _of_signature(nn.BatchNorm, m="momentum")["m"],
        ("gelu", "approximation"): "none" if abs(float(gelu(_array(mx, x[-1:]))[0]) - exact) < 1e-5 else "tanh",
        ("hard_sigmoid", "slope"): _slope(x, mx.nd.hard_sigmoid(mx.nd.array(x)).asnumpy()),
        ("resize", "corners"): _corners(resized.asnumpy()[0, 0, 0]),
        ("flatten", "order"): "channels first",
        ("avg_pool", "count_include_pad"): _of_signature(nn.AvgPool2D, c="count_include_pad")["c"],
    }


def _array(mx, x):
    return mx.np.array(x) if mx.util.is_np_array() else mx.nd.array(x)


def of_onnx(adapter):
    import onnx

    def default(op, name):
        found = onnx.defs.get_schema(op).attributes[name].default_value
        value = onnx.helper.get_attribute_value(found)
        return value.decode() if isinstance(value, bytes) else value

    epsilons = ("batch_norm", "BatchNormalization"), ("layer_norm", "LayerNormalization")
    groups = ("group_norm", "GroupNormalization"), ("instance_norm", "InstanceNormalization")
    return {
        **{(kind, "epsilon"): default(op, "epsilon") for kind, op in (*epsilons, *groups)},
        ("batch_norm", "momentum"): default("BatchNormalization", "momentum"),
        ("gelu", "approximation"): default("Gelu", "approximate"),
        ("hard_sigmoid", "slope"): default("HardSigmoid", "alpha"),
        ("leaky_relu", "slope"): default("LeakyRelu", "alpha"),
        ("resize", "corners"): default("Resize", "coordinate_transformation_mode").replace("_", "-"),
        ("flatten", "order"): "channels first",
        ("avg_pool", "count_include_pad"): bool(default("AveragePool", "count_include_pad")),
    }


def _slope(x, y):
    """The slope of a hard sigmoid, around zero."""
    middle = len(x) // 2
    return float((y[middle + 1] - y[middle - 1]) / (x[middle + 1] - x[middle - 1]))


def _corners(row):
    """The convention by which 0, 1 became four numbers: 0, 1/4, 3/4, 1 or, with aligned corners, thirds."""
    if np.allclose(row, [0, 1 / 4, 3 / 4, 1], atol=1e-6):
        return "half-pixel"
    return "aligned" if np.allclose(row, [0, 1 / 3, 2 / 3, 1], atol=1e-6) else str(row)


FRAMEWORKS = {"torch": of_torch, "keras": of_keras, "flax": of_flax, "mxnet": of_mxnet, "onnxruntime": of_onnx}


def test_the_table_of_defaults_is_what_the_framework_does(adapter):
    framework = held(adapter.name).split()[0]
    measured = FRAMEWORKS[framework](adapter)
    rows = {(row.kind, row.setting): row.value for row in table() if row.framework == framework}
    assert set(rows) == set(measured)
    for key, value in rows.items():
        assert measured[key] == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value), key
