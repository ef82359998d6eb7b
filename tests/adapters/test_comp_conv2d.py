"""The chapter's helper on live layers of the framework in this environment."""

import numpy as np
import pytest

X = np.random.RandomState(0).rand(8, 8)
SHAPES = [(8, 8), (8, 8), (4, 4), (2, 2)]  # the chapter's four layers; Keras 'valid' makes the last one (2, 1)

KERAS = [
    "layers.Conv2D(1, kernel_size=3, padding='same')",
    "layers.Conv2D(1, kernel_size=(5, 3), padding='same')",
    "layers.Conv2D(1, kernel_size=3, padding='same', strides=2)",
    "layers.Conv2D(1, kernel_size=(3,5), padding='valid', strides=(3, 4))",
]
TORCH = [
    "nn.LazyConv2d(1, kernel_size=3, padding=1)",
    "nn.LazyConv2d(1, kernel_size=(5, 3), padding=(2, 1))",
    "nn.LazyConv2d(1, kernel_size=3, padding=1, stride=2)",
    "nn.LazyConv2d(1, kernel_size=(3, 5), padding=(0, 1), stride=(3, 4))",
]
NODE = 'helper.make_node("Conv", ["x", "w"], ["y"], '

# The sixteen expressions as they stand in the chapter, and what they are elsewhere.
CHAPTER = {
    "keras-torch": KERAS,
    "keras-jax": KERAS,
    "onnxruntime": [
        NODE + "kernel_shape=[3, 3], pads=[1, 1, 1, 1])",
        NODE + "kernel_shape=[5, 3], pads=[2, 1, 2, 1])",
        NODE + "kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])",
        NODE + "kernel_shape=[3, 5], pads=[0, 1, 0, 1], strides=[3, 4])",
    ],
    "torch": TORCH,
    "torch-onnx": TORCH,
    "tensorflow": [f"tf.keras.{source}" for source in KERAS],
    "litert": [f"tf.keras.{source}" for source in KERAS],
    "flax": [
        "nn.Conv(1, kernel_size=(3, 3), padding='SAME')",
        "nn.Conv(1, kernel_size=(5, 3), padding=(2, 1))",
        "nn.Conv(1, kernel_size=(3, 3), padding=1, strides=2)",
        "nn.Conv(1, kernel_size=(3, 5), padding=(0, 1), strides=(3, 4))",
    ],
    "equinox": [
        "eqx.nn.Conv2d(1, 1, kernel_size=3, padding=1, key=key)",
        "eqx.nn.Conv2d(1, 1, kernel_size=(5, 3), padding=(2, 1), key=key)",
        "eqx.nn.Conv2d(1, 1, kernel_size=3, padding=1, stride=2, key=key)",
        "eqx.nn.Conv2d(1, 1, kernel_size=(3, 5), padding=(0, 1), stride=(3, 4), key=key)",
    ],
    "haiku": [
        "lambda x: hk.Conv2D(1, kernel_shape=3, padding='SAME')(x)",
        "lambda x: hk.Conv2D(1, kernel_shape=(5, 3), padding=((2, 2), (1, 1)))(x)",
        "lambda x: hk.Conv2D(1, kernel_shape=3, padding=(1, 1), stride=2)(x)",  # one pair is for every axis
        "lambda x: hk.Conv2D(1, kernel_shape=(3, 5), padding=((0, 0), (1, 1)), stride=(3, 4))(x)",
    ],
    # functions of the input alone, with weights of their own
    "openvino": [
        "lambda x: ops.convolution(x, np.ones((1, 1, 3, 3), 'f'), [1, 1], [1, 1], [1, 1], [1, 1])",
        "lambda x: ops.convolution(x, np.ones((1, 1, 5, 3), 'f'), [1, 1], [2, 1], [2, 1], [1, 1])",
        "lambda x: ops.convolution(x, np.ones((1, 1, 3, 3), 'f'), [2, 2], [1, 1], [1, 1], [1, 1])",
        "lambda x: ops.convolution(x, np.ones((1, 1, 3, 5), 'f'), [3, 4], [0, 1], [0, 1], [1, 1])",
    ],
    "mlx": [
        "mlx.nn.Conv2d(1, 1, kernel_size=3, padding=1)",
        "mlx.nn.Conv2d(1, 1, kernel_size=(5, 3), padding=(2, 1))",
        "mlx.nn.Conv2d(1, 1, kernel_size=3, padding=1, stride=2)",
        "mlx.nn.Conv2d(1, 1, kernel_size=(3, 5), padding=(0, 1), stride=(3, 4))",
    ],
    "paddle": [
        "paddle.nn.Conv2D(1, 1, kernel_size=3, padding=1)",
        "paddle.nn.Conv2D(1, 1, kernel_size=(5, 3), padding=(2, 1))",
        "paddle.nn.Conv2D(1, 1, kernel_size=3, padding=1, stride=2)",
        "paddle.nn.Conv2D(1, 1, kernel_size=(3, 5), padding=(0, 1), stride=(3, 4))",
    ],
    "mxnet": [
        "nn.Conv2D(1, kernel_size=3, padding=1)",
        "nn.Conv2D(1, kernel_size=(5, 3), padding=(2, 1))",
        "nn.Conv2D(1, kernel_size=3, padding=1, strides=2)",
        "nn.Conv2D(1, kernel_size=(3, 5), padding=(0, 1), strides=(3, 4))",
    ],
}

