"""The line that each framework's users would write, and the port: pure functions of the case, no framework needed."""

import ast
import itertools
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from convparity.adapters.adapter import Inexpressible, Spelling
from convparity.adapters.conventions import WORDS, numbers, pool_pads
from convparity.adapters.javascript import python_text
from convparity.adapters.nearest import pool_padding
from convparity.adapters.registry import NAMES, adapter_class
from convparity.adapters.worker.serve import FOR_ONE_SIZE, spell, spelled
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.catalog.validate import make_case
from convparity.cases.operations.axis import word_padding

LAST = {"input": [8, 8], "kernel": [3, 5], "padding": [0, 1], "stride": [3, 4]}
HALF = {"input": [8, 8], "kernel": 3, "padding": 1, "stride": 2}
SAME = {"input": [8, 8], "kernel": 3, "padding": "same", "stride": 2}
VALID = {"input": [8, 8], "kernel": 3, "padding": "valid"}
SIDES = {"input": [8, 8], "kernel": 3, "padding": [[0, 0], [1, 2]]}
EMPTY = {"input": [0, 2], "kernel": 1, "padding": 1}
CROP = {"input": [8, 8], "kernel": 3, "padding": [[-1, 0], [2, -1]]}
CAUSAL = {"input": [9], "kernel": 3, "dilation": 2, "padding": "causal"}
LOWER = {"input": [8, 8], "kernel": 3, "stride": 2, "padding": "same_lower"}
LINE = {"input": [16], "kernel": 5, "padding": 2, "stride": 2, "in_channels": 2, "out_channels": 3}
CUBE = {"input": [6, 7, 8], "kernel": [1, 2, 3], "padding": [[0, 1], [0, 0], [2, 2]]}
CUBE_MODES = {"input": [4, 5, 6], "kernel": 3, "padding": [[2, 0], 1, 1]}
CUBE_MODES |= {"padding_mode": ["replicate", "reflect", "reflect"]}
STRETCHED = {"op": "conv_transpose", "input": [8, 8], "kernel": 3, "stride": 2, "padding": 1}
STRETCHED |= {"input_padding": [[1, 0], [1, 1]], "padding_mode": "reflect"}
REFLECT = {"input": [8, 8], "kernel": 3, "padding": 1, "padding_mode": "reflect"}
UP = {"op": "conv_transpose", "input": [16, 16], "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}
UP |= {"in_channels": 4, "out_channels": 5}
DOUBLE = {key: value for key, value in UP.items() if key != "output_padding"} | {"padding": "same"}
POOL = {"op": "max_pool", "input": [8, 8], "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}
MEAN = {"op": "avg_pool", "input": [9], "kernel": 2, "padding": 1, "count_include_pad": False}
FULL = {"input": [9, 9], "kernel": 3, "dilation": 2, "groups": 2, "in_channels": 4, "out_channels": 6}
ADAPTIVE = {"op": "avg_pool", "input": [9, 8], "output_size": [3, 4]}
SUM = {"op": "avg_pool", "input": [9, 8], "kernel": 2, "padding": 1, "divisor_override": 3}

FRAMEWORKS = ("torch", "tensorflow", "flax", "mxnet", "onnxruntime", "equinox", "haiku", "openvino", "mlx", "paddle")
FRAMEWORKS += ("tensorflowjs",)

ROW_1D = "(x, w) => tf.conv1d(x, w, 1, [[0, 0], [0, 0], [1, 0], [0, 0]])"
WRITTEN = [
    # Mirrored with the edge by one element, it is the edge repeated; torch has no more than that.
    (
        "torch",
        {**REFLECT, "padding_mode": "symmetric"},
        "nn.Conv2d(1, 1, 3, padding=1, bias=False, padding_mode='replicate')",
    ),
    ("torch", {**REFLECT, "padding_mode": "symmetric", "padding": 2}, None),
    ("onnxruntime", {**REFLECT, "padding_mode": "symmetric", "padding": 2}, None),
    # A padding mode for each axis is in no framework's words, unless the padded axes have the same.
    *((name, CUBE_MODES, None) for name in FRAMEWORKS),
    *((name, STRETCHED, None) for name in FRAMEWORKS),
    (
        "torch",
        {**REFLECT, "padding": [0, 1], "padding_mode": ["zeros", "reflect"]},
        "nn.Conv2d(1, 1, 3, padding=(0, 1), bias=False, padding_mode='reflect')",
    ),
    (
        "mxnet",
        {**REFLECT, "padding": [1, 0], "padding_mode": ["zeros", "reflect"]},
        "nn.Conv2D(1, 3, padding=(1, 0), use_bias=False)",
    ),
    ("torch", REFLECT, "nn.Conv2d(1, 1, 3, padding=1, bias=False, padding_mode='reflect')"),
    ("torch", UP, "nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)"),
    ("torch", {**MEAN, "dilation": 2}, None),
    ("torch", POOL, "nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)"),
    ("torch", ADAPTIVE, "nn.AdaptiveAvgPool2d((3, 4))"),
    ("torch", {**ADAPTIVE, "op": "max_pool", "output_size": 1}, "nn.AdaptiveMaxPool2d(1)"),
    ("tensorflow", ADAPTIVE, "layers.AdaptiveAveragePooling2D((3, 4))"),
    ("tensorflow", {**ADAPTIVE, "output_size": 1}, "layers.GlobalAveragePooling2D(keepdims=True)"),
    ("flax", ADAPTIVE, None),
    ("flax", {**ADAPTIVE, "output_size": 1}, "lambda x: nn.avg_pool(x, (9, 8))"),
    ("mxnet", {**ADAPTIVE, "op": "max_pool"}, None),
    ("mxnet", {**ADAPTIVE, "op": "max_pool", "output_size": 1}, "nn.GlobalMaxPool2D()"),
    (
        "mxnet",
        ADAPTIVE,
        "lambda x: mx.nd.contrib.AdaptiveAvgPooling2D(x.as_nd_ndarray(), output_size=(3, 4)).as_np_ndarray()",
    ),
    ("onnxruntime", ADAPTIVE, None),
    ("onnxruntime", {**ADAPTIVE, "output_size": 1}, "helper.make_node('GlobalAveragePool', ['x'], ['y'])"),
    ("torch", SUM, "nn.AvgPool2d(2, padding=1, divisor_override=3)"),
    ("torch", {**SUM, "input": [9]}, None),
    ("tensorflow", SUM, None),
    ("flax", SUM, None),
    ("mxnet", SUM, None),
    ("onnxruntime", SUM, None),
    ("torch", MEAN, "nn.AvgPool1d(2, padding=1, count_include_pad=False)"),
    ("torch", {**LINE, "dtype": "float64"}, "nn.Conv1d(2, 3, 5, stride=2, padding=2, bias=False, dtype=torch.float64)"),
    ("flax", REFLECT, "nn.Conv(1, (3, 3), padding='REFLECT', use_bias=False)"),
    ("flax", {**REFLECT, "padding": 2}, None),
    ("flax", UP, "nn.ConvTranspose(5, (3, 3), strides=2, padding=1, use_bias=False)"),
    (
        "flax",
        {**UP, "padding": 0, "output_padding": 0},
        "nn.ConvTranspose(5, (3, 3), strides=2, padding='VALID', use_bias=False)",
    ),
    ("flax", POOL, "lambda x: nn.max_pool(x, (3, 3), strides=(2, 2), padding=((1, 1), (1, 1)))"),
    ("flax", MEAN, "lambda x: nn.avg_pool(x, (2,), strides=(2,), padding=((1, 1),), count_include_pad=False)"),
    ("mxnet", REFLECT, None),
    ("mxnet", UP, "nn.Conv2DTranspose(5, 3, strides=2, padding=1, output_padding=1, use_bias=False)"),
    ("mxnet", POOL, "nn.MaxPool2D(3, strides=2, padding=1, ceil_mode=True)"),
    ("mxnet", MEAN, "nn.AvgPool1D(2, padding=1, count_include_pad=False)"),
    ("mxnet", {**LINE, "dtype": "bfloat16"}, None),
    ("torch", LAST, "nn.Conv2d(1, 1, (3, 5), stride=(3, 4), padding=(0, 1), bias=False)"),
    ("torch", {**SAME, "stride": 1}, "nn.Conv2d(1, 1, 3, padding='same', bias=False)"),
    ("torch", VALID, "nn.Conv2d(1, 1, 3, padding='valid', bias=False)"),
    ("torch", FULL, "nn.Conv2d(4, 6, 3, dilation=2, groups=2, bias=False)"),
    # of 3 + (n-1)*2 elements the last, and then one on each side, is cropped: e - e%2 - o = 1, and 2
    (
        "tensorflow",
        {**UP, "padding": [[0, 1], [0, 1]], "output_padding": 0},
        "layers.Conv2DTranspose(5, 3, strides=2, padding='same', use_bias=False)",
    ),
    (
        "tensorflow",
        {**UP, "output_padding": 0},
        "layers.Conv2DTranspose(5, 3, strides=2, padding='same', output_padding=0, use_bias=False)",
    ),
    (
        "tensorflow",
        {**UP, "kernel": 4, "stride": 3, "padding": 1, "output_padding": 0},
        "layers.Conv2DTranspose(5, 4, strides=3, padding='same', output_padding=2, use_bias=False)",
    ),
    ("tensorflow", LAST, "layers.Conv2D(1, (3, 5), strides=(3, 4), padding='valid', use_bias=False)"),
    ("tensorflow", HALF, "layers.Conv2D(1, 3, strides=2, padding='same', use_bias=False)"),
    ("tensorflow", SIDES, "layers.Conv2D(1, 3, padding='valid', use_bias=False)"),
    ("tensorflow", FULL, "layers.Conv2D(6, 3, padding='valid', dilation_rate=2, groups=2, use_bias=False)"),
    ("flax", LAST, "nn.Conv(1, (3, 5), strides=(3, 4), padding=(0, 1), use_bias=False)"),
    ("flax", SAME, "nn.Conv(1, (3, 3), strides=2, padding='SAME', use_bias=False)"),
    ("flax", SIDES, "nn.Conv(1, (3, 3), padding=((0, 0), (1, 2)), use_bias=False)"),
    ("flax", FULL, "nn.Conv(6, (3, 3), padding=0, kernel_dilation=2, feature_group_count=2, use_bias=False)"),
    ("mxnet", LAST, "nn.Conv2D(1, (3, 5), strides=(3, 4), padding=(0, 1), use_bias=False)"),
    ("mxnet", {**SAME, "padding_mode": "reflect"}, None),
    ("mxnet", VALID, "nn.Conv2D(1, 3, use_bias=False)"),
    ("torch", LINE, "nn.Conv1d(2, 3, 5, stride=2, padding=2, bias=False)"),
    ("tensorflow", LINE, "layers.Conv1D(3, 5, strides=2, padding='same', use_bias=False)"),
    ("flax", LINE, "nn.Conv(3, (5,), strides=2, padding=2, use_bias=False)"),
    ("mxnet", LINE, "nn.Conv1D(3, 5, strides=2, padding=2, use_bias=False)"),
    ("torch", CAUSAL, None),
    ("tensorflow", CAUSAL, "layers.Conv1D(1, 3, padding='causal', dilation_rate=2, use_bias=False)"),
    ("flax", CAUSAL, "nn.Conv(1, (3,), padding='CAUSAL', kernel_dilation=2, use_bias=False)"),
    ("mxnet", CAUSAL, None),
    (
        "torch",
        {**REFLECT, "padding": "same_lower", "stride": 2},
        "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False, padding_mode='reflect')",
    ),
    ("tensorflow", {**REFLECT, "padding": "same_lower"}, None),
    ("flax", LOWER, "nn.Conv(1, (3, 3), strides=2, padding='SAME_LOWER', use_bias=False)"),
    ("flax", CUBE, "nn.Conv(1, (1, 2, 3), padding=((0, 1), (0, 0), (2, 2)), use_bias=False)"),
    ("equinox", LAST, "eqx.nn.Conv2d(1, 1, (3, 5), stride=(3, 4), padding=(0, 1), use_bias=False, key=key)"),
    ("equinox", SAME, "eqx.nn.Conv2d(1, 1, 3, stride=2, padding='SAME', use_bias=False, key=key)"),
    ("equinox", SIDES, "eqx.nn.Conv2d(1, 1, 3, padding=((0, 0), (1, 2)), use_bias=False, key=key)"),
    ("equinox", FULL, "eqx.nn.Conv2d(4, 6, 3, dilation=2, groups=2, use_bias=False, key=key)"),
    ("equinox", CAUSAL, None),
    ("equinox", REFLECT, "eqx.nn.Conv2d(1, 1, 3, padding=1, use_bias=False, padding_mode='REFLECT', key=key)"),
    ("equinox", {**REFLECT, "padding_mode": "symmetric", "padding": 2}, None),
    (
        "equinox",
        UP,
        "eqx.nn.ConvTranspose2d(4, 5, 3, stride=2, output_padding=1, padding=1, use_bias=False, key=key)",
    ),
    ("equinox", POOL, "eqx.nn.MaxPool2d(3, stride=2, padding=1, use_ceil=True)"),
    ("equinox", MEAN, "eqx.nn.AvgPool1d(2, stride=2, padding=1)"),
    ("equinox", {**MEAN, "dilation": 2}, None),
    ("equinox", SUM, None),
    ("equinox", {**POOL, "padding": "same", "ceil_mode": False}, "eqx.nn.MaxPool2d(3, stride=2, padding=1)"),
    ("equinox", {**POOL, "padding": "valid", "ceil_mode": False}, "eqx.nn.MaxPool2d(3, stride=2)"),
    ("equinox", ADAPTIVE, "eqx.nn.AdaptiveAvgPool2d((3, 4))"),
    ("paddle", LAST, "paddle.nn.Conv2D(1, 1, (3, 5), stride=(3, 4), padding=(0, 1), bias_attr=False)"),
    ("paddle", SAME, "paddle.nn.Conv2D(1, 1, 3, stride=2, padding='same', bias_attr=False)"),
    ("paddle", LOWER, "paddle.nn.Conv2D(1, 1, 3, stride=2, padding=[1, 0, 1, 0], bias_attr=False)"),
    ("paddle", SIDES, "paddle.nn.Conv2D(1, 1, 3, padding=[0, 0, 1, 2], bias_attr=False)"),
    ("paddle", FULL, "paddle.nn.Conv2D(4, 6, 3, dilation=2, groups=2, bias_attr=False)"),
    ("paddle", CAUSAL, None),
    ("paddle", REFLECT, "paddle.nn.Conv2D(1, 1, 3, padding=1, padding_mode='reflect', bias_attr=False)"),
    ("paddle", {**REFLECT, "padding": [1, 2]}, None),  # one number for all axes
    (
        "paddle",
        {**REFLECT, "padding": "valid"},
        "paddle.nn.Conv2D(1, 1, 3, padding_mode='reflect', bias_attr=False)",
    ),
    ("paddle", {**REFLECT, "padding_mode": "symmetric", "padding": 2}, None),
    ("paddle", UP, "paddle.nn.Conv2DTranspose(4, 5, 3, stride=2, padding=1, output_padding=1, bias_attr=False)"),
    # of 3 + 15*2 elements 32 are left: the odd one is cropped before
    (
        "paddle",
        {**DOUBLE, "padding": "same_lower"},
        "paddle.nn.Conv2DTranspose(4, 5, 3, stride=2, padding=[1, 0, 1, 0], bias_attr=False)",
    ),
    ("paddle", POOL, "paddle.nn.MaxPool2D(3, stride=2, padding=1, ceil_mode=True)"),
    ("paddle", {**POOL, "padding": "valid"}, "paddle.nn.MaxPool2D(3, stride=2, ceil_mode=True)"),
    ("paddle", {**POOL, "dilation": 2}, None),
    ("paddle", MEAN, "paddle.nn.AvgPool1D(2, padding=1)"),
    ("paddle", {**MEAN, "count_include_pad": True}, "paddle.nn.AvgPool1D(2, padding=1, exclusive=False)"),
    ("paddle", SUM, "paddle.nn.AvgPool2D(2, padding=1, exclusive=False, divisor_override=3)"),
    ("paddle", {**SUM, "input": [9]}, None),
    ("paddle", ADAPTIVE, "paddle.nn.AdaptiveAvgPool2D((3, 4))"),
    ("haiku", LAST, "hk.Conv2D(1, (3, 5), stride=(3, 4), padding=((0, 0), (1, 1)), with_bias=False)"),
    ("haiku", SAME, "hk.Conv2D(1, 3, stride=2, with_bias=False)"),  # its default
    ("haiku", {**SAME, "padding": "same_lower"}, "hk.Conv2D(1, 3, stride=2, padding='SAME_LOWER', with_bias=False)"),
    ("haiku", FULL, "hk.Conv2D(6, 3, rate=2, padding='VALID', with_bias=False, feature_group_count=2)"),
    ("haiku", CAUSAL, None),
    ("haiku", REFLECT, None),
    ("haiku", UP, "hk.Conv2DTranspose(5, 3, stride=2, padding=((1, 1), (1, 1)), with_bias=False)"),
    ("haiku", {**UP, "dilation": 2}, None),
    ("haiku", {**UP, "in_channels": 4, "out_channels": 4, "groups": 2}, None),
    ("haiku", POOL, "hk.MaxPool((1, 3, 3, 1), (1, 2, 2, 1), 'SAME')"),
    ("haiku", {**POOL, "padding": 0, "ceil_mode": False}, "hk.MaxPool((1, 3, 3, 1), (1, 2, 2, 1), 'VALID')"),
    ("haiku", MEAN, "hk.AvgPool((1, 2, 1), (1, 2, 1), 'VALID')"),
    ("haiku", {**MEAN, "dilation": 2}, None),
    ("haiku", SUM, None),
    ("haiku", ADAPTIVE, None),
    ("haiku", {**ADAPTIVE, "output_size": 1}, "hk.AvgPool((1, 9, 8, 1), (1, 1, 1, 1), 'VALID')"),
    (
        "openvino",
        LAST,
        "lambda x, w: ops.convolution(x, w, strides=[3, 4], pads_begin=[0, 1], pads_end=[0, 1], dilations=[1, 1])",
    ),
    (
        "openvino",
        SAME,
        "lambda x, w: ops.convolution(x, w, strides=[2, 2], pads_begin=[0, 0], pads_end=[0, 0], dilations=[1, 1], "
        "auto_pad='same_upper')",
    ),
    (
        "openvino",
        FULL,
        "lambda x, w: ops.group_convolution(x, ops.reshape(w, [2, 3, 2, 3, 3], False), strides=[1, 1], "
        "pads_begin=[0, 0], pads_end=[0, 0], dilations=[2, 2])",
    ),
    ("openvino", CAUSAL, None),
    ("openvino", REFLECT, None),
    (
        "openvino",
        UP,
        "lambda x, w: ops.convolution_backprop_data(x, w, strides=[2, 2], pads_begin=[1, 1], pads_end=[1, 1], "
        "output_padding=[1, 1])",
    ),
    (
        "openvino",
        POOL,
        "lambda x: ops.max_pool(x, strides=[2, 2], dilations=[1, 1], pads_begin=[1, 1], pads_end=[1, 1], "
        "kernel_shape=[3, 3], rounding_type='ceil')",
    ),
    (
        "openvino",
        {**MEAN, "dilation": 2},
        "lambda x: ops.avg_pool(x, strides=[2], pads_begin=[1], pads_end=[1], kernel_shape=[2], exclude_pad=True, "
        "dilations=[2])",
    ),
    ("openvino", SUM, None),
    ("openvino", ADAPTIVE, "lambda x: ops.adaptive_avg_pool(x, [3, 4])"),
    ("mlx", LAST, "mlx.nn.Conv2d(1, 1, (3, 5), stride=(3, 4), padding=(0, 1), bias=False)"),
    ("mlx", VALID, "mlx.nn.Conv2d(1, 1, 3, bias=False)"),
    ("mlx", FULL, "mlx.nn.Conv2d(4, 6, 3, dilation=2, groups=2, bias=False)"),
    ("mlx", {**FULL, "input": [5, 5, 5], "dilation": 1}, None),
    ("mlx", CAUSAL, None),
    ("mlx", REFLECT, None),
    ("mlx", UP, "mlx.nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)"),
    ("mlx", {**UP, "in_channels": 4, "out_channels": 4, "groups": 2}, None),
    ("mlx", {**POOL, "ceil_mode": False}, "mlx.nn.MaxPool2d(3, stride=2, padding=1)"),
    ("mlx", {**POOL, "input": [9, 9]}, "mlx.nn.MaxPool2d(3, stride=2, padding=1)"),  # nothing is rounded up
    ("mlx", MEAN, "mlx.nn.AvgPool1d(2, padding=1)"),
    ("mlx", {**MEAN, "dilation": 2}, None),
    ("mlx", SUM, None),
    ("mlx", ADAPTIVE, None),
    ("tensorflowjs", LAST, "(x, w) => tf.conv2d(x, w, [3, 4], [[0, 0], [0, 0], [1, 1], [0, 0]])"),
    ("tensorflowjs", {**LAST, "padding": 1}, "(x, w) => tf.conv2d(x, w, [3, 4], 1)"),
    ("tensorflowjs", SAME, "(x, w) => tf.conv2d(x, w, 2, 'same')"),
    ("tensorflowjs", LOWER, None),
    ("tensorflowjs", SIDES, "(x, w) => tf.conv2d(x, w, 1, [[0, 0], [0, 0], [1, 2], [0, 0]])"),
    ("tensorflowjs", FULL, None),
    (
        "tensorflowjs",
        {**FULL, "in_channels": 2, "padding": "same"},
        "(x, w) => tf.depthwiseConv2d(x, tf.reshape(w, [3, 3, 2, 3]), 1, 'same', 'NHWC', 2)",
    ),
    ("tensorflowjs", {"input": [8], "kernel": 3, "padding": [[1, 0]]}, ROW_1D),
    ("tensorflowjs", {"input": [5, 5, 5], "kernel": 3, "padding": 1}, "(x, w) => tf.conv3d(x, w, 1, 1)"),
    ("tensorflowjs", {"input": [5, 5, 5], "kernel": 3, "padding": [0, 1, 1]}, None),
    ("tensorflowjs", CAUSAL, None),
    ("tensorflowjs", REFLECT, None),
    # (16 - 1) * 2 + 3 - 2 + 1
    ("tensorflowjs", UP, "(x, w) => tf.conv2dTranspose(x, w, [x.shape[0], 32, 32, 5], 2, 1)"),
    ("tensorflowjs", {**UP, "in_channels": 4, "out_channels": 4, "groups": 2}, None),
    ("tensorflowjs", {**UP, "dilation": 2}, None),
    ("tensorflowjs", POOL, "(x) => tf.maxPool(x, 3, 2, 1, 'ceil')"),
    ("tensorflowjs", {**POOL, "padding": "valid"}, "(x) => tf.maxPool(x, 3, 2, 0, 'ceil')"),
    (
        "tensorflowjs",
        {**POOL, "dilation": 2, "stride": 1, "ceil_mode": False},
        "(x) => tf.pool(x, 3, 'max', 1, 2, 1)",
    ),
    (
        "tensorflowjs",
        MEAN,
        "(x) => tf.squeeze(tf.avgPool(tf.expandDims(x, 1), [1, 2], [1, 2], [[0, 0], [0, 0], [1, 1], [0, 0]]), [1])",
    ),
    ("tensorflowjs", SUM, None),
    ("tensorflowjs", ADAPTIVE, None),
    ("tensorflowjs", {**ADAPTIVE, "output_size": 1}, "(x) => tf.avgPool(x, [9, 8], [9, 8], 'valid')"),
    ("mlx", {**ADAPTIVE, "output_size": 1}, "mlx.nn.AvgPool2d((9, 8))"),
]

PORTS = [
    ("tensorflowjs", {**SAME, "stride": [2, 1]}, "(x, w) => tf.conv2d(x, w, [2, 1], [[0, 0], [0, 1], [1, 1], [0, 0]])"),
    (  # which TensorFlow.js refuses together
        "tensorflowjs",
        {"input": [9, 9], "kernel": 3, "stride": 2, "dilation": 2},
        "(x, w) => tf.stridedSlice(tf.conv2d(x, w, 1, 'valid', 'NHWC', 2), "
        "[0, 0, 0, 0], [0, 0, 0, 0], [1, 2, 2, 1], 15, 15)",
    ),
    (
        "tensorflowjs",
        {"input": [9], "kernel": 3, "groups": 2, "in_channels": 2, "out_channels": 4},
        "(x, w) => tf.concat([tf.conv1d(tf.slice(x, [0, 0, 0], [-1, -1, 1]), tf.slice(w, [0, 0, 0], [-1, -1, 2]), 1, "
        "'valid'), tf.conv1d(tf.slice(x, [0, 0, 1], [-1, -1, 1]), tf.slice(w, [0, 0, 2], [-1, -1, 2]), 1, "
        "'valid')], 2)",
    ),
    (
        "tensorflowjs",
        {"input": [4], "kernel": 3, "padding": [[2, 1]], "padding_mode": "circular"},
        "(x, w) => tf.conv1d(tf.gather(x, [2, 3, 0, 1, 2, 3, 0], 1), w, 1, 'valid')",
    ),
    (  # 4 * 3 + 5 elements, of which two and one are cropped
        "tensorflowjs",
        {"op": "conv_transpose", "input": [5], "kernel": 5, "stride": 3, "padding": [[2, 1]]},
        "(x, w) => tf.squeeze(tf.conv2dTranspose(tf.expandDims(x, 1), tf.expandDims(w, 0), [x.shape[0], 1, 14, 1], "
        "[1, 3], [[0, 0], [0, 0], [2, 1], [0, 0]]), [1])",
    ),
    (
        "tensorflowjs",
        SUM,
        "(x) => tf.div(tf.mul(tf.avgPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 2, 2, 'valid'), 4), 3)",
    ),
    (
        "tensorflowjs",
        {"op": "max_pool", "input": [4, 4, 4], "kernel": 2, "padding": [[1, 0], [0, 0], [0, 0]]},
        "(x) => tf.maxPool3d(tf.pad(x, [[0, 0], [1, 0], [0, 0], [0, 0], [0, 0]], -Infinity), 2, 2, 'valid')",
    ),
    (
        "tensorflowjs",
        {**MEAN, "count_include_pad": True, "ceil_mode": False},
        "(x) => tf.squeeze(tf.avgPool(tf.expandDims(tf.pad(x, [[0, 0], [1, 1], [0, 0]]), 1), "
        "[1, 2], [1, 2], 'valid'), [1])",
    ),
    # PaddlePaddle leaves the dilation out under its own 'same': 5 elements of reach, two on each side
    (
        "paddle",
        {**SAME, "stride": 1, "dilation": 2},
        "paddle.nn.Conv2D(1, 1, 3, padding=2, dilation=2, bias_attr=False)",
    ),
    (
        "paddle",
        CROP,
        "paddle.nn.Sequential(paddle.nn.Pad2D([0, -1, -1, 0]), "
        "paddle.nn.Conv2D(1, 1, 3, padding=[0, 0, 2, 0], bias_attr=False))",
    ),
    ("paddle", DOUBLE, "paddle.nn.Conv2DTranspose(4, 5, 3, stride=2, padding=[0, 1, 0, 1], bias_attr=False)"),
    ("paddle", SUM, "paddle.nn.Sequential(paddle.nn.Pad2D([1, 1, 1, 1]), paddle.nn.AvgPool2D(2, divisor_override=3))"),
    (
        "paddle",
        {**MEAN, "padding": [[0, 1]], "count_include_pad": True},  # the last average of 9 elements is x / 2
        "paddle.nn.Sequential(paddle.nn.Pad1D([0, 1]), paddle.nn.AvgPool1D(2))",
    ),
    (
        "paddle",
        {"input": [8], "kernel": 3, "dtype": "float16"},
        "[lambda x: x.astype('float32'), paddle.nn.Conv1D(1, 1, 3, bias_attr=False), lambda x: x.astype('float16')]",
    ),
    ("flax", ADAPTIVE, "lambda x: nn.avg_pool(x, (3, 2), strides=(3, 2))"),  # 9 to 3 and 8 to 4
    (
        "flax",
        {**ADAPTIVE, "input": [9, 4], "output_size": [2, 4], "op": "max_pool"},  # 0-4 and 4-8
        "lambda x: nn.max_pool(x, (5, 1), strides=(4, 1))",
    ),
    (
        "mxnet",
        {"op": "avg_pool", "input": [5], "output_size": 3},
        "lambda x: np.stack([x[:, :, a:b].mean((2,)) for a, b in [(0, 2), (1, 4), (3, 5)]], 2)",
    ),
    ("torch", {**SUM, "input": [9]}, "lambda x: nn.AvgPool1d(2)(F.pad(x, (1, 1))) * 2 / 3"),
    (
        "tensorflow",
        SUM,
        "keras.Sequential([layers.ZeroPadding2D(1), layers.AveragePooling2D(2), layers.Lambda(lambda x: x * 4 / 3)])",
    ),
    ("flax", SUM, "lambda x: nn.avg_pool(x, (2, 2), strides=(2, 2), padding=((1, 1), (1, 1))) * 4 / 3"),
    ("mxnet", SUM, "lambda x: nn.AvgPool2D(2)(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))) * 4 / 3"),
    (
        "torch",
        CUBE,
        "nn.Sequential(nn.ZeroPad3d((2, 2, 0, 0, 0, 1)), nn.Conv3d(1, 1, (1, 2, 3), bias=False))",
    ),
    (
        "tensorflow",
        CUBE,
        "keras.Sequential([layers.ZeroPadding3D(((0, 1), (0, 0), (2, 2))), "
        "layers.Conv3D(1, (1, 2, 3), use_bias=False)])",
    ),
    (
        "tensorflow",
        {"input": [9], "kernel": 3, "padding": [[0, 2]]},
        "keras.Sequential([layers.ZeroPadding1D((0, 2)), layers.Conv1D(1, 3, use_bias=False)])",
    ),
    ("torch", SAME, "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(1, 1, 3, stride=2, bias=False))"),
    ("torch", EMPTY, "nn.Sequential(nn.ZeroPad2d((1, 1, 1, 1)), nn.Conv2d(1, 1, 1, bias=False))"),
    ("torch", CROP, "nn.Sequential(nn.ZeroPad2d((2, -1, -1, 0)), nn.Conv2d(1, 1, 3, bias=False))"),
    (
        "tensorflow",
        LAST,
        "keras.Sequential([layers.ZeroPadding2D((0, 1)), layers.Conv2D(1, (3, 5), strides=(3, 4), use_bias=False)])",
    ),
    (
        "tensorflow",
        CROP,
        "keras.Sequential([layers.Cropping2D(((1, 0), (0, 1))), layers.ZeroPadding2D(((0, 0), (2, 0))), "
        "layers.Conv2D(1, 3, use_bias=False)])",
    ),
    (
        "tensorflow",
        {**HALF, "dilation": 2, "padding": 0},
        "keras.Sequential([layers.Conv2D(1, 3, dilation_rate=2, use_bias=False), "
        "layers.Lambda(lambda x: x[:, ::2, ::2])])",
    ),
    (
        "flax",
        CROP,
        "nn.Sequential([lambda x: x[:, 1:, :-1, :], nn.Conv(1, (3, 3), padding=((0, 0), (2, 0)), use_bias=False)])",
    ),
    ("flax", SAME, "nn.Conv(1, (3, 3), strides=2, padding=((0, 1), (0, 1)), use_bias=False)"),
    ("equinox", SAME, "eqx.nn.Conv2d(1, 1, 3, stride=2, padding=((0, 1), (0, 1)), use_bias=False, key=key)"),
    (
        "equinox",
        CROP,
        "eqx.nn.Sequential([eqx.nn.Lambda(lambda x: x[:, 1:, :-1]), "
        "eqx.nn.Conv2d(1, 1, 3, padding=((0, 0), (2, 0)), use_bias=False, key=key)])",
    ),
    (
        "equinox",
        UP,  # of 3 + 15*2 elements one before is cropped, and one after is cropped and added
        "eqx.nn.ConvTranspose2d(4, 5, 3, stride=2, padding=((1, 0), (1, 0)), use_bias=False, key=key)"
        "  # its kernel mirrored",
    ),
    ("equinox", {**POOL, "ceil_mode": False}, "eqx.nn.MaxPool2d(3, stride=2, padding=1)"),
    (
        "equinox",
        MEAN,
        "lambda x: eqx.nn.AvgPool1d(2, stride=2)(jnp.pad(x, ((0, 0), (1, 1)))) / "
        "eqx.nn.AvgPool1d(2, stride=2)(jnp.pad(jnp.ones_like(x), ((0, 0), (1, 1))))",
    ),
    (
        "haiku",
        CROP,
        "hk.Sequential([lambda x: x[:, 1:, :-1, :], hk.Conv2D(1, 3, padding=((0, 0), (2, 0)), with_bias=False)])",
    ),
    (
        "haiku",
        UP,  # a pad of the stretched input of e - 1 leaves the output whole
        "hk.Conv2DTranspose(5, 3, stride=2, padding=((1, 2), (1, 2)), with_bias=False)  # its kernel mirrored",
    ),
    (
        "haiku",
        {**POOL, "ceil_mode": False},
        "lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), "
        "((0, 0), (1, 1), (1, 1), (0, 0)))",
    ),
    (
        "openvino",
        CROP,
        "lambda x, w: ops.convolution(ops.pad(x, [0, 0, -1, 0], [0, 0, 0, -1], 'constant'), w, strides=[1, 1], "
        "pads_begin=[0, 2], pads_end=[0, 0], dilations=[1, 1])",
    ),
    (
        "openvino",
        SUM,  # of a window of 2 x 2, divided by 3
        "lambda x: ops.avg_pool(x, strides=[2, 2], pads_begin=[1, 1], pads_end=[1, 1], kernel_shape=[2, 2], "
        "exclude_pad=False, dilations=[1, 1]) * ops.convert_like(4, x) / ops.convert_like(3, x)",
    ),
    (
        "openvino",
        {**ADAPTIVE, "op": "max_pool"},
        "lambda x: ops.adaptive_max_pool(x, [3, 4], index_element_type='i32')",
    ),
    (
        "mlx",
        CROP,
        "mlx.nn.Sequential(lambda x: mx.pad(x, ((0, 0), (0, 0), (2, 0), (0, 0)))[:, 1:, :-1, :], "
        "mlx.nn.Conv2d(1, 1, 3, bias=False))",
    ),
    ("mlx", UP, "mlx.nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)"),
    (
        "mlx",  # whose own padding of 2 would crop two elements of the input
        {"op": "conv_transpose", "input": [4], "kernel": 2, "stride": 2, "padding": 2},
        "mlx.nn.Sequential(mlx.nn.ConvTranspose1d(1, 1, 2, stride=2, padding=1, bias=False), lambda x: x[:, 1:-1, :])",
    ),
    (
        "mlx",
        {**UP, "groups": 2, "out_channels": 4, "output_padding": 0},
        "mlx.nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, bias=False)"
        "  # the groups' kernels as one block-diagonal kernel",
    ),
    (
        "mlx",
        {"input": [8], "kernel": 4, "padding": [[2, 1]], "padding_mode": "circular"},
        "mlx.nn.Sequential(lambda x: mx.take(x, mx.array(np.pad(np.arange(x.shape[1]), (2, 1), 'wrap')), axis=1), "
        "mlx.nn.Conv1d(1, 1, 4, bias=False))",
    ),
    (
        "mlx",
        {"op": "max_pool", "input": [9], "kernel": 2, "dilation": 3, "stride": 2, "padding": 1},
        "lambda x: mx.max(mx.stack([y[:, i:i + 7:2] for y in [mx.pad(x, ((0, 0), (1, 1), (0, 0)), "
        'constant_values=float("-inf"))] for i in range(0, 6, 3)]), axis=0)',
    ),
    (
        "mlx",
        MEAN,
        "lambda x: mlx.nn.AvgPool1d(2)(mx.pad(x, ((0, 0), (1, 1), (0, 0)))) / "
        "mlx.nn.AvgPool1d(2)(mx.pad(mx.ones_like(x), ((0, 0), (1, 1), (0, 0))))",
    ),
    (
        "mlx",  # which pads int8 with 0
        {"op": "max_pool", "input": [9], "kernel": 3, "padding": 1, "dtype": "int8"},
        "lambda x: mlx.nn.MaxPool1d(3)(mx.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=-128))",
    ),
    (
        "mlx",
        {"op": "max_pool", "input": [9], "kernel": 3, "padding": 1, "dtype": "int64"},
        "mlx.nn.MaxPool1d(3, padding=1)",
    ),
    (
        "mxnet",
        CROP,
        "net = nn.Sequential(); net.add(nn.Lambda(lambda x: np.pad(x, "
        "((0, 0), (0, 0), (0, 0), (2, 0)))[:, :, 1:, :-1]), nn.Conv2D(1, 3, use_bias=False))",
    ),
]


@pytest.mark.parametrize(("name", "parameters", "source"), WRITTEN)
def test_each_framework_writes_a_case_as_its_users_would(name, parameters, source):
    spelling = adapter_class(name).as_written(make_case(**parameters))
    if source is None:
        assert isinstance(spelling, Inexpressible)
        assert spelling.reason
    else:
        assert spelling.source == source


# The nearest line where there is no word for the request, or none that the layer takes, or no number per side; the rule
# that gives each number is beside it, with e = d(k-1)+1.
NEAREST = [
    ("torch", SAME, "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"),  # d(k-1)//2
    ("torch", {**SAME, "kernel": 5, "dilation": 3}, "nn.Conv2d(1, 1, 5, stride=2, padding=6, dilation=3, bias=False)"),
    ("torch", {**SAME, "kernel": 1}, "nn.Conv2d(1, 1, 1, stride=2, bias=False)"),
    ("torch", {**SAME, "kernel": [4, 1]}, "nn.Conv2d(1, 1, (4, 1), stride=2, padding=(1, 0), bias=False)"),
    ("torch", LOWER, "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"),
    ("torch", {**LOWER, "stride": 1}, "nn.Conv2d(1, 1, 3, padding='same', bias=False)"),
    ("mxnet", SAME, "nn.Conv2D(1, 3, strides=2, padding=1, use_bias=False)"),
    ("mxnet", {**SAME, "stride": 1, "kernel": 4}, "nn.Conv2D(1, 4, padding=1, use_bias=False)"),
    ("torch", {**POOL, "padding": "same", "ceil_mode": False}, "nn.MaxPool2d(3, stride=2, padding=1)"),  # (k-1)//2
    # floor((9-2)/2)+1 = 4 is not ceil(9/2) = 5, and ceil((9-2)/2)+1 is.
    ("torch", {"op": "avg_pool", "input": [9], "kernel": 2, "padding": "same"}, "nn.AvgPool1d(2, ceil_mode=True)"),
    ("mxnet", {**MEAN, "padding": "same"}, "nn.AvgPool1D(2, ceil_mode=True, count_include_pad=False)"),
    # Half of what 5 reach beyond one is 2; torch takes at most half of the kernel of 3. ceil((8-5+2)/2)+1 = 4 = 8/2.
    (
        "torch",
        {**POOL, "padding": "same", "dilation": 2, "ceil_mode": False},
        "nn.MaxPool2d(3, stride=2, padding=1, dilation=2, ceil_mode=True)",
    ),
    # ceil((e-s)/2), and twice that less e-s: for 3 and 2, padding 1 and output padding 1; for 4 and 2, 1 and 0.
    (
        "torch",
        DOUBLE,
        "nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)",
    ),
    (
        "torch",
        {**DOUBLE, "kernel": 2},
        "nn.ConvTranspose2d(4, 5, 2, stride=2, bias=False)",
    ),
    (
        "torch",
        {**DOUBLE, "kernel": 4},
        "nn.ConvTranspose2d(4, 5, 4, stride=2, padding=1, bias=False)",
    ),
    # e = 2 is below s = 3: no padding, and output padding s-e.
    (
        "torch",
        {**DOUBLE, "kernel": 2, "stride": 3},
        "nn.ConvTranspose2d(4, 5, 2, stride=3, output_padding=1, bias=False)",
    ),
    (
        "mxnet",
        DOUBLE,
        "nn.Conv2DTranspose(5, 3, strides=2, padding=1, output_padding=1, use_bias=False)",
    ),
    # No output padding is below a stride of 1.
    (
        "torch",
        {**DOUBLE, "kernel": 2, "stride": 1},
        "nn.ConvTranspose2d(4, 5, 2, padding=1, bias=False)",
    ),
    # (8-3+3)/1+1 = 9 along the width needs a total of 3, which no number on both sides makes: the larger side.
    ("torch", SIDES, "nn.Conv2d(1, 1, 3, padding=(0, 2), bias=False)"),
    ("mxnet", SIDES, "nn.Conv2D(1, 3, padding=(0, 2), use_bias=False)"),
    # Stable Diffusion: floor((8+1-3)/2)+1 = 4, as with 1 on both sides.
    ("torch", {**HALF, "padding": [[0, 1], [0, 1]]}, "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"),
    # floor((9+1-3)/2)+1 = 4, as without padding, and as with less than 1 on both sides: the smallest.
    ("torch", {**HALF, "input": [9, 9], "padding": [[0, 1], [0, 1]]}, "nn.Conv2d(1, 1, 3, stride=2, bias=False)"),
    ("torch", CUBE, "nn.Conv3d(1, 1, (1, 2, 3), padding=(1, 0, 2), bias=False)"),
    ("torch", CROP, "nn.Conv2d(1, 1, 3, padding=(0, 2), bias=False)"),
    # What is cropped, (1,0), in numbers; and (0,1), whose total padding 1 and output padding 1 crop.
    (
        "torch",
        {**DOUBLE, "padding": [[1, 0], [1, 0]]},
        "nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)",
    ),
    (
        "torch",
        {**DOUBLE, "padding": [[0, 1], [0, 1]]},
        "nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)",
    ),
    ("tensorflow", LOWER, "layers.Conv2D(1, 3, strides=2, padding='same', use_bias=False)"),
    (
        "tensorflow",
        {**DOUBLE, "padding": "same_lower"},
        "layers.Conv2DTranspose(5, 3, strides=2, padding='same', use_bias=False)",
    ),
    (
        "tensorflow",
        {**POOL, "padding": "same_lower", "ceil_mode": False},
        "layers.MaxPooling2D(3, strides=2, padding='same')",
    ),
    (
        "flax",
        {**DOUBLE, "padding": "same_lower"},
        "nn.ConvTranspose(5, (3, 3), strides=2, padding='SAME', use_bias=False)",
    ),
    # MLX has neither words nor a ceil mode: 8 + 2*2 elements hold as many windows as 8 + 2*1 rounded up.
    ("mlx", SAME, "mlx.nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"),
    ("mlx", LOWER, "mlx.nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"),
    ("mlx", SIDES, "mlx.nn.Conv2d(1, 1, 3, padding=(0, 2), bias=False)"),
    ("mlx", DOUBLE, "mlx.nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1, bias=False)"),
    ("mlx", POOL, "mlx.nn.MaxPool2d(3, stride=2, padding=2)"),
    # ONNX has numbers per side, which mean the same: total 4 for e = 5.
    (
        "onnxruntime",
        {**SAME, "stride": 1, "dilation": 2},
        "helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[3, 3], pads=[2, 2, 2, 2], dilations=[2, 2])",
    ),
]


@pytest.mark.parametrize(("name", "parameters", "source"), NEAREST)
def test_the_nearest_line_stands_in_where_a_padding_word_is_missing(name, parameters, source):
    spelling = adapter_class(name).as_written(make_case(**parameters))
    assert spelling.source == source
    assert spelling.note


@pytest.mark.parametrize(
    ("name", "parameters", "literal"),
    [
        ("torch", SAME, "nn.Conv2d(1, 1, 3, stride=2, padding='same', bias=False)"),
        ("torch", {**SAME, "stride": 1}, None),  # its own word
        ("flax", {**DOUBLE, "padding": "same_lower", "stride": 1}, None),  # its own word, without a stride
        ("torch", LOWER, None),  # nobody expects that word there
        (
            "torch",
            {**UP, "padding": "same"},
            "nn.ConvTranspose2d(4, 5, 3, stride=2, padding='same', output_padding=1, bias=False)",
        ),
        ("torch", SIDES, None),
        ("mxnet", SAME, "nn.Conv2D(1, 3, strides=2, padding='same', use_bias=False)"),
        (
            "flax",
            {**UP, "padding": "same_lower"},
            "nn.ConvTranspose(5, (3, 3), strides=2, padding='SAME_LOWER', use_bias=False)",
        ),
        (
            "onnxruntime",
            {**SAME, "stride": 1, "dilation": 2},
            "helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[3, 3], dilations=[2, 2], auto_pad='SAME_UPPER')",
        ),
        ("tensorflow", LOWER, None),
        ("equinox", {**POOL, "padding": "same"}, "eqx.nn.MaxPool2d(3, stride=2, padding='SAME', use_ceil=True)"),
        ("haiku", {**POOL, "padding": "same_lower"}, "hk.MaxPool((1, 3, 3, 1), (1, 2, 2, 1), 'SAME_LOWER')"),
        ("haiku", SAME, None),
        ("mlx", SAME, "mlx.nn.Conv2d(1, 1, 3, stride=2, padding='same', bias=False)"),
        ("mlx", LOWER, None),
        ("mlx", {**POOL, "padding": "same"}, "mlx.nn.MaxPool2d(3, stride=2, padding='same')"),
        ("haiku", {**DOUBLE, "padding": "same_lower", "stride": 1}, None),  # its own word, without a stride
        (
            "haiku",
            {**DOUBLE, "padding": "same_lower"},
            "hk.Conv2DTranspose(5, 3, stride=2, padding='SAME_LOWER', with_bias=False)",
        ),
    ],
)
def test_a_refused_word_is_kept_beside_the_line(name, parameters, literal):
    spelling = adapter_class(name).as_written(make_case(**parameters))
    assert (spelling.literal and spelling.literal.source) == literal
    assert literal is None or spelling.literal.error


def shape_of(case, padding, ceil=None):
    """The output sizes of a case with these pads, by the reference."""
    found = axes(replace(case, padding=padding, ceil_mode=case.ceil_mode if ceil is None else ceil))
    return None if isinstance(found, Invalid) else [axis.output for axis in found]


def test_one_number_for_two_sides_is_the_smallest_that_keeps_the_size():
    """Against a search of every number, by the reference's arithmetic."""
    kept = 0
    for n, k, s, d, ceil in itertools.product((5, 8, 9, 12), (1, 2, 3, 4), (1, 2, 3), (1, 2), (False, True)):
        for before, after in itertools.product(range(4), repeat=2):
            case = make_case(
                op="max_pool", input=[n], kernel=k, stride=s, dilation=d, padding=[[before, after]], ceil_mode=ceil
            )
            asked = shape_of(case, case.padding)
            if before == after or asked is None:
                continue
            (number,), _ = pool_padding(case, [99])
            keeping = [p for p in range(9) if shape_of(case, ((p, p),)) == asked]
            assert number == (keeping[0] if keeping else max(before, after)), case
            kept += bool(keeping)
    assert kept > 500


def test_a_pool_is_rounded_up_only_where_nothing_else_gives_the_size_of_same():
    rounded = 0
    for n, k, s in itertools.product(range(1, 20), range(1, 6), range(1, 5)):
        case = make_case(op="max_pool", input=[n], kernel=k, stride=s, padding="same")
        (number,), ceil = pool_padding(case, [k // 2])
        assert number == (k - 1) // 2
        sizes = {flag: shape_of(case, ((number, number),), flag) for flag in (False, True)}
        asked = [-(-n // s)]
        assert ceil is (sizes[False] != asked and sizes[True] == asked), case
        rounded += ceil
    assert rounded > 20


@pytest.mark.parametrize(("name", "parameters", "source"), PORTS)
def test_each_port_is_written_as_expected(name, parameters, source):
    assert adapter_class(name).port(make_case(**parameters)).source == source


@pytest.mark.parametrize(
    ("padding", "kernel", "stride", "dilation", "input", "word"),
    [
        (0, 3, 1, 1, 8, "valid"),
        (1, 3, 1, 1, 8, "same"),  # before = after = (k-1)/2
        (1, 3, 3, 1, 8, "same"),  # the same, whatever the stride makes of it
        (2, 3, 1, 2, 9, "same"),  # d(k-1)/2
        (2, 3, 1, 1, 8, "valid"),
        (1, 2, 1, 1, 8, "valid"),  # d(k-1)/2 is not a whole number
        ([[0, 1], [0, 1]], 2, 1, 1, 8, "same"),  # what XLA's SAME uses here
        ([[0, 1], [0, 1]], 3, 2, 1, 8, "same"),
        ([[0, 1], [0, 1]], 3, 2, 1, 9, "valid"),  # at 9 it uses (1,1)
    ],
)
def test_the_word_that_a_person_reaches_for_in_keras(padding, kernel, stride, dilation, input, word):
    case = make_case(input=[input] * 2, kernel=kernel, stride=stride, dilation=dilation, padding=padding)
    assert f"padding={word!r}" in adapter_class("tensorflow").as_written(case).source


def test_padding_words_written_twice_agree():
    """The adapters' conventions and the reference's share no code; both are XLA's."""
    for n, k, s, d in itertools.product(range(1, 40), range(1, 8), range(1, 5), range(1, 4)):
        for word in WORDS:
            case = make_case(input=[n], kernel=k, stride=s, dilation=d, padding=word)
            assert numbers(case) == (word_padding(word, n, d * (k - 1) + 1, s),)


BESIDE = ("onnxruntime", "openvino", "tensorflowjs")  # whose layers have their bias beside them, if any


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_is_one_line_without_bias_and_hostile_words_stay_strings(name):
    cases = [
        *load_catalog("textbook", "grid", "networks", "arithmetic"),
        make_case(**HALF | {"padding": "'); boom('", "hostile": True}),
    ]
    for case in cases:
        written = adapter_class(name).as_written(case)
        port = None if case.hostile else adapter_class(name).port(case)
        for spelling in [spelling for spelling in (written, port) if isinstance(spelling, Spelling)]:
            assert "\n" not in spelling.source
            assert re.search("bias(_attr)?=False", spelling.source) or case.pools or name in BESIDE
            nodes = ast.walk(ast.parse(python_text(spelling.source)))
            called = [node.func for node in nodes if isinstance(node, ast.Call)]
            names = {function.id for function in called if isinstance(function, ast.Name)}
            assert names <= {"float", "range"}  # all others are nn.x, layers.x, np.x and the like: no boom()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kernel", [(3, 3, 3), (3,)])
def test_a_kernel_with_too_many_numbers_or_too_few_is_written_with_all_of_them(name, kernel):
    """One number for all would be another layer, which has an answer."""
    in_weights = name in ("openvino", "tensorflowjs")  # whose convolutions have the kernel there alone
    op = "max_pool" if in_weights else "conv"
    written = adapter_class(name).as_written(make_case(op=op, input=[8, 8], kernel=list(kernel), hostile=True))
    assert repr(kernel) in written.source or repr(list(kernel)) in written.source


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_flax_leaves_padding_out_of_averages_only_for_the_dtypes_that_it_returns(dtype):
    """In float16 and bfloat16 flax 0.12 returns float32 where count_include_pad is False."""
    case = make_case(op="avg_pool", input=[8], kernel=5, padding="same", dtype=dtype)
    port = adapter_class("flax").port(case).source
    assert ("count_include_pad=False" in port) is (dtype in ("float32", "float64"))


@pytest.mark.parametrize(
    ("name", "parameters", "only_here"),
    [
        # At 8, XLA's 'same' pads (0,1); at 9, (1,1): two ports. Padding in numbers is the same at every size.
        ("torch", SAME, True),
        ("torch", {**SAME, "stride": 1, "input": [8, 9], "kernel": 2}, False),
        ("tensorflow", HALF, False),
        ("tensorflow", LOWER, True),
        ("flax", POOL, True),  # in whose place padding is put for as much as the last window hangs over
        ("flax", UP, False),
    ],
)
def test_a_port_that_depends_on_the_size_says_so(name, parameters, only_here):
    port = spell(adapter_class(name), make_case(**parameters), "port")
    assert port.note == (FOR_ONE_SIZE if only_here else "")


@pytest.mark.parametrize(("name", "told"), [("torch", False), ("mine", True)])
def test_a_mistake_while_writing_a_case_is_a_verdict_only_for_user_defined_adapters(name, told):
    def wrong(case):
        raise ZeroDivisionError("a mistake")

    adapter = SimpleNamespace(name=name, as_written=wrong)
    task = {"n": 1, "case": make_case(**HALF).to_json(), "want": "values", "spelling": "as written"}
    if told:
        assert spelled(adapter, task)["error"] == "ZeroDivisionError: a mistake"
    else:
        with pytest.raises(ZeroDivisionError):
            spelled(adapter, task)


def test_a_pool_with_vast_padding_is_written_quickly():
    """Ceil mode drops the windows that would start in the padding: eight are left, and the last reaches one beyond."""
    vast = make_case(op="max_pool", input=[8], kernel=2, stride=1, padding=[[0, 2**31]], ceil_mode=True)
    assert pool_pads(vast) == (((0, 1),), ((0, 0),))
