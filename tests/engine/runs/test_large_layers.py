"""Layers that the reference does not evaluate as a whole: nothing wrong agrees, and nothing unproven is passed over."""

import sys

import convparity
import pytest
from convparity.cases.catalog.validate import make_case

HEAD = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
ops = ("conv", "max_pool", "avg_pool")
dtypes = ("float32", "float16")


def sizes(case):
    return tuple(
        (n + b + a - d * (k - 1) - 1) // s + 1
        for n, k, s, d, (b, a) in zip(case.input, case.kernel, case.stride, case.dilation, case.padding)
    )


def pooled(case, x, reduce):
    y = x.astype(np.float64)
    for i in range(case.rank):
        windows = sliding_window_view(y, case.kernel[i], axis=2 + i)
        y = reduce(windows, axis=-1)[(slice(None),) * (2 + i) + (slice(None, None, case.stride[i]),)]
    return y.astype(np.float32)


"""
RIGHT = """
def run(case, x, weights):
    return pooled(case, x, np.max if case.op == "max_pool" else np.mean)
"""
ZEROS = """
def run(case, x, weights):
    return np.zeros((case.batch, case.out_channels) + sizes(case), np.float32)
"""
SUMS = """
def run(case, x, weights):
    return pooled(case, x, np.sum)
"""
POOLS = {
    "max": make_case(op="max_pool", input=[610, 604], kernel=600, stride=[4, 1]),
    "average": make_case(op="avg_pool", input=[20_300], kernel=20_000, stride=7),
    "sum": make_case(op="avg_pool", input=[160, 155], kernel=150, stride=2),
}
VOLUME = make_case(input=[256, 256, 256], kernel=3, out_channels=9)


@pytest.fixture
def verdict(tmp_path):
    """The verdict on a layer as this function computes it."""

    def judged(function, case):
        (tmp_path / "mine.py").write_text(HEAD + function)
        here = {"mine": sys.executable}
        report = convparity.run(case, environments=here, adapters=[tmp_path / "mine.py"], cache=False)
        assert not report.results.faults
        assert report.exit_status == (report.verdicts[0].verdict != "agrees")
        return report.verdicts[0]

    return judged


@pytest.mark.parametrize("name", POOLS)
def test_a_right_layer_agrees_by_its_numbers(verdict, name):
    found = verdict(RIGHT, POOLS[name])
    assert (found.verdict, found.reason) == ("agrees", "")
    assert found.reference.digest


@pytest.mark.parametrize("case", [*POOLS.values(), VOLUME], ids=[*POOLS, "volume"])
def test_zeros_of_the_right_shape_do_not_agree(verdict, case):
    assert verdict(ZEROS, case).verdict in ("values", "shifted", "unproven")


@pytest.mark.parametrize("name", ["average", "sum"])
def test_a_sum_does_not_agree_with_an_average(verdict, name):
    found = verdict(SUMS, POOLS[name])
    assert found.verdict in ("values", "unproven")
    assert found.reason


def test_where_nothing_can_be_compared_nothing_is_proven(verdict):
    """Windows of 2**26 + 1 elements, which neither the reference evaluates nor the probe tells apart."""
    found = verdict(
        "def run(case, x, weights):\n    return x[..., :1]",
        make_case(op="max_pool", input=[2**26 + 1], kernel=2**26 + 1),
    )
    assert found.verdict == "unproven"
    assert found.reason.startswith(
        "it returns the right shape, and no number could be compared: windows of 67108865 elements are too large"
    )


COUNTS = """
def run(case, x, weights):
    p, k = case.padding[0][0], case.kernel[0]
    total, ones = (np.pad(a.astype(np.float64), ((0, 0), (0, 0), (p, p), (p, p))) for a in (x, np.ones_like(x)))
    for i in (2, 3):
        total, ones = (sliding_window_view(a, k, axis=i).sum(-1) for a in (total, ones))
    return (total / COUNT).astype(case.dtype)
"""


@pytest.mark.parametrize(("kernel", "padding", "dtype"), [(32, 3, "float16"), (9, 1, "float16"), (149, 2, "float32")])
def test_an_average_by_another_count_has_other_values(verdict, kernel, padding, dtype):
    """Padding is counted, and the layer divides by the elements of the input: by 29 x 29 for 32 x 32 in a corner."""
    asked = {"kernel": kernel, "stride": 1, "padding": padding, "dtype": dtype, "count_include_pad": True}
    case = make_case(op="avg_pool", input=[kernel + 8] * 2, **asked)
    wrong = verdict(COUNTS.replace("COUNT", "ones"), case)
    assert wrong.verdict == "values"
    assert verdict(COUNTS.replace("COUNT", "k**2"), case).verdict == "agrees"
