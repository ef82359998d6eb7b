"""The lines to write for layers without a window. The defaults are those of the frameworks' documentation.

Batch norm: Keras has epsilon 1e-3 and momentum 0.99, PyTorch eps 1e-5 and momentum 0.1, the weight of the new
statistics. The slope of a leaky ReLU is 0.3 in Keras' layer and 0.01 in PyTorch. Flax' GELU is the tanh form.
"""

import pytest
from convparity.cases.errors import InputError
from convparity.report.preflight.no_window.answers import answers
from convparity.report.preflight.no_window.settings import described

IMAGE = (64, 32, 32)


def code(line, input, *adapters):
    """Return the lines of code in an answer."""
    return [text.strip() for text in answers(line, input, adapters) if text.startswith("    ")]


@pytest.mark.parametrize(
    ("line", "input", "adapter", "lines"),
    [
        (
            "layers.BatchNormalization()",
            IMAGE,
            "torch",
            ["nn.BatchNorm2d(64, eps=0.001, momentum=0.01)", "nn.BatchNorm2d(64)"],
        ),
        (
            "x = layers.BatchNormalization(axis=-1, momentum=0.9)(x)",
            (1, 8, 5, 5, 5),
            "torch",
            ["nn.BatchNorm3d(8, eps=0.001)", "nn.BatchNorm3d(8)"],
        ),
        (
            "nn.BatchNorm2d(64)",
            IMAGE,
            "keras-jax",
            ["layers.BatchNormalization(epsilon=1e-05, momentum=0.9)", "layers.BatchNormalization()"],
        ),
        ("layers.BatchNormalization(-1, 0.9, 1e-5)", (8, 16), "torch", ["nn.BatchNorm1d(8)"]),
        ("tf.keras.layers.LeakyReLU()", IMAGE, "torch", ["nn.LeakyReLU(0.3)"]),
        ("layers.ELU(alpha=1.0)", IMAGE, "torch", ["nn.ELU()"]),
        ("nn.LeakyReLU(0.2)", IMAGE, "tensorflow", ["layers.LeakyReLU(negative_slope=0.2)"]),
        ("layers.Activation('relu', name='act')", IMAGE, "torch", ["nn.ReLU()"]),
        ("Activation('swish')", IMAGE, "torch", ["nn.SiLU()"]),
        ("layers.Activation(tf.nn.relu6)", IMAGE, "torch", ["nn.ReLU6()"]),
        ("layers.Activation('leaky_relu')", IMAGE, "torch", ["nn.LeakyReLU(0.2)"]),
        ("layers.Activation(activation=keras.activations.gelu)", IMAGE, "torch", ["nn.GELU()"]),
        ("nn.Activation('relu')", IMAGE, "torch", ["nn.ReLU()"]),
        ("F.leaky_relu(x, 0.1)", IMAGE, "tensorflow", ["layers.LeakyReLU(negative_slope=0.1)"]),
        ("F.gelu(x, approximate='tanh')", IMAGE, "flax", ["nn.gelu"]),
        ("nn.gelu(x)", IMAGE, "torch", ["nn.GELU('tanh')"]),
        ("tf.nn.relu6(x)", IMAGE, "torch", ["nn.ReLU6()"]),
        ("gluon.nn.BatchNorm()", IMAGE, "torch", ["nn.BatchNorm2d(64)"]),
        (
            "nn.BatchNorm(use_running_average=True)",
            IMAGE,
            "torch",
            ["nn.BatchNorm2d(64, momentum=0.01)", "nn.BatchNorm2d(64)"],
        ),
        (
            "BatchNorm2d(64, eps=1e-3)",
            IMAGE,
            "keras-jax",
            ["layers.BatchNormalization(momentum=0.9)", "layers.BatchNormalization()"],
        ),
        ("nn.GELU()", IMAGE, "flax", ["lambda x: nn.gelu(x, approximate=False)"]),
        (
            "nn.GELU(approximate='tanh')",
            IMAGE,
            "onnxruntime",
            ["helper.make_node('Gelu', ['x'], ['y'], approximate='tanh')"],
        ),
    ],
)
def test_the_line_to_write_has_the_settings_that_are_no_defaults_there(line, input, adapter, lines):
    assert code(line, input, adapter) == lines


def test_a_batch_norm_that_may_be_of_two_frameworks_is_not_guessed():
    with pytest.raises(InputError, match=r"nn.BatchNorm: may be Flax's or Gluon's, .* write linen.BatchNorm or gluon"):
        answers("nn.BatchNorm(momentum=0.9)", IMAGE, ["torch"])


