"""Layers as they stand in people's code: what is understood, what is refused and where the caret then stands."""

import random
import subprocess
import sys
import warnings
from functools import partial

import pytest
from convparity.adapters.expression import read, read_layer
from convparity.cases.case import Case
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError


def layer_case(text, input):
    return read_layer(text, input)[0]


CONV = {"op": "conv", "out_channels": 64, "kernel": 7, "stride": 1, "dilation": 1, "groups": 1}
TORCH = CONV | {"in_channels": 3, "padding": 0, "padding_mode": "zeros"}
LAZY = CONV | {"padding": 0, "padding_mode": "zeros"}
KERAS = CONV | {"padding": "valid"}
FLAX = CONV | {"kernel": (7, 7), "padding": "same"}
MXNET = CONV | {"padding": 0}

# (expression, the case's fields) on 32x32 and as many channels as it takes
UNDERSTOOD = [
    # the four stems of the documentation
    ("nn.Conv2d(3, 64, 7, stride=2, padding=3)", TORCH | {"stride": 2, "padding": 3}),
    ("layers.Conv2D(64, 7, strides=2, padding='same')", KERAS | {"stride": 2, "padding": "same"}),
    ("nn.Conv(64, (7, 7), strides=(2, 2), padding='SAME')", FLAX | {"stride": (2, 2)}),
    ("nn.Conv2D(64, 7, 2, 3)", MXNET | {"stride": 2, "padding": 3}),
    # every name a layer goes by
    ("Conv2d(3, 64, 7)", TORCH),
    ("torch.nn.Conv2d(3, 64, 7)", TORCH),
    ("nn.LazyConv2d(64, 7)", LAZY),
    ("LazyConv2d(64, 7)", LAZY),
    ("torch.nn.LazyConv2d(64, kernel_size=7)", LAZY),
    ("Conv2D(64, 7)", KERAS),
    ("Convolution2D(64, 7)", KERAS),
    ("layers.Convolution2D(64, 7)", KERAS),
    ("keras.layers.Conv2D(64, 7)", KERAS),
    ("tf.keras.layers.Conv2D(64, 7)", KERAS),
    ("tensorflow.keras.layers.Conv2D(64, 7)", KERAS),
    ("Conv(64, (7, 7))", FLAX),
    ("linen.Conv(64, (7, 7))", FLAX),
    ("flax.linen.Conv(64, (7, 7))", FLAX),
    ("gluon.nn.Conv2D(64, 7)", MXNET),
    ("mx.gluon.nn.Conv2D(64, 7)", MXNET),
    ("mxnet.gluon.nn.Conv2D(64, 7)", MXNET),
    # every argument by position, in the framework's order
    (
        "nn.Conv2d(4, 8, 3, 2, 1, 2, 4, False, 'zeros', None, torch.float32)",
        TORCH
        | {"in_channels": 4, "out_channels": 8, "kernel": 3, "stride": 2, "padding": 1, "dilation": 2, "groups": 4}
        | {"dtype": "float32"},
    ),
    (
        "layers.Conv2D(8, 3, 2, 'same', None, 1, 4, 'relu', True, 'he_normal', 'zeros', None, None, None, None, None)",
        CONV | {"out_channels": 8, "kernel": 3, "stride": 2, "padding": "same", "dilation": 1, "groups": 4},
    ),
    (
        "nn.Conv(8, (3, 3), 2, 'VALID', 1, 3, 4, True, None, jnp.float32, jnp.float32, None, init, init)",
        CONV
        | {"out_channels": 8, "kernel": (3, 3), "stride": 2, "padding": "valid", "dilation": 3, "groups": 4}
        | {"dtype": "float32"},
    ),
    (
        "nn.Conv2D(8, 3, 2, 1, 3, 4, 'NHWC', 'relu', False, mx.init.Xavier(), 'zeros', 4)",
        CONV
        | {"out_channels": 8, "kernel": 3, "stride": 2, "padding": 1, "dilation": 3, "groups": 4, "in_channels": 4},
    ),
    # per axis
    (
        "nn.Conv2d(3, 64, [3, 5], (3, 4), padding=(0, 1))",
        TORCH | {"kernel": (3, 5), "stride": (3, 4), "padding": (0, 1)},
    ),
    ("nn.Conv2d(3, 64, 7, stride=(2,), dilation=[3])", TORCH | {"stride": 2, "dilation": 3}),
    ("nn.Conv2d(3, 64, 7, padding=-1)", TORCH | {"padding": -1}),
    ("nn.Conv2d(3, 64, 7, padding=(+1, -2))", TORCH | {"padding": (1, -2)}),
    ("nn.Conv2d(3, 64, (7))", TORCH),
    ("nn.Conv2d(3, 0x40, 7)", TORCH),
    # padding words; numeric zero is not the word
    ("nn.Conv2d(3, 64, 7, padding='same', stride=2)", TORCH | {"padding": "same", "stride": 2}),
    ("nn.Conv2d(3, 64, 7, padding='valid')", TORCH | {"padding": "valid"}),
    ("layers.Conv2D(64, 7, padding='SAME')", KERAS | {"padding": "same"}),
    ("layers.Conv2D(64, 7, padding='Valid')", KERAS),
    ("nn.Conv(64, (7, 7), padding='valid')", FLAX | {"padding": "valid"}),
    ("nn.Conv(64, (7, 7), padding='same_lower')", FLAX | {"padding": "same_lower"}),
    # flax: sequences of numbers and of pairs
    ("nn.Conv(64, (7, 7), padding=2)", FLAX | {"padding": 2}),
    ("nn.Conv(64, [7, 7], padding=(0, 1))", FLAX | {"padding": (0, 1)}),
    ("nn.Conv(64, (7, 7), padding=[(0, 1), (2, 3)])", FLAX | {"padding": ((0, 1), (2, 3))}),
    ("nn.Conv(64, (7, 7), padding=(1, [2, 3]))", FLAX | {"padding": (1, (2, 3))}),
    ("nn.Conv(64, (7, 7), strides=None, kernel_dilation=None, input_dilation=(1, 1), mask=None)", FLAX),
    # what moves no window may hold anything
    ("nn.Conv2d(3, 64, 7, bias=use_bias, device=pick(), dtype=torch.half)", TORCH | {"dtype": "float16"}),
    ("layers.Conv2D(64, 7, dtype='bfloat16')", KERAS | {"dtype": "bfloat16"}),
    ("layers.Conv2D(64, 7, dtype=tf.float64)", KERAS | {"dtype": "float64"}),
    ("nn.Conv(64, (7, 7), dtype=self.dtype)", FLAX),
    ("nn.Conv(64, (7, 7), dtype=jnp.bfloat16, param_dtype=jnp.float32)", FLAX | {"dtype": "bfloat16"}),
    ("layers.Conv2D(64, 7, dtype=policy())", KERAS),
    # arithmetic on whole numbers, as reports have it
    ("nn.Conv2d(3, 8 * 8, 7, padding=(7 - 1) // 2, dilation=+(3 - 2))", TORCH | {"padding": 3}),
    ("nn.Conv2d(3, 64, 7, padding=-(7 // 2) + 3)", TORCH),
    ("nn.Conv2d(3, 2**6, 2**3 - 1, dilation=(-1) ** 64, padding=7**0)", TORCH | {"padding": 1}),
    ("layers.Conv2D(64, 7, activation=lambda x: x, data_format='channels_first', name=f'{a}')", KERAS),
    ("layers.Conv2D(64, 7, input_shape=(28, 28, 1), kernel_initializer=init[0])", KERAS),
    ("nn.Conv2D(64, 7, weight_initializer=[i for i in x], in_channels=0, prefix='a_')", MXNET),
    # what is copied along
    ("\n    self.conv1 = nn.Conv2d(\n        3,\n        64,\n        7,\n    )\n", TORCH),
    ("self.conv1 = nn.Conv2d(3, 64, 7),", TORCH),
    ("conv: nn.Module = nn.Conv2d(3, 64, 7)  # the stem", TORCH),
    ("a = self.b = nn.Conv2d(3, 64, 7);", TORCH),
    ("x = layers.Conv2D(64, 7)(x)", KERAS),
    ("return nn.Conv2d(3, 64, 7)(x)", TORCH),
    ("nn.Conv2d(3, 64, 7).to(device).eval()", TORCH),
    ("model.add(layers.Conv2D(64, 7))", KERAS),
    ("net.add(mx.gluon.nn.Conv2D(64, 7))", MXNET),
    # as a model prints its layers
    (
        "(conv1): Conv2d(3, 64, kernel_size=(7, 7), stride=(1, 1))",
        TORCH | {"kernel": (7, 7), "stride": (1, 1)},
    ),
    ("(0): Conv2d(3, 64, 7)", TORCH),
    ("Conv2d(3, 64, kernel_size=(7, 7), stride=(1, 1), padding=valid)", TORCH | {"padding": "valid"}),
    (
        "(c): Conv2d(3, 64, kernel_size=(7, 7), stride=(1, 1), padding=same, bias=False, padding_mode=circular)",
        TORCH | {"padding": "same", "padding_mode": "circular"},
    ),
    ("(0): LazyConv2d(0, 64, kernel_size=(7, 7), stride=(2, 2), padding=(1, 1))", LAZY | {"stride": 2, "padding": 1}),
    ("LazyConv2d(64, kernel_size=7, stride=1)", LAZY),
    ("layers.Conv2D(64, 7)(inputs)(training=True),\r\n", KERAS),
    ("(nn.Conv(64, (7, 7)))(x)", FLAX),
]


