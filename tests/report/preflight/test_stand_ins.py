"""The input of a line without a window that was asked about without one, and what the answer says of it."""

import pytest
from convparity.cases.errors import InputError
from convparity.report.preflight.no_window.answers import answers
from convparity.report.preflight.no_window.stand_ins import without_input

NOT_GIVEN = "The size of the input was not given, so this is for {}; --input gives another."
YOURS = " Write your number of channels in place of {}."


@pytest.mark.parametrize(
    ("line", "adapter"),
    [
        ("nn.ReLU()", "tensorflow"),
        ("layers.Dropout(0.5)", "torch"),
        ("nn.Dropout2d(0.5)", "tensorflow"),
        ("layers.ZeroPadding2D(1)", "torch"),
        ("layers.Cropping1D(1)", "torch"),
        ("layers.UpSampling2D(2)", "torch"),
        ("tf.nn.depth_to_space(x, 2)", "torch"),
        ("nn.BatchNorm2d(64)", "tensorflow"),
        ("nn.GroupNorm(8, 64)", "tensorflow"),
        ("nn.LayerNorm(64)", "flax"),
        ("nn.InstanceNorm2d(64)", "tensorflow"),
        ("nn.Linear(512, 10)", "tensorflow"),
        ("nn.LayerNorm([64, 8, 8])", "tensorflow"),
        ("nn.LocalResponseNorm(5)", "tensorflow"),
    ],
)
def test_nothing_is_said_where_the_answer_is_the_same_for_every_input(line, adapter):
    text = without_input(line, [adapter])
    assert text[0].endswith(", write")
    assert "The size of the input" not in "".join(text)


@pytest.mark.parametrize(
    ("line", "adapter", "aside"),
    [
        ("layers.LayerNormalization()", "torch", NOT_GIVEN.format("3x64x64") + YOURS.format(3)),
        ("layers.BatchNormalization()", "torch", NOT_GIVEN.format("3x64x64") + YOURS.format(3)),
        ("layers.Dense(10)", "torch", NOT_GIVEN.format("3x64x64") + YOURS.format(3)),
        ("layers.Flatten()", "torch", NOT_GIVEN.format("3x64x64")),
        ("layers.UpSampling2D(2)", "flax", NOT_GIVEN.format("3x64x64") + YOURS.format(3)),
        ("nn.Upsample(scale_factor=2)", "tensorflow", NOT_GIVEN.format("3x64x64")),
        ("nn.PReLU(64)", "tensorflow", NOT_GIVEN.format("64x64x64")),
        ("nn.PixelShuffle(2)", "tensorflow", NOT_GIVEN.format("12x64x64") + YOURS.format(12)),
        ("tf.nn.space_to_depth(x, 3)", "flax", NOT_GIVEN.format("3x63x63")),
        ("layers.GroupNormalization(8)", "torch", NOT_GIVEN.format("48x64x64") + YOURS.format(48)),
        ("layers.GroupNormalization(groups=-1)", "torch", NOT_GIVEN.format("3x64x64") + YOURS.format(3)),
    ],
)
def test_the_input_is_named_where_the_answer_depends_on_it(line, adapter, aside):
    *lines, blank, last = without_input(line, [adapter])
    assert (blank, last) == ("", aside)
    size = tuple(int(number) for number in aside.partition("for ")[2].partition(";")[0].split("x"))
    assert lines == answers(line, size, [adapter])


def test_the_channels_that_the_line_says_are_written():
    assert "    nn.BatchNorm2d(48)" in without_input("nn.BatchNorm2d(48)", ["torch"])
    assert "    nn.GroupNorm(8, 48, eps=1e-05)" in without_input("nn.GroupNorm(8, 48)", ["torch"])
    assert "    nn.Linear(512, 10)" in without_input("nn.Linear(512, out_features=10)", ["torch"])


@pytest.mark.parametrize("line", ["layers.LSTM(10)", "nn.Conv2d(3, 8, 3)", "relu(x)", "("])
def test_a_line_of_another_kind_has_no_answer(line):
    assert without_input(line, ["torch"]) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("layers.Dense()", "units: is not given"),
        ("nn.LayerNorm(width)", "normalized_shape: width is not a literal"),
        ("nn.PixelShuffle(17)", "upscale_factor: 17 does not fit the input, whose 3 channels"),
        ("nn.BatchNorm(momentum=0.9)", "may be Flax's or Gluon's"),
    ],
)
def test_an_argument_that_no_input_fits_is_refused(line, problem):
    with pytest.raises(InputError, match=problem):
        without_input(line, ["torch"])
