"""The sentences about a pool's padding, from made-up measurements of 3-wide windows, stride 1, on 4 padded by 1."""

import numpy as np
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.reference import refer
from convparity.report.results.observation import Observation, Sampling
from convparity.report.verdicts.edges import treatment

ASKED = np.array([[-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, -1]])


def said(op, count=None, **measured):
    given = {} if count is None else {"count_include_pad": count}
    case = make_case(op=op, input=[4], kernel=3, stride=1, padding=1, **given)
    seen = Observation("torch", case.id, (4,), "as written", "ran", sampling=Sampling((ASKED,), True, True, **measured))
    return treatment(case, refer(case), seen)


@pytest.mark.parametrize(
    ("op", "count", "measured", "words"),
    [
        ("max_pool", None, {}, ""),
        ("max_pool", None, {"pad_value": 0.0}, "treats padding as 0 where it had to be ignored"),
        ("avg_pool", True, {"divisors": ((3.0, 3.0, 3.0, 3.0),)}, ""),
        ("avg_pool", False, {"divisors": ((2.0, 3.0, 3.0, 2.0),)}, ""),
        (
            "avg_pool",
            True,
            {"divisors": ((2.0, 3.0, 3.0, 2.0),)},
            "does not count its padding where padding was to be counted: "
            "divides by 2 instead of 3, in window 1 along the width",
        ),
        (
            "avg_pool",
            False,
            {"divisors": ((3.0, 3.0, 3.0, 3.0),)},
            "counts its padding where padding was not to be counted: "
            "divides by 3 instead of 2, in window 1 along the width",
        ),
        (
            "avg_pool",
            True,
            {"divisors": ((3.0, 3.0, 3.0, 7.0),)},
            "averages over a different number of elements: divides by 7 instead of 3, in window 4 along the width",
        ),
        (
            "avg_pool",
            False,
            {"divisors": ((3.0,) * 4,), "uneven": (0, 3, 3, 2.0)},
            "counts column 4 of the input 2 times in window 4: it repeats the edge where padding was not to be counted",
        ),
    ],
)
def test_the_treatment_of_padding_is_described(op, count, measured, words):
    assert said(op, count, **measured) == words


def test_a_divisor_other_than_the_requested_one_is_named():
    case = make_case(op="avg_pool", input=[4], kernel=3, stride=1, padding=1, divisor_override=5)

    def said(*divisors):
        sampling = Sampling((ASKED,), True, True, divisors=(divisors,))
        return treatment(case, refer(case), Observation("torch", case.id, (4,), "as written", "ran", sampling=sampling))

    assert said(5.0, 5.0, 5.0, 5.0) == ""
    where = "where the divisor was to be 5: divides by 2 instead of 5, in window 1 along the width"
    assert said(2.0, 3.0, 3.0, 2.0) == f"does not count its padding {where}"


def test_elements_beyond_the_end_are_distinguished_from_padding():
    """5 elements, windows of 2, ceil mode: the third window holds one element, and 2 would count what hangs over."""
    case = make_case(op="avg_pool", input=[5], kernel=2, ceil_mode=True)
    maps = (np.array([[0, 1], [2, 3], [4, -1]]),)
    sampling = Sampling(maps, True, True, divisors=((2.0, 2.0, 2.0),))
    seen = Observation("torch", case.id, (5,), "as written", "ran", sampling=sampling)
    assert treatment(case, refer(case), seen).startswith("counts its padding and the elements beyond the end")


def test_the_treatment_of_padding_in_shifted_windows_is_described():
    """Windows of 3, stride 2, on 8 padded by (1,1): XLA's 'same' pads (0,1), and the last one averages over 2."""
    case = make_case(op="avg_pool", input=[8], kernel=3, stride=2, padding=1)
    maps = (np.array([[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]),)

    def said(*divisors):
        sampling = Sampling(maps, True, True, divisors=(divisors,))
        return treatment(case, refer(case), Observation("keras", case.id, (8,), "as written", "ran", sampling=sampling))

    assert said(3.0, 3.0, 3.0, 3.0) == ""
    assert said(3.0, 3.0, 3.0, 2.0) == (
        "does not count its padding where padding was to be counted: "
        "divides by 2 instead of 3, in window 4 along the width"
    )


ROWS = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 2], [1, 2, 3]])
COLUMNS = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 4]])
# 3x3 windows, stride 1, on 4x5 with two rows before it. Rows of a window in the input: 1, 2, 3, 3; columns: 3, 3, 3.
INSIDE = ((3.0, 6.0, 9.0, 9.0), (9.0, 9.0, 9.0))


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (INSIDE, ""),
        (((3.02, 5.95, 9.05, 8.95), (9.0, 9.0, 8.95)), ""),  # as far off as float16 may be
        (
            ((9.0, 9.0, 9.0, 9.0), (9.0, 9.0, 9.0)),
            "counts its padding where padding was not to be counted: "
            "divides by 9 instead of 3, in window 1 along the height",
        ),
        (
            ((8.98, 9.02, 9.02, 9.0), (9.02, 9.0, 9.0)),
            "counts its padding where padding was not to be counted: "
            "divides by 8.98 instead of 3, in window 1 along the height",
        ),
        (
            ((5.0, 7.0, 9.0, 9.0), (9.0, 9.0, 9.0)),
            "averages over a different number of elements: divides by 5 instead of 3, in window 1 along the height",
        ),
        (
            (INSIDE[0], (9.0, 12.0, 15.0)),
            "averages over a different number of elements: divides by 12 instead of 9, in window 2 along the width",
        ),
        ((INSIDE[0][:3], INSIDE[1]), ""),  # another shape, which is a finding of its own
        (((*INSIDE[0], 9.0), INSIDE[1]), ""),
    ],
)
def test_the_divisors_of_an_average_in_two_dimensions_are_described(measured, words):
    case = make_case(op="avg_pool", input=[4, 5], kernel=3, stride=1, padding=[[2, 0], [0, 0]], count_include_pad=False)
    sampling = Sampling((ROWS, COLUMNS), True, True, divisors=measured)
    seen = Observation("torch", case.id, (4, 5), "as written", "ran", sampling=sampling)
    assert treatment(case, refer(case), seen) == words


def test_only_pools_with_an_answer_are_described():
    sampling = Sampling((ASKED,), True, True, pad_value=0.0)
    for case in (make_case(input=[4], kernel=3, padding=1), make_case(op="max_pool", input=[2], kernel=5)):
        seen = Observation("torch", case.id, case.input, "as written", "ran", sampling=sampling)
        assert treatment(case, refer(case), seen) == ""