@pytest.mark.parametrize(("text", "fields"), UNDERSTOOD, ids=range(len(UNDERSTOOD)))
def test_each_expression_is_understood(text, fields):
    assert layer_case(text, (32, 32)) == make_case(**{"in_channels": fields["groups"], "input": (32, 32), **fields})


STEM = Case(
    input=(8, 9),
    kernel=(3, 5),
    stride=(3, 4),
    padding=((0, 0), (1, 1)),
    dilation=(1, 1),
    in_channels=3,
    out_channels=6,
    id="conv-8x9-k3x5-s3x4-p0x1-c3x6",
)


@pytest.mark.parametrize(
    "text",
    [
        "nn.Conv2d(3, 6, (3, 5), (3, 4), (0, 1))",
        "nn.LazyConv2d(6, (3, 5), (3, 4), (0, 1))",
        "nn.Conv(6, (3, 5), (3, 4), (0, 1))",
        "nn.Conv(6, (3, 5), (3, 4), [(0, 0), 1])",
        "nn.Conv2D(6, (3, 5), (3, 4), (0, 1))",
        "nn.Conv2D(6, (3, 5), (3, 4), (0, 1), in_channels=3)",
    ],
)
def test_each_spelling_of_a_layer_is_the_same_case(text):
    assert layer_case(text, (3, 8, 9)) == STEM


@pytest.mark.parametrize(
    ("text", "input", "in_channels"),
    [
        ("nn.Conv2d(3, 6, 3)", (8, 8), 3),
        ("nn.Conv2d(3, 6, 3)", (3, 8, 8), 3),
        ("nn.LazyConv2d(6, 3)", (8, 8), 1),
        ("layers.Conv2D(6, 3)", (8, 8), 1),
        ("layers.Conv2D(6, 3)", (5, 8, 8), 5),
        ("layers.Conv2D(6, 3, groups=2)", (8, 8), 2),
        ("nn.Conv(6, (3, 3), feature_group_count=3)", (8, 8), 3),
        ("nn.Conv2D(6, 3, in_channels=4)", (8, 8), 4),
        ("nn.Conv2D(6, 3, in_channels=0)", (7, 8, 8), 7),
        ("nn.Conv2d(in_planes, 6, 3)", (8, 8), 1),
        ("nn.Conv2d(in_planes, 6, 3)", (5, 8, 8), 5),
        ("nn.Conv2d(c, c, 3, groups=6)", (8, 8), 6),
        ("nn.Conv2d(c, 6, 3, groups=c)", (3, 8, 8), 3),
    ],
)
def test_the_channels_of_the_input_follow_from_the_layer(text, input, in_channels):
    case = layer_case(text, input)
    assert (case.input, case.batch, case.in_channels, case.out_channels) == ((8, 8), 1, in_channels, 6)


def test_a_padding_word_stays_a_word():
    assert layer_case("nn.Conv2d(1, 1, 3, padding='same', stride=2)", (8, 8)).padding == "same"
    assert layer_case("layers.Conv2D(1, 3)", (8, 8)).padding == "valid"
    assert layer_case("nn.Conv2d(1, 1, 3)", (8, 8)).padding == ((0, 0), (0, 0))


conv, transposed = partial(dict, op="conv"), partial(dict, op="conv_transpose")
max_pool, average_pool = partial(dict, op="max_pool"), partial(dict, op="avg_pool")

