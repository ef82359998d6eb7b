"""A layer expression is the case that its own framework computes, conventions of the framework's own included."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from convparity.adapters.expression import read_layer
from convparity.cases import reference
from convparity.cases.arithmetic import Invalid, axes
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
    "litert": KERAS,
    "keras-torch": KERAS,
    "keras-jax": KERAS,
    "torch": [
        ("nn.ConvTranspose2d(2, 4, 3, stride=3, padding=1, output_padding=(1, 2), groups=2)", (2, 4, 3)),
        ("nn.ConvTranspose1d(1, 1, 3, 2, 2, dilation=3)", (6,)),
        # a call with an output size, as it is rebuilt: 2 + 3 and 5 + 2 - 1 and 1 more than without
        ("functools.partial(nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1), output_size=[6, 7])", (3, 4)),
        ("functools.partial(nn.LazyConvTranspose1d(2, 3, 3, output_padding=2), output_size=[1, 2, 13])", (4,)),
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
        ("nn.ConvTranspose(1, (4, 3), padding='SAME_LOWER', kernel_dilation=(3, 2), transpose_kernel=True)", (5, 6)),
        ("nn.Conv(1, (4, 3), padding='CIRCULAR', kernel_dilation=2)", (8, 7)),
        ("nn.Conv(2, (3,), padding='CAUSAL', strides=2, feature_group_count=2)", (2, 9)),
        ("nn.Conv(1, (5,), padding='REFLECT')", (9,)),
    ],
    "equinox": [
        ("eqx.nn.Conv2d(1, 2, (2, 3), 2, ((1, 0), (2, 1)), key=key)", (6, 7)),
        ("eqx.nn.Conv2d(2, 4, 3, padding='same_lower', groups=2, dilation=2, key=key)", (2, 6, 7)),
        ("eqx.nn.Conv1d(1, 1, 3, padding=(1,), padding_mode='circular', key=key)", (6,)),
        ("eqx.nn.MaxPool2d(3, 2, 1, use_ceil=True)", (8, 9)),  # one window more along the height
        ("eqx.nn.AvgPool1d((2,), 2, ((1, 0),))", (5,)),
        ("eqx.nn.AdaptiveAvgPool2d((2, 3))", (4, 6)),
    ],
    "haiku": [
        ("hk.Conv2D(2, (2, 3), 2, padding=((1, 0), (2, 1)))", (6, 7)),
        ("hk.Conv2D(1, 3, padding=(1, 2))", (6, 7)),  # one pair is for every axis
        ("hk.Conv1D(2, 3, rate=2, padding='same_lower', feature_group_count=2)", (2, 9)),
        ("hk.MaxPool(3, 2, 'SAME')", (8, 7)),
        ("hk.MaxPool((3, 2, 1), (2, 1, 1), 'VALID')", (8, 7)),
        ("lambda x: hk.avg_pool(x, (1, 3, 1), (1, 2, 1), 'SAME')", (8,)),
    ],
    "openvino": [
        (
            "lambda x, w: ops.convolution(x, ops.reshape(w, [2, 1, 2, 3], False), [2, 1], [1, 0], [0, 2], [1, 1])",
            (6, 7),
        ),
        (
            "lambda x, w: ops.convolution(x, ops.reshape(w, [1, 1, 3], False), [2], [7], [7], [2], 'SAME_LOWER')",
            (1, 8),  # a word stands above the numbers
        ),
        ("lambda x, w: ops.group_convolution(x, ops.reshape(w, [2, 2, 1, 3], False), [1], [1], [1], [2])", (2, 9)),
        # 3*3 + 4 elements, of which 12 are asked for: the odd one is cropped before, or after
        *(
            (
                "lambda x, w: ops.convolution_backprop_data(x, ops.reshape(w, [1, 2, 4], False), [3], [12], "
                f"auto_pad='{word}')",
                (4,),
            )
            for word in ("same_upper", "same_lower")
        ),
        ("lambda x, w: ops.convolution_backprop_data(x, ops.reshape(w, [1, 1, 3], False), [2], [8], [1], [1])", (4,)),
        (
            "lambda x, w: ops.convolution_backprop_data(x, ops.reshape(w, [1, 1, 3], False), [2], "
            "auto_pad='same_upper')",
            (4,),  # a word alone crops nothing
        ),
        (
            "lambda x, w: ops.group_convolution_backprop_data(x, ops.reshape(w, [2, 1, 2, 3], False), [2], "
            "output_padding=[3])",
            (2, 4),
        ),
        ("lambda x: ops.max_pool(x, [2], [2], [1], [2], [3], 'ceil_torch')", (8,)),
        ("lambda x: ops.avg_pool(x, [2], [1], [1], [3], True, auto_pad='same_lower', dilations=[1])", (8,)),
        ("lambda x: ops.avg_pool(x, [2], [1], [1], [3], False, 'ceil', dilations=[1])", (8,)),  # divides all by 3
        ("lambda x: ops.adaptive_avg_pool(x, [2, 3])", (5, 7)),
    ],
    "mlx": [
        ("mlx.nn.Conv2d(1, 2, (2, 3), [2, 1], (1, 2), 2)", (6, 7)),
        ("mlx.nn.Conv1d(2, 4, 3, 2, 1, 2, 2)", (2, 9)),
        ("mlx.nn.Conv1d(1, 1, 3, padding=-1)", (9,)),  # crops
        ("mlx.nn.Conv3d(1, 2, (1, 2, 3), padding=(0, 1, 2), dilation=[1, 2, 1])", (3, 4, 5)),
        ("mlx.nn.ConvTranspose2d(2, 3, 3, (2, 3), 1, 1, (1, 4))", (2, 3, 4)),  # output_padding may exceed the stride
        ("mlx.nn.ConvTranspose1d(1, 1, 3, stride=3, padding=-1, dilation=2)", (4,)),
        ("mlx.nn.ConvTranspose3d(1, 2, 2, output_padding=1)", (2, 3, 2)),
        ("mlx.nn.MaxPool2d(3, 2, 1)", (8, 9)),
        ("mlx.nn.MaxPool1d((4,), (2,), (3,))", (9,)),
        ("mlx.nn.AvgPool2d((2, 4), padding=1)", (7, 8)),  # counts its padding
        ("mlx.nn.AvgPool3d(2, 1)", (3, 4, 3)),
        ("mlx.nn.AvgPool1d(4, stride=None)", (9,)),
    ],
    "paddle": [
        ("paddle.nn.Conv2D(1, 2, (2, 3), 2, [1, 0, 0, 2])", (6, 7)),
        ("paddle.nn.Conv2D(1, 2, (2, 3), padding=[[0, 0], [0, 0], [1, 0], [0, 2]])", (6, 7)),
        ("paddle.nn.Conv2D(1, 2, 3, stride=2, padding='SAME', bias_attr=False)", (6, 7)),
        ("paddle.nn.Conv1D(2, 4, 3, padding=1, dilation=2, groups=2)", (2, 9)),
        ("paddle.nn.Conv2D(1, 1, 3, padding=2, padding_mode='circular')", (6, 7)),
        ("paddle.nn.Conv2D(1, 1, 3, padding='valid', data_format='NCHW')", (6, 7)),
        ("paddle.nn.Conv1DTranspose(1, 1, 3, 2, [1, 0], 1)", (4,)),
        ("paddle.nn.Conv2DTranspose(2, 2, 3, 2, 1, 1, 1, 2)", (2, 4, 5)),  # the dilation, then the groups
        ("paddle.nn.Conv1DTranspose(2, 2, 3, 2, 1, 1, 2, 1)", (2, 4)),  # the other way round
        ("paddle.nn.Conv1DTranspose(1, 1, 3, 2, 'same')", (4,)),  # crops the pads of a convolution of 4 elements
        ("paddle.nn.Conv1DTranspose(1, 1, 4, 3, 'same')", (5,)),
        ("paddle.nn.MaxPool1D(3, 2, [0, 1])", (8,)),
        ("paddle.nn.MaxPool2D(3, 2, 1, ceil_mode=True)", (8, 8)),
        ("paddle.nn.AvgPool1D(2, 1, 1)", (8,)),  # the padding is not counted unless that is asked for
        ("paddle.nn.AvgPool1D(3, 1, 1, False)", (8,)),
        ("paddle.nn.AvgPool2D(2, 2, 0, divisor_override=3)", (6, 6)),
        ("paddle.nn.AdaptiveAvgPool2D((None, 3))", (5, 7)),
        ("paddle.nn.AdaptiveMaxPool3D(2)", (3, 4, 5)),
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
        *(
            (
                f"helper.make_node('ConvTranspose', ['x', 'w'], ['y'], kernel_shape=[{k}, 3], strides=[{s}, 2], "
                f"dilations=[2, 1], output_padding=[{extra}, 0], output_shape=[{rows}, 7], auto_pad='{word}')",
                (3, 4),
            )
            for k, s, extra, rows in ((3, 3, 0, 8), (3, 3, 1, 9), (2, 4, 2, 12), (1, 3, 0, 8))
            for word in ("NOTSET", "SAME_UPPER", "SAME_LOWER")
        ),
    ],
}
EXPRESSIONS["torch-onnx"] = EXPRESSIONS["torch"]
EXPRESSIONS["tensorflowjs"] = [
    (
        "(x, w) => tf.conv2d(x, tf.reshape(w, [2, 3, 1, 2]), [2, 1], [[0, 0], [1, 0], [0, 2], [0, 0]])",
        (6, 7),
    ),
    ("(x, w) => tf.conv2d(x, tf.reshape(w, [2, 3, 2, 1]), 1, 'same', 'NHWC', [1, 2])", (2, 6, 7)),
    ("(x, w) => tf.conv1d(x, tf.reshape(w, [3, 2, 1]), 2, 'same')", (2, 8)),
    ("(x, w) => tf.conv1d(x, tf.reshape(w, [3, 2, 1]), 1, [[0, 0], [0, 0], [1, 0], [0, 0]], 'NWC', 2)", (2, 8)),
    ("(x, w) => tf.conv3d(x, tf.reshape(w, [1, 2, 2, 1, 1]), 2, 1)", (3, 4, 5)),
    # a stride over more than its window: 'same' along three axes begins one element late
    ("(x, w) => tf.conv3d(x, tf.reshape(w, [1, 1, 1, 1, 1]), [3, 1, 2], 'same')", (8, 3, 4)),
    ("(x, w) => tf.depthwiseConv2d(x, tf.reshape(w, [2, 2, 3, 2]), 2, 'same')", (3, 5, 6)),
    # 3*3 + 4 - 12 = 1 is cropped, after; or as its pads say
    ("(x, w) => tf.conv2dTranspose(x, tf.reshape(w, [4, 3, 2, 1]), [x.shape[0], 12, 9, 2], 3, 'same')", (1, 4, 3)),
    (
        "(x, w) => tf.conv2dTranspose(x, tf.reshape(w, [3, 3, 1, 2]), [1, 8, 6, 1], 2, "
        "[[0, 0], [1, 0], [1, 1], [0, 0]])",
        (2, 4, 3),
    ),
    ("(x, w) => tf.conv3dTranspose(x, tf.reshape(w, [2, 2, 3, 1, 1]), [1, 4, 6, 6, 1], 2, 'same')", (2, 3, 3)),
    ("(x) => tf.maxPool(x, [3, 2], 2, [[0, 0], [1, 1], [0, 1], [0, 0]])", (7, 8)),
    ("(x) => tf.maxPool(x, 3, 2, 0, 'ceil')", (8, 7)),
    ("(x) => tf.avgPool(x, 3, 2, 'same')", (7, 8)),  # its padding is not counted
    ("(x) => tf.maxPool3d(x, 2, 1, 1)", (3, 4, 3)),
    ("(x) => tf.pool(x, [2, 3], 'max', 'valid', [1, 2], 1)", (6, 7)),
    ("(x) => tf.pool(x, 2, 'avg', 'same', 1, 2)", (5, 6)),
]


@pytest.mark.parametrize(("source", "input"), EXPRESSIONS[ADAPTER])
def test_an_expression_is_what_its_framework_computes(adapter, source, input):
    case, _ = read_layer(source, input)
    x, weights = make_arrays(case)
    got = adapter.apply(adapter.build(source), x, weights)
    asked = reference.values(case)
    assert got.shape == asked.shape
    assert np.array_equal(got, asked)


# Chains of pads, crops and one layer, which the adapter builds; (source, input with its channels)
KERAS_CHAINS = [
    ("keras.Sequential([layers.ZeroPadding2D(((0, 1), (2, 0))), layers.Conv2D(3, 3, strides=2)])", (2, 8, 7)),
    ("keras.Sequential([layers.Cropping2D(((1, 0), (0, 2))), layers.Conv2D(1, 3, 2)])", (1, 8, 9)),
    ("keras.Sequential([layers.ZeroPadding1D(1), layers.Conv1D(1, 3, padding='causal', strides=2)])", (1, 8)),
    ("keras.Sequential([layers.ZeroPadding2D(1), layers.AveragePooling2D(3, 2)])", (1, 8, 7)),
    ("keras.Sequential([layers.Conv2D(1, 3, padding='same'), layers.Lambda(lambda x: x[:, 1::2, :-1:3])])", (1, 8, 9)),
    ("keras.Sequential([layers.Conv2DTranspose(2, 3, 2), layers.Cropping2D(((0, 1), (1, 0)))])", (3, 4, 5)),
    ("keras.Sequential([layers.Conv2DTranspose(1, 3, 2, 'same'), layers.ZeroPadding2D(((1, 0), (1, 0)))])", (1, 4, 5)),
    ("keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2DTranspose(1, 3, 2)])", (1, 3, 4)),
    (
        "keras.Sequential([layers.Lambda(lambda x: keras.ops.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0)), "
        "constant_values=float('-inf'))), layers.MaxPooling2D(3, 2)])",
        (1, 7, 8),
    ),
    (
        "keras.Sequential([layers.Input((9, 2)), layers.ZeroPadding1D(2), layers.DepthwiseConv1D(3), layers.ReLU()])",
        (2, 9),
    ),
    ("keras.Sequential([layers.Cropping1D((0, 1)), layers.AveragePooling1D(3, 2, 'same')])", (1, 8)),
    ("keras.Sequential([layers.Conv2DTranspose(1, 3, 2, 'same', 1), layers.Cropping2D(((0, 0), (1, 0)))])", (1, 4, 5)),
    ("keras.Sequential([layers.Conv1DTranspose(1, 2, 2), layers.Cropping1D((0, 3))])", (1, 5)),
]
CHAINS = {
    "tensorflow": KERAS_CHAINS,
    "litert": KERAS_CHAINS,
    "keras-torch": KERAS_CHAINS,
    "keras-jax": KERAS_CHAINS,
    "torch": [
        ("nn.Sequential(nn.ZeroPad2d((0, 1, 2, 0)), nn.Conv2d(2, 4, 3, stride=2, groups=2))", (2, 8, 7)),
        ("nn.Sequential(nn.ZeroPad1d((3, -1)), nn.Conv1d(1, 1, 3, dilation=2))", (1, 9)),
        ("nn.Sequential(nn.ReflectionPad2d((1, 2, 2, 0)), nn.Conv2d(1, 1, 3))", (1, 6, 7)),
        ("nn.Sequential(nn.ReplicationPad1d(2), nn.Conv1d(1, 1, 3, padding=1, padding_mode='replicate'))", (1, 7)),
        ("nn.Sequential(nn.CircularPad1d((2, 1)), nn.ZeroPad1d((-1, 0)), nn.Conv1d(1, 1, 3))", (1, 7)),
        (
            "nn.Sequential(nn.ReplicationPad2d((2, 1, 0, 0)), nn.ReplicationPad2d((1, 0, 1, 0)), nn.Conv2d(1, 1, 3))",
            (1, 5, 6),
        ),
        ("nn.Sequential(nn.ReflectionPad1d((2, 0)), nn.ZeroPad1d((-1, -2)), nn.Conv1d(1, 1, 3, 2))", (1, 9)),
        ("nn.Sequential(nn.ZeroPad2d(1), nn.AvgPool2d(3, 2))", (1, 8, 7)),
        ("nn.Sequential(nn.ZeroPad2d(1), nn.AvgPool2d(4, 2, padding=1))", (1, 8, 7)),
        ("nn.Sequential(nn.ZeroPad1d((1, 0)), nn.AvgPool1d(4, 3, ceil_mode=True))", (1, 9)),
        ("nn.Sequential(nn.ZeroPad1d((0, -2)), nn.AvgPool1d(3, 2, ceil_mode=True, count_include_pad=False))", (1, 9)),
        ("nn.Sequential(nn.ZeroPad1d((-1, -2)), nn.MaxPool1d(3, 2, ceil_mode=True))", (1, 9)),
        ("nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), float('-inf')), nn.MaxPool2d(3, 2))", (1, 8, 8)),
        ("nn.Sequential(nn.ConvTranspose2d(2, 1, 3, stride=2), nn.ZeroPad2d((-1, 0, 0, -1)))", (2, 4, 5)),
        ("nn.Sequential(nn.ConvTranspose1d(1, 1, 3, 2, 1, 1), nn.ZeroPad1d((-1, 2)))", (1, 4)),
        ("nn.Sequential(nn.ZeroPad1d((1, 2)), nn.ConvTranspose1d(1, 1, 4, 3, 1))", (1, 4)),
    ],
    "flax": [
        (
            "nn.Sequential([lambda x: jnp.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0))), nn.Conv(2, (3, 3), 2, 'VALID')])",
            (1, 7, 8),
        ),
        ("nn.Sequential([lambda x: x[:, 1:, :-2, :], nn.Conv(1, (3, 3), padding=((0, 1), (1, 0)))])", (1, 7, 8)),
        (
            "nn.Sequential([lambda x: jnp.pad(x, ((0, 0), (2, 1), (0, 0)), mode='wrap'), nn.Conv(1, (3,), padding=0)])",
            (1, 8),
        ),
        ("nn.Sequential([nn.Conv(1, (3, 3)), nn.relu, lambda x: x[:, ::2, 1::2, :]])", (1, 7, 8)),
        ("nn.Sequential([nn.ConvTranspose(1, (3,), (2,), transpose_kernel=True), lambda x: x[:, 1:-2, :]])", (1, 5)),
        ("lambda x: nn.max_pool(x[:, 1:, :], (3,), (2,), padding='SAME')", (2, 9)),
        ("lambda x: nn.avg_pool(jnp.pad(x, ((0, 0), (1, 1), (0, 0))), (3,), (2,))", (2, 8)),
        ("lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 2, 1), (1, 2, 1, 1), 'SAME')", (1, 7, 8)),
        ("nn.Conv(2, 3)", (1, 5, 7)),
    ],
    "equinox": [
        (
            "eqx.nn.Sequential([eqx.nn.Lambda(lambda x: jnp.pad(x, ((0, 0), (1, 0), (0, 2)))), "
            "eqx.nn.Conv2d(1, 2, 3, 2, key=key)])",
            (1, 7, 8),
        ),
        ("eqx.nn.Sequential([eqx.nn.Lambda(lambda x: x[..., 1:-2]), eqx.nn.Conv1d(2, 1, 3, key=key)])", (2, 9)),
        ("eqx.nn.Sequential([eqx.nn.Conv2d(1, 1, 3, key=key), eqx.nn.Lambda(lambda x: x[:, ::2, 1:])])", (1, 7, 8)),
        ("lambda x: eqx.nn.MaxPool1d(3, 2)(jnp.pad(x, ((0, 0), (0, 1)), constant_values=-jnp.inf))", (1, 8)),
        ("eqx.nn.Sequential([eqx.nn.Conv1d(1, 1, 3, key=key), eqx.nn.Lambda(jax.nn.relu)])", (1, 8)),
    ],
    "haiku": [
        (
            "hk.Sequential([lambda x: jnp.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0))), hk.Conv2D(2, 3, 2, 1, 'VALID')])",
            (1, 7, 8),
        ),
        ("hk.Sequential([lambda x: x[:, 1:, :-2, :], hk.Conv2D(1, 3, padding=((0, 1), (1, 0)))])", (1, 7, 8)),
        ("hk.Sequential([hk.Conv2D(1, 3), jax.nn.relu, lambda x: x[:, ::2, 1::2, :]])", (1, 7, 8)),
        ("lambda x: hk.max_pool(x[:, 1:, :], (2, 1), (2, 1), 'SAME')", (2, 9)),
    ],
    "mxnet": [
        (
            "net = nn.Sequential(); net.add(nn.Conv2DTranspose(1, 3, 2), nn.Lambda(lambda x: x[:, :, 1:, :-1]))",
            (1, 4, 5),
        ),
        (
            "net = nn.Sequential(); net.add(nn.Lambda(lambda x: np.pad(x, ((0, 0), (0, 0), (1, 0)))), "
            "nn.Conv1D(2, 3, 2))",
            (1, 8),
        ),
        (
            "net = nn.Sequential(); net.add(nn.Lambda(lambda x: np.pad(x, ((0, 0), (0, 0), (1, 2)), 'edge')), "
            "nn.Conv1D(1, 3, 2, 0), nn.Activation('relu'))",
            (1, 8),
        ),
    ],
    "mlx": [
        (
            "mlx.nn.Sequential(lambda x: mx.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0))), mlx.nn.Conv2d(1, 2, 3, 2))",
            (1, 7, 8),
        ),
        (
            "mlx.nn.Sequential(lambda x: mx.pad(x, [(0, 0), (1, 2), (0, 0)], 'symmetric'), mlx.nn.Conv1d(1, 1, 3), "
            "mlx.nn.ReLU())",
            (1, 8),
        ),
        ("mlx.nn.Sequential(lambda x: x[:, 1:, :-2, :], mlx.nn.Conv2d(1, 1, 3))", (1, 7, 8)),
        ("mlx.nn.Sequential(mlx.nn.ConvTranspose1d(1, 1, 3, 2), lambda x: x[:, 1:-2, :])", (1, 5)),
        ("lambda x: mlx.nn.MaxPool1d(3, 2)(mx.pad(x, ((0, 0), (0, 1), (0, 0)), constant_values=-mx.inf))", (1, 8)),
        ("lambda x: mlx.nn.AvgPool1d(3)(x) * 3 / 2", (1, 9)),
    ],
    "openvino": [
        (
            "lambda x, w: ops.relu(ops.convolution(ops.gather(x, np.pad(np.arange(8), (1, 2), 'wrap'), axis=2), "
            "ops.reshape(w, [2, 1, 3], False), [2], [0], [0], [1]))",
            (1, 8),
        ),
        (
            "lambda x, w: ops.convolution(ops.pad(x, [0, 0, 2, 0], [0, 0, 0, 1], 'reflect'), "
            "ops.reshape(w, [1, 1, 3, 3], False), [1, 1], [0, 0], [0, 0], [1, 1])",
            (1, 7, 8),
        ),
        ("lambda x: ops.max_pool(ops.pad(x, [0, 0, -1], [0, 0, -2], 'constant'), [2], [1], [0], [0], [3])", (1, 9)),
        (
            "lambda x: ops.avg_pool(x, [2], [1], [1], [3], False, dilations=[1]) * ops.convert_like(3, x) "
            "/ ops.convert_like(2, x)",
            (1, 8),
        ),
    ],
    "paddle": [
        ("paddle.nn.Sequential(paddle.nn.Pad1D([1, 2], mode='circular'), paddle.nn.Conv1D(1, 2, 3, 2))", (1, 8)),
        (
            "paddle.nn.Sequential(paddle.nn.Pad2D([0, 1, 2, -1]), paddle.nn.Conv2D(1, 1, 3), paddle.nn.ReLU())",
            (1, 7, 8),
        ),
        ("paddle.nn.Sequential(paddle.nn.Pad1D([1, 2], value=float('-inf')), paddle.nn.MaxPool1D(3, 2))", (1, 8)),
        ("paddle.nn.Sequential(paddle.nn.ZeroPad2D(1), paddle.nn.AvgPool2D(3, 2))", (1, 7, 8)),
        ("[lambda x: paddle.cat([x[:, :, :2].flip(2), x], 2), paddle.nn.Conv1D(1, 2, 3)]", (1, 8)),
        (
            "lambda x: paddle.stack([y[:, :, i:i + 5:2] for y in [paddle.nn.Pad1D([1, 0], value=float('-inf'))(x)] "
            "for i in range(0, 4, 2)]).max(axis=0)",
            (1, 6),
        ),
    ],
    "onnxruntime": [
        (
            "[helper.make_node('Constant', [], ['p'], value_ints=[0, 0, 1, 0, 0, 2]), "
            "helper.make_node('Pad', ['x', 'p'], ['a']), "
            "helper.make_node('Conv', ['a', 'w'], ['c'], strides=[2]), helper.make_node('Relu', ['c'], ['y'])]",
            (1, 8),
        ),
        (
            "[helper.make_node('Constant', [], ['p'], value_ints=[0, 0, 1, 0, 0, 0]), "
            "helper.make_node('Pad', ['x', 'p'], ['a']), "
            "helper.make_node('AveragePool', ['a'], ['y'], kernel_shape=[4], strides=[3], pads=[0, 2])]",
            (1, 9),
        ),
    ],
}
CHAINS["torch-onnx"] = CHAINS["torch"]
CHAINS["tensorflowjs"] = [
    (
        "(x, w) => tf.conv2d(tf.mirrorPad(x, [[0, 0], [2, 0], [0, 1], [0, 0]], 'reflect'), "
        "tf.reshape(w, [3, 3, 1, 2]), 2, 'valid')",
        (1, 7, 8),
    ),
    ("(x, w) => tf.conv1d(tf.gather(x, [0, 0, 1, 2, 3, 4, 5, 5], 1), tf.reshape(w, [3, 1, 1]), 1, 'valid')", (1, 6)),
    ("(x) => tf.maxPool(tf.pad(x, [[0, 0], [0, 1], [2, 0], [0, 0]], -Infinity), 3, 2, 'valid')", (1, 8, 9)),
    ("(x, w) => tf.conv2d(tf.slice(x, [0, 1, 0, 0], [-1, 5, -1, -1]), tf.reshape(w, [2, 2, 1, 1]), 1, 0)", (1, 7, 6)),
    (
        "(x, w) => tf.stridedSlice(tf.conv2d(x, tf.reshape(w, [3, 3, 1, 1]), 1, 'valid', 'NHWC', 2), "
        "[0, 0, 0, 0], [0, 0, 0, 0], [1, 2, 2, 1], 15, 15)",
        (1, 9, 8),
    ),
    ("(x) => tf.squeeze(tf.avgPool(tf.expandDims(x, 1), [1, 3], [1, 2], 'same'), [1])", (2, 8)),
    ("(x) => tf.div(tf.mul(tf.avgPool(x, 2, 2, 'valid'), 4), 3)", (1, 6, 6)),
    (
        "(x, w) => tf.concat([tf.conv2d(tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 2]), "
        "tf.slice(tf.reshape(w, [2, 2, 2, 4]), [0, 0, 0, 0], [-1, -1, -1, 2]), 1, 'same'), "
        "tf.conv2d(tf.slice(x, [0, 0, 0, 2], [-1, -1, -1, 2]), "
        "tf.slice(tf.reshape(w, [2, 2, 2, 4]), [0, 0, 0, 2], [-1, -1, -1, 2]), 1, 'same')], 3)",
        (4, 5, 6),
    ),
]


@pytest.mark.parametrize(("source", "input"), CHAINS[ADAPTER])
def test_a_chain_is_what_its_framework_computes(adapter, source, input):
    kernel = (3,) * (len(input) - 1)
    weights = (2, 1, *kernel) if "'Conv'" in source else None
    case, _ = read_layer(source, input, weights)
    got = adapter.apply(adapter.build(source), *make_arrays(case))
    due = reference.values(case)
    if "relu" in source.lower():
        due = np.maximum(due, 0)
    assert got.shape == due.shape
    np.testing.assert_allclose(got, due, rtol=1e-6)


# Functions; x and w have channels first, and the names that end in _last have them last
KERAS_FUNCTIONS = [
    ("keras.ops.conv(x_last, w_last, strides=2, padding='same')", (2, 8, 7), (3, 3, 2, 4)),
    ("keras.ops.conv(x_last, w_last, 1, 'valid', None, 2)", (2, 9), (3, 2, 1)),
    ("keras.ops.conv(x_last, w_last)", (4, 8, 7), (3, 2, 2, 6)),
    ("keras.ops.conv(keras.ops.pad(x_last, ((0, 0), (0, 1), (2, 0), (0, 0))), w_last, 2)", (2, 8, 7), (3, 3, 2, 1)),
    ("keras.ops.depthwise_conv(x_last, w_each, strides=2, padding='same')", (3, 8, 7), (3, 3, 3, 2)),
    ("keras.ops.conv_transpose(x_last, w_last, 2, 'same')", (2, 4, 5), (3, 3, 1, 2)),
    ("keras.ops.conv_transpose(x_last, w_last, 3, 'same', output_padding=1)", (2, 4), (4, 3, 2)),
    ("keras.ops.max_pool(x_last, 3, 2, padding='same')", (1, 8, 7), None),
    ("keras.ops.average_pool(x_last, (2, 3), (2, 3), padding='same')", (1, 8, 7), None),
]
FUNCTIONS = {
    "tensorflow": [
        *KERAS_FUNCTIONS,
        ("tf.nn.conv2d(x_last, w_last, strides=2, padding='SAME')", (2, 8, 7), (3, 3, 2, 4)),
        ("tf.nn.conv2d(x_last, w_last, [1, 2, 1, 1], [[0, 0], [1, 0], [0, 2], [0, 0]])", (2, 8, 7), (3, 3, 2, 4)),
        ("tf.nn.conv2d(x_last, w_last, [2, 3], 'VALID', dilations=[1, 1])", (2, 8, 9), (3, 3, 2, 1)),
        ("tf.nn.conv2d(tf.pad(x_last, [[0, 0], [1, 1], [1, 1], [0, 0]]), w_last, 2, 'VALID')", (2, 8, 7), (3, 3, 2, 1)),
        (
            "tf.nn.conv2d(tf.pad(x_last, [[0, 0], [1, 2], [1, 1], [0, 0]], 'REFLECT'), w_last, 2, 'VALID')",
            (2, 8, 7),
            (3, 3, 2, 1),
        ),
        ("tf.nn.conv2d(x_last, w_last, 1, 'SAME')", (4, 5, 6), (3, 3, 2, 2)),
        ("tf.nn.conv1d(x_last, w_last, 2, 'SAME', dilations=1)", (2, 9), (3, 2, 1)),
        ("tf.nn.conv3d(x_last, w_last, [1, 1, 2, 2, 1], 'SAME')", (1, 4, 5, 6), (3, 3, 3, 1, 1)),
        ("tf.nn.depthwise_conv2d(x_last, w_each, [1, 2, 2, 1], 'SAME')", (3, 8, 7), (3, 3, 3, 2)),
        ("tf.nn.conv2d_transpose(x_last, w_last, [1, 8, 10, 1], 2, 'SAME')", (2, 4, 5), (3, 3, 1, 2)),
        ("tf.nn.conv2d_transpose(x_last, w_last, [1, 7, 9, 1], 2, 'SAME')", (2, 4, 5), (3, 3, 1, 2)),
        ("tf.nn.conv2d_transpose(x_last, w_last, [1, 10, 11, 1], 2, 'VALID')", (2, 4, 5), (3, 3, 1, 2)),
        ("tf.nn.conv2d_transpose(x_last, w_last, [1, 12, 14, 1], 3, 'SAME')", (2, 4, 5), (1, 2, 1, 2)),
        ("tf.nn.conv1d_transpose(x_last, w_last, [1, 10, 1], 3, 'SAME')", (1, 4), (4, 1, 1)),
        ("tf.nn.max_pool2d(x_last, 3, 2, 'SAME')", (1, 8, 7), None),
        ("tf.nn.max_pool(x_last, [1, 2, 3, 1], [1, 2, 1, 1], 'VALID')", (1, 8, 7), None),
        ("tf.nn.max_pool2d(x_last, 3, 2, [[0, 0], [1, 0], [1, 1], [0, 0]])", (1, 8, 7), None),
        ("tf.nn.avg_pool2d(x_last, 3, 2, 'SAME')", (1, 8, 7), None),
        ("tf.nn.avg_pool1d(x_last, 3, 2, 'SAME')", (1, 8), None),
    ],
    "keras-torch": KERAS_FUNCTIONS,
    "keras-jax": KERAS_FUNCTIONS,
    "torch": [
        ("F.conv2d(x, w, stride=2, padding=1)", (2, 8, 7), (4, 2, 3, 3)),
        ("F.conv2d(F.pad(x, (0, 1, 2, 0)), w, None, 2)", (2, 8, 7), (4, 2, 3, 3)),
        ("x = F.pad(x, (0, 1, 0, 1)); F.conv2d(x, w, stride=2)", (2, 8, 7), (4, 2, 3, 3)),
        ("F.conv1d(F.pad(x, (2, 1), mode='reflect'), w, dilation=2)", (2, 8), (1, 2, 3)),
        ("F.conv2d(F.pad(x, (2, 1, 0, 1), 'circular'), w)", (2, 8, 6), (1, 2, 3, 3)),
        ("F.conv2d(x[:, :, 1:, :-1], w)", (2, 8, 6), (1, 2, 3, 3)),
        ("F.conv2d(x, w, padding='same', groups=2)", (4, 8, 6), (6, 2, 3, 3)),
        ("F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1)", (2, 4, 5), (2, 3, 3, 3)),
        ("F.conv_transpose1d(x, w, None, 3, 0, 1, 2, 2)[..., 1:-2]", (2, 4), (2, 2, 3)),
        ("F.max_pool2d(x, 3, stride=2, padding=1)", (2, 8, 7), None),
        ("F.max_pool1d(F.pad(x, (0, 1), value=float('-inf')), 2)", (2, 8), None),
        ("F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)", (2, 8, 7), None),
        ("F.avg_pool1d(F.pad(x, (1, 0)), 3, 2)", (2, 8), None),
        ("torch.conv2d(x, w, stride=(2, 1))", (2, 8, 7), (1, 2, 3, 2)),
        ("nn.functional.conv3d(x, w, stride=(1, 2, 2), padding=(1, 0, 2))", (1, 4, 5, 6), (1, 1, 3, 2, 3)),
        ("F.conv2d(x, w)[:, :, ::2, 1::2]", (2, 8, 7), (1, 2, 3, 3)),
        ("F.pad(F.conv_transpose1d(x, w, stride=2), (-1, 0))", (1, 5), (1, 1, 3)),
    ],
    "flax": [
        ("lax.conv_general_dilated(x, w, (2, 1), 'SAME')", (2, 8, 7), (4, 2, 3, 3)),
        ("lax.conv_general_dilated(x, w, (2,), [(1, 0)], rhs_dilation=(2,))", (2, 9), (1, 2, 3)),
        (
            "lax.conv_general_dilated(x_last, w_last, (2, 2), [(0, 1), (2, 0)], "
            "dimension_numbers=('NHWC', 'HWIO', 'NHWC'), feature_group_count=2)",
            (4, 8, 7),
            (3, 3, 2, 6),
        ),
        ("lax.conv_general_dilated(x, w, (1,), [(2, 1)], lhs_dilation=(2,))", (1, 4), (1, 1, 3)),
        ("lax.conv_general_dilated(jnp.pad(x, ((0, 0), (0, 0), (1, 2))), w, (2,), 'VALID')", (2, 8), (1, 2, 3)),
        ("lax.conv(x, w, (2, 2), 'SAME')", (2, 8, 7), (1, 2, 3, 3)),
        ("lax.conv_with_general_padding(x, w, (2,), [(1, 2)], None, (2,))", (2, 9), (1, 2, 3)),
        ("lax.conv_transpose(x_last, w_last, (2, 2), 'SAME', transpose_kernel=True)", (2, 4, 5), (3, 3, 1, 2)),
        ("lax.conv_transpose(x_last, w_last, (2,), 'VALID', transpose_kernel=True)", (2, 5), (1, 1, 2)),
        ("lax.conv_transpose(x_last, w_last, (3,), [(1, 3)], transpose_kernel=True)", (2, 5), (3, 1, 2)),
        ("lax.conv_transpose(x_last, w_mirrored, (2,), 'SAME')", (2, 5), (3, 2, 1)),
        ("jax.lax.conv_transpose(x_last, w_mirrored, (2,), 'SAME')[:, 1:, :]", (2, 5), (3, 2, 1)),
        ("lax.conv(lax.pad(x, 0.0, [(0, 0, 0), (0, 0, 0), (2, -1, 0)]), w, (1,), 'VALID')", (2, 8), (1, 2, 3)),
    ],
    # MLX has (out, *kernel, in), and so has a transposed convolution
    "mlx": [
        ("mx.conv2d(x_last, w_mlx, (2, 1), 1, 1, 2)", (4, 6, 7), (6, 3, 3, 2)),
        ("mx.conv1d(x_last, w_mlx, padding=2, dilation=2)", (2, 9), (3, 4, 2)),
        ("mx.conv3d(x_last, w_mlx, stride=(1, 2, 1))", (1, 4, 5, 4), (2, 3, 2, 2, 1)),
        ("mx.conv_general(x_last, w_mlx, 2, ([1, 0], [0, 2]), kernel_dilation=[1, 2])", (2, 8, 7), (3, 3, 2, 2)),
        ("mx.conv_general(x_last, w_mlx, padding=[1, 0])", (1, 8, 7), (1, 3, 3, 1)),
        ("mx.conv_transpose2d(x_last, w_mlx, 2, (1, 0), 1, (1, 0))", (2, 4, 5), (3, 3, 2, 2)),
        ("mx.conv_transpose1d(x_last, w_mlx, stride=3, output_padding=4)[:, 1:, :]", (2, 4), (3, 2, 2)),
        ("mx.conv2d(mx.pad(x_last, ((0, 0), (0, 1), (2, 0), (0, 0))), w_mlx, 2)", (2, 8, 7), (1, 3, 3, 2)),
    ],
    **{name: [] for name in ("mxnet", "onnxruntime", "equinox", "haiku", "openvino", "litert", "paddle", "torch-onnx")},
    "tensorflowjs": [],
}


def tensors(adapter):
    """Makes an array of the framework."""
    if ADAPTER == "torch":
        return adapter.namespace["torch"].tensor
    if ADAPTER == "mlx":
        return adapter.mx.array
    return adapter.namespace["jnp"].asarray if ADAPTER == "flax" else adapter.keras.ops.convert_to_tensor


@pytest.mark.parametrize(("source", "input", "weights"), FUNCTIONS[ADAPTER])
def test_a_function_is_what_its_framework_computes(adapter, source, input, weights):
    case, _ = read_layer(source, input, weights)
    x, w = make_arrays(case)
    due = reference.values(case)
    x, tensor = x.astype("float32"), tensors(adapter)
    given = {"x": x, "x_last": np.moveaxis(x, 1, -1)}
    if w is not None:
        w = w.astype("float32")
        w_last = np.moveaxis(w, (1, 0), (-2, -1))
        flipped = w_last[tuple(slice(None, None, -1) for _ in case.kernel)]
        given |= {"w": w, "w_last": w_last, "w_mirrored": np.swapaxes(flipped, -1, -2)}
        given["w_mlx"] = np.moveaxis(w, 0 if case.op == "conv_transpose" else 1, -1)
        if case.groups > 1:
            given["w_each"] = w_last.reshape((*case.kernel, case.in_channels, -1))
        if "lhs_dilation" in source:
            given["w"] = np.flip(np.swapaxes(w, 0, 1), tuple(range(2, w.ndim)))
    names = {name: tensor(np.ascontiguousarray(array)) for name, array in given.items()}
    scope = {**adapter.namespace, **names}
    *before, value = source.split("; ")
    exec("; ".join(before), scope)
    got = adapter.to_numpy(eval(value, scope))
    got = np.moveaxis(got, -1, 1) if "_last" in source else got
    assert got.shape == due.shape
    np.testing.assert_allclose(got, due, rtol=1e-5)


@pytest.mark.skipif(ADAPTER != "torch", reason="only PyTorch prints its arguments")
# PyTorch 2.13 prints neither ceil_mode nor count_include_pad of an average pool.
@pytest.mark.parametrize(("source", "input"), [row for row in CHAINS["torch"] if "AvgPool1d" not in row[0]])
def test_a_printed_model_is_read_as_its_source(adapter, source, input):
    case, _ = read_layer(source, input)
    assert read_layer(str(adapter.build(source)), input)[0] == case


IS_KERAS = ADAPTER in ("tensorflow", "keras-torch", "keras-jax")


@pytest.mark.skipif(not IS_KERAS, reason="only Keras has 'same' with output_padding")
def test_a_keras_crop_with_output_padding_is_read_and_written_back(adapter):
    """Each line is run as it was written, and as convparity writes the case that it is read as."""
    compared = 0
    for k, s, n in itertools.product(range(1, 6), range(1, 4), (1, 4)):
        for o in range(s):
            if ADAPTER == "tensorflow" and o == 0 and k % 2 == 0:
                continue  # TensorFlow 2.21 raises: Keras 3.15 asks it for an output that is one element too long
            source = f"layers.Conv1DTranspose(1, {k}, strides={s}, padding='same', output_padding={o})"
            case, _ = read_layer(source, (n,))
            if isinstance(axes(case), Invalid):
                continue
            said = adapter.as_written(case).source
            due = reference.values(case)
            adds_zeros = k - k % 2 - o < 0  # which no words of Keras do
            for line in [source] if adds_zeros else [source, said]:
                got = adapter.apply(adapter.build(line), *make_arrays(case))
                assert got.shape == due.shape, (line, n)
                assert np.array_equal(got, due), (line, n)
                compared += 1
    assert compared > 50


@pytest.mark.skipif(ADAPTER != "tensorflow", reason="only TensorFlow has kernels for channels last alone")
@pytest.mark.parametrize(
    "source", ["layers.Conv2D(1, 3, data_format=F)", "layers.Conv2DTranspose(1, 3, data_format=F)"]
)
def test_channels_first_raises_in_tensorflow_without_onednn(source):
    _, asides = read_layer(source.replace("F", "'channels_first'"), (3, 8, 8))
    assert any("TensorFlow on a CPU raises an error for channels first" in aside for aside in asides)
    _, asides = read_layer(source.replace("F", "'channels_last'"), (3, 8, 8))
    assert asides == []
    code = (
        "import numpy as np; from tensorflow.keras import layers; F = 'channels_first'\n"
        f"try: {source}(np.ones((1, 3, 8, 8), 'float32'))\n"
        "except Exception as error: print(type(error).__name__)"
    )
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("UnimplementedError", "InvalidArgumentError")


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
    "litert": KERAS_REFUSES,
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
    "paddle": [
        *each_rank("paddle.nn.Conv#D(1, 1, 2, padding=-1)"),
        *each_rank("paddle.nn.Conv#DTranspose(1, 1, 2, padding=-1)"),
        *each_rank("paddle.nn.Conv#DTranspose(1, 1, 3, stride=2, output_padding=2)"),
        *each_rank("paddle.nn.Conv#DTranspose(1, 1, 3, stride=2, dilation=3, output_padding=2)"),
        *each_rank("paddle.nn.Conv#D(1, 1, 3, padding='same', padding_mode='reflect')"),
        *each_rank("paddle.nn.MaxPool#D(3, padding='valid', ceil_mode=True)"),
    ],
    "mxnet": [
        *each_rank("nn.Conv#DTranspose(1, 3, strides=2, output_padding=2)"),
        ("nn.Conv2DTranspose(1, 3, strides=2, dilation=3, output_padding=(0, 2))", (6, 6)),
    ],
}
REFUSES["torch-onnx"] = REFUSES["torch"]
TAKES = {
    "tensorflow": KERAS_TAKES,
    "litert": [row for row in KERAS_TAKES if "Conv3D(" not in row[0]],  # which is dilated: TensorFlow Lite has no such
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
    "paddle": [
        *each_rank("paddle.nn.Conv#DTranspose(1, 1, 3, stride=2, output_padding=1)"),
        *each_rank("paddle.nn.MaxPool#D(3, padding=2, ceil_mode=True)"),
        *each_rank("paddle.nn.Conv#D(1, 1, 3, padding=2, padding_mode='reflect')"),
    ],
}
# ONNX Runtime wants an output_padding below the stride, whatever the dilation.
TAKES["torch-onnx"] = [row for row in TAKES["torch"] if "output_padding" not in row[0]]


# what the frameworks say to strides, to negative or wide padding, and to output padding
IN_OTHER_WORDS = (
    "strided conv|`strides > 1`|negative|at most half|equal to half|[`t]_?.?padding.? must be|adj.* must be|"
    "value should be larger than or equal to 0|output_padding|Output_height|output_depth|type of padding must be int|"
    "ceil_mode.* must be False|must be less than max"
)


def says_that_it_raises(asides):
    return any(" raises: " in aside for aside in asides)


@pytest.mark.parametrize(("source", "input"), REFUSES.get(ADAPTER, []))
def test_a_layer_that_is_said_to_raise_does(adapter, source, input):
    case, asides = read_layer(source, input)
    assert says_that_it_raises(asides)
    with pytest.raises(Exception, match=IN_OTHER_WORDS):  # ONNX Runtime's errors have no other base
        adapter.apply(adapter.build(source), *make_arrays(case))


@pytest.mark.parametrize(("source", "input"), TAKES.get(ADAPTER, []))
def test_a_layer_on_the_brink_of_that_does_not(adapter, source, input):
    case, asides = read_layer(source, input)
    assert not says_that_it_raises(asides)
    assert adapter.apply(adapter.build(source), *make_arrays(case)).ndim == len(input) + 2


@pytest.mark.skipif("keras" not in ADAPTER and ADAPTER != "tensorflow", reason="only Keras has separable convolutions")
@pytest.mark.parametrize(
    ("source", "input"),
    [
        ("layers.SeparableConv2D(3, 3, strides=2, padding='same')", (3, 8, 7)),
        ("layers.SeparableConv1D(4, 3, dilation_rate=2, depth_multiplier=2)", (2, 9)),
    ],
)
def test_a_separable_convolution_is_read_as_its_depthwise_part(adapter, source, input):
    """With a pointwise kernel that is the identity, and the bias of 0 that it begins with, the whole layer is that."""
    case, _ = read_layer(source, input)
    x, weights = make_arrays(case)
    layer = adapter.build(source)
    layer.build((1, *input[1:], input[0]))
    depthwise, pointwise, bias = layer.get_weights()
    first = np.moveaxis(weights, (0, 1), (-2, -1)).reshape(depthwise.shape)
    layer.set_weights([first, np.eye(case.out_channels).reshape(pointwise.shape), bias])
    got = np.moveaxis(np.asarray(adapter.to_numpy(layer(np.moveaxis(x, 1, -1)))), -1, 1)
    assert np.array_equal(got, reference.values(case))
