"""The causes of wrong numbers, from arrays alone: each is done to the right ones here, by hand."""

import numpy as np
import pytest
from convparity.cases.arithmetic import axes
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays
from convparity.cases.reference import evaluate
from convparity.report.verdicts.arithmetic_causes import Layer, Rounding, causes

ASKED = np.array([-9.0, 4, 7, -2, 0, 5, 12, -20, 31, 8, -6, 3]).reshape(2, 3, 2, 1)
FLOAT32 = Rounding()


def words(asked, got, layer=None, rounding=FLOAT32):
    return [cause.words for cause in causes(asked, got, rounding, layer)]


def test_two_equal_numbers_are_no_constant_output():
    """Another window may have the same average by chance: a pool of two outputs did."""
    asked = np.array([[[-3.5, -2.0]]])
    assert not any("everywhere" in one for one in words(asked, asked + [1.5, 0]))
    four = np.array([[[-3.5, -2.0, 1.0, 4.0]]])
    assert words(four, four * 0 - 2) == ["returns -2 everywhere"]


@pytest.mark.parametrize(
    ("got", "cause"),
    [
        (ASKED * 0, "returns zeros everywhere, whatever its input"),
        (ASKED * 0 + 5, "returns 5 everywhere"),
        (ASKED * np.nan, "returns NaN everywhere"),
        (np.full_like(ASKED, -np.inf), "returns infinity everywhere"),
        (np.where(ASKED > 20, np.nan, ASKED), "returns NaN in 1 of 12 numbers"),
        (ASKED * 2.25, "multiplies its numbers by 2.25"),
        ((ASKED + 1e-3).astype(np.float32), "adds 0.001 to its numbers"),
        (ASKED[::-1], "returns the examples of the batch in another order"),
        (ASKED[[0, 0]], "repeats example 1 of its output in the place of others"),
        (ASKED[:, [2, 0, 1]], "returns the channels in another order"),
        (ASKED[:, [1, 1, 2]], "repeats channel 2 of its output in the place of others"),
        (np.maximum(ASKED, 0), "clamps its numbers below at 0"),
        (np.clip(ASKED, -6, 6), "clamps its numbers below at -6 and above at 6"),
        (np.abs(ASKED), "returns the magnitudes of its numbers"),
        (ASKED[:, :, ::-1], "reverses its output along the height"),
    ],
)
def test_a_change_of_the_output_is_named(got, cause):
    assert words(ASKED, got) == [cause]


def test_the_transpose_of_an_output_is_named_whatever_its_shape():
    asked = np.arange(12.0).reshape(1, 1, 3, 4)
    assert words(asked, np.swapaxes(asked, 2, 3)) == ["swaps the height and the width of its output"]


@pytest.mark.parametrize("got", [ASKED + np.arange(12).reshape(ASKED.shape) % 5, np.where(ASKED == 31, 30, ASKED)])
def test_numbers_that_nothing_explains_have_no_cause(got):
    assert words(ASKED, got) == []


def test_right_numbers_have_no_cause():
    assert words(ASKED, ASKED) == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_numbers_confirm_no_parameter(count):
    """Any two numbers are a multiple or a sum of something."""
    asked = np.array([3.0, 7.0][:count]).reshape(1, 1, 1, -1)
    assert words(asked, asked * 1.5) == []
    assert words(asked, asked + 2) == []


def test_averages_that_are_rounded_down_are_distinguished_from_those_rounded_to_the_nearest():
    asked = np.array([1.75, -2.25, 3.5, 8.0]).reshape(1, 1, 2, 2)
    assert words(asked, np.array([1.0, -3, 3, 8]).reshape(asked.shape)) == ["rounds its numbers down"]
    assert words(asked, np.array([2.0, -2, 4, 8]).reshape(asked.shape)) == ["rounds its numbers to whole ones"]


@pytest.fixture
def layer():
    """A grouped convolution 3x3 with padding 1, and its right output."""
    case = make_case(input=[8, 8], kernel=3, padding=1, groups=2, in_channels=4, out_channels=4)
    case_axes = axes(case)
    plain = axes(make_case(input=[10, 10], kernel=3, groups=2, in_channels=4, out_channels=4))
    x, w = (array.astype(float) for array in make_arrays(case))

    def padded(number):
        return evaluate(case, plain, np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=number), w)

    found = Layer(x, w, lambda x, w: evaluate(case, case_axes, x, w), 2, padded)
    return found, found.evaluate(x, w)


@pytest.mark.parametrize("number", [1, -4.5])
def test_the_number_that_padding_counts_as_is_named(layer, number):
    """28 of the 64 outputs of each channel have padding in their window, of which some weights may add up to 0."""
    layer, asked = layer
    got = layer.padded(number)
    assert 100 < (got != asked).sum() <= 4 * 28
    assert words(asked, got, layer) == [f"treats padding as {number:g}"]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda x, w: (np.maximum(x, 0), w), "reads negative inputs as 0"),
        (lambda x, w: (np.minimum(x, 0), w), "reads positive inputs as 0"),
        (lambda x, w: (np.clip(x, 0, 6), w), "clamps its inputs to 0 and 6"),
        (lambda x, w: (x[:, [0, 1, 0, 1]], w), "reads the input of the first group in every group"),
        (lambda x, w: (x[:, [2, 3, 0, 1]], w), "reads the channels of its input in another order"),
        (lambda x, w: (x, np.swapaxes(w, 2, 3)), "swaps the height and the width of its kernel"),
        (lambda x, w: (x, w[:, :, ::-1, ::-1]), "mirrors its kernel along the height and width"),
        (lambda x, w: (x, np.abs(w)), "uses the magnitudes of its weights"),
    ],
)
def test_a_change_of_the_input_or_the_weights_is_named(layer, change, cause):
    layer, asked = layer
    assert words(asked, layer.evaluate(*change(layer.x, layer.w)), layer) == [cause]
