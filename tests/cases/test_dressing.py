"""A port keeps the bias, the name and what comes after the layer of the line that was asked about."""

import ast
from dataclasses import replace

import pytest
from convparity.adapters.dressed import dressed, lacking
from convparity.adapters.dressing import Activation, Dressing, PointwiseConv
from convparity.adapters.expression import read
from convparity.adapters.ported import port_line
from convparity.adapters.prediction import predict
from convparity.adapters.registry import NAMES
from convparity.cases.catalog.validate import make_case
from convparity.cases.operations.table import operation

IMAGE = (3, 16, 16)
RELU, GELU, TANH_GELU = Activation("relu"), Activation("gelu"), Activation("gelu_tanh")
CASE = make_case(input=[16, 16], in_channels=3, out_channels=8, kernel=3, stride=2, padding=[[0, 1], [0, 1]])

READ = [
    ("layers.Conv2D(8, 3, activation='relu', name='stem')", Dressing(True, (RELU,), "stem")),
    ("layers.Conv2D(8, 3, use_bias=False)", Dressing()),
    ("x = layers.Conv2D(8, 3, name='block1/conv')(x)", Dressing(True, (), "block1_conv")),
    ("layers.Conv2D(8, 3, activation=keras.activations.gelu)", Dressing(True, (GELU,))),
    ("layers.Conv2D(8, 3, activation='leaky_relu')", Dressing(True, (Activation("leaky_relu", 0.2),))),
    ("keras.Sequential([layers.Conv2D(8, 3), layers.LeakyReLU()])", Dressing(True, (Activation("leaky_relu", 0.3),))),
    ("keras.Sequential([layers.Conv2D(8, 3), layers.ReLU(6.0)])", Dressing(True, (Activation("relu6"),))),
    ("keras.Sequential([layers.Conv2D(8, 3), layers.Activation('swish')])", Dressing(True, (Activation("silu"),))),
    ("self.stem = nn.Conv2d(3, 8, 3)", Dressing(True, (), "stem")),
    ("y = nn.Conv2d(3, 8, 3)(x)", Dressing(True)),
    ("nn.Conv2d(3, 8, 3, bias=False)", Dressing()),
    ("nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True))", Dressing(True, (RELU,))),
    (
        "nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(True), nn.GELU('tanh'))",
        Dressing(True, (RELU, Activation("gelu_tanh"))),
    ),
    ("nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())", Dressing(True)),
    ("nn.Sequential(nn.ReLU(), nn.Conv2d(3, 8, 3))", Dressing(True)),
    ("F.relu(F.conv2d(x, torch.randn(8, 3, 3, 3)))", Dressing(False, (RELU,))),
    ("F.conv2d(x, torch.randn(8, 3, 3, 3), b)", Dressing(True)),
    ("F.leaky_relu(F.conv2d(x, torch.randn(8, 3, 3, 3)), 0.1)", Dressing(False, (Activation("leaky_relu", 0.1),))),
    ("linen.Conv(8, (3, 3), name='stem')", Dressing(True, (), "stem")),
    ("nn.Sequential([linen.Conv(8, (3, 3)), nn.gelu])", Dressing(True, (Activation("gelu_tanh"),))),
    ("gluon.nn.Conv2D(8, 3, activation='softrelu', prefix='stem_')", Dressing(True, (Activation("softplus"),), "stem")),
    ("helper.make_node('Conv', ['x', 'w', 'b'], ['y'], kernel_shape=[3, 3], name='stem')", Dressing(True, (), "stem")),
    ("nn.MaxPool2d(2)", Dressing()),
]


@pytest.mark.parametrize(("line", "dressing"), READ)
def test_the_bias_the_activations_and_the_name_of_a_line_are_read(line, dressing):
    assert read(line, IMAGE).dressing == dressing


def test_a_name_that_a_script_needs_itself_is_replaced():
    assert port_line(CASE, "torch", Dressing(name="nn")).startswith("nn_layer = nn.Sequential(")


def test_an_unknown_bias_is_mentioned():
    found = read("layers.Conv2D(8, 3, use_bias=not norm)", IMAGE)
    assert found.dressing.bias
    assert "use_bias=not norm is taken as True." in found.asides