def test_the_defaults_that_differ_are_named():
    text = "\n".join(answers("layers.BatchNormalization()", IMAGE, ["torch"]))
    assert "Its epsilon is 1e-05 by default, where the line means 0.001." in text
    assert (
        "Its momentum is 0.1 by default, where the line means 0.01; here it is the weight of the new statistics."
        in text
    )


def test_each_framework_has_one_answer():
    lines = answers("nn.ReLU()", IMAGE, ["tensorflow", "keras-torch", "keras-jax", "mxnet"])
    assert [line for line in lines if line.startswith("In ")] == ["In Keras, write", "In MXNet, write"]


def test_an_activation_that_a_framework_lacks_is_named():
    assert answers("nn.Hardswish()", IMAGE, ["mxnet"]) == [
        "MXNet has no activation hard_swish; write it as a function."
    ]


@pytest.mark.parametrize(
    "line",
    [
        "nn.Conv2d(3, 8, 3)",
        "layers.LSTM(10)",
        "layers.Embedding(9, 3)",
        "nn.ReLU",
        "relu(x)",
        "a = 1; b = 2",
        "(",
        "nn.GELU(form)",
        "layers.Activation('linear')",
        "layers.Activation(attention)",
        "layers.Activation()",
        "F.relu()",
        "x" * 9,
    ],
)
def test_a_line_of_another_kind_has_no_answer(line):
    assert answers(line, IMAGE, ["torch"]) is None


def test_a_setting_that_is_a_name_is_refused():
    with pytest.raises(InputError, match="momentum: m is not a number, and nothing is evaluated"):
        answers("layers.BatchNormalization(momentum=m)", IMAGE, ["torch"])


def test_without_adapters_every_other_framework_answers():
    text = answers("layers.Dropout(0.5)", IMAGE)
    assert [line for line in text if line.startswith("In ")] == [
        "In PyTorch, write",
        "In Flax, write",
        "In MXNet, write",
    ]
    assert "ONNX Runtime has no line that gives the same numbers." in text


