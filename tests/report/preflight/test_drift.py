"""How far windows drift through a model, held against windows that are followed one by one."""

from fractions import Fraction

import pytest
from convparity.report.preflight.centres import centre
from convparity.report.preflight.drift import MOST_PATHS, drift, extent
from convparity.report.preflight.layers import layers_of


def followed(output, chain):
    """The middle of all input places that an output reads through layers (kernel, stride, before), the first first."""
    places = {output}
    for kernel, stride, before in reversed(chain):
        places = {o * stride - before + tap for o in places for tap in range(kernel)}
    return Fraction(min(places) + max(places), 2)


@pytest.mark.parametrize("chain", [[(3, 2, 0)], [(3, 1, 1), (3, 2, 0), (5, 2, 1), (4, 2, 1)], [(1, 2, 0), (2, 2, 3)]])
def test_places_and_drift_are_those_of_windows_followed_one_by_one(model, chain):
    x = model.input(1, 1, 64, 64)
    for kernel, stride, before in chain:
        x = model.conv(x, 1, kernel, stride, (before, kernel))
    layers = layers_of(model.finish(x))
    moved = [(kernel, stride, before + 1 + number) for number, (kernel, stride, before) in enumerate(chain)]
    written = {layer.case.id: (one[2], one[2]) for layer, one in zip(layers.layers, moved, strict=True)}
    found = drift(layers, written)
    (way,) = found.values[x]
    for output in (0, 1, 7):
        assert [move.at(output) for move in way.original] == [followed(output, chain)] * 2
        assert [move.at(output) for move in way.port] == [followed(output, moved)] * 2
    for number in range(len(chain)):
        expected = followed(0, moved[: number + 1]) - followed(0, chain[: number + 1])
        assert found.at_layer(number) == ((expected, expected),) * 2


def test_three_shifts_of_one_element_drift_by_the_strides_before_them(model):
    """1 + 2 + 4 = 7, as in the encoder of Stable Diffusion's autoencoder."""
    x = model.input(1, 1, 64, 64)
    for number in range(3):
        x = model.conv(model.pad(x, 0, 1), 1, 3, 2, (0, 0), path=f"down{number}")
    layers = layers_of(model.finish(x))
    found = drift(layers, {f"down{number}": (1, 1) for number in range(3)})
    assert [found.at_layer(number)[0] for number in range(3)] == [(-1, -1), (-3, -3), (-7, -7)]


def test_each_path_keeps_its_own_drift_where_paths_meet(model):
    x = model.input(1, 1, 16, 16)
    a = model.conv(x, 1, 3, 2, (0, 1), path="long")
    b = model.conv(x, 1, 1, 2, (0, 0), path="short")
    y = model.same("add", a, b, scalar=None)
    layers = layers_of(model.finish(y))
    found = drift(layers, {"long": (1, 0)})
    assert extent(found.values[y]) == ((-1, 0), (0, 0))
    middle = centre(layers, found)
    assert middle.output == (
        4,
        4,
    )  # place 3 of a stride of 2: pixel 7, or 8 in the middle of 3
    assert (middle.original, middle.port) == (((7, 8), (7, 8)), ((7, 7), (7, 8)))
    assert "pixel (7 to 8, 7 to 8) in the original and (7, 7 to 8) in the port" in middle.sentence


def test_a_transposed_convolution_moves_places_the_other_way(model):
    """With kernel 3, stride 2 and crop 1, output o is made of inputs (o + 1 - t) / 2: around o / 2."""
    windows = {"kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "pads": [[1, 1], [1, 1]]}
    more = {"groups": 1, "output_padding": [1, 1]}
    y = model.call("conv_transpose", model.input(1, 1, 4, 4), 1, 1, 8, 8, path="up", **windows, **more)
    layers = layers_of(model.finish(y))
    (way,) = drift(layers, {"up": (0, 0)}).values[y]
    assert [move.at(5) for move in way.original] == [Fraction(5, 2)] * 2
    assert way.drift == (Fraction(-1, 2), Fraction(-1, 2))


@pytest.mark.parametrize(
    ("corners", "place"),
    [("half-pixel", Fraction(5, 2) / 2 - Fraction(1, 2)), ("aligned", Fraction(2 * 3, 7))],
)
def test_a_resize_moves_places_by_its_convention(model, corners, place):
    """Output 2 of 8 from 4: (2 + 1/2) / 2 - 1/2, or 2 * 3/7 where the corners are the same."""
    y = model.call("resize", model.input(1, 1, 4, 4), 1, 1, 8, 8, mode="linear", corners=corners)
    layers = layers_of(model.finish(model.conv(y, 1, 1, 1, (0, 0))))
    (way,) = drift(layers, {}).values[y]
    assert [move.at(2) for move in way.original] == [place] * 2


def test_flattened_values_have_no_place_and_the_centre_is_that_of_the_values_before(model):
    y = model.conv(model.input(1, 1, 8, 8), 1, 3, 2, (0, 1))
    z = model.call("flatten", y, 1, 16)
    layers = layers_of(model.finish(model.call("dense", z, 1, 4)))
    found = drift(layers, {})
    assert z not in found.values
    assert centre(layers, found).original == ((4, 4), (4, 4))  # output 2 of 4 reads rows 3 to 5


def test_a_line_whose_pads_are_unknown_has_no_drift_from_there_on(model):
    y = model.conv(model.input(1, 1, 8, 8), 1, 3, path="a")
    layers = layers_of(model.finish(model.conv(y, 1, 3, path="b")))
    assert drift(layers, {"a": (None, 1)}).layers == {}


def test_many_paths_are_bounded_and_keep_the_extremes(model):
    x = model.input(1, 1, 8, 8)
    for number in range(8):  # 2**8 sums of different drifts
        x = model.same("add", x, model.conv(x, 1, 3, 1, (1, 1), path=f"c{number}", groups=1, note=number), scalar=None)
        x = model.same("add", x, model.pad(model.pad(x, number, -number), 2**number, -(2**number)), scalar=None)
    layers = layers_of(model.finish(x))
    found = drift(layers, {layers.cases[0].id: (0, 0)})
    assert len(found.values[x]) <= MOST_PATHS
    assert extent(found.values[x]) == ((0, 8), (0, 8))


def test_a_shuffle_of_channels_keeps_places(model):
    x = model.conv(model.input(1, 1, 8, 8), 4, 3, 2, (0, 1), path="a")
    y = model.call("reshape", x, 1, 2, 2, 4, 4)
    z = model.call("reshape", model.same("permute", y), 1, 4, 4, 4)
    layers = layers_of(model.finish(z))
    assert extent(drift(layers, {"a": (1, 1)}).values[z]) == ((-1, -1), (-1, -1))


def test_a_pad_that_is_no_part_of_a_layer_moves_places_too(model):
    """Zeros before a max pool: output 1 of windows of 3 with stride 2, after one row of zeros, reads rows 1 to 3."""
    y = model.pool("max_pool", model.pad(model.input(1, 1, 8, 8), 1, 1), 3, 2, (0, 0))
    layers = layers_of(model.finish(y))
    (way,) = drift(layers, {}).values[y]
    assert [move.at(1) for move in way.original] == [2, 2]