CHAPTER["tensorflowjs"] = [
    "(x) => tf.conv2d(x, tf.ones([3, 3, 1, 1]), 1, 1)",
    "(x) => tf.conv2d(x, tf.ones([5, 3, 1, 1]), 1, [[0, 0], [2, 2], [1, 1], [0, 0]])",
    "(x) => tf.conv2d(x, tf.ones([3, 3, 1, 1]), 2, 1)",
    "(x) => tf.conv2d(x, tf.ones([3, 5, 1, 1]), [3, 4], [[0, 0], [0, 0], [1, 1], [0, 0]])",
]
GROUPED_KERAS = "layers.Conv2D(2, (1, 2), groups=2, bias_initializer='ones')"

# A layer of 2 filters, 2 groups, kernel 1x2, with a bias: two channels in, two out.
GROUPED = {
    "torch": "nn.LazyConv2d(2, (1, 2), groups=2)",
    "torch-onnx": "nn.LazyConv2d(2, (1, 2), groups=2)",
    "tensorflow": GROUPED_KERAS,
    "litert": GROUPED_KERAS,
    "keras-torch": GROUPED_KERAS,
    "keras-jax": GROUPED_KERAS,
    "onnxruntime": 'helper.make_node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[1, 2], group=2)',
    "flax": "nn.Conv(2, (1, 2), feature_group_count=2, padding='VALID', bias_init=nn.initializers.ones)",
    "mxnet": "nn.Conv2D(2, (1, 2), groups=2, bias_initializer='ones')",
    "equinox": "eqx.nn.Conv2d(2, 2, (1, 2), groups=2, key=key)",
    "openvino": "lambda x, w: ops.group_convolution("
    "x, ops.reshape(w, [2, 1, 1, 1, 2], False), [1, 1], [0, 0], [0, 0], [1, 1])",
    "paddle": "paddle.nn.Conv2D(2, 2, (1, 2), groups=2)",
    "tensorflowjs": "(x, w) => tf.depthwiseConv2d(x, tf.reshape(w, [1, 2, 2, 1]), 1, 'valid')",
    "haiku": "lambda x: hk.Conv2D(2, (1, 2), padding='VALID', feature_group_count=2, b_init=jnp.ones)(x)",
    "mlx": "mlx.nn.Conv2d(2, 2, (1, 2), groups=2).update({'bias': mx.ones(2)})",
}


def layer_of(adapter, source):
    """A layer as a user of the framework has one; of TensorFlow.js, which Python does not run, the adapter's own."""
    return adapter.build(source) if adapter.name == "tensorflowjs" else eval(source, dict(adapter.namespace))


@pytest.mark.parametrize("number", range(4))
def test_the_chapters_layers_give_the_chapters_shapes(adapter, number):
    layer = layer_of(adapter, CHAPTER[adapter.name][number])
    expected = (2, 1) if CHAPTER[adapter.name][number].endswith(KERAS[3]) else SHAPES[number]
    Y = adapter.comp_conv2d(layer, X)
    assert isinstance(Y, np.ndarray)
    assert Y.shape == expected


def test_a_layer_left_to_itself_does_not_return_zeros(adapter):
    layer = layer_of(adapter, CHAPTER[adapter.name][0])
    assert np.abs(adapter.comp_conv2d(layer, X)).max() > 0


def test_given_weights_compute_the_chapters_cross_correlation(adapter):
    layer = {
        "torch": "nn.LazyConv2d(1, 2)",
        "torch-onnx": "nn.LazyConv2d(1, 2)",
        "flax": "nn.Conv(1, (2, 2), padding='VALID')",
        "mxnet": "nn.Conv2D(1, 2)",
        "equinox": "eqx.nn.Conv2d(1, 1, 2, key=key)",
        "haiku": "lambda x: hk.Conv2D(1, 2, padding='VALID')(x)",
        "paddle": "paddle.nn.Conv2D(1, 1, 2)",
        "onnxruntime": NODE + "kernel_shape=[2, 2])",
        "openvino": "lambda x, w: ops.convolution(x, w, [1, 1], [0, 0], [0, 0], [1, 1])",
        "mlx": "mlx.nn.Conv2d(1, 1, 2)",
        "tensorflowjs": "(x, w) => tf.conv2d(x, w, 1, 'valid')",
    }
    source = layer.get(adapter.name, "layers.Conv2D(1, 2)")
    image, kernel = np.arange(9.0).reshape(3, 3), np.array([[0.0, 1.0], [2.0, 3.0]])
    Y = adapter.comp_conv2d(layer_of(adapter, source), image, kernel)
    assert Y.tolist() == [[19, 25], [37, 43]]  # the figure of the chapter "Convolutions for Images"


def test_channels_groups_and_batch_keep_their_places_and_the_bias_is_zero(adapter):
    x = np.arange(12.0).reshape(2, 2, 1, 3)  # two examples, two channels, 1x3
    weights = np.array([[[[1.0, 10.0]]], [[[100.0, 1000.0]]]])
    Y = adapter.comp_conv2d(layer_of(adapter, GROUPED[adapter.name]), x, weights)
    # example 0: channel 0 is 0 1 2, channel 1 is 3 4 5; example 1: 6 7 8 and 9 10 11
    assert Y.tolist() == [[[[10, 21]], [[4300, 5400]]], [[[76, 87]], [[10900, 12000]]]]


@pytest.mark.parametrize("shape", [(8,), (1, 8, 8)])
def test_another_rank_is_refused(adapter, shape):
    layer = layer_of(adapter, CHAPTER[adapter.name][0])
    with pytest.raises(ValueError, match=r"expected \(H, W\) or \(N, C, H, W\)"):
        adapter.comp_conv2d(layer, np.zeros(shape))
