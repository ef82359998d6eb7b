"""Chains and functions as people have them: pads, crops and one layer are one case, or are refused with a caret.

Beside every form that is read stands one like it with a mistake.
"""

import random

import numpy as np
import pytest
from convparity.adapters.expression import read_layer
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.cases.operations.table import operation


def conv(**fields):
    return {"op": "conv", **fields}


def transposed(**fields):
    return {"op": "conv_transpose", **fields}


def max_pool(**fields):
    return {"op": "max_pool", **fields}


def average_pool(**fields):
    return {"op": "avg_pool", **fields}


DEPTHWISE = conv(kernel=3, stride=2, padding=1, in_channels=3, out_channels=3, groups=3)
STRIDED = conv(kernel=3, stride=2, padding=[[0, 1], [0, 1]], in_channels=3, out_channels=8)

# (expression, input, shape of the weights, the case's fields)
READ = [
    # PyTorch's containers, and functions of the weights around a layer
    ("nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))", (3, 8, 9), None, STRIDED),
    ("nn.Sequential(*[nn.Conv2d(3, 8, 3)])", None, None, "*[nn"),
    (
        "nn.Sequential(OrderedDict([('pad', nn.ZeroPad2d((0, 1, 0, 1))), ('conv', nn.Conv2d(3, 8, 3, stride=2))]))",
        (3, 8, 9),
        None,
        STRIDED,
    ),
    ("nn.Sequential(OrderedDict([('pad', pad), ('conv', nn.Conv2d(3, 8, 3))]))", None, None, "pad)"),
    (
        "net = nn.Sequential()\nnet.append(nn.ZeroPad2d((0, 1, 0, 1)))\nnet.append(nn.Conv2d(3, 8, 3, stride=2))",
        (3, 8, 9),
        None,
        STRIDED,
    ),
    ("net = nn.Sequential()\nnet.append(nn.ZeroPad2d(1))", None, None, "net.append"),
    # a depthwise convolution and a pointwise one
    (
        "nn.Sequential(nn.Conv2d(3, 3, 3, 2, 1, groups=3), nn.ReLU(), nn.Conv2d(3, 8, 1), nn.ReLU())",
        (3, 8, 9),
        None,
        DEPTHWISE,
    ),
    (
        "keras.Sequential([layers.ZeroPadding2D(1), layers.DepthwiseConv2D(3, 2), layers.Conv2D(8, 1, 1, 'same')])",
        (3, 8, 9),
        None,
        DEPTHWISE,
    ),
    (
        "nn.Sequential([nn.Conv(c, (3, 3), 2, 1, feature_group_count=c), nn.Conv(8, (1, 1))])",
        (3, 8, 9),
        None,
        DEPTHWISE,
    ),
    (
        "[make_node('Conv', ['x', 'w'], ['a'], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], group=3), "
        "make_node('Conv', ['a', 'v'], ['y'], kernel_shape=[1, 1])]",
        (3, 8, 9),
        None,
        DEPTHWISE,
    ),
    ("nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 8, 1, stride=2))", None, None, "nn.Conv2d(3, 8"),
    ("nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 8, 1, padding=1))", None, None, "nn.Conv2d(3, 8"),
    ("nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 8, 2))", None, None, "nn.Conv2d(3, 8"),
    ("nn.Sequential(nn.Conv2d(3, 3, 3), nn.Conv2d(3, 8, 1))", None, None, "nn.Conv2d(3, 8"),
    ("nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 8, 1))", None, None, "nn.Conv2d(4, 8"),
    (
        "nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 8, 1), nn.Conv2d(8, 4, 1))",
        None,
        None,
        "nn.Conv2d(8, 4",
    ),
    ("nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.MaxPool2d(1))", None, None, "nn.MaxPool2d"),
    (
        "nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))",
        (3, 8, 9),
        None,
        conv(kernel=1, in_channels=3, out_channels=8),
    ),
    ("nn.Sequential(nn.Conv2d(3, 8, 1), nn.Flatten())", None, None, "nn.Flatten"),
    (
        "nn.Sequential(nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 8, 1))",
        (3, 8, 9),
        None,
        conv(kernel=1, in_channels=3, out_channels=8),
    ),
    ("nn.Sequential(nn.ZeroPad2d(1), nn.BatchNorm2d(3), nn.Conv2d(3, 8, 1))", None, None, "nn.BatchNorm2d"),
    (
        "nn.utils.weight_norm(nn.Conv1d(2, 4, 3, dilation=2))",
        (2, 9),
        None,
        conv(kernel=3, dilation=2, in_channels=2, out_channels=4),
    ),
    ("nn.utils.weight_norm(conv)", None, None, "conv)"),
    (
        "spectral_norm(nn.Conv2d(2, 4, 3), n_power_iterations=2)",
        (2, 9, 9),
        None,
        conv(kernel=3, in_channels=2, out_channels=4),
    ),
    ("spectral_norm()", None, None, "spectral_norm"),
    (
        "layers.SpectralNormalization(layers.Conv2D(4, 3))",
        (2, 9, 9),
        None,
        conv(kernel=3, padding="valid", in_channels=2, out_channels=4),
    ),
    ("nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))", None, None, "nn.Conv2d(8, 8"),
    # as PyTorch prints models
    (
        "Sequential(\n  (0): ZeroPad2d((0, 1, 0, 1))\n  (1): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2))\n"
        "  (2): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)\n)",
        (3, 8, 9),
        None,
        STRIDED,
    ),
    (
        "(pool): Sequential(\n  (pad): ConstantPad2d(padding=(0, 1, 0, 1), value=-inf)\n"
        "  (max): MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)\n)",
        (8, 9),
        None,
        max_pool(kernel=3, stride=2, padding=[[0, 1], [0, 1]]),
    ),
    ("Sequential(\n  (0): ZeroPad2d(1)\n  (1): Upsample(scale_factor=2.0, mode='nearest')\n)", None, None, "Upsample"),
    # padding that no case describes
    ("nn.Sequential(nn.ConstantPad2d(1, float('-inf')), nn.MaxPool2d(3))", (8, 9), None, max_pool(kernel=3, padding=1)),
    ("nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(3))", None, None, "nn.ZeroPad2d"),
    (
        "nn.Sequential(nn.ZeroPad2d(1), nn.AvgPool2d(3))",
        (8, 9),
        None,
        average_pool(kernel=3, padding=1, count_include_pad=True),
    ),
    ("nn.Sequential(nn.ConstantPad2d(1, 0.5), nn.AvgPool2d(3))", None, None, "nn.ConstantPad2d"),
    ("nn.Sequential(nn.ZeroPad2d(1), nn.AvgPool2d(3, padding=1, count_include_pad=False))", None, None, "nn.AvgPool2d"),
    (
        "nn.Sequential(nn.ReflectionPad2d((2, 1, 0, 1)), nn.Conv2d(1, 1, 3))",
        (8, 9),
        None,
        conv(kernel=3, padding=[[0, 1], [2, 1]], padding_mode="reflect"),
    ),
    ("nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3, padding=1))", None, None, "nn.Conv2d"),
    (
        "nn.Sequential(nn.ReflectionPad2d(1), nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3))",
        None,
        None,
        "nn.ReflectionPad2d(1), nn.Conv2d",
    ),
    (
        "nn.Sequential(nn.ReflectionPad2d((1, 1, 0, 0)), nn.ZeroPad2d((0, 0, 1, 1)), nn.Conv2d(1, 1, 3))",
        None,
        None,
        "nn.Conv2d",
    ),
    ("nn.Sequential(nn.CircularPad2d(1), nn.AvgPool2d(3))", None, None, "nn.CircularPad2d"),
    (
        "nn.Sequential(nn.ZeroPad2d((-1, 0, 0, -2)), nn.Conv2d(1, 1, 3))",
        (8, 9),
        None,
        conv(kernel=3, padding=[[0, -2], [-1, 0]]),
    ),
    ("nn.Sequential(nn.ZeroPad2d(-1), nn.ZeroPad2d(1), nn.Conv2d(1, 1, 3))", None, None, "nn.ZeroPad2d(1)"),
    ("nn.Sequential(nn.ZeroPad2d(-5), nn.Conv2d(1, 1, 1))", None, None, "nn.ZeroPad2d"),
    ("nn.Sequential(nn.ZeroPad2d((1, 2, 3)), nn.Conv2d(1, 1, 3))", None, None, "(1, 2, 3)"),
    ("nn.Sequential(nn.ZeroPad1d(1), nn.Conv2d(1, 1, 3))", None, None, "nn.ZeroPad1d"),
    ("nn.Sequential(nn.Conv2d(1, 1, 3), nn.ZeroPad2d(1))", None, None, "nn.ZeroPad2d"),
    # around a transposed convolution: (8-1)*2+3 = 17 elements, of which 16 are left
    (
        "nn.Sequential(nn.ConvTranspose2d(1, 1, 3, 2), nn.ZeroPad2d((0, -1, -1, 0)))",
        (8, 8),
        None,
        transposed(kernel=3, stride=2, padding=[[1, 0], [0, 1]]),
    ),
    ("nn.Sequential(nn.ConvTranspose2d(1, 1, 3, 2), nn.ReflectionPad2d(1))", None, None, "nn.ReflectionPad2d"),
    ("nn.Sequential(nn.ConvTranspose2d(1, 1, 3, 2, 1), nn.ZeroPad2d(1))", None, None, "nn.ZeroPad2d"),
    (
        "nn.Sequential(nn.ZeroPad1d((1, 2)), nn.ConvTranspose1d(1, 1, 3, 2))",
        (8,),
        None,
        transposed(kernel=3, stride=2, padding=[[-2, -4]]),
    ),
    ("nn.Sequential(nn.ZeroPad1d(-1), nn.ConvTranspose1d(1, 1, 3, 2))", None, None, "nn.ZeroPad1d"),
    (
        "lambda x: nn.ConvTranspose1d(1, 1, 3, 2)(x)[:, :, 1:]",
        (8,),
        None,
        transposed(kernel=3, stride=2, padding=[[1, 0]]),
    ),
    ("lambda x: nn.ConvTranspose1d(1, 1, 3, 2)(x)[:, :, ::2]", None, None, "nn.ConvTranspose1d"),
    # slices of the output: every second one from the second is a stride of 2, one element later
    ("lambda x: nn.Conv1d(1, 1, 3, padding=1)(x)[..., 1::2]", (8,), None, conv(kernel=3, stride=2, padding=[[0, 1]])),
    ("lambda x: nn.Conv1d(1, 1, 3)(x)[..., ::-1]", None, None, "-1"),
    ("lambda x: nn.Conv1d(1, 1, 3)(x)[..., n:]", None, None, "n:"),
    ("lambda x: nn.Conv1d(1, 1, 3)(x)[0]", None, None, "nn.Conv1d"),
    ("lambda x: nn.Conv1d(1, 1, 3)(x[:, :, ::2])", None, None, "x[:"),
    ("lambda x: nn.Conv1d(1, 1, 3)(x[:, 1:])", None, None, "x[:"),
    ("lambda x: nn.Conv1d(1, 1, 3)(x).flip(2)", None, None, "nn.Conv1d"),
    # PyTorch's functions
    ("F.conv2d(F.pad(x, (0, 1, 0, 1)), w, stride=2)", (3, 8, 9), (8, 3, 3, 3), STRIDED),
    ("F.conv2d(F.pad(x, (0, 1, 0)), w, stride=2)", None, (8, 3, 3, 3), "(0, 1, 0)"),
    ("x = F.pad(x, (0, 1, 0, 1)); x = F.conv2d(x, w, stride=2)", (3, 8, 9), (8, 3, 3, 3), STRIDED),
    ("x = F.pad(x, (0, 1, 0, 1)); y = F.conv2d(image, w, stride=2)", None, (8, 3, 3, 3), "x = F.pad"),
    ("x = F.pad(x, [0, 1, 0, 1])\nreturn F.relu(F.conv2d(x, w, b, 2))", (3, 8, 9), (8, 3, 3, 3), STRIDED),
    ("F.relu(x)", None, None, "F.relu"),
    (
        "F.conv2d(x, torch.randn(6, 2, 3, 5), groups=2)",
        (4, 8, 9),
        None,
        conv(kernel=[3, 5], in_channels=4, out_channels=6, groups=2),
    ),
    ("F.conv2d(x, self.weight)", None, None, "self.weight"),
    ("F.conv2d(x, w, padding=p)", None, (8, 3, 3, 3), "p)"),
    (
        "F.conv_transpose2d(x, w, stride=2, padding=1)",
        (2, 4, 5),
        (2, 3, 4, 4),
        transposed(kernel=4, stride=2, padding=1, in_channels=2, out_channels=3),
    ),
    ("F.conv_transpose2d(x, w, padding='same')", None, (2, 3, 4, 4), "'same'"),
    ("F.max_pool2d(F.relu(x), 3, 2)", (8, 9), None, max_pool(kernel=3, stride=2)),
    ("F.max_pool2d(x, 3, strides=2)", None, None, "strides"),
    (
        "F.avg_pool2d(x, 3, count_include_pad=False, padding=1)",
        (8, 9),
        None,
        average_pool(kernel=3, padding=1, count_include_pad=False),
    ),
    # Averages times a number: sums of 4 taps over 4 / (4 / 3) = 3, over 1, over 8.
    ("lambda x: nn.AvgPool2d(2)(x) * 4 / 3", (8, 9), None, average_pool(kernel=2, divisor_override=3)),
    ("4 * F.avg_pool2d(x, 2)", (8, 9), None, average_pool(kernel=2, divisor_override=1)),
    ("F.avg_pool2d(x, 2, divisor_override=4) / 2", (8, 9), None, average_pool(kernel=2, divisor_override=8)),
    ("F.avg_pool1d(F.pad(x, (1, 0)), 2) * 2", (9,), None, average_pool(kernel=2, padding=[[1, 0]], divisor_override=1)),
    (
        "[helper.make_node('AveragePool', ['x'], ['m'], kernel_shape=[2]), "
        "helper.make_node('Constant', [], ['k'], value_float=2.0), helper.make_node('Mul', ['m', 'k'], ['y'])]",
        (9,),
        None,
        average_pool(kernel=2, stride=1, divisor_override=1),
    ),
    ("F.avg_pool2d(x, 2) * 3", None, None, "F.avg_pool2d(x, 2) * 3"),  # over 4 / 3
    ("F.avg_pool2d(x, 2, padding=1, count_include_pad=False) * 4", None, None, "F.avg_pool2d"),
    ("F.avg_pool2d(x, 2, ceil_mode=True) * 4", None, None, "F.avg_pool2d"),
    ("F.max_pool2d(x, 2) * 4", None, None, "F.max_pool2d"),
    ("F.avg_pool2d(x * 4, 2)", None, None, "x * 4"),
    ("F.relu(F.avg_pool2d(x, 2)) * 4", None, None, "F.relu(F.avg_pool2d(x, 2)) * 4"),
    ("F.avg_pool2d(x, 2) / y", None, None, "F.avg_pool2d"),
    (
        "nn.Sequential([lambda x: jnp.pad(x, ((0, 0), (2, 1), (0, 0)), mode='symmetric'), "
        "nn.Conv(1, (3,), padding='VALID')])",
        (9,),
        None,
        conv(kernel=3, padding=[[2, 1]], padding_mode="symmetric"),
    ),
    ("F.pad(x, (1, 1), mode='symmetric')", None, None, "'symmetric'"),
    ("F.conv1d(F.pad(x, (1, 1, 1, 1)), w)", None, (1, 1, 3), "F.pad"),
    ("F.conv1d(F.padd(x, (1, 1)), w)", None, (1, 1, 3), "F.padd"),
    # TensorFlow's
    (
        "tf.nn.conv2d(x, filters, strides=2, padding='SAME')",
        (3, 8, 9),
        (3, 3, 3, 8),
        conv(kernel=3, stride=2, padding="same", in_channels=3, out_channels=8),
    ),
    ("tf.nn.conv2d(x, filters, strides=2, padding='same')", None, (3, 3, 3, 8), "'same'"),
    ("tf.nn.conv2d(x, w, [1, 2, 2, 1], [[0, 0], [0, 1], [0, 1], [0, 0]])", (3, 8, 9), (3, 3, 3, 8), STRIDED),
    ("tf.nn.conv2d(x, w, [2, 2, 2, 1], 'SAME')", None, (3, 3, 3, 8), "[2, 2"),
    ("tf.nn.conv2d(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]), w, 2, 'VALID')", (3, 8, 9), (3, 3, 3, 8), STRIDED),
    ("tf.nn.conv2d(tf.pad(x, [[0, 0], [0, 0], [0, 1], [0, 1]]), w, 2, 'VALID')", None, (3, 3, 3, 8), "tf.pad"),
    (
        "tf.nn.conv2d(x, w, [1, 1, 2, 2], 'VALID', data_format='NCHW')",
        (3, 8, 9),
        (3, 3, 3, 8),
        conv(kernel=3, stride=2, padding="valid", in_channels=3, out_channels=8),
    ),
    ("tf.nn.conv2d(x, w, 2, 'VALID', data_format='HWCN')", None, (3, 3, 3, 8), "'HWCN'"),
    ("tf.nn.conv2d(x, w, 2, 'VALID', data_format=fmt)", None, (3, 3, 3, 8), "fmt"),
    (
        "tf.nn.conv2d(x, w, 1, 'VALID')",
        (4, 8, 9),
        (3, 3, 2, 6),
        conv(kernel=3, padding="valid", in_channels=4, out_channels=6, groups=2),
    ),
    (
        "tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], 'SAME')",
        (3, 8, 9),
        (3, 3, 3, 2),
        conv(kernel=3, stride=2, padding="same", in_channels=3, out_channels=6, groups=3),
    ),
    ("tf.nn.depthwise_conv2d(x, w, 2, 'SAME')", None, (3, 3, 3, 2), "2, 'SAME'"),
    # 'SAME' back from 16 pads (0,1): the crop of 3 + 7*2 - 16 = 1 element is the last
    (
        "tf.nn.conv2d_transpose(x, w, [1, 16, 16, 4], 2, 'SAME')",
        (2, 8, 8),
        (3, 3, 4, 2),
        transposed(kernel=3, stride=2, padding=[[0, 1], [0, 1]], in_channels=2, out_channels=4),
    ),
    ("tf.nn.conv2d_transpose(x, w, [1, 18, 16, 4], 2, 'SAME')", None, (3, 3, 4, 2), "[1, 18"),
    (
        "tf.nn.max_pool2d(x, [1, 3, 3, 1], [1, 2, 2, 1], 'SAME')",
        (8, 9),
        None,
        max_pool(kernel=3, stride=2, padding="same"),
    ),
    ("tf.nn.max_pool2d(x, 3, 2)", None, None, ")"),
    ("tf.nn.avg_pool2d(x, 3, 2, 'SAME')", (8, 9), None, average_pool(kernel=3, stride=2, padding="same")),
    ("tf.nn.separable_conv2d(x, d, p, 1, 'SAME')", None, None, "tf.nn.separable_conv2d"),
    # Keras'
    (
        "keras.Sequential([Input((8, 9, 3)), layers.ZeroPadding2D(((0, 1), (0, 1))), layers.Conv2D(8, 3, 2)])",
        (3, 8, 9),
        None,
        STRIDED,
    ),
    ("keras.Sequential([layers.ZeroPadding2D(((0, 1), (0, 1), (0, 1))), layers.Conv2D(8, 3, 2)])", None, None, "((0"),
    (
        "tf.keras.Sequential([layers.InputLayer((8, 9, 3)), layers.Cropping2D(1), layers.Conv2D(8, 3)])",
        (3, 8, 9),
        None,
        conv(kernel=3, padding=-1, in_channels=3, out_channels=8),
    ),
    ("tf.keras.Sequential([layers.Cropping2D('all'), layers.Conv2D(8, 3)])", None, None, "'all'"),
    (
        "keras.Sequential([layers.Conv2D(8, 3), layers.Activation('relu')])",
        (3, 8, 9),
        None,
        conv(kernel=3, padding="valid", in_channels=3, out_channels=8),
    ),
    ("keras.Sequential([layers.Conv2D(8, 3), layers.UpSampling2D()])", None, None, "layers.UpSampling2D"),
    (
        "layers.Conv2D(8, 3)(layers.ZeroPadding2D(1)(x))",
        (3, 8, 9),
        None,
        conv(kernel=3, padding=1, in_channels=3, out_channels=8),
    ),
    ("layers.Conv2D(8, 3)(layers.ZeroPadding2d(1)(x))", None, None, "layers.ZeroPadding2d"),
    (
        "layers.Conv2D(8, 3, data_format='channels_first')",
        (3, 8, 9),
        None,
        conv(kernel=3, padding="valid", in_channels=3, out_channels=8),
    ),
    ("layers.Conv2D(8, 3, data_format='NCHW')", None, None, "'NCHW'"),
    (
        "keras.ops.conv(x, kernel, strides=2, padding='same')",
        (3, 8, 9),
        (3, 3, 3, 8),
        conv(kernel=3, stride=2, padding="same", in_channels=3, out_channels=8),
    ),
    ("keras.ops.conv(x, kernel, padding=1)", None, (3, 3, 3, 8), "1)"),
    ("keras.ops.conv(x, kernel)", None, (3, 3, 2, 8), "kernel)"),
    (
        "keras.ops.depthwise_conv(x, kernel)",
        (3, 8, 9),
        (3, 3, 3, 2),
        conv(kernel=3, padding="valid", in_channels=3, out_channels=6, groups=3),
    ),
    (
        "keras.ops.conv_transpose(x, kernel, 2, 'same')",
        (2, 8, 9),
        (3, 3, 4, 2),
        transposed(kernel=3, stride=2, padding="same", in_channels=2, out_channels=4),
    ),
    (
        "keras.ops.max_pool(x, 3, 2, 'same')",
        (3, 8, 9),
        None,
        max_pool(kernel=3, stride=2, padding="same", in_channels=3),
    ),
    ("keras.ops.max_pool(x, 3, 2, 'SOME')", None, None, "'SOME'"),
    # Flax's and JAX's
    (
        "nn.Sequential([lambda x: jnp.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0))), nn.Conv(8, (3, 3), 2, 'VALID')])",
        (3, 8, 9),
        None,
        STRIDED,
    ),
    (
        "nn.Sequential([lambda x: jnp.pad(x, ((0, 1), (0, 1), (0, 0))), nn.Conv(8, (3, 3), 2, 'VALID')])",
        None,
        None,
        "jnp.pad",
    ),
    ("nn.Sequential([lambda x: jnp.pad(x, 1), nn.Conv(8, (3, 3), 2, 'VALID')])", None, None, "1)"),
    (
        "nnx.Sequential(nnx.Conv(3, 8, (3, 3), rngs=rngs), nnx.BatchNorm(8, rngs=rngs), nnx.relu)",
        (3, 8, 9),
        None,
        conv(kernel=3, padding="same", in_channels=3, out_channels=8),
    ),
    ("nnx.Sequential(nnx.Conv(3, 8, (3, 3), rngs=rngs), nnx.Linear(8, 8))", None, None, "nnx.Linear"),
    ("lax.conv_general_dilated(x, w, (2, 2), [(0, 1), (0, 1)])", (3, 8, 9), (8, 3, 3, 3), STRIDED),
    ("lax.conv_general_dilated(x, w, 2, [(0, 1), (0, 1)])", None, (8, 3, 3, 3), "2,"),
    (
        "jax.lax.conv_general_dilated(x, w, (2, 2), 'SAME', dimension_numbers=('NHWC', 'HWIO', 'NHWC'), "
        "feature_group_count=2)",
        (4, 8, 9),
        (3, 3, 2, 6),
        conv(kernel=3, stride=2, padding="same", in_channels=4, out_channels=6, groups=2),
    ),
    (
        "lax.conv_general_dilated(x, w, (2, 2), 'SAME', feature_group_count=g)",
        (3, 8, 9),
        (8, 3, 3, 3),
        conv(kernel=3, stride=2, padding="same", in_channels=3, out_channels=8),
    ),
    ("lax.conv_general_dilated(x, w, (2, 2), 'SAME', dimension_numbers=dn)", None, (8, 3, 3, 3), "dn"),
    (
        "lax.conv_general_dilated(x, w, (2, 2), 'SAME', dimension_numbers=('HWNC', 'HWIO', 'HWNC'))",
        None,
        (3, 3, 3, 8),
        "('HWNC'",
    ),
    # the stretched input has (4-1)*2+1 = 7 elements; padded by 2 and 2, of 9 outputs e-1-2 = 0 are cropped
    (
        "lax.conv_general_dilated(x, w, (1,), [(2, 2)], lhs_dilation=(2,))",
        (1, 4),
        (1, 1, 3),
        transposed(kernel=3, stride=2, padding=0),
    ),
    ("lax.conv_general_dilated(x, w, (2,), [(2, 2)], lhs_dilation=(2,))", None, (1, 1, 3), "(2,)"),
    ("lax.conv_general_dilated(x, w, (1,), 'SAME', lhs_dilation=(2,))", None, (1, 1, 3), "'SAME'"),
    (
        "lax.conv_transpose(x, w, (2, 2), 'SAME')",
        (2, 8, 9),
        (3, 3, 2, 4),
        transposed(kernel=3, stride=2, padding="same", in_channels=2, out_channels=4),
    ),
    ("lax.conv_transpose(x, w, (2, 2), 'SAME_LOWER')", None, (3, 3, 2, 4), "'SAME_LOWER'"),
    (
        "lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), 'SAME')",
        (8, 9),
        None,
        max_pool(kernel=3, stride=2, padding="same"),
    ),
    ("lax.reduce_window(x, 0.0, lax.add, (1, 3, 3, 1), (1, 2, 2, 1), 'SAME')", None, None, "0.0"),
    ("lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 2), (1, 2, 2, 1), 'SAME')", None, None, "(1, 3"),
    # Gluon's
    (
        "net = nn.HybridSequential(); net.add(nn.Conv2D(8, 3, 2), nn.BatchNorm(), nn.Activation('relu'))",
        (3, 8, 9),
        None,
        conv(kernel=3, stride=2, in_channels=3, out_channels=8),
    ),
    ("net = nn.HybridSequential(); net.add(nn.Flatten(), nn.Conv2D(8, 3))", None, None, "nn.Flatten"),
    # ONNX nodes, in order, from tensor to tensor
    (
        "[helper.make_node('Constant', [], ['p'], value_ints=[0, 0, 0, 0, 0, 0, 1, 1]), helper.make_node('Pad', "
        "['x', 'p'], ['a']), helper.make_node('Conv', ['a', 'w', 'b'], ['y'], strides=[2, 2])]",
        (3, 8, 9),
        (8, 3, 3, 3),
        STRIDED,
    ),
    (
        "[helper.make_node('Pad', ['x', 'p'], ['a']), helper.make_node('MaxPool', ['a'], ['y'], kernel_shape=[3])]",
        None,
        None,
        "helper.make_node('Pad'",
    ),
    (
        "[helper.make_node('Conv', ['x', 'w'], ['a'], kernel_shape=[3]), helper.make_node('Relu', ['a'], ['y'])]",
        (1, 9),
        None,
        conv(kernel=3),
    ),
    (
        "[helper.make_node('Conv', ['x', 'w'], ['a'], kernel_shape=[3]), helper.make_node('Resize', ['a'], ['y'])]",
        None,
        None,
        "'Resize'",
    ),
    (
        "helper.make_node('Conv', ['x', 'w'], ['y'])",
        (3, 8, 9),
        (8, 3, 3, 3),
        conv(kernel=3, in_channels=3, out_channels=8),
    ),
    ("helper.make_node('Conv', ['x', 'w'], ['y'])", None, None, ")"),
    ("helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[5, 5])", None, (8, 3, 3, 3), "[5, 5]"),
    (
        "[helper.make_node('Constant', [], ['p'], value_ints=[0, 0, 1, 0, 0, 1]), helper.make_node('Pad', ['x', 'p'], "
        "['a']), helper.make_node('MaxPool', ['x'], ['y'], kernel_shape=[3])]",
        None,
        None,
        "helper.make_node('Pad'",
    ),
    # channels last in Gluon
    (
        "net = nn.Sequential(); net.add(nn.Conv1D(1, 3), nn.Lambda(lambda x: x[:, :, 1:]))",
        (1, 9),
        None,
        conv(kernel=3, padding=[[-1, 0]]),
    ),
    (
        "net = nn.Sequential(); net.add(nn.Conv2D(1, 3, layout='NHWC'), nn.Lambda(lambda x: x[:, :, :, 1:]))",
        None,
        None,
        "x[:, :, :, 1:]",
    ),
]
FORMS = [row for row in READ if row[1]]
MALFORMED = [row for row in READ if not row[1]]


