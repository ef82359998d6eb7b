"""assert_consistent on live layers of this environment's framework, and of two that share a process."""

import os
import sys

import numpy as np
import pytest
from convparity import live_elements, testing

KERAS = {
    "first": "layers.Conv2D(8, 3, strides=2, padding='same')",
    "same": "keras.Sequential([layers.ZeroPadding2D(((0, 1), (0, 1))), layers.Conv2D(8, 3, strides=2)])",
    "other": "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(8, 3, strides=2)])",
    # At 8, stride 2: XLA's 'same' pads (0,1). After one before, the last window ends with the input, so that another
    # one after it is not read.
    "why": "it pads the height and width (1,1) instead of (0,1): its windows lie 1 px above and 1 px left of",
}
# On 8x8: a layer, another that is the same, one that is not, and why, by hand.
LAYERS = {
    "torch": {
        "first": "nn.Conv2d(3, 8, 3, stride=2, padding=1)",
        "same": "nn.Sequential(nn.ZeroPad2d(1), nn.LazyConv2d(8, 3, stride=2))",
        "other": "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))",
        "why": "it pads the height and width (0,1) instead of (1,1): its windows lie 1 px below and 1 px right of",
    },
    "tensorflow": KERAS,
    "keras-torch": KERAS,
    "keras-jax": KERAS,
    "flax": {
        "first": "nn.Conv(8, (3, 3), strides=2, padding=1)",
        "same": "nn.Sequential([lambda x: jnp.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)]), nn.Conv(8, (3, 3), 2, 0)])",
        "other": "nn.Conv(8, (3, 3), strides=2, padding='SAME')",
        "why": "it pads the height and width (0,1) instead of (1,1): its windows lie 1 px below and 1 px right of",
    },
    "mxnet": {
        "first": "nn.Conv2D(8, 3, strides=2, padding=1)",
        "same": "nn.Conv2D(8, (3, 3), (2, 2), (1, 1), use_bias=False)",
        "other": "nn.Conv2D(8, 3, strides=2)",
        "why": "it pads the height and width (0,0) instead of (1,1): floor((8-3+0+2)/2) = 3 rows and columns",
    },
}

KERAS_OTHERS = [
    ("layers.Conv1D(2, 5, padding='causal')", (3, 7), "width: pads (4,0), stride 1, dilation 1"),
    ("layers.Conv2DTranspose(2, 3, strides=2)", (3, 4, 4), "height: crops (0,0), stride 2, dilation 1"),
    ("layers.DepthwiseConv2D(3, strides=2)", (2, 4, 9, 9), "height: pads (0,0), stride 2, dilation 1"),
    ("layers.Conv3D(4, 3, groups=2)", (4, 5, 5, 5), "depth: pads (0,0), stride 1, dilation 1"),
    ("layers.MaxPooling2D(3, strides=2)", (4, 9, 9), "height: pads (0,0), stride 2"),
    ("layers.AveragePooling2D(3, strides=2)", (9, 9), "height: pads (0,0), stride 2"),
]
# Layers, an input, and what is measured of them.
OTHERS = {
    "torch": [
        ("nn.Conv1d(3, 2, 5, padding=4, dilation=2)", (3, 9), "width: pads (4,4), stride 1, dilation 2"),
        ("nn.ConvTranspose2d(3, 2, 3, 2, 1)", (3, 4, 4), "height: crops (1,1), stride 2, dilation 1"),
        ("nn.Conv2d(4, 8, (3, 5), (3, 4), (0, 1), groups=4)", (2, 4, 8, 8), "height: pads (0,0), stride 3, dilation 1"),
        ("nn.Conv3d(4, 4, 3, groups=2)", (4, 5, 5, 5), "depth: pads (0,0), stride 1, dilation 1"),
        ("nn.MaxPool2d(3, 2, 1)", (3, 8, 8), "height: pads (1,1), stride 2"),
        ("nn.AvgPool2d((3, 2))", (8, 8), "height: pads (0,0), stride 3"),
    ],
    "tensorflow": KERAS_OTHERS,
    "keras-torch": KERAS_OTHERS,
    "keras-jax": KERAS_OTHERS,
    "flax": [
        ("nn.Conv(2, 5, padding='CAUSAL')", (3, 7), "width: pads (4,0), stride 1, dilation 1"),
        ("nn.ConvTranspose(2, (3, 3), strides=(2, 2), padding='VALID')", (3, 4, 4), "height: crops (0,0), stride 2"),
        ("nn.Conv(4, (3, 3), strides=2, padding=0, feature_group_count=4)", (4, 9, 9), "height: pads (0,0), stride 2"),
    ],
    "mxnet": [
        ("nn.Conv1D(2, 5, padding=4, dilation=2)", (3, 9), "width: pads (4,4), stride 1, dilation 2"),
        ("nn.Conv2DTranspose(2, 3, 2, 1)", (3, 4, 4), "height: crops (1,1), stride 2, dilation 1"),
        ("nn.Conv2D(8, 3, groups=4)", (4, 8, 8), "height: pads (0,0), stride 1, dilation 1"),
        ("nn.MaxPool2D(3, 2, 1)", (3, 8, 8), "height: pads (1,1), stride 2"),
    ],
}