# (expression, spatial sizes, the case's fields); a field that is not here is at the catalog's default
CASES = [
    # torch: numbers, one per axis; a padding word only for Conv
    (
        "nn.Conv1d(2, 6, 5, 2, 1, 3, 2)",
        (30,),
        conv(in_channels=2, out_channels=6, groups=2, kernel=5, stride=2, padding=1, dilation=3),
    ),
    (
        "torch.nn.Conv3d(1, 4, (1, 3, 5), padding='same')",
        (9, 8, 7),
        conv(out_channels=4, kernel=[1, 3, 5], padding="same"),
    ),
    ("nn.LazyConv3d(4, 3, (2,))", (9, 8, 7), conv(in_channels=2, out_channels=4, kernel=3, stride=2)),
    (
        "nn.Conv2d(1, 1, 3, padding=(2, 1), padding_mode='circular')",
        (8, 9),
        conv(kernel=3, padding=[2, 1], padding_mode="circular"),
    ),
    (
        "nn.LazyConv1d(1, 3, padding=2, padding_mode='replicate')",
        (9,),
        conv(kernel=3, padding=2, padding_mode="replicate"),
    ),
    ("nn.Conv3d(1, 1, 3, 1, 1, 1, 1, False, 'reflect')", (6, 6, 6), conv(kernel=3, padding=1, padding_mode="reflect")),
    (
        "nn.ConvTranspose1d(2, 4, 3, 2, 1, 1, 2, False, 2)",
        (7,),
        transposed(
            in_channels=2, out_channels=4, groups=2, kernel=3, stride=2, padding=1, dilation=2, output_padding=1
        ),
    ),
    (
        "nn.ConvTranspose2d(1, 4, (3, 5), stride=(2, 3), output_padding=(0, 1))",
        (7, 8),
        transposed(out_channels=4, kernel=[3, 5], stride=[2, 3], output_padding=[0, 1]),
    ),
    ("nn.ConvTranspose3d(1, 1, 4, 2, 1, output_padding=0)", (5, 4, 3), transposed(kernel=4, stride=2, padding=1)),
    (
        "(up): LazyConvTranspose2d(0, 6, kernel_size=(4, 4), stride=(2, 2), output_padding=(1, 1))",
        (7, 8),
        transposed(in_channels=3, out_channels=6, kernel=4, stride=2, output_padding=1),
    ),
    (
        "nn.LazyConvTranspose2d(6, 4, 2, (1,))",
        (7, 8),
        transposed(in_channels=3, out_channels=6, kernel=4, stride=2, padding=1),
    ),
    ("nn.MaxPool1d(3)", (10,), max_pool(in_channels=2, kernel=3, stride=3)),
    (
        "nn.MaxPool2d((3, 2), 2, (1, 0), ceil_mode=True, return_indices=flag)",
        (8, 9),
        max_pool(in_channels=4, kernel=[3, 2], stride=2, padding=[1, 0], ceil_mode=True),
    ),
    ("nn.MaxPool3d(2, None, 1, 2)", (9, 8, 7), max_pool(kernel=2, stride=2, padding=1, dilation=2)),
    ("nn.AvgPool1d(4, 2, 1, True)", (9,), average_pool(kernel=4, stride=2, padding=1, ceil_mode=True)),
    ("nn.AdaptiveAvgPool2d((3, None))", (9, 7), average_pool(output_size=[3, 7])),
    ("F.adaptive_max_pool1d(x, 4)", (9,), max_pool(output_size=4)),
    ("nn.AdaptiveAvgPool3d(output_size=1)", (9, 7, 5), average_pool(in_channels=1, output_size=1)),
    ("layers.GlobalAveragePooling2D(keepdims=True)", (9, 7), average_pool(output_size=1)),
    ("layers.GlobalMaxPool1D()", (9,), max_pool(output_size=1)),
    ("layers.AdaptiveMaxPooling2D((3, 4), data_format='channels_last')", (9, 7), max_pool(output_size=[3, 4])),
    ("gluon.nn.GlobalAvgPool2D(layout='NCHW')", (9, 7), average_pool(output_size=1)),
    ("mx.nd.contrib.AdaptiveAvgPooling2D(x, output_size=(3, 4))", (9, 7), average_pool(output_size=[3, 4])),
    ("helper.make_node('GlobalMaxPool', ['x'], ['y'])", (3, 9, 7), max_pool(in_channels=3, output_size=1)),
    ("nn.AvgPool2d(3, divisor_override=4)", (9, 9), average_pool(kernel=3, divisor_override=4)),
    ("F.avg_pool3d(x, 2, divisor_override=1)", (9, 9, 9), average_pool(kernel=2, divisor_override=1)),
    ("nn.AvgPool2d((3,), count_include_pad=True)", (9, 9), average_pool(kernel=3, count_include_pad=True)),
    (
        "nn.AvgPool3d(3, 2, 1, False, False, None)",
        (9, 8, 7),
        average_pool(in_channels=3, kernel=3, stride=2, padding=1, count_include_pad=False),
    ),
    # Keras: words alone
    (
        "layers.Conv1D(8, 3, padding='CAUSAL', dilation_rate=2)",
        (20,),
        conv(in_channels=4, out_channels=8, kernel=3, padding="causal", dilation=2),
    ),
    (
        "keras.layers.Convolution3D(8, (1, 3, 3), 2, 'same')",
        (9, 8, 7),
        conv(out_channels=8, kernel=[1, 3, 3], stride=2, padding="same"),
    ),
    (
        "layers.DepthwiseConv2D(3, 2, 'same', 2)",
        (8, 9),
        conv(in_channels=4, out_channels=8, groups=4, kernel=3, stride=2, padding="same"),
    ),
    ("layers.DepthwiseConv1D(3, dilation_rate=2)", (9,), conv(kernel=3, padding="valid", dilation=2)),
    (
        "layers.DepthwiseConv1D((5,), depth_multiplier=3)",
        (9,),
        conv(in_channels=2, out_channels=6, groups=2, kernel=5, padding="valid"),
    ),
    ("layers.Conv1DTranspose(1, 3, 2, 'same')", (9,), transposed(kernel=3, stride=2, padding="same")),
    (
        "layers.Convolution2DTranspose(5, 4, strides=(2, 3))",
        (6, 7),
        transposed(in_channels=3, out_channels=5, kernel=4, stride=[2, 3], padding="valid"),
    ),
    (
        "layers.Conv2DTranspose(1, 3, 2, 'valid', 0)",
        (6, 7),
        transposed(kernel=3, stride=2, padding="valid", output_padding=0),
    ),
    (
        "layers.Conv3DTranspose(1, 3, 2, 'same', 'channels_last', 1)",
        (5, 4, 3),
        transposed(kernel=3, stride=2, padding=[[0, 1]] * 3),
    ),
    ("layers.MaxPool1D()", (9,), max_pool(kernel=2, padding="valid")),
    (
        "tf.keras.layers.MaxPooling2D((3, 2), padding='SAME')",
        (8, 9),
        max_pool(in_channels=5, kernel=[3, 2], stride=[3, 2], padding="same"),
    ),
    ("layers.MaxPooling3D(3, strides=None)", (9, 8, 7), max_pool(kernel=3, stride=3, padding="valid")),
    ("layers.AvgPool1D(3, 2, 'same')", (8,), average_pool(kernel=3, stride=2, padding="same")),
    ("layers.AveragePooling2D(2, name='pool')(x)", (8, 9), average_pool(in_channels=3, kernel=2, padding="valid")),
    ("AveragePooling3D(pool_size=(1, 2, 2))", (4, 5, 6), average_pool(kernel=[1, 2, 2], padding="valid")),
    # Flax: the kernel has the rank
    ("nn.Conv(8, 3)", (9,), conv(in_channels=2, out_channels=8, kernel=3, padding="same")),
    ("nn.Conv(1, (3,), padding='CAUSAL')", (9,), conv(kernel=3, padding="causal")),
    ("nn.Conv(1, 3, padding=((1, 2),))", (9,), conv(kernel=3, padding=[[1, 2]])),
    ("nn.Conv(1, (3, 4, 5), 2, (1, (0, 1), 2))", (9, 8, 7), conv(kernel=[3, 4, 5], stride=2, padding=[1, [0, 1], 2])),
    # its reach is 4 and 5 elements: (3 // 2, 4 // 2) and (4 // 2, 5 // 2)
    (
        "nn.Conv(1, (4, 3), padding='CIRCULAR', kernel_dilation=(1, 2))",
        (8, 9),
        conv(kernel=[4, 3], padding=[[1, 2], [2, 2]], dilation=[1, 2], padding_mode="circular"),
    ),
    ("nn.Conv(1, 4, 2, 'REFLECT')", (9,), conv(kernel=4, stride=2, padding=[[1, 2]], padding_mode="reflect")),
    (
        "nn.ConvTranspose(6, (3, 3), (2, 2), 'SAME')",
        (7, 8),
        transposed(in_channels=4, out_channels=6, kernel=3, stride=2, padding="same"),
    ),
    ("nn.ConvTranspose(1, 3, None, 'VALID', transpose_kernel=True)", (7,), transposed(kernel=3, padding="valid")),
    # a pad of p leaves e - 1 - p of the crop: e is 3 and 5
    (
        "nn.ConvTranspose(1, (3, 3), (2, 2), 1, (1, 2))",
        (7, 8),
        transposed(kernel=3, stride=2, padding=[1, 3], dilation=[1, 2]),
    ),
    (
        "nn.ConvTranspose(1, (3, 2, 4), 2, ((0, 2), 1, (4, 3)))",
        (5, 4, 3),
        transposed(kernel=[3, 2, 4], stride=2, padding=[[2, 0], [0, 0], [-1, 0]]),
    ),
    (
        "nn.max_pool(x, (3, 2), strides=(2, 2), padding='SAME')",
        (8, 9),
        max_pool(in_channels=3, kernel=[3, 2], stride=2, padding="same"),
    ),
    ("lambda x: nn.max_pool(x, (3,))", (9,), max_pool(kernel=3, stride=1, padding="valid")),
    (
        "x = linen.max_pool(x, (3, 3, 3), None, ((1, 0), (1, 1), (0, 1)))",
        (9, 8, 7),
        max_pool(kernel=3, stride=1, padding=[[1, 0], [1, 1], [0, 1]]),
    ),
    (
        "nn.avg_pool(x, (3, 3), (2, 2), 'SAME')",
        (8, 9),
        average_pool(kernel=3, stride=2, padding="same", count_include_pad=True),
    ),
    (
        "lambda x: nn.avg_pool(x, (2,), (2,), 'same_lower', count_include_pad=False)",
        (9,),
        average_pool(kernel=2, padding="same_lower", count_include_pad=False),
    ),
    (
        "nn.avg_pool(x, (2, 2, 2), padding=((0, 1), (0, 1), (0, 1)))",
        (5, 5, 5),
        average_pool(kernel=2, stride=1, padding=[[0, 1], [0, 1], [0, 1]]),
    ),
    # groups that are named like the channels are as many as these
    (
        "nn.Conv2d(dim, dim, 7, padding=3, groups=dim)",
        (9, 9),
        conv(in_channels=3, out_channels=3, groups=3, kernel=7, padding=3),
    ),
    (
        "nn.Conv2d(self.dim, self.dim*4, (3), groups = self. dim)",
        (9, 9),
        conv(in_channels=5, out_channels=5, groups=5, kernel=3),
    ),
    ("nn.LazyConv2d(dim, 3, groups=dim)", (9, 9), conv(in_channels=4, out_channels=4, groups=4, kernel=3)),
    (
        "nn.ConvTranspose1d(c, c, 4, 2, 1, 0, c)",
        (9,),
        transposed(in_channels=2, out_channels=2, groups=2, kernel=4, stride=2, padding=1),
    ),
    (
        "layers.Conv2D(dim, 3, groups=dim)",
        (9, 9),
        conv(in_channels=4, out_channels=4, groups=4, kernel=3, padding="valid"),
    ),
    (
        "nn.Conv(dim, (3, 3), feature_group_count=dim)",
        (9, 9),
        conv(in_channels=4, out_channels=4, groups=4, kernel=3, padding="same"),
    ),
    (
        "nnx.Conv(dim, 8, (3, 3), feature_group_count=dim, rngs=rngs)",
        (9, 9),
        conv(in_channels=4, out_channels=8, groups=4, kernel=3, padding="same"),
    ),
    ("nn.Conv2D(dim, 3, groups=dim, in_channels=0)", (9, 9), conv(in_channels=4, out_channels=4, groups=4, kernel=3)),
    # and any other number of groups is one
    ("nn.Conv2d(width, width, 3, groups=groups)", (9, 9), conv(in_channels=4, kernel=3)),
    ("nn.Conv2d(inp, oup, 3, groups=oup)", (9, 9), conv(in_channels=4, kernel=3)),
    ("nn.Conv2d(4, dim, 3, groups=dim)", (9, 9), conv(in_channels=4, kernel=3)),
    ("nn.Conv2D(dim, 3, groups=dim, in_channels=4)", (9, 9), conv(in_channels=4, kernel=3)),
    ("layers.Conv2D(8, 3, groups=x.shape[-1])", (9, 9), conv(in_channels=4, out_channels=8, kernel=3, padding="valid")),
    ("helper.make_node('Conv', i, o, kernel_shape=[3], group=g)", (9,), conv(in_channels=4, kernel=3)),
    # MXNet: numbers alone
    ("nn.Conv1D(6, 3, 2, 1, in_channels=2)", (9,), conv(in_channels=2, out_channels=6, kernel=3, stride=2, padding=1)),
    (
        "nn.Conv3D(6, (1, 3, 3), layout='NDHWC', dilation=2)",
        (9, 8, 7),
        conv(out_channels=6, kernel=[1, 3, 3], dilation=2),
    ),
    ("gluon.nn.Conv1DTranspose(1, 3, 2, 1, 1)", (7,), transposed(kernel=3, stride=2, padding=1, output_padding=1)),
    (
        "nn.Conv2DTranspose(4, (3, 4), (2, 2), (1, 0), (0, 0), (1, 1), 2)",
        (7, 8),
        transposed(in_channels=2, out_channels=4, groups=2, kernel=[3, 4], stride=2, padding=[1, 0]),
    ),
    ("nn.Conv3DTranspose(1, 3, 2)", (5, 4, 3), transposed(kernel=3, stride=2)),
    ("nn.MaxPool1D(3, 2, 1, 'NCW', True)", (8,), max_pool(kernel=3, stride=2, padding=1, ceil_mode=True)),
    ("nn.MaxPool2D()", (8, 9), max_pool(in_channels=3, kernel=2)),
    ("nn.MaxPool3D((1, 2, 2), None, 0, True, 'NCDHW')", (9, 8, 7), max_pool(kernel=[1, 2, 2], ceil_mode=True)),
    (
        "nn.AvgPool1D(3, 1, 1, 'NCW', False, False)",
        (9,),
        average_pool(kernel=3, stride=1, padding=1, count_include_pad=False),
    ),
    (
        "mx.gluon.nn.AvgPool2D(3, 2, (1, 1), True, 'NHWC')",
        (8, 9),
        average_pool(kernel=3, stride=2, padding=1, ceil_mode=True),
    ),
    ("nn.AvgPool3D(strides=1)", (5, 4, 3), average_pool(kernel=2, stride=1)),
    # bare names that Keras and MXNet share: MXNet where only it has the argument
    ("Conv2D(1, 3, padding=1, in_channels=2)", (8, 9), conv(in_channels=2, kernel=3, padding=1)),
    ("MaxPool2D(pool_size=3, strides=2, ceil_mode=True)", (8, 9), max_pool(kernel=3, stride=2, ceil_mode=True)),
    ("MaxPool2D(pool_size=3, strides=2)", (8, 9), max_pool(kernel=3, stride=2, padding="valid")),
    # or where Keras would refuse what an argument holds
    ("Conv2D(64, 3, 1, 1)", (8, 9), conv(out_channels=64, kernel=3, padding=1)),
    ("Conv2D(64, kernel_size=3, padding=1)", (8, 9), conv(out_channels=64, kernel=3, padding=1)),
    # Keras by the usual names of its layers
    ("L.Conv2D(8, 3, padding='same')", (8, 9), conv(out_channels=8, kernel=3, padding="same")),
    ("tfl.Conv2D(8, 3, padding='same')", (8, 9), conv(out_channels=8, kernel=3, padding="same")),
    ("tfkl.MaxPool2D()", (8, 9), max_pool(kernel=2, padding="valid")),
    ("K.layers.DepthwiseConv1D(3)", (9,), conv(kernel=3, padding="valid")),
    # the first part of a separable convolution
    (
        "layers.SeparableConv2D(8, 3, 2, 'same', None, 1, 2, 'relu')",
        (8, 9),
        conv(in_channels=4, out_channels=8, groups=4, kernel=3, stride=2, padding="same"),
    ),
    (
        "tf.keras.layers.SeparableConvolution1D(filters, 3, dilation_rate=2)",
        (9,),
        conv(in_channels=4, out_channels=4, groups=4, kernel=3, dilation=2, padding="valid"),
    ),
    ("KL.Conv2D(64, (7, 7), strides=(2, 2))", (9, 9), conv(out_channels=64, kernel=7, stride=2, padding="valid")),
    # a name that one framework has, wherever it stands
    ("fnn.Conv(8, (3,))", (9,), conv(out_channels=8, kernel=3, padding="same")),
    ("torch.nn.modules.conv.Conv1d(1, 8, 3)", (9,), conv(out_channels=8, kernel=3)),
    ("tfl.MaxPooling2D(3, 2)", (9, 9), max_pool(kernel=3, stride=2, padding="valid")),
    ("oh.make_node('MaxPool', i, o, kernel_shape=[3])", (9,), max_pool(kernel=3, stride=1)),
    # ONNX: lists alone; strides of 1, and averages without their padding, unless it is told otherwise
    (
        "helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[3], pads=[1, 2])",
        (9,),
        conv(in_channels=2, kernel=3, padding=[[1, 2]]),
    ),
    (
        "onnx.helper.make_node('Conv', i, o, 'stem', kernel_shape=[3, 5], strides=[2, 1], pads=[0, 1, 2, 3], group=2)",
        (8, 9),
        conv(in_channels=2, out_channels=2, groups=2, kernel=[3, 5], stride=[2, 1], padding=[[0, 2], [1, 3]]),
    ),
    (
        "make_node(op_type='Conv', inputs=i, outputs=o, kernel_shape=[3, 3, 3], auto_pad='SAME_LOWER')",
        (9, 8, 7),
        conv(kernel=3, padding="same_lower"),
    ),
    (
        "helper.make_node('ConvTranspose', i, o, kernel_shape=[3, 3], strides=[2, 2], output_padding=[1, 0])",
        (7, 8),
        transposed(kernel=3, stride=2, output_padding=[1, 0]),
    ),
    (
        "helper.make_node('ConvTranspose', ['x', 'w'], ['y'], kernel_shape=[4], pads=[1, 2])",
        (9,),
        transposed(kernel=4, padding=[[1, 2]]),
    ),
    (
        "make_node('ConvTranspose', i, o, kernel_shape=[4], strides=[2], auto_pad='SAME_UPPER')",
        (9,),
        transposed(kernel=4, stride=2, padding="same"),
    ),
    (
        "helper.make_node('MaxPool', ['x'], ['y'], kernel_shape=[3, 3], auto_pad='NOTSET')",
        (8, 9),
        max_pool(in_channels=4, kernel=3, stride=1),
    ),
    (
        "helper.make_node('MaxPool', ['x'], ['y', 'i'], kernel_shape=[2], strides=[2], dilations=[2], ceil_mode=1)",
        (9,),
        max_pool(kernel=2, stride=2, dilation=2, ceil_mode=True),
    ),
    (
        "helper.make_node('AveragePool', ['x'], ['y'], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])",
        (8, 9),
        average_pool(kernel=3, stride=2, padding=1, count_include_pad=False),
    ),
    # flax's other API
    (
        "nnx.Conv(2, 6, kernel_size=(3, 5), strides=(2, 1), padding='VALID', feature_group_count=2, rngs=rngs)",
        (9, 8),
        conv(in_channels=2, out_channels=6, kernel=[3, 5], stride=[2, 1], padding="valid", groups=2),
    ),
    (
        "flax.nnx.Conv(1, 4, 3, padding='CIRCULAR', kernel_dilation=2, rngs=nnx.Rngs(0))",
        (9,),
        conv(out_channels=4, kernel=3, dilation=2, padding=2, padding_mode="circular"),
    ),
    (
        "nnx.ConvTranspose(1, 1, (3, 3), (2, 2), padding=1, rngs=rngs)",
        (9, 8),
        transposed(kernel=3, stride=2, padding=1),
    ),
    ("nnx.max_pool(x, (3, 3), strides=(2, 2), padding='SAME')", (9, 8), max_pool(kernel=3, stride=2, padding="same")),
    ("nnx.avg_pool(x, window_shape=(2,))", (9,), average_pool(kernel=2, stride=1, padding="valid")),
    (
        "helper.make_node('AveragePool', ['x'], ['y'], kernel_shape=[3], pads=[1, 1], count_include_pad=1)",
        (9,),
        average_pool(kernel=3, stride=1, padding=1, count_include_pad=True),
    ),
    (
        "helper.make_node('AveragePool', ['x'], ['y'], kernel_shape=[2, 2, 2], strides=[2, 2, 2], auto_pad='VALID')",
        (5, 4, 3),
        average_pool(kernel=2, padding="valid"),
    ),
]


