"""Inputs that cannot hide a shift: distinct, asymmetric, exact in float32, and the same everywhere."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.case import Case
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import is_exact, make_arrays, make_input, make_weights
from convparity.cases.operations.table import OPERATIONS
from convparity.cases.reference import values
from hypothesis import given, settings
from hypothesis import strategies as st

LAYER_3 = make_case(input=[8, 8], kernel=3, padding=1, stride=2)
# 64*64*9*7 products: distinct elements up to 64*16*16 would make sums that float32 cannot hold.
LARGE = make_case(input=[16, 16], kernel=3, in_channels=64, out_channels=4)


@st.composite
def cases(draw):
    groups = draw(st.integers(1, 3))
    return make_case(
        input=draw(st.lists(st.integers(1, 20), min_size=2, max_size=2)),
        kernel=draw(st.lists(st.integers(1, 4), min_size=2, max_size=2)),
        batch=draw(st.integers(1, 3)),
        groups=groups,
        in_channels=groups * draw(st.integers(1, 3)),
        out_channels=groups * draw(st.integers(1, 3)),
    )


def largest_sum(x, w):
    """No sum of any of a layer's products exceeds it, whatever the window and the order of summation."""
    return np.abs(w.astype(np.float64)).sum(axis=(1, 2, 3)).max() * np.abs(x.astype(np.float64)).max()