@pytest.mark.parametrize(("text", "input", "weights", "fields"), FORMS, ids=[row[0][:60] for row in FORMS])
def test_each_form_that_people_write_is_read(text, input, weights, fields):
    case, _ = read_layer(text, input, weights)
    rank = len(input) - 1 if "in_channels" in fields else case.rank
    due = make_case(**{"input": input[-rank:], "padding": 0, **fields})
    assert case.key == due.key


@pytest.mark.parametrize(
    ("text", "weights", "said"),
    [
        ("F.conv2d(self.stem(x), w)", (8, 3, 3, 3), "self.stem(x) is taken as the input."),
        (
            "nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.SiLU())",
            None,
            "BatchNorm2d and SiLU are left aside.",
        ),
        ("layers.SeparableConv2D(filters, 3)", None, "the pointwise 1x1 convolution after it is left aside."),
        (
            "nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.BatchNorm2d(3), nn.Conv2d(3, 8, 1), nn.ReLU6())",
            None,
            "This is the depthwise convolution; the pointwise 1x1 convolution after it is left aside.",
        ),
        ("weight_norm(nn.Conv2d(3, 8, 3))", None, "weight_norm changes the weights, and moves no window."),
        ("layers.Conv2D(8, 3, data_format='channels_first')", None, "TensorFlow on a CPU raises an error for channels"),
        ("tf.nn.conv2d(x, w, 1, 'SAME', data_format='NCHW')", (3, 3, 3, 8), "TensorFlow on a CPU raises an error for"),
        ("nn.Conv(features=8, kernel_size=3)", None, "slides along the width only, and the 8 rows are a batch"),
        (
            "nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3, padding='same'))",
            None,
            "The padding is worked out for this input size",
        ),
    ],
)
def test_an_aside_names_each_influence_that_is_no_part_of_the_case(text, weights, said):
    _, asides = read_layer(text, (3, 8, 9), weights)
    assert any(said in aside for aside in asides)