@pytest.fixture
def made(adapter):
    """Makes a layer from its source."""
    if adapter.name not in LAYERS:
        pytest.skip(f"{adapter.name} has no live layers")
    return lambda source: eval(source, dict(adapter.namespace))


def test_a_layer_and_its_port_are_consistent(adapter, made):
    layers = LAYERS[adapter.name]
    for shape in ((3, 8, 8), (2, 3, 8, 8)):
        testing.assert_consistent(made(layers["first"]), made(layers["same"]), shape)


def test_two_different_layers_are_not_consistent(adapter, made):
    layers = LAYERS[adapter.name]
    with pytest.raises(AssertionError) as failed:
        testing.assert_consistent(made(layers["first"]), made(layers["other"]), (3, 8, 8))
    assert layers["why"] in str(failed.value)
    assert f"({adapter.title}), is not the same layer as the first layer, " in str(failed.value)


def test_every_kind_of_layer_is_measured(adapter, made):
    for source, shape, measured in OTHERS[adapter.name]:
        layer = testing._Live.of(made(source), "first", None)
        (case, _) = testing._cases((layer, layer), shape)
        found = live_elements.measured(layer, case)
        assert found.exact, source
        assert measured in live_elements.words(case, live_elements.fitted(found, case)), source
        testing.assert_consistent(made(source), made(source), shape)


def test_different_weights_are_named(adapter, made):
    first = LAYERS[adapter.name]["first"]
    with pytest.raises(AssertionError, match=r"weights have the shape \(9,3,3,3\) .* instead of \(8,3,3,3\)"):
        testing.assert_consistent(made(first), made(first.replace("8", "9", 1)), (3, 8, 8))


def test_a_function_beside_a_layer_which_keeps_its_weights(adapter, made):
    layer = made(LAYERS[adapter.name]["first"])
    adapter.apply(layer, np.zeros((1, 3, 8, 8), np.float32), np.ones((8, 3, 3, 3), np.float32))
    if adapter.name == "flax":
        pytest.skip("a linen module has no weights of its own")
    own = adapter.apply(layer, np.ones((1, 3, 8, 8), np.float32), None)
    assert own[0, 0, 1, 1] == 27  # 3 x 3 x 3 ones

    def summed(x):
        around = (
            ((0, 0), (0, 0), (1, 1), (1, 1)) if adapter.name in ("torch", "mxnet") else ((0, 0), (0, 0), (0, 1), (0, 1))
        )
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, around), (3, 3), axis=(2, 3))
        return np.repeat(windows[:, :, ::2, ::2].sum(axis=(1, 4, 5))[:, None], 8, axis=1)

    testing.assert_consistent(layer, summed, (3, 8, 8), layout="channels_first")


def test_the_layers_keep_their_weights(adapter, made):
    if adapter.name == "flax":
        pytest.skip("a linen module has no weights of its own")
    layers = [made(LAYERS[adapter.name][name]) for name in ("first", "same")]
    ones, x = np.ones((8, 3, 3, 3), np.float32), np.ones((1, 3, 8, 8), np.float32)
    for layer in layers:
        adapter.apply(layer, x, ones)
    testing.assert_consistent(*layers, (3, 8, 8))
    if adapter.name == "mxnet":
        assert all(layer.weight.data().asnumpy().min() == 1 for layer in layers)
    else:
        assert all(adapter.apply(layer, x, None)[0, 0, 1, 1] == 27 for layer in layers)


def test_a_layer_without_a_convolution_is_refused(adapter, made):
    dense = {"torch": "nn.Linear(3, 3)", "flax": "nn.Dense(3)", "mxnet": "nn.Dense(3)"}
    layer = made(dense.get(adapter.name, "layers.Dense(3)"))
    with pytest.raises(TypeError, match="holds no convolution"):
        testing.assert_consistent(layer, layer, (3, 8, 8))


def test_an_input_that_does_not_fit_the_layer_is_refused(adapter, made):
    layer = made(LAYERS[adapter.name]["first"])
    with pytest.raises(ValueError, match="expected 2 spatial sizes, perhaps with channels and batch in front"):
        testing.assert_consistent(layer, layer, (8,))