@pytest.mark.parametrize(
    ("line", "input", "adapter", "lines", "reason"),
    [
        ("Dense(10, activation='relu')", (128,), "torch", ["nn.Linear(128, 10)"], "comes after it: nn.ReLU()."),
        ("nn.Linear(128, 10, bias=False)", (128,), "keras-jax", ["layers.Dense(10, use_bias=False)"], "transpose it."),
        ("nn.Dense(7)", (64,), "torch", ["nn.Linear(64, 7)"], "Flax keeps the kernel as (in, out)"),
        ("layers.Flatten()", (64, 1, 1), "torch", ["nn.Flatten()"], "This is the same layer."),
        (
            "layers.Flatten()",
            (64, 7, 7),
            "torch",
            ["x.permute(0, 2, 3, 1).flatten(1)", "nn.Flatten()"],
            "Keras flattens an image with its channels last",
        ),
        (
            "layers.LayerNormalization()",
            (64, 7, 7),
            "torch",
            ["nn.LayerNorm(64, eps=0.001)", "nn.LayerNorm(64)"],
            "move the channels there before it, with x.permute(0, 2, 3, 1).",
        ),
        ("nn.GroupNorm(8, 64)", IMAGE, "flax", ["nn.GroupNorm(8, epsilon=1e-05)"], "Its epsilon is 1e-06 by default"),
        (
            "tf.image.resize(x, (9, 9), 'nearest')",
            IMAGE,
            "torch",
            ["F.interpolate(x, (9, 9), mode='nearest-exact')", "F.interpolate(x, (9, 9))"],
            "floor((i + 0.5) * scale)",
        ),
        (
            "layers.UpSampling2D(2, interpolation='bilinear')",
            IMAGE,
            "torch",
            ["nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False)"],
            "align_corners=False, which is the default",
        ),
        ("layers.ZeroPadding2D(((0, 1), (2, 3)))", IMAGE, "torch", ["nn.ZeroPad2d((2, 3, 0, 1))"], "left, right, top"),
        (
            "nn.ConstantPad1d((1, 2), 3.5)",
            (8, 9),
            "flax",
            ["jnp.pad(x, ((0, 0), (1, 2), (0, 0)), constant_values=3.5)"],
            "",
        ),
        ("F.interpolate(x, (9, 9), mode='bicubic')", IMAGE, "tensorflow", [], "on PyTorch a is -0.75."),
        ("layers.SpatialDropout2D(0.2)", IMAGE, "torch", ["nn.Dropout2d(0.2)"], "in training only"),
        (
            "nn.LayerNorm([64, 32, 32])",
            IMAGE,
            "tensorflow",
            ["layers.LayerNormalization(axis=[1, 2, 3], epsilon=1e-05)"],
            "PyTorch keeps its weights with the channels first, and Keras with the channels last: transpose them.",
        ),
        (
            "layers.Softmax()",
            IMAGE,
            "torch",
            ["nn.Softmax(dim=1)", "nn.Softmax(dim=-1)"],
            "the last axis, -1, in Keras, and axis 1 in PyTorch",
        ),
        ("Activation('softmax')", (10,), "torch", ["nn.Softmax(dim=1)"], "CrossEntropyLoss applies log_softmax"),
        ("layers.Activation(activation=tf.nn.log_softmax)", (10,), "torch", ["nn.LogSoftmax(dim=1)"], "same layer"),
        ("nn.Softmax(dim=1)", IMAGE, "keras-jax", ["layers.Softmax()", "layers.Softmax(axis=1)"], "over the channels"),
        ("nn.Softmax(1)", (10,), "keras-jax", ["layers.Softmax()"], "This is the same layer."),
        ("nn.LogSoftmax(-1)", IMAGE, "keras-jax", ["keras.ops.log_softmax(x, axis=2)"], "along a spatial axis: 3"),
        ("nn.Softmax()", (8, 9), "keras-jax", ["layers.Softmax(axis=0)"], "along axis 0, the batch"),
        (
            "Dense(10, activation='softmax')",
            (128,),
            "torch",
            ["nn.Linear(128, 10)"],
            "comes after it: nn.Softmax(dim=-1).",
        ),
        ("layers.PReLU()", IMAGE, "torch", [], "where the line has a slope for each element."),
        ("layers.PReLU()", (64,), "torch", ["nn.PReLU(64, init=0.0)", "nn.PReLU()"], "start at 0.25 by default"),
        (
            "layers.PReLU(shared_axes=[1, 2], alpha_initializer=keras.initializers.Constant(0.25))",
            IMAGE,
            "torch",
            ["nn.PReLU(64)", "nn.PReLU()"],
            "Keras keeps the slopes as (1, 1, 64) and PyTorch as (64,): reshape them.",
        ),
        ("PReLU('ones', None, None, [1, 2, 3])", IMAGE, "torch", ["nn.PReLU(init=1.0)", "nn.PReLU()"], "start at 1."),
        (
            "nn.PReLU(64)",
            IMAGE,
            "keras-jax",
            [
                "layers.PReLU(shared_axes=[1, 2], alpha_initializer=keras.initializers.Constant(0.25))",
                "layers.PReLU()",
            ],
            "Keras' PReLU has a slope for each element without shared_axes",
        ),
        ("nn.PReLU(64)", IMAGE, "flax", [], "Flax' PReLU has one slope for all elements"),
        ("nn.PReLU(negative_slope_init=0.3)", IMAGE, "torch", ["nn.PReLU(init=0.3)", "nn.PReLU()"], "start at 0.3"),
        ("nn.PReLU(64)", IMAGE, "onnxruntime", ["helper.make_node('PRelu', ['x', 'slope'], ['y'])"], "(64, 1, 1)"),
        (
            "nn.InstanceNorm2d(64)",
            IMAGE,
            "keras-jax",
            [
                "layers.GroupNormalization(groups=-1, epsilon=1e-05, center=False, scale=False)",
                "layers.GroupNormalization(groups=-1)",
            ],
            "It trains a scale and an offset by default",
        ),
        (
            "layers.GroupNormalization(groups=-1)",
            IMAGE,
            "torch",
            ["nn.InstanceNorm2d(64, eps=0.001, affine=True)", "nn.InstanceNorm2d(64)"],
            "It has no weight and no bias without affine=True",
        ),
        ("layers.GroupNormalization(-1, scale=False)", (8, 9), "torch", None, "where the line has the bias only."),
        (
            "nn.PixelShuffle(2)",
            IMAGE,
            "keras-jax",
            [
                "keras.ops.depth_to_space(keras.ops.take(x, np.arange(64).reshape(-1, 4).T.ravel(), axis=-1), 2)",
                "keras.ops.depth_to_space(x, 2)",
            ],
            "the shapes are the same, and the pixels are others.",
        ),
        (
            "tf.nn.space_to_depth(x, 2)",
            (1, *IMAGE),
            "torch",
            ["F.pixel_unshuffle(x, 2).unflatten(1, (-1, 4)).transpose(1, 2).flatten(1, 2)", "nn.PixelUnshuffle(2)"],
            "The line reorders the channels after it.",
        ),
        (
            "nn.PixelShuffle(2)",
            IMAGE,
            "onnxruntime",
            ["helper.make_node('DepthToSpace', ['x'], ['y'], blocksize=2, mode='CRD')"],
            "the default is DCR.",
        ),
        (
            "tf.nn.local_response_normalization(x, 2, 1, 2e-5, 0.75)",
            IMAGE,
            "torch",
            ["nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)"],
            "A depth_radius of 2 is a size of 2 * 2 + 1, and there alpha is divided by the size.",
        ),
        (
            "nn.LocalResponseNorm(5)",
            IMAGE,
            "tensorflow",
            ["tf.nn.local_response_normalization(x, depth_radius=2, bias=1.0, alpha=2e-05, beta=0.75)"],
            "there alpha is not divided by the size.",
        ),
        (
            "layers.Concatenate(axis=-1)([first, second])",
            IMAGE,
            "torch",
            ["torch.cat([a, b], dim=1)", "torch.cat([a, b], dim=-1)"],
            "It joins the channels, which are the last axis, -1, in Keras, and axis 1 in PyTorch.",
        ),
        ("torch.cat((a, b), 1)", (8,), "keras-jax", ["layers.Concatenate()([a, b])"], "This is the same layer."),
        ("torch.cat((a, b))", IMAGE, "keras-jax", ["layers.Concatenate(axis=0)([a, b])"], "axis 0, the batch"),
        ("nn.LocalResponseNorm(5)", IMAGE, "keras-jax", [], "Keras needs TensorFlow as its backend."),
        ("nn.LocalResponseNorm(4)", IMAGE, "tensorflow", [], "an odd number of channels there"),
        (
            "layers.Reshape((7, 7, 128))",
            (6272,),
            "torch",
            ["x.view(-1, 7, 7, 128).permute(0, 3, 1, 2)", "x.view(-1, 128, 7, 7)"],
            "A reshape alone has the right shape, but its numbers are in other places.",
        ),
        (
            "layers.Reshape((-1, 64))",
            IMAGE,
            "torch",
            ["x.flatten(2)"],
            "go along the last axis: for these, write x.flatten(2).transpose(1, 2).",
        ),
        ("layers.Reshape((1, 1, 64))", (64,), "torch", ["x.view(-1, 64, 1, 1)"], "This is the same layer."),
        (
            "nn.Unflatten(1, (128, 7, 7))",
            (6272,),
            "keras-jax",
            [
                "keras.Sequential([layers.Reshape((128, 7, 7)), layers.Permute((2, 3, 1))])",
                "layers.Reshape((7, 7, 128))",
            ],
            "PyTorch fills an array with the channels first.",
        ),
        (
            "layers.Permute((2, 1, 3))",
            IMAGE,
            "torch",
            ["x.permute(0, 1, 3, 2)", "x.permute(0, 2, 1, 3)"],
            "Keras has the channels last, PyTorch first.",
        ),
        (
            "tf.transpose(x, [0, 3, 1, 2])",
            IMAGE,
            "torch",
            ["x.permute(0, 3, 1, 2)"],
            "In PyTorch, leave it out if it is there to move the channels: they are first already.",
        ),
        (
            "x.view(x.size(0), 128, 7, 7)",
            (6272,),
            "keras-jax",
            [
                "keras.Sequential([layers.Reshape((128, 7, 7)), layers.Permute((2, 3, 1))])",
                "layers.Reshape((7, 7, 128))",
            ],
            "PyTorch fills an array with the channels first.",
        ),
        ("x.flatten(2)", IMAGE, "keras-jax", ["layers.Reshape((1024, 64))"], "the elements keep their order."),
        (
            "x.permute(0, 3, 2, 1)",
            IMAGE,
            "keras-jax",
            ["layers.Permute((1, 3, 2))", "layers.Permute((3, 2, 1))"],
            "PyTorch has the channels first, Keras last.",
        ),
        (
            "torch.flatten(x, 1)",
            IMAGE,
            "keras-jax",
            ["keras.Sequential([layers.Permute((3, 1, 2)), layers.Flatten()])"],
            "PyTorch flattens an image with its channels first",
        ),
        ("layers.Rescaling(1. / 255)", IMAGE, "torch", ["x / 255"], "torchvision's ToTensor divides by 255 as well"),
        ("layers.Rescaling(scale=1 / 127.5, offset=-1)", IMAGE, "flax", ["x / 127.5 - 1"], "This is the same layer."),
        ("layers.Add()([a, b])", IMAGE, "torch", ["a + b"], "This is the same layer."),
        ("layers.Maximum()([a, b])", IMAGE, "torch", ["torch.maximum(a, b)"], "This is the same layer."),
        (
            "layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.04, 0.09, 0.25])",
            (3, 8, 8),
            "torch",
            ["(x - torch.tensor([0.4, 0.5, 0.6])[:, None, None]) / torch.tensor([0.2, 0.3, 0.5])[:, None, None]"],
            "transforms.Normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.5]) does the same.",
        ),
        (
            "transforms.Normalize((0.5,), (0.25,))",
            IMAGE,
            "keras-jax",
            ["layers.Normalization(mean=0.5, variance=0.0625)", "layers.Normalization(mean=0.5, variance=0.25)"],
            "Keras takes the variance, which is the square of the standard deviation.",
        ),
        (
            "slim.fully_connected(net, 10)",
            (128,),
            "torch",
            ["nn.Linear(128, 10)"],
            "Its activation comes after it: nn.ReLU().",
        ),
        ("slim.dropout(net, 0.8)", (128,), "torch", ["nn.Dropout(0.2)"], "It acts in training only."),
        (
            "slim.batch_norm(net, is_training=training)",
            IMAGE,
            "torch",
            ["nn.BatchNorm2d(64, eps=0.001, momentum=0.001)", "nn.BatchNorm2d(64)"],
            "where the line means 0.001; here it is the weight of the new statistics",
        ),
        (
            "tf.layers.batch_normalization(x, -1, 0.9, 1e-5)",
            IMAGE,
            "torch",
            ["nn.BatchNorm2d(64)"],
            "The defaults are the same.",
        ),
        (
            "tf.compat.v1.image.resize_bilinear(x, (64, 64))",
            IMAGE,
            "torch",
            ["F.pad(F.interpolate(x, (63, 63), mode='bilinear', align_corners=True), (0, 1, 0, 1), mode='replicate')"],
            "The line takes the place i * scale, as TensorFlow 1 did by default",
        ),
        (
            "layers.Lambda(lambda t: tf.pad(t, [[0, 0], [1, 1], [1, 1], [0, 0]]))",
            IMAGE,
            "torch",
            ["nn.ZeroPad2d(1)"],
            "",
        ),
    ],
)
def test_other_layers_without_a_window_have_a_line_and_a_reason(line, input, adapter, lines, reason):
    assert lines is None or code(line, input, adapter) == lines
    assert reason in answers(line, input, [adapter])[-1] + "\n".join(answers(line, input, [adapter]))