def test_a_kernel_of_one_number_takes_an_image_row_by_row():
    """linen's Conv of kernel_size 3 has one axis: of an image (C, H, W), each of the H rows is an example."""
    case, _ = read_layer("nn.Conv(features=8, kernel_size=3)", (3, 224, 225))
    assert (case.rank, case.input, case.batch, case.in_channels, case.out_channels) == (1, (225,), 224, 3, 8)


def refused_at_last(text, weights):
    """Read a text on inputs of several ranks, and raise the first error that is not about the input."""
    for input in ((3, 8, 9), (1, 8, 9), (1, 9), (2, 8, 8), (1, 4)):
        try:
            read_layer(text, input, weights)
        except InputError as error:
            if "wrong number of sizes" not in str(error) and "does not fit" not in str(error):
                raise


@pytest.mark.parametrize(("text", "_", "weights", "pointed"), MALFORMED, ids=[row[0][:60] for row in MALFORMED])
def test_the_malformed_form_beside_it_is_refused_with_a_caret(text, _, weights, pointed):
    with pytest.raises(InputError) as caught:
        refused_at_last(text, weights)
    (problem,) = caught.value.problems
    lines = problem.split("\n")
    assert len(lines) == 3, problem
    assert lines[1][lines[2].index("^") :].startswith(pointed), problem


