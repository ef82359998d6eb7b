"""The catalog ``hostile``: it holds what it should, and the reference says something about all of it, soon."""

import sys
import tracemalloc

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.reference import refer

HOSTILE = load_catalog("hostile")
CALLS = 1_000_000  # and returns, of Python's functions
MEMORY = 2**30  # the largest input that values are computed from takes half of it

# By the formulas of the arithmetic's docstrings, worked out by hand; no sizes where there is no answer.
BY_HAND = {
    "stride-over-input": (1, 1),
    "stride-2^64": (1, 1),
    "stride-below-0": None,
    "padding-crops": (4, 4),
    "padding-leaves-too-little": None,
    "padding-instead-of-input": (6, 6),
    "padding-2^30-strided": (3, 3),
    "padding-2^62": (2**63 + 6, 2**63 + 6),
    "padding-word-with-quotes": None,
    "kernel-0": None,
    "kernel-2^20-that-fits": (8, 2**20 + 9),
    "dilation-2^31": None,
    "dilation-2^31-that-fits": (8, 8),
    "dilation-2^31-one-tap": (8, 8),
    "groups-0": None,
    "out-channels-0": None,
    "batch-0": (6, 6),
    "batch-below-0": None,
    "input-0-padded": (2, 10),
    "input-2^31-strided": (1, 2**21),
    "rank-4": None,
    "reflect-all-it-can": (20, 20),
    "reflect-input": None,
    "circular-input": (22, 22),
    "circular-over-input": None,
    "transposed-output-padding-over-stride": (22, 22),
    "transposed-output-padding-below-0": None,
    "transposed-crops-all": None,
    "transposed-padding-adds": (12, 12),
    "transposed-stride-2^20": (7 * 2**20 + 3, 7 * 2**20 + 3),
    "transposed-stride-2^31-one-element": (3, 3),
    "max-pool-kernel-over-input-1d": None,
    "max-pool-padding-over-half": (4, 4),
    "max-pool-window-of-padding": None,
    "max-pool-ceil-drops-the-last": (2, 2),
    "max-pool-ceil-kernel-over-input": (1, 1),
    "avg-pool-stride-0": None,
    "avg-pool-batch-0": (4, 4),
    "avg-pool-ceil-over-the-end": (4, 4),
}


def test_there_are_many_and_every_one_is_hostile():
    assert len(HOSTILE) >= 110
    assert [case.id for case in HOSTILE if not case.hostile] == []
    assert len({case.id for case in HOSTILE}) == len(HOSTILE)
    assert {case.rank for case in HOSTILE} >= {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("op", "least"), [("conv", 60), ("conv_transpose", 20), ("max_pool", 20), ("avg_pool", 10)], ids=lambda value: value
)
def test_every_number_of_every_operation_is_too_small_and_too_large(op, least):
    cases = [case for case in HOSTILE if case.op == op]
    assert len(cases) >= least

    def numbers(name):
        for case in cases:
            value = getattr(case, name)
            if name == "padding":
                yield from (side for pair in value for side in pair) if not isinstance(value, str) else ()
            else:
                yield from (value if isinstance(value, tuple) else (value,))

    more = ("dilation", "groups", "in_channels", "out_channels", "batch", "input") if op == "conv" else ()
    for name in ("kernel", "stride", "padding", *more):
        found = set(numbers(name))
        assert 0 in found, name
        assert min(found) < 0, name
        assert max(found) >= (2**62 if op == "conv" else 2**20), name


@pytest.mark.parametrize("case", HOSTILE.cases, ids=lambda case: case.id)
def test_the_reference_has_an_answer_or_a_reason_without_much_work_or_memory(case):
    called = 0

    def count(frame, event, argument):
        nonlocal called
        called += 1

    tracemalloc.start()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        reference = refer(case)
    finally:
        sys.setprofile(before)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (reference.shape is None) == bool(reference.reason)
    assert called < CALLS
    assert peak < MEMORY


@pytest.mark.parametrize(("id", "sizes"), BY_HAND.items())
def test_hostile_cases_have_the_sizes_worked_out_by_hand(id, sizes):
    found = axes(HOSTILE[id])
    assert (None if isinstance(found, Invalid) else tuple(axis.output for axis in found)) == sizes
