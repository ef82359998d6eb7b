"""Where PaddlePaddle does another thing than its line says: as measured with paddlepaddle 3.3.1 on a CPU."""

import pytest
from convparity.adapters.expression import read

REFUSED = [
    ("paddle.nn.Conv1D(1, 1, 3, padding=-1)", (1, 8), "may not be negative"),
    ("paddle.nn.Conv1DTranspose(1, 1, 3, padding=-1)", (1, 8), "may not be negative"),
    ("paddle.nn.Conv1DTranspose(1, 1, 3, stride=2, output_padding=2)", (1, 8), "output_padding must be smaller"),
    ("paddle.nn.Conv2D(1, 1, 3, padding=(1, 1), padding_mode='reflect')", (1, 8, 8), "padding has to be one number"),
    ("paddle.nn.MaxPool1D(3, 2, 'VALID', ceil_mode=True)", (1, 8), "ceil_mode has to be False"),
    ("paddle.nn.Conv1D(1, 1, 3)", (1, 1), "may not have a negative size"),
    ("paddle.nn.MaxPool1D(9, 1)", (1, 6), "may not have a negative size"),
]


@pytest.mark.parametrize(("line", "input", "why"), REFUSED)
def test_a_line_that_paddle_refuses_is_refused(line, input, why):
    assert why in read(line, input).refusal


@pytest.mark.parametrize(
    ("line", "dtype", "refused"),
    [
        ("paddle.nn.Conv1D(1, 1, 3)", "float64", False),
        ("paddle.nn.Conv1D(1, 1, 3)", "float16", True),
        ("paddle.nn.Conv1DTranspose(1, 1, 3)", "bfloat16", True),
        ("paddle.nn.MaxPool1D(3)", "float16", False),
        ("paddle.nn.MaxPool1D(3)", "bfloat16", True),
        ("paddle.nn.MaxPool1D(3)", "int32", True),
        ("paddle.nn.AdaptiveAvgPool1D(3)", "float16", False),
        ("paddle.nn.AdaptiveMaxPool1D(3)", "float16", True),
    ],
)
def test_a_dtype_without_a_kernel_is_refused(line, dtype, refused):
    assert bool(read(line, (1, 8), dtype=dtype).refusal) is refused


@pytest.mark.parametrize(
    ("line", "size", "outputs"),
    [
        ("paddle.nn.MaxPool1D(1, 3, [0, 2], ceil_mode=True)", 6, (4,)),  # 0, 3, 6 and 9, of which two are padding
        ("paddle.nn.MaxPool1D(2, 1, 3)", 6, (11,)),  # 6 + 2*3 - 2 + 1
        ("paddle.nn.Conv1D(1, 1, 3)", 2, (0,)),
        ("paddle.nn.Conv1D(1, 1, 5, stride=3)", 1, (0,)),  # -4 / 3 is -1 in C++
    ],
)
def test_windows_that_hold_nothing_are_kept_and_none_are_an_empty_output(line, size, outputs):
    assert read(line, (1, size)).sizes == outputs


@pytest.mark.parametrize(
    ("arguments", "size", "pads"),
    [
        ("3, 2, 'same'", 3, ((1, 1),)),  # a convolution of 3 elements has 2 windows, and needs 2 * 1 + 3 - 3
        ("3, 3, 'same'", 3, ((0, 0),)),
        ("4, 1, 'SAME'", 5, ((1, 2),)),
    ],
)
def test_a_transposed_convolution_crops_what_a_convolution_of_its_input_pads(arguments, size, pads):
    assert read(f"paddle.nn.Conv1DTranspose(1, 1, {arguments})", (1, size)).case.padding == pads


def test_a_dilation_under_same_is_told_to_be_left_out():
    said = read("paddle.nn.Conv1D(1, 1, 3, padding='same', dilation=2)", (1, 8)).asides
    assert any("leave the dilation out" in aside for aside in said)
    said = read("paddle.nn.Conv1D(1, 1, 3, padding=2, dilation=2)", (1, 8)).asides
    assert not any("dilation" in aside for aside in said)


@pytest.mark.parametrize(
    ("arguments", "bias"),
    [("", True), (", bias_attr=None", True), (", bias_attr=False", False), (", bias=False", False)],
)
def test_a_bias_is_there_unless_it_is_turned_off(arguments, bias):
    assert read(f"paddle.nn.Conv1D(1, 1, 3{arguments})", (1, 8)).dressing.bias is bias
