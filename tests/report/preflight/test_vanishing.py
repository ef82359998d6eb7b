"""The input sizes at which no layer of a model reads other pixels, held against sizes followed one by one."""

import pytest
from convparity.report.preflight.layers import layers_of
from convparity.report.preflight.vanishing import sentence


def shifted(n, kernel=3):
    """Whether `same` with stride 2 pads another number before than padding=1 does, by XLA's rule."""
    total = max((-(-n // 2) - 1) * 2 + kernel - n, 0)
    return total // 2 != 1


@pytest.mark.parametrize("downs", [1, 2, 3])
def test_the_sizes_are_those_at_which_every_layer_gets_an_odd_size(model, downs):
    x = model.input(1, 1, 64, 64)
    for _ in range(downs):
        x = model.conv(model.same("batch_norm", x, epsilon=1e-3), 1, 3, 2)
    found = sentence(layers_of(model.finish(x)), "torch")
    good = []
    for n in range(64, 128):
        sizes = [n]
        for _ in range(downs):
            sizes.append(-(-sizes[-1] // 2))
        if not any(map(shifted, sizes[:-1])):
            good.append(n)
    period = 2**downs
    assert {n % period for n in good} == {1}
    assert found == (
        f"No layer reads other pixels where the height and width are 1 more than a multiple of {period}, "
        f"such as {good[0]}."
    )


def test_a_shift_by_numbers_holds_at_every_size(model):
    x = model.conv(model.pad(model.input(1, 1, 16, 16), 0, 1), 1, 3, 2, (0, 0))
    found = sentence(layers_of(model.finish(x)), "torch")
    assert found == "At every height and width of the input, some layer reads other pixels."


def test_axes_of_different_strides_are_distinguished(model):
    windows = {"kernel": [3, 3], "stride": [2, 1], "dilation": [1, 1], "pads": [[0, 1], [1, 1]], "word": "same"}
    y = model.call("conv", model.input(1, 1, 8, 8), 1, 1, 4, 8, groups=1, **windows)
    found = sentence(layers_of(model.finish(y)), "torch")
    assert found == "No layer reads other pixels where the height is 1 more than a multiple of 2, such as 9."


def test_nothing_is_reported_where_sizes_are_unknown(model):
    x = model.conv(model.input(1, 1, 8, 8), 1, 3, 2)
    x = model.call("other", x, 1, 1, 5, 5, name="crop_somehow")
    assert sentence(layers_of(model.finish(model.conv(x, 1, 3, 2))), "torch") == ""


def test_the_squeezes_of_a_block_do_not_hide_the_sizes(model):
    x = model.conv(model.input(1, 1, 8, 8), 2, 3, 2)
    s = model.call("mean", x, 1, 2, 1, 1, axes=[2, 3])
    y = model.same("multiply", x, model.conv(s, 2, 1), scalar=None)
    found = sentence(layers_of(model.finish(y)), "torch")
    assert found.endswith("1 more than a multiple of 2, such as 9.")


def test_a_period_is_not_longer_than_it_has_to_be(model):
    """Padding 1 in torch and `same` in Keras: only the first of three strides differs, so its own stride decides."""
    x = model.conv(model.input(1, 1, 32, 32), 1, 3, 2, (1, 1))
    for _ in range(2):
        x = model.conv(x, 1, 2, 2, (0, 0))
    found = sentence(layers_of(model.finish(x)), "tensorflow")
    assert found.endswith("1 more than a multiple of 2, such as 33.")


def test_sizes_pass_through_a_shuffle_of_channels(model):
    x = model.call("reshape", model.input(1, 4, 8, 8), 1, 2, 2, 8, 8)
    x = model.call("reshape", model.same("permute", x), 1, 4, 8, 8)
    found = sentence(layers_of(model.finish(model.conv(x, 4, 3, 2))), "torch")
    assert found.endswith("1 more than a multiple of 2, such as 9.")