@settings(deadline=None)
@given(cases())
def test_elements_are_the_numbers_around_zero(case):
    x = make_input(case)
    assert x.shape == (case.batch, case.in_channels, *case.input)
    around = {1: [1], 2: [-1, 1]}.get(x.size, range(-(x.size // 2), -(-x.size // 2)))
    assert sorted(x.ravel()) == list(around)


@settings(deadline=None)
@given(cases())
def test_weights_are_small_whole_and_not_zero(case):
    w = make_weights(case)
    assert w.shape == (case.out_channels, case.in_channels // case.groups, *case.kernel)
    assert set(np.unique(w)) <= {*range(-7, 0), *range(1, 8)}


# One in 14 of the kernels of two taps is drawn symmetric, one in 200 of those of 2x2 along each axis.
@pytest.mark.parametrize("kernel", [(1, 2), (2, 1), (2, 2), (1, 3), (3, 2)])
def test_no_kernel_is_its_own_mirror_image(kernel):
    for n in range(1, 1000):
        w = make_weights(make_case(input=[n, n], kernel=kernel))
        for axis in (2, 3):
            assert w.shape[axis] == 1 or not np.array_equal(w, np.flip(w, axis)), n
        assert set(np.abs(w).ravel()) <= set(range(1, 8))


@settings(deadline=None)
@given(cases())
def test_sums_are_exact_in_float32(case):
    assert largest_sum(*make_arrays(case)) <= 2**24


@pytest.mark.parametrize("name", ["textbook", "grid"])
def test_sums_of_shipped_cases_are_exact_in_float32(name):
    for case in load_catalog(name):
        if (case.op, case.rank) == ("conv", 2):
            assert largest_sum(*make_arrays(case)) <= 2**24, case.id


@pytest.mark.parametrize("name", ["networks", "arithmetic"])
def test_sums_that_are_called_exact_are(name):
    """By the sum of the magnitudes of everything an output could be made of."""
    held = {"float64": 2**53, "float32": 2**24, "float16": 2**11, "bfloat16": 2**8}
    for case in load_catalog(name):
        if is_exact(case) and not case.pools and case.batch and np.prod(case.input) < 10**5:
            x, w = make_arrays(case)
            if case.op == "conv_transpose":  # a filter of each output lies along the first axis, group by group
                w = np.swapaxes(w.reshape((case.groups, -1) + w.shape[1:]), 1, 2).reshape((case.out_channels, -1))
            most = np.abs(w).reshape((case.out_channels, -1)).sum(axis=1).max()
            assert np.abs(x).max() * most <= held[case.dtype], case.id


def test_large_input_repeats_elements_rather_than_lose_exactness():
    x, w = make_arrays(LARGE)
    largest = 2**24 // (64 * 9 * 7)
    assert x.size == 64 * 16 * 16 > 2 * largest + 1
    assert largest_sum(x, w) <= 2**24
    assert np.abs(x).max() <= largest
    assert 0 in x
    assert len(np.unique(x)) > 0.8 * 2 * largest  # 16384 draws leave out one in seven of 8322 numbers


@pytest.mark.parametrize(("width", "distinct"), [(2 * 2396745, True), (2 * 2396745 + 1, False)])
def test_elements_are_distinct_as_long_as_they_fit(width, distinct):
    """One tap of at most 7: 2**24 // 7 = 2396745 is the largest magnitude that keeps every product exact."""
    x = make_input(make_case(input=[1, width], kernel=1))
    assert np.abs(x).max() <= 2**24 // 7
    assert (len(np.unique(x)) == x.size) is distinct


def test_stream_is_numpys_frozen_one(monkeypatch):
    """The numbers of RandomState(2026) and RandomState(2026 ^ 0x5EED) in NumPy 1.23.5 and 2.4.6, taken directly."""
    monkeypatch.setattr(Case, "seed", 2026)
    x, w = make_arrays(make_case(input=[4, 4], kernel=[2, 3]))
    assert x.ravel().tolist() == [4, -1, 3, 7, -8, 5, 1, 6, -6, -3, -5, -4, 0, 2, -2, -7]
    assert w.ravel().tolist() == [-1, 3, 4, -1, 3, -2]


def test_another_process_makes_the_same_arrays():
    code = """
import hashlib, json, sys
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.case import Case
from convparity.cases.inputs import make_arrays
for data in json.load(sys.stdin):
    print(*(hashlib.sha256(array.tobytes()).hexdigest() for array in make_arrays(Case.from_json(data))))
"""
    these = [LAYER_3, LARGE]
    other = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([case.to_json() for case in these]),
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [[hashlib.sha256(array.tobytes()).hexdigest() for array in make_arrays(case)] for case in these]
    assert [line.split() for line in other.stdout.splitlines()] == here


def test_every_case_has_arrays_of_its_own():
    others = [{"stride": 1}, {"padding": "same"}, {"dilation": 2}, {"padding": [[1, 1], [1, 2]]}]
    layer = {"input": [8, 8], "kernel": 3, "padding": 1, "stride": 2}
    arrays = [make_arrays(make_case(**{**layer, **other})) for other in [{}, *others]]
    assert len({x.tobytes() for x, _ in arrays}) == 5
    assert len({w.tobytes() for _, w in arrays}) == 5


def test_neither_id_nor_hostile_mark_changes_the_arrays():
    same = make_case(input=[8, 8], kernel=3, padding=1, stride=2, id="another", hostile=True)
    for here, there in zip(make_arrays(LAYER_3), make_arrays(same), strict=True):
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("name", ["textbook", "networks", "field-reports", "arithmetic", "conformance", "grid"])
def test_inputs_hold_both_signs_and_zero(name):
    """Below four elements there is no room for it; see also the next test."""
    for case in load_catalog(name):
        if 3 < case.batch * case.in_channels * np.prod(case.input) < 10**6:
            x = make_input(case)
            least = -1 if case.pools and x.size < 8 else 0
            assert x.min() < 0 < x.max() or x.size < 8, case.id
            assert 0 in x or least, case.id


@pytest.mark.parametrize("op", [op for op, operation in OPERATIONS.items() if operation.selects])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_padding_that_counts_as_an_element_cannot_go_unnoticed(op, dtype):
    choose = {"max_pool": np.max}[op]
    padded = make_case(op=op, input=[6, 7], kernel=3, stride=2, padding=1, dtype=dtype)
    x = np.pad(make_input(padded).astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    assert x.min() < 0 < x.max()
    rows, columns = range(0, 6, 2), range(0, 7, 2)
    zeros = np.array([[choose(x[0, 0, i : i + 3, j : j + 3]) for j in columns] for i in rows])
    wrong = zeros != values(padded)[0, 0]
    assert wrong[0].all()
    assert wrong[:, 0].all()
    assert not wrong[1:, 1:-1].any()


SIZES = st.lists(st.integers(1, 24), min_size=1, max_size=3)


@given(SIZES, st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.data())
def test_windows_with_padding_hold_negative_elements_only(sizes, kernel, stride, dilation, data):
    """Except the first two elements of a small input, by the windows themselves and not by their margins."""
    pads = [data.draw(st.tuples(st.integers(0, kernel // 2), st.integers(0, kernel // 2))) for _ in sizes]
    ceil = data.draw(st.booleans())
    layer = {"kernel": kernel, "stride": stride, "dilation": dilation, "ceil_mode": ceil}
    case = make_case(op="max_pool", input=sizes, padding=[list(pair) for pair in pads], **layer, in_channels=2)
    case_axes = axes(case)
    x = make_input(case)
    if isinstance(case_axes, Invalid):
        return
    some = [dilation * (kernel - 1) < n - dilation * (kernel - 1) for n in sizes]
    assert (x >= 0).sum() <= 2 or all(some)
    x = x.reshape(x.shape[:2] + tuple(sizes))
    for i, axis in enumerate(case_axes):
        indices = axis.sampling()
        beside = {v for row in indices.tolist() if -1 in row for v in row} - {-1}
        read = np.moveaxis(x, 2 + i, 0)[sorted(beside)]
        assert (read >= 0).sum() <= (0 if all(some) else 2)


@pytest.mark.parametrize("op", ["conv", "avg_pool"])
def test_most_terms_of_a_sum_that_a_narrow_dtype_rounds_have_one_sign(op):
    """So that a sum that stops growing is noticed: of bfloat16, 257 is not a number, so so many ones add to 256."""
    x, w = make_arrays(make_case(op=op, input=[1024], kernel=400, dtype="bfloat16"))
    terms = x.ravel()[200:600] * (1 if w is None else w.ravel())
    assert abs(terms.sum()) > np.abs(terms).sum() / 2
    assert min((terms < 0).sum(), (terms > 0).sum()) > 10
