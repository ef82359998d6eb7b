"""The lines to write for a batch norm or an activation. The defaults are those of the frameworks' documentation.

Batch norm: Keras has epsilon 1e-3 and momentum 0.99, PyTorch eps 1e-5 and momentum 0.1, the weight of the new
statistics. The slope of a leaky ReLU is 0.3 in Keras' layer and 0.01 in PyTorch. Flax' GELU is the tanh form.
"""

import pytest
from convparity.cases.errors import InputError
from convparity.report.preflight.no_window import answers

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
        ("nn.LeakyReLU(0.2)", IMAGE, "tensorflow", ["layers.LeakyReLU(negative_slope=0.2)"]),
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
    ["nn.Conv2d(3, 8, 3)", "layers.Dense(10)", "nn.ReLU", "relu(x)", "a = 1; b = 2", "(", "nn.GELU(form)", "x" * 9],
)
def test_a_line_of_another_kind_has_no_answer(line):
    assert answers(line, IMAGE, ["torch"]) is None


def test_a_setting_that_is_a_name_is_refused():
    with pytest.raises(InputError, match="momentum: m is not a number, and nothing is evaluated"):
        answers("layers.BatchNormalization(momentum=m)", IMAGE, ["torch"])
