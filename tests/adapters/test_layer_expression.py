"""A layer expression is the case that its own framework computes, conventions of the framework's own included."""

import os

import numpy as np
import pytest
from convparity.adapters.expression import read_layer
from convparity.cases import reference
from convparity.cases.inputs import make_arrays

ADAPTER = os.environ["CONVPARITY_TEST_ADAPTER"]
KERAS = [
    # output_padding changes what 'same' crops; 'valid' fills up windows that are narrower than the stride
    ("layers.Conv2DTranspose(1, 3, strides=2, padding='same', output_padding=1)", (3, 4)),
    ("layers.Conv2DTranspose(1, 3, strides=2, padding='same', output_padding=0)", (3, 4)),
    ("layers.Conv2DTranspose(2, (4, 5), strides=3, padding='same', output_padding=(2, 1))", (3, 4)),
    ("layers.Conv2DTranspose(2, 2, strides=(3, 4))", (3, 4)),
    ("layers.Conv1DTranspose(1, 2, strides=3, output_padding=0)", (5,)),
    ("layers.Conv1DTranspose(1, 1, strides=3, padding='same', output_padding=2)", (5,)),
    ("layers.Conv3DTranspose(1, 3, 2, 'same', None, 1)", (2, 3, 2)),
    ("layers.Conv2DTranspose(1, 3, strides=2, padding='same')", (3, 4)),
    ("layers.Conv1D(2, 3, padding='causal', dilation_rate=2)", (9,)),
    ("layers.DepthwiseConv2D(3, depth_multiplier=2, padding='same', strides=2)", (2, 8, 7)),
    ("layers.MaxPooling2D(padding='same')", (7, 8)),
]
EXPRESSIONS = {
    "tensorflow": KERAS,
    "keras-torch": KERAS,
    "keras-jax": KERAS,
    "torch": [
        ("nn.ConvTranspose2d(2, 4, 3, stride=3, padding=1, output_padding=(1, 2), groups=2)", (2, 4, 3)),
        ("nn.ConvTranspose1d(1, 1, 3, 2, 2, dilation=3)", (6,)),
        ("nn.Conv2d(1, 1, (2, 3), padding='same', dilation=2)", (6, 7)),
        ("nn.Conv1d(1, 1, 3, padding=2, padding_mode='circular')", (6,)),
        ("nn.MaxPool2d(3, 2, 1, 2, ceil_mode=True)", (8, 9)),
        ("nn.MaxPool1d(2, 3, 1, ceil_mode=True)", (5,)),
    ],
    "flax": [
        ("nn.ConvTranspose(1, (4, 4), strides=(2, 2), padding=1, transpose_kernel=True)", (3, 4)),
        ("nn.ConvTranspose(1, (3, 2), padding=((0, 3), (2, 1)), transpose_kernel=True)", (3, 4)),
        ("nn.ConvTranspose(1, (3,), strides=(3,), kernel_dilation=(2,), transpose_kernel=True)", (5,)),
        ("nn.ConvTranspose(1, (2,), strides=(3,), padding='VALID', transpose_kernel=True)", (5,)),
        ("nn.Conv(1, (4, 3), padding='CIRCULAR', kernel_dilation=2)", (8, 7)),
        ("nn.Conv(2, (3,), padding='CAUSAL', strides=2, feature_group_count=2)", (2, 9)),
        ("nn.Conv(1, (5,), padding='REFLECT')", (9,)),
    ],
    "mxnet": [
        ("nn.Conv2DTranspose(1, 3, 2, 1, 1)", (3, 4)),
        ("nn.Conv1DTranspose(1, 3, strides=3, dilation=2, padding=1)", (5,)),
        ("nn.MaxPool2D(3, 2, 1)", (7, 8)),
        ("nn.MaxPool2D(3, 2, 0, ceil_mode=True)", (8, 8)),
    ],
    "onnxruntime": [
        ("helper.make_node('ConvTranspose', ['x', 'w'], ['y'], kernel_shape=[3], pads=[1, 2], strides=[2])", (5,)),
        ("helper.make_node('MaxPool', ['x'], ['y'], kernel_shape=[3], auto_pad='SAME_LOWER', strides=[2])", (8,)),
    ],
}


@pytest.mark.parametrize(("source", "input"), EXPRESSIONS[ADAPTER])
def test_an_expression_is_what_its_framework_computes(adapter, source, input):
    case, _ = read_layer(source, input)
    x, weights = make_arrays(case)
    got = adapter.apply(adapter.build(source), x, weights)
    asked = reference.values(case)
    assert got.shape == asked.shape
    assert np.array_equal(got, asked)


def each_rank(pattern):
    """The layer in one, two and three dimensions, on inputs of 6 a side."""
    return [(pattern.replace("#", str(rank)), (6,) * rank) for rank in (1, 2, 3)]