def windows(x, kernel, stride, dilation, outputs):
    """Each output's taps (output, kernel) of a padded x, which is long enough."""
    return np.array([[x[o * stride + t * dilation] for t in range(kernel)] for o in range(outputs)])


def convolved(x, w, stride, dilation):
    outputs = (len(x) - dilation * (len(w) - 1) - 1) // stride + 1
    return windows(x, len(w), stride, dilation, outputs) @ w


def stretched(x, w, stride, cut, more):
    """A transposed convolution: each element is written through every tap, then both ends are cropped."""
    whole = np.zeros((len(x) - 1) * stride + len(w) + more)
    for i, element in enumerate(x):
        whole[i * stride : i * stride + len(w)] += element * w
    return whole[cut : len(whole) - cut]


def pooled(x, kernel, stride, pad, ceil, counted, largest):
    """A pool by PyTorch's rules: ceil mode drops a window that starts in the far padding, and counts no overhang."""
    n = len(x)
    count = (n + 2 * pad - kernel + (stride - 1 if ceil else 0)) // stride + 1
    if ceil and (count - 1) * stride >= n + pad:
        count -= 1
    made = []
    for o in range(count):
        start = o * stride - pad
        inside = x[max(start, 0) : min(start + kernel, n)]
        share = min(start + kernel, n + pad) - start if counted else len(inside)
        made.append(max(inside) if largest else sum(inside) / share)
    return np.array(made)


