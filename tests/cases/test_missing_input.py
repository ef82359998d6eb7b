"""The input of lines that were asked about without one."""

import pytest
from convparity.adapters.missing_input import SIDE, missing_input, with_channels
from convparity.cases.errors import InputError

NOT_GIVEN = "The size of the input was not given, so this is for {}; --input gives another."
YOURS = " Write your number of channels in place of {}."
KERAS = "layers.Conv2D(32, 3, strides=2, padding='same'{})"


@pytest.mark.parametrize(
    ("line", "input", "aside"),
    [
        ("nn.Conv2d(16, 32, 3, stride=2)", (16, 64, 64), NOT_GIVEN),
        ("nn.Conv1d(16, 32, 3)", (16, 64), NOT_GIVEN),
        ("nn.Conv3d(1, 8, 3)", (1, 64, 64, 64), NOT_GIVEN),
        ("nn.MaxPool2d(3, 2, 1)", (3, 64, 64), NOT_GIVEN),
        (KERAS.format(""), (3, 64, 64), NOT_GIVEN + YOURS.format(3)),
        ("layers.Conv1D(8, 3)", (3, 64), NOT_GIVEN + YOURS.format(3)),
        ("layers.Conv2D(8, 3, groups=4)", (4, 64, 64), NOT_GIVEN + YOURS.format(4)),
        ("layers.DepthwiseConv2D(3)", (3, 64, 64), NOT_GIVEN + YOURS.format(3)),
        ("linen.Conv(8, (3, 3), strides=2)", (3, 64, 64), NOT_GIVEN + YOURS.format(3)),
        (KERAS.format(", input_shape=(65, 63, 4)"), (4, 65, 63), "The line says that its input is {}."),
        (KERAS.format(", batch_input_shape=(None, None, 63, 4)"), (4, 64, 63), "The line says that its input is {}."),
        (KERAS.format(", input_shape=(4, 65, 63), data_format='channels_first'"), (4, 65, 63), "The line says"),
        (KERAS.format(", input_shape=shape"), (3, 64, 64), NOT_GIVEN + YOURS.format(3)),
        (KERAS.format(", input_shape=(-1, 8, 3)"), (3, 64, 64), NOT_GIVEN + YOURS.format(3)),
    ],
)
def test_a_line_says_what_it_says_and_the_rest_stands_for_itself(line, input, aside):
    found = missing_input([line])
    assert found.input == input
    assert found.aside.startswith(aside.format("x".join(map(str, input))))
    assert ("channels in place" in found.aside) == ("channels in place" in aside)


def test_the_side_is_even_because_odd_ones_hide_what_padding_words_do():
    assert SIDE % 2 == 0


def test_what_one_of_two_lines_says_holds_for_both():
    found = missing_input([KERAS.format(""), "nn.Conv2d(16, 32, 3, 2, 1)"])
    assert (found.input, found.aside) == ((16, 64, 64), NOT_GIVEN.format("16x64x64"))


@pytest.mark.parametrize(
    ("lines", "sizes", "expected"),
    [
        ((KERAS.format(""), "nn.Conv2d(16, 32, 3, 2, 1)"), (8, 8), (16, 8, 8)),
        (("nn.Conv2d(16, 32, 3, 2, 1)", KERAS.format("")), (8, 8), (16, 8, 8)),
        ((KERAS.format(""), "nn.Conv2d(16, 32, 3, 2, 1)"), (16, 8, 8), (16, 8, 8)),
        ((KERAS.format(""), KERAS.format("")), (8, 8), (8, 8)),
        (("nn.Conv2d(2, 32, 3)", "nn.Conv2d(16, 32, 3)"), (8, 8), (8, 8)),
        (("nn.MaxPool2d(2)", "layers.MaxPooling2D(2)"), (8, 8), (8, 8)),
        (("layers.Conv1D(8, 3)", "nn.Conv1d(8, 8, 3)"), (8, 8), (8, 8)),
    ],
)
def test_missing_channels_are_those_that_a_line_says(lines, sizes, expected):
    assert with_channels(lines, sizes) == expected


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["nn.Conv2d(3, 64, kernelsize=7)"], "kernelsize: unknown argument"),
        (["layers.Conv2D(8, 3)", "nn.Conv2d(3, 64"], "cannot be read as Python"),
        (["F.conv2d(x, w)"], "weight: the shape of w is not known"),
        (["nn.Conv2d(3, 8, 3)", "nn.Conv1d(3, 8, 3)"], "in_channels: 3 does not fit|no input fits all"),
    ],
)
def test_lines_that_cannot_be_read_are_refused_as_with_an_input(lines, message):
    with pytest.raises(InputError, match=message):
        missing_input(lines)
