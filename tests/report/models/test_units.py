"""The units of a recording: which calls are compared as one."""

import pytest
from convparity.adapters.models.layouts import after_permute, crop, exchanged, moved
from convparity.report.models.units import Graph


def test_a_crop_after_a_transposed_convolution_is_more_of_its_crop(model):
    windows = {"kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "groups": 1, "output_padding": [0, 0]}
    weights = {"kernel": model.value(2, 4, 3, 3)}
    x = model.input(1, 2, 5, 5)
    y = model.call("conv_transpose", x, 1, 4, 11, 11, path="up", weights=weights, pads=[[0, 0], [0, 0]], **windows)
    z = model.call("pad", y, 1, 4, 10, 10, pads=[[0, 0], [0, 0], [0, -1], [0, -1]], mode="constant", value=0.0)
    (unit,) = Graph(model.finish(z)).units
    assert (unit.call.path, unit.settings["pads"], unit.output, unit.numbers) == ("up", [[0, 1], [0, 1]], z, [0, 1])


def test_a_crop_after_a_convolution_is_padding_that_it_lacks_for_each_step(model):
    """A causal convolution pads both sides by 4 and leaves out the last 4 outputs, or 2 if its stride is 2."""
    x = model.input(1, 2, 8)
    y = model.conv(x, 2, 3, 2, (4, 4), weights={"kernel": model.value(2, 2, 3)})
    z = model.call("pad", y, 1, 2, 5, pads=[[0, 0], [0, 0], [0, -2]], mode="constant", value=0.0)
    (unit,) = Graph(model.finish(z)).units
    assert unit.settings["pads"] == [[4, 0]]


def test_a_product_with_a_constant_is_no_layer(model):
    x = model.conv(model.input(1, 3, 8, 8), 3, 1, weights={"kernel": model.value(3, 3, 1, 1)})
    y = model.call("multiply", (x, model.value(1, 3, 1, 1)), 1, 3, 8, 8)
    z = model.call("multiply", (x, y), 1, 3, 8, 8, path="gate")
    assert [unit.call.path for unit in Graph(model.finish(z)).units] == ["conv_0", "gate"]


def test_layers_after_a_function_that_was_not_seen_are_layers(model):
    model.input(1, 3, 8, 8)
    unseen = model.value(1, 3, 8, 8)
    x = model.conv(unseen, 3, 1, weights={"kernel": model.value(3, 3, 1, 1)})
    y = model.call("add", (x, model.conv(unseen, 3, 1, weights={"kernel": model.value(3, 3, 1, 1)})), 1, 3, 8, 8)
    assert [unit.kind for unit in Graph(model.finish(y)).units] == ["conv", "conv", "add"]


@pytest.mark.parametrize(
    ("layout", "axes", "after"),
    [
        ("channels_first", (0, 2, 3, 1), "channels_last"),
        ("channels_last", (0, 3, 1, 2), "channels_first"),
        ("channels_first", (0, 1, 3, 2), "channels_first"),
        ("channels_first", exchanged(5, 1, 2), ""),
        ("channels_first", moved(4, 1, -1), "channels_last"),
        ("", (0, 2, 1), ""),
    ],
)
def test_a_permutation_says_where_it_puts_the_channels(layout, axes, after):
    assert after_permute(layout, axes) == after


@pytest.mark.parametrize(
    ("index", "pads"),
    [
        ((slice(None), slice(None), slice(1, -1)), [[0, 0], [0, 0], [-1, -1]]),
        ((Ellipsis, slice(None, 5)), [[0, 0], [0, 0], [0, -3]]),
        (slice(None, None, 2), None),
        ((0, Ellipsis), None),
    ],
)
def test_an_index_without_steps_and_numbers_is_a_crop(index, pads):
    assert crop(index, (2, 3, 8)) == pads
