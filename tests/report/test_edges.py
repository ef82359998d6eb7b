"""What is said of a pool's padding, from made-up measurements of 3-wide windows, stride 1, on 4 padded by 1."""

import numpy as np
import pytest
from convparity.cases.reference import refer
from convparity.cases.validate import make_case
from convparity.report.edges import treatment
from convparity.report.observation import Observation, Sampling

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
        ("max_pool", None, {"pad_value": 0.0}, "takes padding for 0 where it was to be passed over"),
        ("avg_pool", True, {"divisors": ((3.0, 3.0, 3.0, 3.0),)}, ""),
        ("avg_pool", False, {"divisors": ((2.0, 3.0, 3.0, 2.0),)}, ""),
        (
            "avg_pool",
            True,
            {"divisors": ((2.0, 3.0, 3.0, 2.0),)},
            "does not count its padding where padding was to be counted: "
            "divides by 2 where 3 was asked, in window 1 along the width",
        ),
        (
            "avg_pool",
            False,
            {"divisors": ((3.0, 3.0, 3.0, 3.0),)},
            "counts its padding where padding was not to be counted: "
            "divides by 3 where 2 was asked, in window 1 along the width",
        ),
        (
            "avg_pool",
            True,
            {"divisors": ((3.0, 3.0, 3.0, 7.0),)},
            "averages over another number of elements: divides by 7 where 3 was asked, in window 4 along the width",
        ),
        (
            "avg_pool",
            False,
            {"divisors": ((3.0,) * 4,), "uneven": (0, 3, 3, 2.0)},
            "counts column 4 of the input 2 times in window 4: it repeats the edge where padding was not to be counted",
        ),
    ],
)
def test_how_padding_is_treated(op, count, measured, words):
    assert said(op, count, **measured) == words


def test_what_hangs_over_the_end_is_told_from_padding():
    """5 elements, windows of 2, ceil mode: the third window holds one element, and 2 would count what hangs over."""
    case = make_case(op="avg_pool", input=[5], kernel=2, ceil_mode=True)
    maps = (np.array([[0, 1], [2, 3], [4, -1]]),)
    sampling = Sampling(maps, True, True, divisors=((2.0, 2.0, 2.0),))
    seen = Observation("torch", case.id, (5,), "as written", "ran", sampling=sampling)
    assert treatment(case, refer(case), seen).startswith("counts its padding and what hangs over the end")
