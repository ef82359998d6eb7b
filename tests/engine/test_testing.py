"""assert_consistent on functions, which need no framework; on live layers: tests/adapters/test_assert_consistent.py."""

import numpy as np
import pytest
from convparity.testing import assert_consistent


def doubled(x):
    return x * 2


def halved(x):
    """Every second element along both axes, (N, C, H, W)."""
    return x[:, :, ::2, ::2]


def test_two_functions_that_compute_the_same_are_consistent():
    assert_consistent(
        halved, lambda x: np.take(x[..., ::2, :], range(0, 8, 2), axis=-1), (1, 2, 8, 8), layout="channels_first"
    )


def test_a_different_shape_is_reported():
    with pytest.raises(AssertionError, match=r"on \(1,2,8,8\): the shape is \(1,2,8,8\) .* instead of \(1,2,4,4\)"):
        assert_consistent(halved, doubled, (1, 2, 8, 8), layout="channels_first")


def test_different_numbers_are_reported():
    with pytest.raises(AssertionError, match=r"3 of 6 numbers differ, by 1 at most; the first, at \(0,1,0\)"):
        assert_consistent(doubled, lambda x: x * 2 + [[[0], [1]]], (1, 2, 3), layout="channels_first")


def test_a_function_with_channels_last_is_compared():
    def channels_last(x):
        assert x.shape == (1, 8, 6, 2)
        return x[:, ::2, ::2, :]

    assert_consistent(channels_last, lambda x: x[:, 0:8:2, 0:6:2], (1, 2, 8, 6), layout="channels_last")


def test_nan_is_not_the_same_as_a_number():
    with pytest.raises(AssertionError, match="numbers differ"):
        assert_consistent(doubled, lambda x: x * np.nan, (1, 1, 4), layout="channels_first")


@pytest.mark.parametrize(
    ("layer", "layout", "what"),
    [
        (7, "channels_first", "the second layer is of type int"),
        (np.zeros(3), "channels_first", "the second layer is of type ndarray"),
        (dict, "channels_first", "the second layer is of type type"),
        (doubled, None, "the first layer is a function, and layout is None; expected channels_first, channels_last"),
        (doubled, "NCHW", "layout is 'NCHW'"),
    ],
)
def test_an_object_that_is_no_layer_or_an_unknown_layout_is_refused(layer, layout, what):
    with pytest.raises(TypeError, match=what):
        assert_consistent(doubled, layer, (1, 1, 4, 4), layout=layout)


@pytest.mark.parametrize("shape", [(8,), (8, 8), (1, 1, 0, 8), (1, 1, 2, 2, 2, 2)])
def test_an_input_shape_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match=r"expected \(N, C, \*spatial\)"):
        assert_consistent(doubled, doubled, shape, layout="channels_first")


def test_an_input_shape_may_be_a_numpy_array():
    assert_consistent(doubled, doubled, np.array([1, 2, 8]), layout="channels_first")
    with pytest.raises(AssertionError, match=r"on \(1,2,8,8\): the shape is \(1,2,8,8\)"):
        assert_consistent(halved, doubled, np.array([1, 2, 8, 8]), layout="channels_first")


@pytest.mark.parametrize("shape", [8, (1, 2, 8.5), "128", None])
def test_a_malformed_input_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"input_shape is .*(8|None).*; expected whole numbers, .* such as"):
        assert_consistent(doubled, doubled, shape, layout="channels_first")