def test_only_the_layers_that_are_left_aside_are_mentioned():
    found = read("nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.BatchNorm2d(8), nn.SiLU())", IMAGE)
    assert found.asides == ("BatchNorm2d and SiLU are left aside.",)


SEPARABLE = "layers.SeparableConv2D(8, 3, activation='relu', name='stem')"
POINTWISE = PointwiseConv(2, 3, 8, True)


@pytest.mark.parametrize(
    ("text", "dressing"),
    [
        # The bias and the activation of Keras' layer are those of its output.
        (SEPARABLE, Dressing(False, (POINTWISE, RELU), "stem")),
        (
            "nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, bias=False), nn.Conv2d(3, 8, 1), nn.ReLU())",
            Dressing(False, (POINTWISE, RELU)),
        ),
        (
            "nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.ReLU(), nn.Conv2d(3, 8, 1, bias=False))",
            Dressing(True, (RELU, replace(POINTWISE, bias=False))),
        ),
        # A batch norm between the two is left aside, and with it what follows.
        ("nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.BatchNorm2d(3), nn.Conv2d(3, 8, 1))", Dressing(True)),
        ("layers.SeparableConv2D(filters, 3)", Dressing()),
    ],
)
def test_a_port_of_a_separable_convolution_keeps_its_pointwise_part(text, dressing):
    found = read(text, IMAGE)
    assert found.dressing == dressing
    aside = "This is the depthwise convolution; the pointwise 1x1 convolution after it is left aside."
    assert (aside in found.asides) == (not any(isinstance(one, PointwiseConv) for one in dressing.after))


@pytest.mark.parametrize(
    ("adapter", "line"),
    {
        "torch": "stem = nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, bias=False), nn.Conv2d(3, 8, 1), nn.ReLU())",
        "tensorflow": "keras.Sequential([layers.DepthwiseConv2D(3, use_bias=False, name='stem'), "
        "layers.Conv2D(8, 1), layers.Activation('relu')])",
        "flax": "nn.Sequential([nn.Conv(3, (3, 3), padding=0, feature_group_count=3, use_bias=False), "
        "nn.Conv(8, (1, 1)), nn.relu], name='stem')",
        "mxnet": "net = nn.Sequential(); net.add(nn.Conv2D(3, 3, groups=3, use_bias=False, prefix='stem_'), "
        "nn.Conv2D(8, 1), nn.Activation('relu'))",
        "onnxruntime": "[helper.make_node('Conv', ['x', 'w'], ['linear'], kernel_shape=[3, 3], group=3, name='stem'), "
        "helper.make_node('Conv', ['linear', 'w2', 'b2'], ['linear1'], kernel_shape=[1, 1]), "
        "helper.make_node('Relu', ['linear1'], ['y'])]",
    }.items(),
)
def test_a_separable_convolution_is_written_in_each_framework(adapter, line):
    asked = read(SEPARABLE, IMAGE)
    assert port_line(asked.case, adapter, asked.dressing) == line