@pytest.mark.parametrize(("text", "sizes", "fields"), CASES, ids=[text for text, _, _ in CASES])
def test_every_operation_in_every_framework(text, sizes, fields):
    assert layer_case(text, (fields.get("in_channels", 1), *sizes)) == make_case(input=sizes, **fields)


# (expression, what the caret points at, what the first line says)
REFUSED = [
    # no layer's call
    ("nn.Conv2d", "nn.Conv2d", "nn.Conv2d is not a layer's call; expected a call such as nn.Conv2d(3, 64, 7"),
    ("7", "7", "7 is not a layer's call"),
    ("self.conv = 7", "7", "7 is not a layer's call"),
    ("x: int", "x: int", "x: int is not a layer's call"),
    ("'nn.Conv2d(3, 64, 7)'", "'nn", "is not a layer's call"),
    ("lambda: nn.Conv2d(3, 64, 7)", "lambda", "is not a layer's call"),
    ("[nn.Conv2d(3, 64, 7) for _ in x]", "[nn", "is not a layer's call"),
    ("(c := nn.Conv2d(3, 64, 7))", "c :=", "is not a layer's call"),
    ("nn.Conv2d(3, 64, 7), nn.Conv2d(64, 64, 3)", "nn.Conv2d(3", "is not a layer's call"),
    ("f'{nn.Conv2d(3, 64, 7)}'", "f'", "is not a layer's call"),
    ("().__class__", "().__class__", "is not a layer's call"),
    ("9**9**9", "9**9**9", "9**9**9 is not a layer's call"),
    ("import os", "import", "import os is not a layer's call"),
    ("conv += nn.Conv2d(3, 64, 7)", "conv", "is not a layer's call"),
    ("nn.Conv2d(3, 64, 7); import os", "import os", "import os is not a layer's call"),
    ("a = 1\nnn.Conv2d(3, 64, 7)", "1", "1 is not a layer's call"),
    ("nn.Conv2d(3, 64, 7); nn.ZeroPad2d(1)", "nn.Conv2d", "nn.Conv2d(3, 64, 7) is not used by the last statement"),
    (
        "net.add(nn.Conv2D(6, kernel_size=5, padding=2), nn.AvgPool2D(2, 2))",
        "nn.AvgPool2D(",
        "layer: nn.AvgPool2D(2, 2) is a second layer; expected only one",
    ),
    ("net.add(pool, nn.Conv2D(6, 5))", "pool", "pool is not a layer; expected a call such as"),
    (
        "net.add(nn.Conv2D(6, 5), nn.Dense(3))",
        "nn.Dense",
        "nn.Dense slides no window, so there is no padding to compare",
    ),
    # other calls
    (
        "__import__('os').system('true')",
        "__import__",
        "__import__ is not known; expected a convolution,",
    ),
    ("eval('1')(3, 64, 7)", "eval", "eval is not known"),
    ("().__class__.__bases__[0].__subclasses__()", "()", "is not known"),
    ("(lambda: 0)()", "lambda", "is not known"),
    ("net.add(64, 7)", "net.add", "net.add is not known"),
    (
        "chainer.nn.Conv2D(3, 64, 7)",
        "chainer",
        "layer: chainer.nn.Conv2D is not known; write layers.Conv2D for Keras or gluon.nn.Conv2D for MXNet",
    ),
    ("L.Convolution2D(3, 64, 7)", "L.", "L.Convolution2D is not handled by this version"),
    ("tf.nn.pool(x, 2, 'MAX')", "tf", "tf.nn.pool is not known; expected a convolution"),
    ("keras.layers.Conv2d(3, 64, 7)", "keras", "did you mean 'keras.layers.Conv2D'?"),
    ("self.Dense(3)", "self", "self.Dense is not known; expected a convolution"),
    ("Conv2D(64, 3, stride=2)", "stride", "stride: unknown argument; Conv2D takes filters, kernel_size, strides, pad"),
    ("Conv2D(64, 3, padding='full')", "'full'", "padding: 'full' is not known; expected 'same' or 'valid'"),
    ("nn.conv2d(3, 64, 7)", "nn.conv2d", "did you mean 'nn.Conv2d'?"),
    ("layers.Conv2d(64, 7)", "layers", "did you mean 'layers.Conv2D'?"),
    (
        "layers.SeparableConv2D(8)",
        ")",
        "layer: kernel_size is missing; layers.SeparableConv2D takes filters, kern",
    ),
    ("layers.SeparableConv3D(8, 3)", "layers", "layers.SeparableConv3D is not known; expected a convolution"),
    ("layers.ConvLSTM2D(8, 3)", "layers", "is not handled by this version"),
    ("nn.pool(x, 0.0, lax.add, (3, 3), None, 'SAME')", "nn", "nn.pool is not handled by this version"),
    ("nnx.pool(x, 0.0, lax.add, (3, 3), None, 'SAME')", "nnx", "nnx.pool is not handled by this version"),
    # arguments that do not bind
    ("nn.Conv2d()", ")", "in_channels, out_channels and kernel_size are missing; nn.Conv2d takes in_channels, out"),
    ("nn.Conv2d(3, 64)", ")", "kernel_size is missing"),
    (
        "layers.Conv2D(kernel_size=3)(x)",
        ")(x)",
        "filters is missing; layers.Conv2D takes filters, kernel_size, strides",
    ),
    ("nn.Conv2d(3, 64, 7, kernal_size=3)", "kernal_size=3", "kernal_size: unknown argument; nn.Conv2d takes"),
    ("nn.Conv2d(3, 64, 7, strides=2)", "strides", "did you mean 'stride'?"),
    ("layers.Conv2D(64, 7, stride=2)", "stride=2", "did you mean 'strides'?"),
    ("layers.Conv2D(64, 7, dilation=2)", "dilation=2", "dilation: unknown argument"),
    ("nn.Conv(64, (7, 7), groups=2)", "groups", "groups: unknown argument"),
    ("nn.Conv2D(64, 7, bias=False)", "bias", "bias: unknown argument"),
    ("nn.LazyConv2d(in_channels=3, out_channels=64, kernel_size=7)", "in_channels", "did you mean 'out_channels'?"),
    ("nn.Conv2d(3, 64, 7, 2, stride=3)", "stride=3", "stride: given twice: 3 comes after 2; expected one value"),
    ("nn.Conv2d(3, 64, 7, stride=2, stride=3)", "stride=3", "stride: given twice"),
    ("nn.Conv2d(3, 64, 7, 1, 0, 1, 1, True, 'zeros', None, None, 5)", "5)", "5 is one argument too many; at most 11"),
    ("layers.Conv2D(1, 3, 1, 'same', *[None] * 13)", "*[None]", "*[None] * 13 cannot be read; write the arguments"),
    ("nn.Conv2d(*args)", "*args", "*args cannot be read; write the arguments themselves"),
    ("nn.Conv2d(3, 64, 7, **kwargs)", "**kwargs", "**kwargs cannot be read; write the arguments themselves"),
    # values that are no literals
    (
        "nn.Conv2d(3, 64, k)",
        "k)",
        "kernel_size: k is not a literal, and nothing is evaluated; expected a whole number",
    ),
    ("nn.Conv2d(3, 64, planes * 4)", "planes", "kernel_size: planes * 4 is not a literal"),
    ("nn.Conv2d(3, 64, 9**9**9)", "9**9**9", "kernel_size: 9**9**9 is not a literal"),
    ("nn.Conv2d(3, 64, __import__('os').system('true'))", "__import__", "kernel_size: __import__('os')"),
    ("nn.Conv2d(3, 64, (lambda: 3)())", "(lambda", "is not a literal"),
    ("nn.Conv2d(3, 64, [k for k in (3, 3)])", "[k", "is not a literal"),
    ("nn.Conv2d(3, 64, (k := 3))", "k :=", "is not a literal"),
    ("nn.Conv2d(3, 64, f'{3}')", "f'", "is not a literal"),
    ("nn.Conv2d(3, 64, ().__class__)", "().", "is not a literal"),
    ("nn.Conv2d(3, 64, (3, *k))", "*k", "kernel_size: *k is not a literal"),
    ("nn.Conv2d(3, 64, {3, 4})", "{3", "is not a literal"),
    ("nn.Conv2d(3, 64, ~3)", "~3", "is not a literal"),
    ("nn.Conv2d(3, 64, -True)", "-True", "is not a literal"),
    ("nn.Conv2d(3, 64, 7 // 0)", "7 // 0", "kernel_size: 7 // 0 is not a literal"),
    ("nn.Conv2d(3, 64, 2147483648 * 2)", "2147", "2147483648 * 2 is out of range"),
    ("nn.Conv2d(3, 2**64, 3)", "2**64", "out_channels: 2**64 is out of range; expected at most 2**31"),
    ("nn.Conv2d(3, 2**65, 3)", "2**65", "out_channels: 2**65 is not a literal"),
    ("nn.Conv2d(3, 64 / 2, 3)", "64 / 2", "out_channels: 64 / 2 is not a literal"),
    ("nn.Conv2d(3, 64, 2**-1)", "2**-1", "kernel_size: 2**-1 is not a literal"),
    ("nn.Conv2d(3, 64, 3, padding=3 / 2)", "3 / 2", "padding: 3 / 2 is not a literal"),
    ("nn.Conv2d(3, 64, True + 2)", "True", "is not a literal"),
    ("nn.Conv2d(3, 64, 3 if x else 5)", "3 if", "is not a literal"),
    # values of the wrong type or length
    ("nn.Conv2d(3, 64, 3.0)", "3.0", "kernel_size: 3.0 is not allowed; expected a whole number or two of them"),
    ("nn.Conv2d(3, 64, '3')", "'3'", "kernel_size: '3' is not allowed"),
    ("nn.Conv2d(3, 64, None)", "None", "kernel_size: None is not allowed"),
    ("nn.Conv2d(3, 64, True)", "True", "kernel_size: True is not allowed"),
    ("nn.Conv2d(3, 64, b'3')", "b'3'", "kernel_size: b'3' is not allowed"),
    ("nn.Conv2d(3, 64, ...)", "...", "kernel_size: ... is not allowed"),
    ("nn.Conv2d(3, 64, 3j)", "3j", "kernel_size: 3j is not allowed"),
    ("nn.Conv2d('3', 64, 3)", "'3'", "in_channels: '3' is not a whole number; expected a whole number"),
    ("nn.Conv2d(3, (64,), 3)", "(64,)", "out_channels: (64,) is not a whole number"),
    ("nn.Conv2d(3, 64, (3,))", "(3,)", "kernel_size: (3,) has 1 entry; expected a whole number or two of them"),
    ("nn.Conv2d(3, 64, (3, 3, 3))", "(3, 3, 3)", "kernel_size: (3, 3, 3) has 3 entries"),
    ("nn.Conv2d(3, 64, ())", "()", "kernel_size: () has 0 entries"),
    ("nn.Conv2d(3, 64, (3, '3'))", "(3, '3')", "kernel_size: (3, '3') holds an entry that is not allowed"),
    ("nn.Conv2d(3, 64, 3, padding=((1, 1), (1, 1)))", "((1", "padding: ((1, 1), (1, 1)) holds an entry that is not"),
    ("layers.Conv2D(64, 3, strides=(2,))", "(2,)", "strides: (2,) has 1 entry"),
    ("layers.Conv2D(64, 3, strides=None)", "None", "strides: None is not allowed"),
    ("layers.Conv2D(64, 3, padding=1)", "1)", "padding: 1 is not a word, and Keras does not take padding in numbers"),
    ("layers.Conv2D(64, 3, padding=(1, 1))", "(1, 1)", "expected 'same' or 'valid'"),
    ("nn.Conv(64, (3, 3), padding=((1, 1),))", "((1", "padding: ((1, 1),) has 1 entry"),
    ("nn.Conv(64, (3, 3), padding=((1, 1, 1), 1))", "((1", "holds an entry that is not allowed"),
    ("nn.Conv(64, (3, 3), padding=None)", "None", "padding: None is not allowed"),
    ("nn.Conv2D(64, 3, padding='same')", "'same'", "padding: 'same' is not allowed; expected a whole number or two"),
    # words, without quotes only as PyTorch prints them
    ("nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=same)", "same)", "padding: same is not a literal"),
    ("Conv2d(3, 64, 3, padding=same)", "same)", "padding: same is not a literal"),
    ("Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), padding=full)", "full)", "padding: full is not a literal"),
    ("Conv2d(3, 64, kernel_size=(3, 3), stride=(0, 1), padding=same)", "0, 1", "stride: 0 is out of range"),
    ("LazyConv2d(3, 64, kernel_size=(3, 3), stride=(1, 1))", "3, 64", "in_channels: 3 is not handled by this version"),
    ("LazyConv2d(0, 64, 3)", "0, 64", "out_channels: 0 is out of range"),
    ("nn.Conv2d(3, 64, 3, padding='SAME')", "'SAME'", "padding: 'SAME' is not known"),
    ("nn.Conv2d(3, 64, 3, padding='smae')", "'smae'", "did you mean 'same'?"),
    ("layers.Conv2D(64, 3, padding='causal')", "'causal'", "padding: 'causal' is not known"),
    ("nn.Conv(64, (3, 3), padding='full')", "'full'", "padding: 'full' is not known"),
    # what would make it another layer
    ("nn.Conv2d(3, 64, 3, padding_mode=mode)", "mode)", "padding_mode: mode is not a literal"),
    ("nn.Conv(64, (3, 3), input_dilation=2)", "2)", "input_dilation: 2 is not handled by this version; expected 1"),
    ("nn.Conv(64, (3, 3), input_dilation=True)", "True", "input_dilation: True is not handled by this version"),
    (
        "nn.Conv(64, (3, 3), mask=mask)",
        "mask)",
        "mask: mask is not a literal, and nothing is evaluated; expected None",
    ),
    (
        "nn.Conv2D(64, 3, layout='NCDHW')",
        "'NCDHW'",
        "layout: 'NCDHW' is not handled by this version; expected 'NCHW'",
    ),
    ("nn.Conv2D(64, 3, op_name='Deconvolution')", "'Deconv", "op_name: 'Deconvolution' is not handled"),
    ("nn.Conv2D(64, 3, adj=(1, 1))", "(1, 1)", "adj: (1, 1) is not handled by this version; expected None"),
    # ranges, told in the framework's own words and at the number concerned
    ("nn.Conv2d(3, 64, 3, stride=0)", "0)", "stride: 0 is out of range; expected at least 1 and at most 2**31"),
    ("nn.Conv2d(3, 64, 3, stride=(2, 0))", "0)", "stride: 0 is out of range"),
    ("nn.Conv2d(3, 64, -3)", "-3)", "kernel_size: -3 is out of range"),
    ("nn.Conv2d(0, 64, 3)", "0, 64", "in_channels: 0 is out of range"),
    ("nn.Conv2d(3, 64, 3, groups=0)", "0)", "groups: 0 is out of range"),
    ("layers.Conv2D(0, 3)", "0, 3", "filters: 0 is out of range"),
    ("layers.Conv2D(8, 3, dilation_rate=[1, -1])", "-1", "dilation_rate: -1 is out of range"),
    ("nn.Conv(8, (3, 3), feature_group_count=-1)", "-1", "feature_group_count: -1 is out of range"),
    ("nn.Conv2D(-8, 3)", "-8", "channels: -8 is out of range"),
    ("nn.Conv(8, (3, 3), padding=(1, (0, 2147483649)))", "2147483649", "padding: 2147483649 is out of range"),
    ("nn.Conv2d(3, 64, 4294967296)", "4294967296", "kernel_size: 4294967296 is out of range; expected at most 2**31"),
    ("nn.Conv2d(3, 64, 0x" + "f" * 8000 + ")", "0xfff", "kernel_size: 0xfffff"),
    ("nn.Conv2d(3, 64, 3, padding=-9999999999)", "-9999999999", "padding: -9999999999 is out of range"),
    ("nn.Conv2d(3, 64, 3, groups=2)", "2)", "groups: 2 does not divide in_channels, which is 3"),
    ("layers.Conv2D(64, 3, groups=3)", "3)", "groups: 3 does not divide filters, which is 64"),
    ("nn.Conv(64, (3, 3), feature_group_count=3)", "3)", "feature_group_count: 3 does not divide features, which"),
    ("nn.Conv2D(64, 3, groups=3)", "3)", "groups: 3 does not divide channels, which is 64"),
    # characters: wider in bytes, or not to be printed
    ("é.ü = nn.Conv2d(3, 64, 3.5)", "3.5", "kernel_size: 3.5"),
    ("日本 = nn.Conv2d(3, 64, 3, bias='€𝄞', stride=0)", "0)", "stride: 0 is out of range"),
    ("nn.Conv2d(3, 64, 3, padding='日本')", "'日本'", "padding: '日本' is not known"),
    ("nn.Conv2d(\n  3,\n  4,\n  é,)", "é,", "kernel_size: é is not a literal"),
    ("nn.Conv2d(3, 64, 3, bias='\x1b[31m\x07', stride=0)", "0)", "stride: 0 is out of range"),
    ("nn.Conv2d(3, 64, 3, padding='\x1b[31m')", r"'\x1b[31m'", r"padding: '\x1b[31m' is not known"),
    ("nn.Conv2d(3, 64, 3, padding='\u202esame')", r"'\u202e", r"padding: '\u202esame' is not known"),
    ("\x1b[31mnn.Conv2d(3, 64, 3)", r"\x1b", "cannot be read as Python (invalid non-printable character U+001B)"),
    # pools and transposed convolutions
    (
        "nn.ConvTranspose2d(3, 64, 3, padding='same')",
        "'same'",
        "padding: 'same' is not allowed; expected a whole num",
    ),
    ("nn.ConvTranspose2d(3, 64, 3, 2, 1, None)", "None", "output_padding: None is not allowed"),
    ("nn.ConvTranspose1d(3, 64, 3, 2, 1, (1, 1))", "(1, 1)", "output_padding: (1, 1) has 2 entries; expected a whol"),
    ("nn.ConvTranspose3d(3, 64, 3, padding_mode='circular')", "'circular'", "padding_mode: 'circular' is not handled"),
    ("nn.Conv2d(3, 64, 3, padding_mode='wrap')", "'wrap'", "padding_mode: 'wrap' is not known; expected 'zeros', "),
    ("nn.MaxPool2d(3, 2, 'same')", "'same'", "padding: 'same' is not allowed"),
    ("nn.MaxPool3d((3, 3))", "(3, 3)", "kernel_size: (3, 3) has 2 entries; expected a whole number or three of them"),
    ("nn.MaxPool2d(0)", "0)", "kernel_size: 0 is out of range"),
    ("nn.MaxPool2d(2, 0)", "0)", "stride: 0 is out of range"),
    ("nn.MaxPool2d(2, ceil_mode=1)", "1)", "ceil_mode: 1 is not allowed; expected True or False"),
    ("nn.AvgPool1d(3, divisor_override=2)", "divisor", "divisor_override: unknown argument; nn.AvgPool1d takes"),
    ("nn.AdaptiveAvgPool2d((3, 4, 5))", "(3, 4, 5)", "output_size: (3, 4, 5) has 3 entries; expected a whole number, "),
    ("nn.AdaptiveMaxPool1d(0)", "0)", "output_size: 0 is out of range; expected at least 1"),
    ("layers.AdaptiveAveragePooling2D()", ")", "layer: output_size is missing"),
    ("nn.AvgPool2d(3, divisor_override=0)", "0)", "divisor_override: 0 is out of range; expected at least 1"),
    (
        "nn.AvgPool2d(3, divisor_override=2.5)",
        "2.5",
        "divisor_override: 2.5 is not a whole number; expected a whole nu",
    ),
    (
        "layers.AveragePooling2D()",
        ")",
        "layer: pool_size is missing; layers.AveragePooling2D takes pool_size, strides, padding",
    ),
    ("layers.MaxPooling2D(ceil_mode=True)", "ceil_mode", "ceil_mode: unknown argument"),
    ("layers.MaxPooling1D(2, 2, 'causal')", "'causal'", "padding: 'causal' is not known; expected 'same' or 'val"),
    ("layers.Conv2DTranspose(8, 3, groups=2)", "groups", "groups: unknown argument"),
    ("layers.DepthwiseConv2D(3, depth_multiplier=0)", "0)", "depth_multiplier: 0 is out of range"),
    ("layers.Conv3DTranspose(8, 3, 2, 'same', None, (1, 1))", "(1, 1)", "output_padding: (1, 1) has 2 entries"),
    ("nn.Conv(64, (3, 3, 3, 3))", "(3, 3", "kernel_size: (3, 3, 3, 3) has 4 entries; expected a whole number, or a"),
    ("nn.Conv(64, 3, padding=(1, 2))", "(1, 2)", "padding: (1, 2) has 2 entries; expected a whole number, a seque"),
    ("nn.Conv(64, (3, 3), padding='CAUSAL')", "'CAUS", 'padding: "causal" needs an input with one spatial axis'),
    ("nn.Conv(64, (3, 3), padding='circular')", "'circ", "padding: 'circular' is not known"),
    ("nn.ConvTranspose(64, (3, 3), padding='CIRCULAR')", "'CIRC", "padding: 'CIRCULAR' is not handled by this version"),
    ("nn.ConvTranspose(64, (3, 3), padding='same')", "'same'", "padding: 'same' is not known; expected a whole num"),
    ("nn.max_pool(x, 3)", "3)", "window_shape: 3 is not allowed; expected a sequence of one to three whole numbers"),
    (
        "nn.max_pool((3, 3))",
        ")",
        "layer: window_shape is missing; nn.max_pool takes inputs, window_shape, strides, padding",
    ),
    ("lambda x: nn.max_pool(x, (3, 3), 2)", "2)", "strides: 2 is not allowed"),
    (
        "nn.avg_pool(x, (3, 3), padding=(1, 1))",
        "(1, 1)",
        "padding: (1, 1) holds an entry that is not allowed; expected",
    ),
    ("nn.MaxPool2D(3, padding='same')", "'same'", "padding: 'same' is not allowed; expected a whole number or t"),
    ("nn.Conv1D(8, 3, layout='NWC')", "'NWC'", "layout: 'NWC' is not handled by this version; expected 'NCW'"),
    ("nn.Conv2DTranspose(8, 3, output_padding=-1)", "-1", "output_padding: -1 is out of range"),
    ("MaxPool2D(2, ceil=True)", "ceil", "ceil: unknown argument; MaxPool2D takes pool_size, strides, padding, data_f"),
    (
        "nnx.Conv(1, 1, 3, conv_general_dilated_cls=None, rngs=rngs)",
        "conv_gen",
        "conv_general_dilated_cls: unknown argument; nnx.Conv takes in_features, ",
    ),
    # ONNX
    ("helper.make_node('Gemm', ['x'], ['y'])", "'Gemm'", "op_type: 'Gemm' is not handled by this version; expected"),
    ("helper.make_node(op, ['x'], ['y'])", "op,", "op_type: op is not handled by this version"),
    ("helper.make_node()", "helper", "layer: op_type is missing; it is the first argument of helper.make_node"),
    ("make_node('Conv', kernel_shape=[3])", ")", "layer: inputs and outputs are missing; make_node takes op_type, in"),
    ("make_node('MaxPool', i, o)", ")", "layer: kernel_shape is missing"),
    ("make_node('MaxPool', i, o, kernel_shape=3)", "3)", "kernel_shape: 3 is not allowed; expected a list of one to"),
    (
        "make_node('Conv', i, o, kernel_shape=[3, 3], pads=[1, 1])",
        "[1, 1]",
        "pads: [1, 1] has 2 entries; expected a l",
    ),
    ("make_node('Conv', i, o, kernel_shape=[3, 0])", "0]", "kernel_shape: 0 is out of range"),
    (
        "make_node('Conv', i, o, kernel_shape=[3], pads=[1, 1], auto_pad='VALID')",
        "[1, 1]",
        "pads: [1, 1] cannot be combined with auto_pad; expected one or the other",
    ),
    (
        "make_node('Conv', i, o, kernel_shape=[3], auto_pad='SAME')",
        "'SAME'",
        "auto_pad: 'SAME' is not known; expected",
    ),
    (
        "make_node('MaxPool', i, o, kernel_shape=[3], count_include_pad=1)",
        "count",
        "count_include_pad: unknown argument",
    ),
    (
        "make_node('AveragePool', i, o, kernel_shape=[3], ceil_mode=2)",
        "2)",
        "ceil_mode: 2 is not allowed; expected 0 or",
    ),
    (
        "make_node('Conv', i, o, kernel_shape=[3], domain='com.microsoft')",
        "'com",
        "domain: 'com.microsoft' is not handl",
    ),
    # no Python
    ("nn.Conv2d(3, 64", "(3", "layer: cannot be read as Python ('(' was never closed); expected a layer such as nn."),
    ("é = nn.Conv2d(3, 64]", "]", "cannot be read as Python"),
    ("nn.Conv2d(3 64, 7)", "3 64", "cannot be read as Python"),
    ("nn.Conv2d(stride=2, 3, 64)", ")", "cannot be read as Python (positional argument follows keyword argument)"),
    ("nn.Conv2d(3, 64, 7))", ")", "cannot be read as Python (unmatched ')')"),
    ("nn.Conv2d(\n  3,\n  é 64)", "é 64", "cannot be read as Python"),
    ("return", "return", "return is not a layer's call"),
    ("(" * 5000 + ")" * 4000, "(", "cannot be read as Python (too many nested parentheses)"),
]


