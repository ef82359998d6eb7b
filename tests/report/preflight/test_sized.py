"""Pads that follow from the input's size, as keras.applications works them out."""

import pytest
from convparity.report.preflight.sized import sized


@pytest.mark.parametrize(
    ("kernel", "sizes", "pads"),
    [
        ("3", (224, 224), "((0, 1), (0, 1))"),
        ("3", (1, 3, 225, 224), "((1, 1), (0, 1))"),
        ("5", (8, 14, 7), "((1, 2), (2, 2))"),
        ("(3, 5)", (9, 9), "((1, 1), (2, 2))"),
    ],
)
def test_the_odd_pad_is_left_out_at_the_start_of_an_even_size(kernel, sizes, pads):
    line = f"layers.ZeroPadding2D(padding=imagenet_utils.correct_pad(x, {kernel}), name='pad')"
    assert sized(line, sizes) == f"layers.ZeroPadding2D(padding={pads}, name='pad')"


@pytest.mark.parametrize(
    "line", ["layers.ZeroPadding2D(1)", "layers.ZeroPadding2D(correct_pad(x, k))", "layers.ZeroPadding2D(correct_pad("]
)
def test_a_line_in_which_nothing_is_known_by_the_size_stays_as_it_is(line):
    assert sized(line, (8, 8)) == line