WRITTEN = {
    "torch": "stem = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2), nn.ReLU())",
    "tensorflow": "keras.Sequential([layers.ZeroPadding2D(((0, 1), (0, 1))), layers.Conv2D(8, 3, strides=2, "
    "name='stem'), layers.Activation('relu')])",
    "flax": "nn.Sequential([nn.Conv(8, (3, 3), strides=2, padding=((0, 1), (0, 1))), nn.relu], name='stem')",
    "equinox": "stem = eqx.nn.Sequential([eqx.nn.Conv2d(3, 8, 3, stride=2, padding=((0, 1), (0, 1)), key=key), "
    "eqx.nn.Lambda(jax.nn.relu)])",
    "haiku": "hk.Sequential([hk.Conv2D(8, 3, stride=2, padding=((0, 1), (0, 1)), name='stem'), jax.nn.relu])",
    "tensorflowjs": "const stem = (x, w, b) => tf.relu(tf.add("
    "tf.conv2d(x, w, 2, [[0, 0], [0, 1], [0, 1], [0, 0]]), b))",
    "paddle": "stem = paddle.nn.Sequential(paddle.nn.Conv2D(3, 8, 3, stride=2, padding=[0, 1, 0, 1]), "
    "paddle.nn.ReLU())",
    "openvino": "lambda x, w, b: ops.relu(ops.add(ops.convolution(x, w, strides=[2, 2], pads_begin=[0, 0], "
    "pads_end=[1, 1], dilations=[1, 1], name='stem'), ops.reshape(b, [1, -1, 1, 1], False)))",
    "mlx": "stem = mlx.nn.Sequential(lambda x: mx.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0))), "
    "mlx.nn.Conv2d(3, 8, 3, stride=2), mlx.nn.ReLU())",
    "mxnet": "net = nn.Sequential(); net.add(nn.Lambda(lambda x: np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)))), "
    "nn.Conv2D(8, 3, strides=2, prefix='stem_'), nn.Activation('relu'))",
    "onnxruntime": "[helper.make_node('Conv', ['x', 'w', 'b'], ['linear'], kernel_shape=[3, 3], strides=[2, 2], "
    "pads=[0, 0, 1, 1], name='stem'), helper.make_node('Relu', ['linear'], ['y'])]",
}


@pytest.mark.parametrize("adapter", WRITTEN)
def test_a_port_is_written_in_each_framework(adapter):
    assert port_line(CASE, adapter, Dressing(True, (RELU,), "stem")) == WRITTEN[adapter]


KINDS = (
    *("relu", "relu6", "elu", "selu", "gelu", "gelu_tanh", "silu", "sigmoid", "tanh"),
    *("softplus", "softsign", "hard_sigmoid", "hard_swish", "mish"),
)
BESIDE = ("onnxruntime", "openvino")  # whose lines do not say the shape of the weights
ACTIVATIONS = [*map(Activation, KINDS), Activation("leaky_relu", 0.1)]
BY_HAND = {  # written as functions of x, or with attributes, which are not read back
    *((on_jax, kind) for on_jax in ("equinox", "flax", "haiku") for kind in ("gelu", "leaky_relu")),
    *(("mxnet", "relu6"), ("onnxruntime", "hard_sigmoid"), ("openvino", "relu6"), ("openvino", "selu")),
    *((keras, "gelu_tanh") for keras in ("tensorflow", "keras-torch", "keras-jax", "litert")),
}


@pytest.mark.parametrize("adapter", NAMES)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.kind)
def test_a_dressing_that_was_written_is_read_back(adapter, activation):
    dressing = Dressing(True, (activation, RELU), "stem")
    source = dressed(predict(CASE, adapter).spelling.source, adapter, dressing)
    shape = operation("conv").weights_shape(CASE)
    shapes = {**dict.fromkeys(BESIDE, shape), "tensorflowjs": (*shape[2:], shape[1], shape[0])}
    found = read(source, IMAGE, shapes.get(adapter)).dressing
    if lacking(adapter, dressing):
        assert adapter in ("mxnet", "onnxruntime", "mlx", "tensorflowjs")
        assert found == Dressing(True, (), "stem")
    elif (adapter, activation.kind) not in BY_HAND:
        assert found == dressing


def test_a_line_with_nothing_beside_its_layer_is_left_as_it_is():
    source = predict(CASE, "keras-jax", "port").spelling.source
    assert dressed(source, "keras-jax", Dressing()) is source


@pytest.mark.parametrize(
    "adapter", ["torch", "tensorflow", "flax", "mxnet", "onnxruntime", "equinox", "haiku", "openvino", "mlx", "paddle"]
)
def test_a_bias_reaches_the_output_padding(adapter):
    """Three outputs beyond the last window: zeros that a port puts there have no bias."""
    case = make_case(op="conv_transpose", input=[4], kernel=2, stride=3, output_padding=[3])
    source = port_line(case, adapter, Dressing(True))
    weights = (1, 1, 5) if adapter in BESIDE else None
    found = read(source, (1, 4), weights)
    assert not found.pads_after
    assert "Pad" not in ast.unparse(ast.parse(source))