def on_its_rank(text):
    """The case on an input that has as many axes as the layer."""
    for sizes in ((32, 32), (32,), (32, 32, 32)):
        try:
            return layer_case(text, sizes)
        except InputError as error:
            if "wrong number of sizes" not in str(error):
                raise
    raise AssertionError("a layer of no rank")


def problem_of(text, read=on_its_rank):
    """The one problem with a text, line by line, after everything that holds for every error."""
    with pytest.raises(InputError) as caught:
        read(text)
    (problem,) = caught.value.problems
    lines = problem.split("\n")
    assert all(line.isprintable() for line in lines)
    assert all(len(line) <= 100 for line in lines[1:])
    return lines


def pointed_at(lines):
    _, expression, caret = lines
    assert caret.strip(" ") == "^"
    return expression[caret.index("^") :]


@pytest.mark.parametrize(("text", "pointed", "says"), REFUSED, ids=range(len(REFUSED)))
def test_a_malformed_expression_is_refused_with_a_caret(text, pointed, says):
    lines = problem_of(text)
    assert says in lines[0]
    assert pointed_at(lines).startswith(pointed)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "layer: the text is empty; expected a layer such as nn.Conv2d(3, 64, 7, stride=2, padding=3)"),
        (" \n\t ", "the text is empty"),
        ("# nn.Conv2d(3, 64, 7)", "holds no layer"),
        ("x" * 100_000, "xxx… has 100000 characters, more than 10000"),
        ("nn.Conv2d(3, 64, 7, bias='" + "x" * 10_000 + "')", "has 10028 characters, more than 10000"),
        ("nn.Conv2d(3, 64,\0 7)", r"nn.Conv2d(3, 64,\x00 7) cannot be read"),
        ("nn.Conv2d(3, 64, '\ud800')", r"'\ud800'"),
        ("-" * 9000 + "1", "is nested too deeply"),
        ("nn.Conv2d(3, 64, " + "-" * 2400 + "7)", "is nested too deeply"),
    ],
    ids=lambda value: value[:12].encode("unicode_escape").decode(),
)
def test_a_malformed_expression_is_refused_as_a_whole(text, says):
    lines = problem_of(text)
    assert len(lines) == 1
    assert says in lines[0]


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 4900,
        "a" + "()" * 4900,
        "1" + "+1" * 4900,
        "1" + "**1" * 3300,
        "lambda: " * 1200 + "1",
        "nn.Conv2d(3, 64, " + "9" * 5000 + ")",
        "nn.Conv2d(3, 64, 7, bias=f'{a b}')",
    ],
    ids=lambda text: text[:12],
)
def test_a_syntax_error_is_reported_in_the_words_of_the_running_python(text):
    assert problem_of(text)[0].startswith("layer: ")


