"""Less exact arithmetic is named by its size. Each is emulated here: TF32 by rounding, Winograd by its transforms."""

import numpy as np
import pytest
from convparity.adapters.models.recording import Call
from convparity.report.models import numbers
from convparity.report.models.causes import precision
from convparity.report.models.differing import Differing
from convparity.report.models.units import Unit

RANDOM = np.random.RandomState(4)
X = RANDOM.standard_normal((1, 3, 16, 16)).astype("f4")
W = RANDOM.standard_normal((4, 3, 3, 3)).astype("f4")
CONV = {"kernel": [3, 3], "stride": [1, 1], "dilation": [1, 1], "pads": [[0, 0], [0, 0]], "groups": 1}


def pair(y, got, x=X):
    layer = Unit((Call(0, "conv", "", "", "", (0,), (1,)),), "conv", CONV, (0,), 1, {"kernel": W})
    return Differing(layer, layer, [x], y, got, layer.weights, layer.weights)


def convolved(x, w):
    """A convolution by loops, in float64."""
    y = np.zeros((1, len(w), x.shape[2] - 2, x.shape[3] - 2))
    for row in range(y.shape[2]):
        for column in range(y.shape[3]):
            y[0, :, row, column] = (w.astype(float) * x[0, :, row : row + 3, column : column + 3]).sum((1, 2, 3))
    return y


def with_bits(array, bits):
    """Each number rounded to so many bits after its first one."""
    mantissa, exponent = np.frexp(array.astype(float))
    return np.ldexp(np.rint(mantissa * 2 ** (bits + 1)) / 2 ** (bits + 1), exponent)


def by_winograd(x, w):
    """F(4x4,3x3) of Lavin and Gray in float32, each tile and channel by itself."""
    b = np.array(
        [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0]]
        + [[0, 4, 0, -5, 0, 1]],
        "f4",
    )
    sixth, twelfth, small = np.float32(1 / 6), np.float32(1 / 12), np.float32(1 / 24)
    g = np.array(
        [[0.25, 0, 0], [-sixth, -sixth, -sixth], [-sixth, sixth, -sixth], [small, twelfth, sixth]]
        + [[small, -twelfth, sixth], [0, 0, 1]],
        "f4",
    )
    a = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], "f4")
    side = x.shape[2] - 2
    x = np.pad(x, ((0, 0), (0, 0), (0, 4), (0, 4)))
    y = np.zeros((1, len(w), side + 4, side + 4), "f4")
    for o in range(len(w)):
        for row in range(0, side, 4):
            for column in range(0, side, 4):
                total = np.zeros((6, 6), "f4")
                for c in range(w.shape[1]):
                    tile = x[0, c, row : row + 6, column : column + 6]
                    total += (g @ w[o, c] @ g.T) * (b @ tile @ b.T)
                y[0, o, row : row + 4, column : column + 4] = a @ total @ a.T
    return y[:, :, :side, :side]


EXACT = convolved(X, W)
Y = EXACT.astype("f4")


def test_the_sums_of_loops_are_those_of_the_units():
    assert numbers.agree(Y, numbers.evaluate("conv", CONV, {"kernel": W}, [X]), np.asarray(1e-5))


@pytest.mark.parametrize(("name", "bits"), [("TF32", 10), ("bfloat16", 7)])
def test_a_narrow_format_is_named_on_the_side_that_has_it(name, bits):
    narrow = convolved(with_bits(X, bits), with_bits(W, bits)).astype("f4")
    told = f"multiplies in {name}: with {bits} bits of mantissa, the same layer gives its numbers"
    assert precision.cause(pair(Y, narrow)) == told
    assert precision.cause(pair(narrow, Y)) == f"the original {told}"


def test_a_format_that_is_rounded_in_another_way_is_named_by_its_bound():
    odd = convolved(with_bits(X, 10), with_bits(W, 12)).astype("f4")
    assert precision.cause(pair(Y, odd)) == "is as far from the exact sum as TF32 (2^-10 of each product) explains"


def test_winograd_is_named_where_a_tile_has_much_larger_numbers_than_a_window():
    """A window that reads none of the large numbers is off by their rounding, which no sum over it explains."""
    x = X.copy()
    x[..., 7:] *= 1000
    y, fast = convolved(x, W).astype("f4"), by_winograd(x, W)
    usual = (27 + 2) * 2.0**-23 * convolved(np.abs(x), np.abs(W))
    off = np.abs(fast.astype(float) - y)
    assert off.max() < 0.1
    assert (off > 2 * usual).any()
    assert precision.cause(pair(y, fast, x)) == "is as far from the exact sum as Winograd's F(4x4,3x3) explains"


def test_an_offset_is_no_arithmetic():
    assert precision.cause(pair(Y, Y + np.float32(0.5))) == ""
    assert precision.cause(pair(Y, 1.1 * Y)) == ""
