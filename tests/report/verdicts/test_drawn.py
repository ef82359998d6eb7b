"""The maps of the pages' drawing, held against the arrays of NumPy that the reference is evaluated with."""

import numpy as np
import pytest
from convparity.cases.arithmetic import axes
from convparity.cases.catalog.validate import make_case
from convparity.report.verdicts.drawn import LARGEST_MAP, maps


def expanded(found):
    """A map as the page reads it: the element at each output and tap, -1 for padding."""
    shape = found["outputs"], found["taps"]
    if "reads" in found:
        return np.array(found["reads"], dtype=int).reshape(shape)
    outputs, reach = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :] * found["dilation"]
    if "crop" in found:
        places, beside = np.divmod(outputs + found["crop"] - reach, found["stride"])
        return np.where((beside == 0) & (places >= 0) & (places < found["size"]), places, -1)
    places = outputs * found["stride"] - found["before"] + reach
    return np.where((places >= 0) & (places < found["size"]), places, -1)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        {"kernel": 3, "stride": 2, "padding": 1},
        {"kernel": [3, 5], "stride": [3, 4], "padding": [0, 1]},
        {"kernel": 3, "dilation": 2, "padding": "same"},
        {"kernel": 3, "padding": [[-1, 2], [2, -1]]},
        {"kernel": 3, "padding": 2, "padding_mode": "reflect"},
        {"kernel": 3, "padding": 2, "padding_mode": ["circular", "replicate"]},
        {"op": "conv_transpose", "kernel": 3, "stride": 2, "padding": "same"},
        {"op": "conv_transpose", "kernel": [2, 4], "stride": 3, "dilation": 2, "padding": [[-1, 2], [1, -2]]},
        {"op": "max_pool", "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        {"op": "avg_pool", "output_size": 3},
        {"kernel": 1, "stride": 9, "padding": [[4, 5], [0, 0]]},
    ],
)
def test_a_map_names_the_element_of_every_output_and_tap(fields, mirrored):
    found = axes(make_case(input=[8, 7], **fields))
    expected = [axis.sampling()[:, :: -1 if mirrored else 1] for axis in found]
    if any((one < 0).all() for one in expected):
        expected = [np.full_like(one, -1) for one in expected]  # nothing is read at all
    drawn = maps(found, mirrored)
    assert [one["size"] for one in drawn] == [8, 7]
    for one, other in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(expanded(one), other)


def test_windows_that_slide_over_zeros_take_six_numbers():
    (found,) = maps(axes(make_case(input=[9], kernel=3, stride=2, padding=1)))
    assert found == {"outputs": 5, "taps": 3, "size": 9, "before": 1, "stride": 2, "dilation": 1}


def test_an_output_of_a_transposed_convolution_takes_six_numbers_however_many_there_are():
    (found,) = maps(axes(make_case(op="conv_transpose", input=[900], kernel=3, stride=2, padding=1)))
    assert found == {"outputs": 1799, "taps": 3, "size": 900, "crop": 1, "stride": 2, "dilation": 1}


def test_a_map_that_is_too_large_to_draw_is_left_out():
    assert maps(axes(make_case(input=[LARGEST_MAP], kernel=1)))
    assert maps(axes(make_case(input=[LARGEST_MAP + 1], kernel=1))) == []
