"""What is said of a difference that no change of the layer mends."""

import numpy as np
import pytest
from convparity.adapters.models.recording import Call
from convparity.models.explaining import without_fix
from convparity.report.models.differing import Differing
from convparity.report.models.units import Unit

RANDOM = np.random.RandomState(0)
X = RANDOM.standard_normal((2, 5)).astype("f4")
KERNEL = RANDOM.standard_normal((3, 5)).astype("f4")
Y = (X.astype(float) @ KERNEL.T.astype(float)).astype("f4")


def pair(got):
    layer = Unit((Call(0, "dense", "", "", "", (0,), (1,)),), "dense", {}, (0,), 1, {"kernel": KERNEL})
    return Differing(layer, layer, [X], Y, got, layer.weights, layer.weights)


@pytest.mark.parametrize(("off", "kind"), [(2.0**-13, "precision"), (0.5, "unexplained")])
def test_a_difference_of_the_size_of_an_arithmetic_is_not_unexplained(off, kind):
    got = Y.copy()
    got[1, 2] += np.float32(off * np.abs(X[1] * KERNEL[2]).sum())
    told = without_fix(pair(got))
    assert told[0] == kind
    if kind == "precision":
        assert told[1] == "is as far from the exact sum as TF32 (2^-10 of each product) explains"
    else:
        assert told[1].startswith("differs most at (1, 2): ")
