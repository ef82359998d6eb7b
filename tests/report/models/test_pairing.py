"""Kernels are recognised after a batch norm was folded into them, however many elements they have."""

import numpy as np
import pytest
from convparity.report.models.pairing import _Print, _scaled, same_directions


def printed(kernel):
    return _Print("conv", (1,), kernel.shape, b"", _scaled(kernel))


@pytest.mark.parametrize("shape", [(8, 1, 3, 3), (512, 256, 3, 3)], ids=["depthwise", "a million elements"])
def test_filters_are_the_same_after_each_was_scaled_in_float32(shape):
    random = np.random.default_rng(1)
    kernel = random.normal(size=shape).astype(np.float32)
    scale = random.normal(size=(shape[0], 1, 1, 1)).astype(np.float32)
    assert same_directions(printed(kernel), printed(kernel * scale))


def test_other_filters_are_not_the_same():
    random = np.random.default_rng(1)
    kernel = random.normal(size=(8, 1, 3, 3))
    for other in (kernel[::-1], kernel[:, :, ::-1], random.normal(size=kernel.shape)):
        assert not same_directions(printed(kernel), printed(other))
