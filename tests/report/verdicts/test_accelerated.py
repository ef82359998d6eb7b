"""Values that came from an accelerator: right within the bound of a less exact arithmetic, which is named."""

import base64
import zlib

import numpy as np
import pytest
from convparity.adapters.worker import probe
from convparity.cases.accelerated import bounds
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays
from convparity.cases.reference import digest, refer
from convparity.report.results.comparison import compared
from convparity.report.results.file import Environment
from convparity.report.results.observation import Observation, Shared
from convparity.report.verdicts.explanations import reason
from convparity.report.verdicts.judging import judge, needs_sampling

# Four channels of 8x8, and three of output.
CASE = make_case(input=[8, 8], kernel=[3, 3], in_channels=4, out_channels=3)
LIMIT = 2.0**-10  # of the sum of the magnitudes: each of two factors is rounded to 11 bits


def by_loops():
    """The values and the sums of their terms' magnitudes, in float64."""
    x, w = (array.astype(float) for array in make_arrays(CASE))
    y, sums = np.zeros((1, 3, 6, 6)), np.zeros((1, 3, 6, 6))
    for row in range(6):
        for column in range(6):
            terms = w * x[0, :, row : row + 3, column : column + 3]
            y[0, :, row, column], sums[0, :, row, column] = terms.sum((1, 2, 3)), np.abs(terms).sum((1, 2, 3))
    return y, sums


def observation(y, on_cpu, sampling=None):
    """An observation of these values, with the elements that the probe measured, as a run records it."""
    packed = base64.b64encode(zlib.compress(y.astype("<f4").tobytes())).decode()
    line = {"want": "values", "outcome": "ran", "shape": list(y.shape), "dtype": "float32", "digest": digest(y)}
    found = Observation("gpu", CASE.id, CASE.input, "as written")
    found.take(compared(CASE, refer(CASE), {**line, "values": packed}, on_cpu), Shared())
    found.sampling = sampling
    return found


def read_by(axis):
    """A sampling whose windows begin this far behind the first element along the last axis."""
    maps = [np.arange(6)[:, None] + np.arange(3), np.arange(6)[:, None] + np.arange(3) + axis]
    found = {"maps": [each.clip(-1, 7).tolist() for each in maps], "separable": True, "exact": True}
    return Shared().sampling(found, CASE.input)


Y, SUMS = by_loops()
NEAR = Y + SUMS * LIMIT * 0.9 * np.where(np.indices(Y.shape).sum(0) % 2, 1, -1)


def test_numbers_within_the_bound_of_a_less_exact_arithmetic_agree_where_the_elements_are_right():
    seen = observation(NEAR, on_cpu=False)
    assert seen.arithmetic == "TF32"
    assert needs_sampling(CASE, refer(CASE), seen)
    seen.sampling = read_by(0)
    assert judge(CASE, refer(CASE), seen) == "agrees"
    told = reason(CASE, refer(CASE), seen, Environment("gpu", "torch", {}, {}), "agrees")
    assert told == "its numbers are as far from the exact ones as TF32 explains"


def test_the_same_numbers_of_a_cpu_are_wrong():
    assert judge(CASE, refer(CASE), observation(NEAR, True, read_by(0))) == "values"


def test_numbers_within_the_bound_do_not_agree_where_other_elements_were_read():
    assert judge(CASE, refer(CASE), observation(NEAR, False, read_by(1))) == "values"


def test_numbers_beyond_the_bound_are_wrong():
    seen = observation(Y + SUMS * LIMIT * 1.1, on_cpu=False)
    seen.sampling = read_by(0)
    assert (seen.arithmetic, judge(CASE, refer(CASE), seen)) == ("", "values")


def test_numbers_by_winograd_are_named():
    """F(4x4,3x3) is off by more than nothing and by far less than TF32, so its bound is the narrowest that holds."""
    x, w = make_arrays(CASE)
    b = np.array(
        [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0]]
        + [[0, 4, 0, -5, 0, 1]],
        "f4",
    )
    g = (np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24).astype("f4")
    a = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], "f4")
    y, wide = np.zeros((1, 3, 8, 8), "f4"), np.pad(x, ((0, 0), (0, 0), (0, 2), (0, 2))).astype("f4")
    for out in range(3):
        for row in (0, 4):
            for column in (0, 4):
                parts = [
                    (g @ w[out, c].astype("f4") @ g.T) * (b @ wide[0, c, row : row + 6, column : column + 6] @ b.T)
                    for c in range(4)
                ]
                y[0, out, row : row + 4, column : column + 4] = a @ np.sum(parts, 0, dtype="f4") @ a.T
    y = y[:, :, :6, :6]
    assert not np.array_equal(y, Y)
    assert observation(y, on_cpu=False).arithmetic in ("Winograd's F(2x2,3x3)", "Winograd's F(4x4,3x3)")


def test_a_bound_is_that_of_each_product():
    found = dict(bounds(CASE))
    np.testing.assert_allclose(found["TF32"], LIMIT * SUMS)
    assert all((found[name] < found["TF32"]).all() for name in found if name != "TF32")


@pytest.mark.parametrize("op", ["max_pool", "avg_pool"])
def test_a_pool_multiplies_nothing(op):
    assert bounds(make_case(op=op, input=[8, 8], kernel=[3, 3])) == []


def test_an_index_is_read_from_a_number_near_it_on_an_accelerator_only():
    case = make_case(input=[8], kernel=[3])
    sibling = probe.sibling(case)
    window = np.arange(6)[:, None] + np.arange(3) + 3.0  # the numbers begin with 3
    y = window.T[None] + 0.1
    assert not probe.read_off(y, sibling).exact
    found = probe.read_off(y, sibling, probe.NEAR)
    assert found.exact
    assert found.maps[0].tolist() == (np.arange(6)[:, None] + np.arange(3)).tolist()
    assert not probe.read_off(y + 0.1, sibling, probe.NEAR).exact


def test_an_index_that_tf32_rounds_is_not_measured():
    sibling = probe.sibling(make_case(input=[2050], kernel=[1]))
    y = np.arange(3.0, 2053.0)[None, None]
    assert probe.read_off(y, sibling).exact
    with pytest.raises(probe.NotMeasurable, match="an accelerator may round"):
        probe.read_off(y, sibling, probe.NEAR)