@pytest.mark.parametrize(
    ("text", "input", "says"),
    [
        ("nn.Conv2d(3, 64, 7)", (), "input: () has the wrong number of sizes; expected (height, width) or ("),
        ("nn.Conv2d(3, 64, 7)", (8,), "input: (8,) has the wrong number of sizes"),
        ("nn.Conv2d(3, 64, 7)", (1, 1, 3, 8, 8), "input: (1, 1, 3, 8, 8) has the wrong number of sizes"),
        (
            "nn.Conv(64, (3,))",
            (1, 3, 8, 8),
            "input: (1, 3, 8, 8) has the wrong number of sizes; expected (width) or (channels, width) for a kernel",
        ),
        (
            "nn.MaxPool3d(2)",
            (8, 8),
            "input: (8, 8) has the wrong number of sizes; expected (depth, height, width) or",
        ),
        ("nn.MaxPool2d(2)", (0, 8, 8), "input channels: 0 is out of range; expected at least 1"),
        ("layers.DepthwiseConv2D(2)", (0, 8, 8), "input channels: 0 is out of range; expected at least 1"),
        ("nn.Conv2d(3, 64, 7)", (-1, 8), "input: -1 is out of range; expected at least 0 and at most 2**31"),
        ("nn.Conv2d(3, 64, 7)", (8, 2.5), "input: 2.5 is not a whole number"),
        ("layers.Conv2D(64, 7)", (0, 8, 8), "input channels: 0 is out of range; expected at least 1"),
        ("nn.Conv2D(64, 7, in_channels=0)", (0, 8, 8), "input channels: 0 is out of range"),
    ],
)
def test_each_malformed_input_is_refused_in_one_line(text, input, says):
    lines = problem_of(text, lambda text: layer_case(text, input))
    assert len(lines) == 1
    assert lines[0].startswith(says)


