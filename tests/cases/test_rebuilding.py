"""Lines rebuilt from what was read of them: names of the frameworks, literals and numbers, and nothing of the text.

Each rebuilt line is written out by hand, and read back to the case of the line that it came from.
"""

import importlib.util
from pathlib import Path

import pytest
from convparity.adapters.expression import read, rebuild

IMAGE = (3, 8, 9)
REBUILT = [
    # what moves no window is left out, and names of channels become numbers
    ("torch.nn.Conv2d(3, width, 3, 2, bias=False, device=gpu)", "nn.Conv2d(3, 1, 3, 2, bias=False)"),
    (
        "tf.keras.layers.Conv2D(8, 3, activation='relu', use_bias=True, name='stem', padding='same')",
        "layers.Conv2D(8, 3, use_bias=True, padding='same')",
    ),
    ("layers.DepthwiseConv2D(3, depth_multiplier=m)", "layers.DepthwiseConv2D(3, depth_multiplier=1)"),
    ("nn.Conv2d(c, c, 7 // 2, padding=(2 * 1, 0), groups=c)", "nn.Conv2d(3, 3, 3, padding=(2, 0), groups=3)"),
    ("Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=same)", None),
    # the depthwise part of a separable convolution
    (
        "layers.SeparableConv2D(8, 3, strides=2, depth_multiplier=2, use_bias=False)",
        "layers.DepthwiseConv2D(kernel_size=3, strides=2, depth_multiplier=2, use_bias=False)",
    ),
    ("nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 8, 1))", "nn.Conv2d(3, 3, 3, groups=3)"),
    # mirrored padding by hand
    (
        "[lambda a: torch.cat([a[:, :, :1 + 1].flip(2), a, a[:, :, -1:].flip(2)], 2), nn.Conv2d(3, 8, 3)]",
        "[lambda x: torch.cat([x[:, :, :2].flip(2), x, x[:, :, -1:].flip(2)], 2), nn.Conv2d(3, 8, 3)]",
    ),
    (
        "[helper.make_node('Constant', [], ['i'], value_ints=[-1, -2]), "
        "helper.make_node('Gather', ['image', 'i'], ['a'], axis=3), "
        "helper.make_node('Concat', ['image', 'a'], ['b'], axis=3), "
        "helper.make_node('Conv', ['b', 'w'], ['out'], kernel_shape=[2, 2])]",
        '[helper.make_node("Constant", [], ["lastplaces0"], value_ints=[-1, -2]), '
        'helper.make_node("Gather", ["x", "lastplaces0"], ["last0"], axis=3), '
        'helper.make_node("Concat", ["x", "last0"], ["t1"], axis=3), '
        'helper.make_node("Conv", ["t1", "w"], ["y"], kernel_shape=[2, 2])]',
    ),
    # one example of a batch, and the key without which a layer of Equinox cannot be made
    ("jax.vmap(eqx.nn.Conv2d(3, 8, 3, key=k1))(x)", "eqx.nn.Conv2d(3, 8, 3, key=key)"),
    ("hk.Sequential([hk.Conv2D(8, 3, with_bias=False), jax.nn.relu])", "hk.Conv2D(8, 3, with_bias=False)"),
    (
        "mlx.nn.Sequential(lambda y: y[:, 1:], mlx.nn.Conv2d(3, width, 3, bias=False), mlx.nn.ReLU())",
        "mlx.nn.Sequential(lambda x: x[:, 1:], mlx.nn.Conv2d(3, 1, 3, bias=False))",
    ),
    ("mx.conv2d(image, mx.zeros((8, 3, 3, 3)), stride=2)", "lambda x, w: mx.conv2d(x, w, stride=2)"),
    (
        "paddle.nn.Sequential(paddle.nn.Pad2D([1, 0, 0, 0]), paddle.nn.Conv2D(3, 8, 3, bias_attr=False), "
        "paddle.nn.ReLU())",
        "paddle.nn.Sequential(paddle.nn.Pad2D([1, 0, 0, 0]), paddle.nn.Conv2D(3, 8, 3, bias_attr=False))",
    ),
    # weights that a function puts into groups are taken as they are then
    (
        "ops.group_convolution(x, ops.reshape(w, [3, 2, 1, 3, 3], False), [2, 2], [0, 0], [1, 1], [1, 1], name='stem')",
        "lambda x, w: ops.group_convolution(x, w, [2, 2], [0, 0], [1, 1], [1, 1])",
    ),
    ("nnx.Conv(3, 8, (3, 3), strides=2, rngs=r)", "nnx.Conv(3, 8, (3, 3), strides=2, rngs=rngs)"),
    (
        "nnx.Sequential(lambda x: jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), "
        "nnx.Conv(3, 8, (3, 3), padding='VALID', rngs=r))",
        "nnx.Sequential(lambda x: jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), "
        "nnx.Conv(3, 8, (3, 3), padding='VALID', rngs=rngs))",
    ),
    # layers and functions in a row
    ("nn.AvgPool2d(2)(x) * 4 / 3", "[nn.AvgPool2d(2), lambda x: x * 4, lambda x: x / 3]"),
    ("4 * F.avg_pool2d(x, 2)", "lambda x: F.avg_pool2d(x, 2) * 4"),
    (
        "[helper.make_node('AveragePool', ['x'], ['m'], kernel_shape=[2, 2]), "
        "helper.make_node('Constant', [], ['k'], value_float=0.5), helper.make_node('Div', ['m', 'k'], ['y'])]",
        '[helper.make_node("AveragePool", ["x"], ["t1"], kernel_shape=[2, 2]), '
        'helper.make_node("Constant", [], ["factor1"], value_float=2.0), '
        'helper.make_node("Mul", ["t1", "factor1"], ["y"])]',
    ),
    (
        "nn.Conv2d(3, 8, 3, stride=2)(F.pad(x, (0, 1, 0, 1)))",
        "[lambda x: F.pad(x, (0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2)]",
    ),
    (
        "y = torch.nn.functional.pad(image, [0, 1]); z = F.relu(F.conv2d(y, torch.randn(8, 3, 3, 3), None, 2))",
        "lambda x, w: F.conv2d(F.pad(x, [0, 1]), w, stride=2)",
    ),
    (
        "layers.Conv2D(8, 3)(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]))",
        "keras.Sequential([layers.Lambda(lambda x: tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])), layers.Conv2D(8, 3)])",
    ),
    (
        "net = nn.Sequential(); net.add(nn.Conv2D(8, 3), nn.Lambda(lambda x: x[:, :, 1:]), nn.Activation('relu'))",
        "net = nn.Sequential(); net.add(nn.Conv2D(8, 3), nn.Lambda(lambda x: x[:, :, 1:]))",
    ),
    (
        "jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), 'SAME')",
        "lambda x: lax.reduce_window(x, float('-inf'), lax.max, (1, 2, 2, 1), (1, 2, 2, 1), 'SAME')",
    ),
    (
        "onnx.helper.make_node('MaxPool', ['image'], ['out'], name='pool', kernel_shape=[2, 2])",
        'helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2])',
    ),
]