@pytest.mark.parametrize(
    "line",
    ["layers.UpSampling2D(2, interpolation='bilinear')", "tf.nn.depth_to_space(x, 2)", "nn.Upsample(scale_factor=2)"],
)
def test_an_image_needs_a_height_and_a_width(line):
    with pytest.raises(InputError, match=r"input: 8 has no spatial sizes, and .* needs some; expected CxHxW"):
        answers(line, (8,))


@pytest.mark.parametrize(
    ("line", "problem", "column"),
    [
        ("layers.Reshape((7, 7))", "target_shape: (7, 7) does not fit the input, which has 65536 elements", 15),
        ("layers.Reshape((-1, 7))", "target_shape: (-1, 7) does not fit the input, which has 65536 elements", 15),
        ("layers.Permute((1, 2))", "dims: (1, 2) does not fit the input; expected each axis from 1 to 3 once", 15),
        ("torch.flatten(x)", "start_dim: 0 has no answer here; expected an axis after the batch", 14),
        ("tf.transpose(x)", "perm: None moves the batch", 13),
        ("layers.Normalization()", "mean: is not given; expected the numbers that the layer has", 0),
        ("layers.Normalization(mean=0, variance=-1)", "variance: -1 does not fit; expected numbers above 0", 29),
        ("layers.Rescaling([1, 2])", "scale: 2 numbers do not fit the 64 channels of the input", 17),
        ("layers.Dropout(rate)", "rate: rate is not a literal, and nothing is evaluated", 15),
        ("layers.Dense()", "units: is not given", 0),
        ("layers.Dense(units='ten')", "units: 'ten' does not fit; expected a whole number", 13),
        ("nn.Linear(3, 10)", "in_features: 3 does not fit the input, which has 64 channels", 10),
        ("layers.LayerNormalization(axis=1)", "axis: 1 has no answer here; expected -1", 26),
        ("layers.Resizing(7, 7, interpolation='lanczos5')", "interpolation: 'lanczos5' has no answer here", 22),
        ("nn.Upsample(scale_factor=1.5)", "scale_factor: 1.5 does not fit", 12),
        ("nn.ZeroPad2d((1, 2, 3))", "padding: (1, 2, 3) does not fit", 13),
        ("layers.LayerNormalization(epsilon='small')", "the arguments do not fit", 0),
        ("nn.LayerNorm([32, 32])", "normalized_shape: (32, 32) has no answer here; expected the channels", 13),
        ("layers.Softmax(axis=[1, 2])", "axis: (1, 2) does not fit; expected one axis from -4 to 3", 15),
        ("layers.PReLU(alpha_initializer=made())", "alpha_initializer: has no answer here; expected 'zeros'", 31),
        ("layers.PReLU(shared_axes=[0])", "shared_axes: (0,) has no answer here; expected axes from 1 to 3", 13),
        ("nn.PReLU(3)", "num_parameters: 3 does not fit the input, which has 64 channels", 9),
        ("nn.InstanceNorm2d(64, track_running_stats=True)", "inference takes the running statistics", 22),
        ("nn.PixelShuffle(3)", "upscale_factor: 3 does not fit the input, whose 64 channels are no multiple of 9", 16),
        ("tf.nn.depth_to_space(x, 3)", "block_size: 3 does not fit the input", 24),
        ("nn.PixelUnshuffle(3)", "whose sizes 32x32 are no multiples", 18),
        ("layers.GroupNormalization(5)", "groups: 5 does not divide the 64 channels of the input", 26),
        ("linen.GroupNorm(num_groups=5)", "num_groups: 5 does not divide the 64 channels of the input", 16),
        ("tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 1]])", "paddings: pads the batch or the channels", 10),
        ("tf.pad(x, [[1, 1], [1, 1]])", "paddings: ((1, 1), (1, 1)) does not fit; expected", 10),
        ("tf.pad(x, [[0, 0]] * 4)", "paddings:", 10),
        ("tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), 'EDGE')", "mode: 'edge' has no answer here", 44),
        ("F.pad(x, (1, 1, 1, 1, 1, 1))", "pad: (1, 1, 1, 1, 1, 1) pads the channels too", 9),
        ("F.pad(x, (1, 1, 1))", "pad: (1, 1, 1) does not fit", 9),
        ("F.pad(x, 1)", "pad: (1,) does not fit", 9),
        ("tf.nn.depth_to_space(x, 2, data_format='NCHW')", "data_format: 'NCHW' has no answer here", 27),
    ],
)
def test_an_argument_that_does_not_fit_is_pointed_at(line, problem, column):
    with pytest.raises(InputError) as refused:
        answers(line, IMAGE)
    what, _, caret = refused.value.problems[0].split("\n")
    assert problem in what
    assert caret == " " * column + "^"