@pytest.mark.parametrize(
    ("text", "pointed", "says"),
    [
        ("nn.Conv2d(3, 64, 7)", "3, 64", "in_channels: 3 does not fit an input of 4x8x8; expected 4"),
        ("nn.Conv2D(64, 7, in_channels=3)", "3)", "in_channels: 3 does not fit an input of 4x8x8; expected 4"),
        ("layers.Conv2D(6, 7, groups=3)", "3)", "groups: 3 does not divide the number of input channels, which is 4"),
        ("nn.LazyConv2d(6, 7, groups=3)", "3)", "groups: 3 does not divide the number of input channels, which is 4"),
        ("nn.Conv2d(dim, 6, 7, groups=dim)", "dim)", "groups: 4 does not divide out_channels, which is 6"),
        ("nn.Conv2d(4, 64, 0)", "0)", "kernel_size: 0 is out of range"),
    ],
)
def test_layers_that_do_not_fit_the_input_are_refused(text, pointed, says):
    lines = problem_of(text, lambda text: layer_case(text, (4, 8, 8)))
    assert lines[0].startswith(says)
    assert pointed_at(lines).startswith(pointed)


def test_an_error_shows_the_line_and_a_caret():
    lines = problem_of("é = nn.Conv2d(\n    3, 64, 7, stride=(1, 0),\n)")
    assert lines == [
        "stride: 0 is out of range; expected at least 1 and at most 2**31",
        "é = nn.Conv2d( 3, 64, 7, stride=(1, 0), )",
        "                                    ^",
    ]


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 300), (300, 0), (300, 300), (60, 8), (40, 41), (8, 60)])
def test_a_long_expression_is_cut_around_the_caret(before, after):
    text = f"{'a' * before}x = nn.Conv2d(3, 64, 7, stride=0, bias={'b' * after}y)"
    lines = problem_of(text)
    assert pointed_at(lines).startswith("0, ")
    assert len(lines[1]) == min(len(text), 100)
    assert lines[1].strip("…") in text
    assert (lines[1][0] == "…") == (lines[1][:3] not in text[:3])
    assert (lines[1][-1] == "…") == (not text.endswith(lines[1][-3:]))


STEM_OF_7 = make_case(input=(32, 32), **TORCH)