def padded(x, before, after, **how):
    """A padded and cropped axis."""
    x = np.pad(x, (max(before, 0), max(after, 0)), **how)
    return x[max(-before, 0) : len(x) - max(-after, 0)]


def random_pad(chance, kinds):
    before, after = chance.choice([-2, -1, 0, 0, 1, 2]), chance.choice([-2, -1, 0, 0, 1, 2])
    kind = chance.choice(kinds)
    if kind == "lowest":
        how = {"constant_values": -np.inf}
        return f"nn.ConstantPad1d(({before}, {after}), float('-inf'))", lambda x: padded(x, before, after, **how)
    if kind == "ZeroPad":
        return f"nn.ZeroPad1d(({before}, {after}))", lambda x: padded(x, before, after)
    before, after = max(before, 0), max(after, 0)
    mode = {"ReflectionPad": "reflect", "ReplicationPad": "edge", "CircularPad": "wrap"}[kind]
    return f"nn.{kind}1d(({before}, {after}))", lambda x: padded(x, before, after, mode=mode)


def random_layer(chance, op, w):
    k, s, p, d = len(w), chance.randint(1, 3), chance.randint(0, 2), chance.randint(1, 2)
    if op == "conv":
        text = f"nn.Conv1d(1, 1, {k}, {s}, {p}, {d})"
        return text, lambda x: convolved(padded(x, p, p), w, s, d)
    if op == "conv_transpose":
        more = chance.randint(0, s - 1)
        return f"nn.ConvTranspose1d(1, 1, {k}, {s}, {p}, {more})", lambda x: stretched(x, w, s, p, more)
    p, ceil, counted = min(p, k // 2), chance.random() < 0.3, chance.random() < 0.5
    if op == "max_pool":
        text = f"nn.MaxPool1d({k}, {s}, {p}, ceil_mode={ceil})"
        return text, lambda x: pooled(x, k, s, p, ceil, True, True)
    text = f"nn.AvgPool1d({k}, {s}, {p}, {ceil}, {counted})"
    return text, lambda x: pooled(x, k, s, p, ceil, counted, False)


KINDS = {
    "conv": ["ZeroPad", "ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"],
    "conv_transpose": ["ZeroPad"],
    "max_pool": ["lowest"],
    "avg_pool": ["ZeroPad"],
}


@pytest.mark.parametrize("op", KINDS)
def test_a_folded_chain_computes_what_its_steps_compute_one_by_one(op):
    """Random chains, step by step in NumPy, against the reference's values of the case that they are read as."""
    chance, read, refused = random.Random(7), 0, 0
    for _ in range(800):
        n = chance.randint(4, 11)
        x = np.array([chance.randint(1, 9) for _ in range(n)], float)
        w = np.array([chance.randint(1, 9) for _ in range(chance.randint(1, 4))], float)
        ahead = [random_pad(chance, KINDS[op]) for _ in range(chance.choice([0, 1, 1, 2]))]
        behind = [random_pad(chance, ["ZeroPad"]) for _ in range(chance.choice([0, 0, 1]))]
        chain = [*ahead, random_layer(chance, op, w), *behind]
        text = f"nn.Sequential({', '.join(text for text, _ in chain)})"
        start, stop, step = chance.choice([(None, None, None), (None, None, 2), (1, None, None), (1, -1, 3)])
        if (start, stop, step) != (None, None, None):
            text = f"({text})(x)[..., {start or ''}:{stop or ''}:{step or ''}]"
        due = x
        try:
            for _, function in chain:
                due = function(due)
                assert len(due) > 0
        except (AssertionError, ValueError, IndexError, ZeroDivisionError):
            continue  # the framework would raise
        due = due[start:stop:step]
        if not len(due) or not np.isfinite(due).all():
            continue  # a window of padding alone
        try:
            case, _ = read_layer(text, (1, 1, n))
        except InputError:
            refused += 1
            continue
        if isinstance(axes(case), Invalid):
            assert "nothing but padding" in axes(case).reason, (text, n)
            continue
        got = operation(case.op).evaluate(case, axes(case), x[None, None], None if case.pools else w[None, None])
        assert got.shape == (1, 1, *due.shape), (text, n)
        np.testing.assert_allclose(got[0, 0], due, rtol=1e-12, err_msg=f"{text} on {n}")
        read += 1
    assert read > 150
    assert refused > 20
