"""Where MLX does another thing than its line says, or refuses it: as measured with mlx 0.32.4 on a CPU."""

import pytest
from convparity.adapters.expression import read
from convparity.cases.errors import InputError

REFUSED = [
    ("mlx.nn.MaxPool1d(3, 1, -1)", "padding of its pools may not be negative", "float32"),
    ("mlx.nn.Conv1d(1, 1, 3, dilation=2)", "no convolutions of float64", "float64"),
    ("mlx.nn.Conv2d(2, 2, 3, groups=2)", "no convolutions of float64", "float64"),
    ("mlx.nn.ConvTranspose1d(1, 1, 3, stride=2)", "no convolutions of float64", "float64"),
]


@pytest.mark.parametrize(("line", "why", "dtype"), REFUSED)
def test_a_line_that_mlx_refuses_is_refused(line, why, dtype):
    input = (2, 8, 8) if "2d" in line else (1, 8)
    assert why in read(line, input, dtype=dtype).refusal


@pytest.mark.parametrize(
    ("line", "dtype"),
    [
        ("mlx.nn.Conv1d(1, 1, 3, padding=-1)", "float32"),
        ("mlx.nn.Conv1d(1, 1, 3, dilation=2)", "float32"),
        ("mlx.nn.Conv1d(2, 2, 3, groups=2)", "float64"),
        ("mlx.nn.Conv1d(1, 1, 3, stride=2)", "float64"),
        ("mlx.nn.ConvTranspose1d(1, 1, 3, padding=1)", "float64"),
        ("mlx.nn.ConvTranspose1d(1, 1, 3, stride=2, output_padding=5)", "float32"),
    ],
)
def test_a_line_that_mlx_takes_is_not_refused(line, dtype):
    assert not read(line, (2 if "groups" in line else 1, 8), dtype=dtype).refusal


@pytest.mark.parametrize(
    ("line", "input", "sizes"),
    [
        ("mlx.nn.MaxPool1d(3, 2)", 1, (0,)),  # floor((1 - 3) / 2) + 1
        ("mlx.nn.MaxPool1d(3, 1)", 1, None),  # -1, where MLX raises
        ("mlx.nn.AvgPool1d(1, 1, 1)", 1, (3,)),  # two windows of padding alone
        ("mlx.nn.ConvTranspose1d(1, 1, 3, stride=2)", 0, (1,)),  # (0 - 1) * 2 + 3
        ("mlx.nn.ConvTranspose1d(1, 1, 3, stride=4)", 0, None),
    ],
)
def test_an_output_is_predicted_where_there_is_no_answer(line, input, sizes):
    assert read(line, (1, input)).sizes == sizes


def test_averages_count_their_padding():
    assert read("mlx.nn.AvgPool1d(2, padding=1)", (1, 8)).case.counts_padding


@pytest.mark.parametrize(
    "line",
    [
        "mlx.nn.Conv1d(1, 1, (3,))",  # one axis takes no sequences
        "mlx.nn.Conv2d(1, 1, 3, padding='same')",
        "mlx.nn.Conv3d(2, 2, 3, groups=2)",
        "mlx.nn.ConvTranspose2d(1, 1, 3, 1, (1,))",
        "mx.conv_general(x, mx.ones((1, 3, 1)), input_dilation=2)",
        "mx.conv_general(x, mx.ones((1, 3, 1)), flip=True)",
    ],
)
def test_arguments_that_mlx_or_the_reader_does_not_take_are_errors(line):
    with pytest.raises(InputError):
        read(line, (2, 8, 8, 8) if "3d" in line else (1, 8, 8) if "2d" in line else (1, 8))


def test_a_layer_of_mlx_is_read_with_its_channels_last():
    """The same arguments are PyTorch's under another name: the framework is known by ``mlx``."""
    padded = "mlx.nn.Sequential(lambda x: mx.pad(x, ((0, 0), (1, 0), (0, 0), (0, 0))), mlx.nn.Conv2d(1, 1, 3))"
    assert read(padded, (1, 8, 8)).case.padding == ((1, 0), (0, 0))
    assert read("mlx.nn.Conv2d(1, 1, 3)", (1, 8, 8)).layer.name == "mlx.nn.Conv2d"
    assert read("nn.Conv2d(1, 1, 3)", (1, 8, 8)).layer.signature.framework == "PyTorch"