def test_nothing_is_evaluated(tmp_path):
    made = tmp_path / "made"
    touch = f"open({str(made)!r}, 'w')"
    for text in (touch, f"nn.Conv2d(3, 64, {touch})", f"nn.Conv2d({touch}, *{touch}, **{touch})", f"{touch}.Conv2d(3)"):
        problem_of(text)
    for text in (
        f"nn.Conv2d(3, 64, 7, bias={touch})",
        f'x[{touch}] = nn.Conv2d(3, 64, 7, bias=f"{{{touch}}}")({touch})',
    ):
        assert layer_case(text, (32, 32)) == STEM_OF_7
    assert not made.exists()


def test_nothing_is_imported_and_no_warning_is_given():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert layer_case(r"nn.Conv2d(3, 64, 7, bias='\d')", (32, 32)) == STEM_OF_7
    code = (
        "import sys; from convparity.adapters.expression import read_layer; "
        "read_layer('nn.Conv2d(3, 64, 7)', (9, 9)); "
        "assert not {'torch', 'tensorflow', 'keras', 'jax', 'flax', 'mxnet'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_mutilated_expressions_give_a_layer_or_one_problem():
    pieces = [
        *"()[]{}=,.*:'\"\\\n\r\t\0\x1b#-;0é€𝄞\u202e",
        "**",
        ":=",
        "lambda",
        "None",
        "True",
        "nn.",
        " for ",
        "f'{",
        "9e9",
    ]
    chance = random.Random(20)
    whole = [text for text, _ in UNDERSTOOD]
    refused = 0
    for _ in range(3000):
        text = chance.choice(whole)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(pieces) + text[at + chance.randint(0, 2) :]
        try:
            layer_case(text, (8, 8))
        except InputError:
            problem_of(text, lambda text: layer_case(text, (8, 8)))
            refused += 1
    assert 1000 < refused < 3000


@pytest.mark.parametrize(
    ("text", "sizes", "said"),
    [
        ("nn.ConvTranspose(1, (3, 3))", (8, 8), ["mirrored, unless transpose_kernel=True"]),
        ("nn.ConvTranspose(1, (3, 3), transpose_kernel=True)", (8, 8), []),
        ("nn.ConvTranspose(1, (3,), padding=1, transpose_kernel=True)", (8,), ["p is the crop that they amount to"]),
        ("nnx.ConvTranspose(1, 1, 4, padding=1, rngs=r)", (8,), ["p is the crop that they amount to", "mirrored"]),
        (
            "nn.Conv2d(in_planes, self.planes * 4, 3)",
            (3, 8, 8),
            ["in_planes and self.planes * 4 may be any number of channels"],
        ),
        (
            "layers.Conv2D(64, 7)",
            (224, 225, 3),
            ["read as 224 channels on 225x3; channels come first, as in 3x224x225."],
        ),
        ("layers.Conv2D(64, 2)", (3, 224, 3), []),
        ("Conv2D(64, 3, 1, 1)", (8, 8), ["Conv2D is read as gluon.nn.Conv2D of MXNet."]),
        ("Conv2D(64, 3)", (8, 8), []),
        ("ms.nn.Conv2d(3, 64, 3)", (8, 8), ["ms.nn.Conv2d is read as nn.Conv2d of PyTorch."]),
        ("ms.nn.Conv2d(3, 64, kernel_size=3, stride=1)", (8, 8), ["ms.nn.Conv2d is read as nn.Conv2d of PyTorch."]),
        ("oh.make_node('MaxPool', i, o, kernel_shape=[3])", (8,), []),
        ("layers.Conv1D(64, 2)", (64, 4), ["read as 64 channels on 4; channels come first, as in 4x64."]),
        ("layers.Conv2D(n, 3)", (8, 8), ["n may be any number of channels; here they are 1 to 1."]),
        (
            "nn.Conv2d(dim, dim, 7, padding=3, groups=dim)",
            (3, 8, 8),
            ["dim may be any number of channels; here they are 3 to 3, in 3 groups."],
        ),
        (
            "nn.Conv2d(w, w, 3, groups=self.groups)",
            (3, 8, 8),
            [
                "w may be any number of channels; here they are 3 to 1.",
                "self.groups may be any number of groups; here it is 1.",
            ],
        ),
        ("nn.Conv2d(4, 4, 3, groups=g)", (8, 8), ["g may be any number of groups; here it is 1."]),
        # ceil((5+2-3)/3)+1 = 3 windows, of which the last starts at 5 of 5
        (
            "mx.gluon.nn.MaxPool2D(3, 3, 1, ceil_mode=True)",
            (5, 5),
            ["in the padding, which other frameworks drop: its output is (3,3)"],
        ),
        ("gluon.nn.AvgPool1D(3, 3, 1, ceil_mode=True)", (5,), ["its output is (3)"]),
        ("mx.gluon.nn.MaxPool2D(3, 2, 0, ceil_mode=True)", (8, 8), []),
        ("mx.gluon.nn.MaxPool2D(3, 3, 1)", (5, 5), []),
        ("layers.Conv1DTranspose(1, 3, 2, 'same', 1)", (5,), ["crops by a rule of its own"]),
        ("layers.Conv1DTranspose(1, 3, 2, 'same')", (5,), []),
        ("nn.MaxPool2d(3, 3, 1, ceil_mode=True)", (5, 5), []),
        # ceil((15-2)/4)+1 = 5 windows, of which the last starts at 16 of 15
        (
            "mx.gluon.nn.MaxPool1D(2, 4, 0, ceil_mode=True)",
            (15,),
            ["beyond the input, which other frameworks drop: its output is (5)"],
        ),
        # and of the width ceil((7+2-2)/3)+1 = 4, of which the last starts at 8 of 7 and 1 of padding
        (
            "mx.gluon.nn.MaxPool2D(2, (4, 3), (0, 1), ceil_mode=True)",
            (15, 7),
            ["starts beyond the input or in the padding, which other frameworks drop: its output is (5,4)"],
        ),
        ("nn.Conv2d(3, 8, 3, (1, 2), 'same')", (3, 8, 8), ["PyTorch raises: its padding='same' needs stride 1"]),
        ("nn.LazyConv1d(8, 3, padding='same')", (8,), []),
        (
            "nn.Conv2d(3, 8, 3, padding=(1, -1))",
            (8, 8),
            ["PyTorch raises: its padding may not be negative."],
        ),
        ("nn.Conv2d(3, 8, 3, padding=-1, padding_mode='circular')", (8, 8), []),
        ("nn.ConvTranspose2d(3, 8, 3, padding=-1)", (8, 8), ["PyTorch raises: its padding may not be negative."]),
        (
            "nn.ConvTranspose2d(3, 8, 3, (3, 2), output_padding=(1, 2))",
            (8, 8),
            ["PyTorch raises: its output_padding must be smaller than stride or dilation."],
        ),
        ("nn.ConvTranspose2d(3, 8, 3, (3, 2), output_padding=(2, 2), dilation=(1, 3))", (8, 8), []),
        (
            "nn.MaxPool2d((4, 3), padding=(1, 2))",
            (8, 8),
            ["the padding of its pools may be at most half of kernel_size."],
        ),
        ("nn.AvgPool2d((4, 3), padding=(2, 1))", (8, 8), []),
        (
            "layers.Conv2D(8, 3, (2, 1), 'same', dilation_rate=(1, 2))",
            (8, 8),
            ["Keras raises: strides > 1 cannot be combined"],
        ),
        ("layers.DepthwiseConv2D(3, 2, dilation_rate=2)", (8, 8), []),
        (
            "layers.Conv1DTranspose(1, 3, 2, 'same', 2)",
            (5,),
            ["Keras raises: output_padding must be smaller than strid"],
        ),
        (
            "layers.Conv2DTranspose(1, 3, 2, dilation_rate=2)",
            (5, 5),
            ["Keras raises: strides > 1 cannot be combined wi"],
        ),
        (
            "gluon.nn.Conv1DTranspose(1, 3, 2, 0, 2)",
            (5,),
            ["MXNet raises: output_padding must be smaller than strides."],
        ),
        ("gluon.nn.Conv1DTranspose(1, 3, 2, 0, 1)", (5,), []),
        ("nn.Conv2d(3, 8, 3, 2, 'valid')", (3, 8, 8), []),
        ("nn.Conv2d(1, 1, 3, padding=2)", (0, 8), ["PyTorch raises: the input of a convolution may not be empty."]),
        ("nn.Sequential(nn.ZeroPad2d(2), nn.Conv2d(1, 1, 3))", (0, 8), []),  # it gets 4x12
        # 8 less 4 on both sides is nothing, less 5 is less than that: jax' lax.conv_shape_tuple
        ("nn.Conv(1, (3,), padding=-4)", (8,), ["where there is no answer: its output is (0)"]),
        ("nn.Conv(1, (3,), padding=-5)", (8,), ["Flax raises: padding crops more than there is."]),
        ("nn.max_pool(x, (3,), padding=((-5, -5),))", (8,), ["where there is no answer: its output is (0)"]),
    ],
)
def test_each_aside_of_a_layer_is_given(text, sizes, said):
    _, asides = read_layer(text, sizes)
    assert len(asides) == len(said)
    assert all(words in aside for words, aside in zip(said, asides, strict=True))


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_transposed_layer_on_jax_stretches_nothing_to_nothing(stride):
    """So that of the zeros around it, k - 1 on each side, (k - 1) + (k - 1) - k + 1 = 2 outputs are made."""
    found = read(f"nn.ConvTranspose(1, (3,), strides={stride}, padding='VALID')", (0,))
    assert found.sizes == (2,)