@pytest.mark.parametrize(
    ("one", "other", "against"),
    [
        ("layers.Softmax()", "nn.Softmax(dim=1)", ""),
        ("layers.Softmax()", "nn.Softmax(dim=-1)", "has axis spatial 2 where the original has channels"),
        (
            "layers.PReLU()",
            "nn.PReLU(64)",
            "has slopes one for each channel where the original has one for each element",
        ),
        ("layers.PReLU(shared_axes=[1, 2])", "nn.PReLU(64)", ""),
        ("tf.nn.depth_to_space(x, 2)", "nn.PixelShuffle(2)", "has order CRD where the original has DCR"),
        (
            "layers.LayerNormalization(epsilon=1e-5)",
            "nn.LayerNorm([64, 32, 32])",
            "has axes all but the batch where the original has the channels",
        ),
        ("tf.nn.lrn(x, 2, 1, 2e-5, 0.75)", "nn.LocalResponseNorm(5)", ""),
        ("tf.nn.lrn(x, 2, 1, 1e-4, 0.75)", "nn.LocalResponseNorm(5)", "has alpha 2e-05 where the original has 0.0001"),
    ],
)
def test_two_layers_are_compared_by_what_they_compute(one, other, against):
    first, second = (described(line, IMAGE) for line in (one, other))
    assert first.kind == second.kind
    assert first.against(second) == against