KERAS_REFUSES = [
    *each_rank("layers.Conv#D(1, 2, strides=2, dilation_rate=2)"),
    *each_rank("layers.Conv#DTranspose(1, 2, strides=2, dilation_rate=2, output_padding=1)"),
    *each_rank("layers.Conv#DTranspose(1, 3, strides=2, output_padding=2)"),
    ("layers.Conv2D(1, 2, strides=(2, 1), dilation_rate=(1, 2), padding='same')", (6, 6)),
    ("layers.Conv2DTranspose(1, 3, strides=(3, 2), output_padding=(1, 2), padding='same')", (6, 6)),
]
KERAS_TAKES = [
    *each_rank("layers.Conv#D(1, 2, strides=1, dilation_rate=2)"),
    *each_rank("layers.Conv#DTranspose(1, 3, strides=2, output_padding=1)"),
    ("layers.DepthwiseConv1D(2, strides=2, dilation_rate=2)", (6,)),
    ("layers.DepthwiseConv2D(2, strides=2, dilation_rate=2)", (6, 6)),
]
REFUSES = {
    "tensorflow": KERAS_REFUSES,
    "keras-torch": KERAS_REFUSES,
    "keras-jax": KERAS_REFUSES,
    "torch": [
        *each_rank("nn.Conv#d(1, 1, 3, 2, 'same')"),
        *each_rank("nn.Conv#d(1, 1, 2, padding=-1)"),
        *each_rank("nn.ConvTranspose#d(1, 1, 2, padding=-1)"),
        *each_rank("nn.ConvTranspose#d(1, 1, 3, stride=2, output_padding=2)"),
        *each_rank("nn.MaxPool#d(3, padding=2)"),
        *each_rank("nn.MaxPool#d(3, dilation=2, padding=2)"),
        *each_rank("nn.MaxPool#d(3, padding=-1)"),
        *each_rank("nn.AvgPool#d(3, padding=2)"),
        *each_rank("nn.AvgPool#d(3, padding=-1)"),
        ("nn.Conv2d(1, 1, 2, padding=(0, -1))", (6, 6)),
        ("nn.ConvTranspose2d(1, 1, 3, stride=(2, 1), output_padding=(0, 1))", (6, 6)),
        ("nn.MaxPool2d((4, 3), padding=(1, 2))", (6, 6)),
    ],
    "mxnet": [
        *each_rank("nn.Conv#DTranspose(1, 3, strides=2, output_padding=2)"),
        ("nn.Conv2DTranspose(1, 3, strides=2, dilation=3, output_padding=(0, 2))", (6, 6)),
    ],
}
TAKES = {
    "tensorflow": KERAS_TAKES,
    "keras-torch": KERAS_TAKES,
    "keras-jax": KERAS_TAKES,
    "torch": [
        *each_rank("nn.Conv#d(1, 1, 3, 1, 'same')"),
        *each_rank("nn.Conv#d(1, 1, 3, 2, 'valid')"),
        *each_rank("nn.Conv#d(1, 1, 2, padding=-1, padding_mode='circular')"),
        *each_rank("nn.ConvTranspose#d(1, 1, 3, stride=2, dilation=3, output_padding=2)"),
        *each_rank("nn.MaxPool#d(3, padding=1)"),
        *each_rank("nn.AvgPool#d(4, padding=2)"),
        ("nn.ConvTranspose2d(1, 1, 3, stride=(2, 1), dilation=(1, 2), output_padding=1)", (6, 6)),
    ],
    "mxnet": each_rank("nn.Conv#DTranspose(1, 3, strides=2, output_padding=1)"),
}


# what the frameworks say to strides, to negative or wide padding, and to output padding
IN_OTHER_WORDS = (
    "strided conv|`strides > 1`|negative|at most half|equal to half|[`t]_?.?padding.? must be|adj.* must be"
)


def says_that_it_raises(asides):
    return any(" raises: " in aside for aside in asides)


@pytest.mark.parametrize(("source", "input"), REFUSES.get(ADAPTER, []))
def test_a_layer_that_is_said_to_raise_does(adapter, source, input):
    case, asides = read_layer(source, input)
    assert says_that_it_raises(asides)
    with pytest.raises((ValueError, RuntimeError), match=IN_OTHER_WORDS):
        adapter.apply(adapter.build(source), *make_arrays(case))


@pytest.mark.parametrize(("source", "input"), TAKES.get(ADAPTER, []))
def test_a_layer_on_the_brink_of_that_does_not(adapter, source, input):
    case, asides = read_layer(source, input)
    assert not says_that_it_raises(asides)
    assert adapter.apply(adapter.build(source), *make_arrays(case)).ndim == len(input) + 2