# By hand. At 8, kernel 9, stride 2, XLA's 'same' pads (3,4); at 9, kernel 3, stride 2, (1,1), which it does not count:
# 2 x 3 elements are left of the windows along an edge.
WHY = [
    (
        "nn.Conv2d(3, 8, 3, padding=1)",
        "nn.Conv2d(3, 8, 3, padding=1, padding_mode='reflect')",
        8,
        "it pads the height and width (1,1) with its own elements mirrored instead of (1,1) with zeros",
        "second layer, Conv2d (PyTorch), height: pads (1,1) with its own elements mirrored, stride 1, dilation 1",
    ),
    (
        "nn.Conv2d(3, 8, 3, padding=1, padding_mode='circular')",
        "nn.Conv2d(3, 8, 3, padding=1)",
        8,
        "it pads the height and width (1,1) with zeros instead of (1,1) with its other end",
        "second layer, Conv2d (PyTorch), height: pads (1,1), stride 1, dilation 1",
    ),
    (
        "nn.Conv2d(3, 8, 3, 2, padding=1, padding_mode='reflect')",
        "nn.Conv2d(3, 8, 3, padding=1)",
        8,
        "first layer, Conv2d (PyTorch), height: pads (1,1) with its own elements mirrored, stride 2, dilation 1",
        "; steps by 1 instead of 2",
    ),
    (
        "nn.Conv2d(3, 8, 9, padding=4)",
        "nn.Conv2d(3, 8, 9, padding=3)",
        8,
        "it pads the height and width (3,3) instead of (4,4): floor((8-9+6+1)/1) = 6 rows and columns instead",
        "second layer, Conv2d (PyTorch), height: pads (3,3), stride 1, dilation 1",
    ),
    (
        "nn.Conv2d(3, 8, 9, stride=2, padding=4)",
        "layers.Conv2D(8, 9, strides=2, padding='same')",
        8,
        "it pads the height and width (3,4) instead of (4,4): its windows lie 1 px below and 1 px right of",
        "second layer, Conv2D (Keras on PyTorch), height: pads (3,4), stride 2, dilation 1",
    ),
    (
        "nn.AvgPool2d(3, 2, 1)",
        "layers.AveragePooling2D(3, 2, padding='same')",
        9,
        "it reads the requested elements and does not count its padding where padding was to be counted: divides by 6",
        "instead of 9, in window 1 along the height",
    ),
    (
        "nn.AvgPool2d(3, 2, 1, count_include_pad=False)",
        "nn.AvgPool2d(3, 2, 1)",
        9,
        "it reads the requested elements and counts its padding where padding was not to be counted: divides by 9",
        "instead of 6, in window 1 along the height",
    ),
    (
        "nn.Conv2d(3, 8, 3, padding=1)",
        "nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten())",
        8,
        "the shape is (1,512) instead of (1,8,8,8)",
        "",
    ),
]


@pytest.mark.parametrize(("first", "second", "size", "why", "and_so"), WHY)
def test_the_difference_and_the_settings_of_the_second_layer_are_named(first, second, size, why, and_so):
    if os.environ["CONVPARITY_TEST_ADAPTER"] != "keras-torch":
        pytest.skip("needs PyTorch and Keras in one process")
    from keras import layers
    from torch import nn

    made = [eval(source, {"nn": nn, "layers": layers}) for source in (first, second)]
    with pytest.raises(AssertionError) as failed:
        testing.assert_consistent(*made, (3, size, size))
    assert why in str(failed.value)
    assert and_so in str(failed.value)
    assert "no pads, stride and dilation" not in str(failed.value)


def test_a_layer_of_two_kernels_is_refused(adapter, made):
    if not adapter.name.startswith(("keras", "tensorflow")):
        pytest.skip("is of Keras")
    layer = made("layers.SeparableConv2D(8, 3)")
    with pytest.raises(TypeError, match=r"^the first layer, SeparableConv2D \(Keras.*\), has no single kernel"):
        testing.assert_consistent(layer, layer, (3, 8, 8))


def test_a_torch_layer_and_its_keras_port():
    if os.environ["CONVPARITY_TEST_ADAPTER"] != "keras-torch":
        pytest.skip("needs PyTorch and Keras in one process")
    from keras import Sequential, layers
    from torch import nn

    layer = nn.Conv2d(3, 8, 3, stride=2, padding=1)
    with pytest.raises(AssertionError) as failed:
        testing.assert_consistent(layer, layers.Conv2D(8, 3, strides=2, padding="same"), (3, 8, 8))
    message = str(failed.value)
    assert (
        "the second layer, Conv2D (Keras on PyTorch), is not the same layer as the first layer, Conv2d (PyTorch), on"
        in message
    )
    assert "the shape is (1,8,4,4) (N, C, spatial), as in the first" in message
    assert "its windows lie 1 px below and 1 px right of the requested ones" in message
    assert (
        "first layer, Conv2d (PyTorch), height: pads (1,1), stride 2, dilation 1; width: pads (1,1), stride 2"
        in message
    )
    assert "second layer, Conv2D (Keras on PyTorch), height: pads (0,1), stride 2" in message
    testing.assert_consistent(
        layer, layers.Conv2D(8, 3, strides=2, padding="same"), (3, 9, 9)
    )  # at odd sizes they agree
    port = Sequential([layers.ZeroPadding2D(1), layers.Conv2D(8, 3, strides=2)])
    testing.assert_consistent(layer, port, (3, 8, 8))
    testing.assert_consistent(layer, port, (8, 8))
    assert "mxnet" not in sys.modules
    assert "flax" not in sys.modules