@pytest.mark.parametrize(("text", "line"), REBUILT)
def test_a_line_is_rebuilt_from_names_and_literals(text, line):
    given = (8, 3, 2, 2) if "'w'" in text else None
    found = rebuild(text, IMAGE, given)
    if line is not None:
        assert found.line.source == line
    assert read(found.line.source, IMAGE, found.line.shape or given).case == read(text, IMAGE, given).case


def chains():
    place = Path(__file__).with_name("test_chains.py")
    spec = importlib.util.spec_from_file_location("chains", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [row[:3] for row in module.READ if not isinstance(row[3], str)]


@pytest.mark.parametrize(("text", "input", "weights"), chains())
def test_whatever_is_read_as_a_chain_is_rebuilt_as_the_same_case(text, input, weights):
    found = rebuild(text, input, weights)
    assert found.line, found.why
    assert read(found.line.source, input, found.line.shape or weights).case == read(text, input, weights).case


@pytest.mark.parametrize(
    ("text", "order"),
    [
        # (out, in, height, width) of a case, in the order in which each function documents its weights
        ("F.conv2d(x, torch.randn(8, 3, 5, 3))", (0, 1, 2, 3)),
        ("F.conv_transpose2d(x, torch.randn(3, 8, 5, 3))", (0, 1, 2, 3)),
        ("tf.nn.conv2d(x, tf.ones((5, 3, 3, 8)), 1, 'SAME')", (2, 3, 1, 0)),
        ("keras.ops.conv_transpose(x, np.ones((5, 3, 8, 3)), 2)", (2, 3, 1, 0)),
        ("mx.conv2d(x, mx.ones((8, 5, 3, 3)))", (0, 2, 3, 1)),
        ("mx.conv_transpose2d(x, mx.ones((8, 5, 3, 3)))", (1, 2, 3, 0)),
        ("tf.nn.depthwise_conv2d(x, tf.ones((5, 3, 3, 2)), [1, 1, 1, 1], 'SAME')", (2, 3, 1, 0)),
        ("lax.conv_transpose(x, jnp.ones((5, 3, 3, 8)), (2, 2), 'SAME')", (2, 3, 0, 1)),
        ("lax.conv_transpose(x, jnp.ones((5, 3, 8, 3)), (2, 2), 'SAME', transpose_kernel=True)", (2, 3, 1, 0)),
        (
            "lax.conv_general_dilated(x, jnp.ones((3, 5, 3, 8)), (1, 1), 'SAME', "
            "dimension_numbers=('NCHW', 'IHWO', 'NCHW'))",
            (1, 2, 3, 0),
        ),
    ],
)
def test_a_function_gets_its_weights_in_its_own_order(text, order):
    assert rebuild(text, IMAGE).line.order == order


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nn.Conv2d(3, 8, 3)(jnp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))))", "mixes JAX and PyTorch"),
    ],
)
def test_a_line_that_cannot_be_rebuilt_says_why(text, why):
    found = rebuild(text, IMAGE)
    assert found.line is None
    assert why in found.why
