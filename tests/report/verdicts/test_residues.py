"""For which sizes a divergence is said to hold, against windows slid by hand over every size."""

import re

import numpy as np
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.results.observation import Sampling
from convparity.report.verdicts.residues import Holds, holds, sizes_to_run
from hypothesis import assume, given
from hypothesis import strategies as st


def same(n, k, s, d=1, first=False):
    """XLA's rule: the fewest pads with which a window starts at every s-th element, an odd one after (or first)."""
    windows = len(range(0, n, s))
    total = next(p for p in range(n + d * k + s) if (n + p - d * (k - 1) - 1) // s + 1 >= windows)
    less, more = total // 2, total - total // 2
    return (more, less) if first else (less, more)


def same_lower(n, k, s, d=1):
    return same(n, k, s, d, first=True)


def fixed(before, after):
    return lambda n, k, s, d=1: (before, after)


valid = fixed(0, 0)


@pytest.fixture
def measure(observed_windows):
    """The measurement of a layer that pads by a rule, at one input size."""

    def maps(case, sizes, rule, separable=True):
        along = zip(sizes, case.kernel, case.stride, case.dilation, strict=True)
        axes = [np.array(observed_windows(n, k, *rule(n, k, s, d), s, d)) for n, k, s, d in along]
        return Sampling(tuple(axes), separable, True)

    return maps


@pytest.fixture
def held(measure):
    """The statement about a case where each axis is padded by a rule, from runs at every size that is asked for."""

    def statement(case, rule):
        sizes = [case.input, *sizes_to_run(case)]
        return holds(case, [(size, measure(case, size, rule)) for size in sizes])

    return statement


def layer(n, kernel, padding, stride, dilation=1):
    return make_case(id="layer", input=n, kernel=kernel, padding=padding, stride=stride, dilation=dilation)


@pytest.mark.parametrize(
    ("case", "rule", "text"),
    [
        pytest.param(
            layer([8, 8], 3, 1, 2),
            same,
            "differs at every even height and width; at odd ones the two agree (pads as XLA's 'same'; ran 8x8, 9x9)",
            id="stride 2, from an even size",
        ),
        pytest.param(
            layer([8, 9], 3, 1, 2),
            same,
            "differs at every even height and width; at odd ones the two agree (pads as XLA's 'same'; ran 8x9, 9x10)",
            id="stride 2, the width from an odd size",
        ),
        # 4 taps at stride 2 need a pad of 2 at an even size, which is (1,1) as asked, and of 3 at an odd one.
        pytest.param(
            layer([9, 9], 4, 1, 2),
            same_lower,
            "differs at every odd height and width; at even ones the two agree "
            "(pads as 'same' with the odd pad first; ran 9x9, 10x10)",
            id="stride 2, at odd sizes, the other dialect",
        ),
        pytest.param(
            layer([8, 8], 4, [[2, 1], [2, 1]], 1),
            same,
            "differs at every height and width (pads (1,2) at every size; ran 8x8)",
            id="stride 1",
        ),
        pytest.param(
            layer([8, 8], 3, 1, 3),
            valid,
            "differs at every height and width (pads (0,0) at every size; ran 8x8, 9x9, 10x10)",
            id="stride 3, at all sizes",
        ),
        # 3 taps at stride 3 need a pad of 1, 0, 2 at 8, 9, 10: the last is (1,1).
        pytest.param(
            layer([8, 8], 3, 1, 3),
            same,
            "differs where the height and width modulo 3 is 0 or 2; agrees where it is 1 "
            "(pads as XLA's 'same'; ran 8x8, 9x9, 10x10)",
            id="stride 3",
        ),
        # At stride 4: 0, 2, 1, 0 at 8, 9, 10, 11.
        pytest.param(
            layer([8, 8], 3, 1, 4),
            same,
            "differs where the height and width modulo 4 is 0, 2 or 3; agrees where it is 1 "
            "(pads as XLA's 'same'; ran 8x8, 9x9, 10x10, 11x11)",
            id="stride 4, three residues of four",
        ),
        pytest.param(
            layer([8, 8], 3, 1, [2, 3]),
            same,
            "differs at every even height; at odd ones the two agree; differs where the width modulo 3 is 0 or 2; "
            "agrees where it is 1 (pads as XLA's 'same'; ran 8x8, 8x10, 9x9)",
            id="unequal strides",
        ),
        pytest.param(
            layer([8, 8], 3, 1, [2, 1]),
            same,
            "differs at every even height; at odd ones the two agree (pads as XLA's 'same'; ran 8x8, 9x8)",
            id="a stride along one axis only",
        ),
        pytest.param(
            layer([8, 8], 3, "same", 2),
            fixed(1, 1),
            "differs at every even height and width; at odd ones the two agree "
            "(pads (1,1) at every size; ran 8x8, 9x9)",
            id="a word that was asked and answered in numbers",
        ),
        pytest.param(
            layer([8, 8], 3, "valid", 1),
            fixed(-1, -1),
            "differs at every height and width (pads (-1,-1) at every size; ran 8x8)",
            id="a crop",
        ),
        # 5 taps spread over 9, so 8 pads at stride 2 less the row that an even size leaves over.
        pytest.param(
            layer([16, 16], 5, 4, 2, 2),
            same,
            "differs at every even height and width; at odd ones the two agree "
            "(pads as XLA's 'same'; ran 16x16, 17x17)",
            id="dilation",
        ),
    ],
)
def test_a_convention_speaks_for_all_sizes(held, case, rule, text):
    assert held(case, rule) == Holds(text, True)


def test_the_chapters_last_layer(held):
    case = layer([8, 8], [3, 5], [0, 1], [3, 4])
    assert held(case, valid) == Holds(
        "differs at every width (pads (0,0) at every size; ran 8x8, 8x11, 9x9, 10x10)", True
    )


def test_without_a_convention_only_the_sizes_that_ran_are_spoken_of(held):
    def odd(n, k, s, d=1):
        return (0, 1) if n == 8 else (2, 0)

    assert held(layer([8, 8], 3, 1, 2), odd) == Holds(
        "differs at every height and width, among the sizes that were run: 8x8, 9x9", False
    )


def test_maps_that_no_pads_explain_are_not_generalised(measure):
    case = layer([3, 3], 3, 1, 1)
    odd = np.array([[2, 0, 0], [0, 1, 2], [1, 2, 1]])
    assert holds(case, [((3, 3), Sampling((odd, odd), True, True))]) == Holds(
        "differs at every height and width, among the sizes that were run: 3x3", False
    )


def test_nothing_is_said_without_every_run(measure):
    case = layer([8, 8], 3, 1, 3)
    runs = [(sizes, measure(case, sizes, same)) for sizes in [(8, 8), (9, 9), (10, 10)]]
    assert holds(case, runs) is not None
    for i in range(3):
        assert holds(case, runs[:i] + runs[i + 1 :]) is None
        sizes, sampling = runs[i]
        not_per_axis = Sampling(sampling.maps, False, True)
        assert holds(case, [*runs[:i], (sizes, not_per_axis), *runs[i + 1 :]]) is None
        inexact = Sampling(sampling.maps, True, False)
        assert holds(case, [*runs[:i], (sizes, inexact), *runs[i + 1 :]]) is None


def test_nothing_is_said_where_there_is_no_difference(held):
    assert held(layer([8, 8], 3, 1, 2), fixed(1, 1)) is None


def test_nothing_is_said_of_an_axis_that_cannot_be_seen():
    """Where all rows that are read are padding, no column is seen either: the width reads as requested."""
    case = layer([1, 2], [2, 1], [[5, 5], [0, 0]], 1, [10, 1])
    unseen = np.full((2, 2), -1), np.full((2, 1), -1)  # one window more along the height
    assert holds(case, [((1, 2), Sampling(unseen, True, True))]) is None


def test_a_layer_without_an_answer_at_some_size_is_not_spoken_of(measure):
    case = make_case(id="layer", input=[8, 8], kernel=3, stride=0, hostile=True)
    assert holds(case, [((8, 8), measure(layer([8, 8], 3, 0, 1), (8, 8), valid))]) is None


strides = st.tuples(st.integers(1, 7), st.integers(1, 7))


@given(st.tuples(st.integers(1, 30), st.integers(1, 30)), strides)
def test_sizes_to_run_have_every_residue_of_every_axis(n, stride):
    case = layer(list(n), 1, 0, list(stride))
    sizes = [case.input, *sizes_to_run(case)]
    assert len(set(sizes)) == len(sizes) == max(stride)
    for i in range(2):
        assert {size[i] % stride[i] for size in sizes} == set(range(stride[i]))
        assert all(n[i] <= size[i] < n[i] + stride[i] for size in sizes)


@given(
    n=st.integers(6, 14),
    k=st.integers(1, 5),
    s=st.integers(1, 5),
    asked=st.tuples(st.integers(-1, 3), st.integers(-1, 3)),
    rule=st.sampled_from([same, same_lower]) | st.builds(fixed, st.integers(-1, 3), st.integers(-1, 3)),
)
def test_a_statement_about_all_sizes_holds(observed_windows, n, k, s, asked, rule):
    case = layer([n, n], k, [list(asked)] * 2, s)
    sizes = [case.input, *sizes_to_run(case)]

    def windows(size, pads):
        return observed_windows(size, k, *pads, s)

    def differs(size):
        return windows(size, rule(size, k, s)) != windows(size, asked)

    runs = []
    for size, _ in sizes:
        got = windows(size, rule(size, k, s))
        assume(got and windows(size, asked))
        runs.append(((size, size), Sampling((np.array(got),) * 2, True, True)))
    found = holds(case, runs)
    if found is None:
        assert not any(differs(size) for size, _ in sizes)
        return
    assert found.general or k < s  # it knows these rules; windows apart from each other may show too little of them
    if not found.general:
        return

    says, _, first = found.text.split(" (")[0].partition(", from ")
    first = int(first.removesuffix(" on")) if first else 1
    if " modulo " in says:
        differing, _ = (set(map(int, re.findall(r"\b\d+\b", part.split(" is ")[1]))) for part in says.split("; "))
    else:
        word = re.fullmatch(
            "differs at every (even|odd|)( ?)height and width(; at (even|odd) ones the two agree)?", says
        )[1]
        differing = {"even": {0}, "odd": {1}, "": set(range(s))}[word]
    assert {size % s for size in range(n, n + 50) if differs(size)} == differing
    sizes = [size for size in range(1, n + 50) if windows(size, asked)]
    assert all(differs(size) == (size % s in differing) for size in sizes if size >= first)
    assert first == 1 or differs(first - 1) != ((first - 1) % s in differing)


@pytest.mark.parametrize("op", ["conv", "conv_transpose"])
def test_strides_that_no_layer_has_run_no_other_size_and_say_nothing(op):
    """2**30 residues would not fit in memory, let alone be run."""
    case = make_case(op=op, input=[8, 8], kernel=3, stride=2**30, padding=1)
    assert sizes_to_run(case) == []
    maps = tuple(np.array([[-1, 0, 1]]) for _ in range(2))
    assert holds(case, [((8, 8), Sampling(maps, True, True))]) is None


@pytest.mark.parametrize(
    ("stride", "where", "ran"),
    [
        # Of 8 and 9, ceil((n+2-3)/2)+1 = 5 windows; rounded down, 4 and 5.
        (2, "differs at every even width; at odd ones the same elements are read", "8, 9"),
        # Of 8, 9, 10, ceil((n+2-3)/3)+1 = 4, less one that would start at 8 of 8; rounded down, 3, 3 and 4.
        (3, "differs where the width modulo 3 is 0; reads the same elements where it is 1 or 2", "8, 9, 10"),
    ],
)
def test_a_pool_that_rounds_down_where_ceil_mode_was_asked(held, stride, where, ran):
    case = make_case(op="max_pool", input=[8], kernel=3, stride=stride, padding=1, ceil_mode=True)
    assert held(case, fixed(1, 1)) == Holds(f"{where} (pads (1,1) at every size, rounding down; ran {ran})", True)


def crops(n, kernel, before, after, mirrored=False):
    """Of a transposed convolution of stride 1, where each output gets each tap from, written element by element."""
    written = [[-1] * kernel for _ in range(n + kernel - 1)]
    for element in range(n):
        for tap in range(kernel):
            written[element + tap][kernel - 1 - tap if mirrored else tap] = element
    return np.array(written[before : len(written) - after])


def test_a_size_below_the_ones_that_were_run_at_which_nothing_differs():
    """A mirrored kernel of 3 taps, of which a crop of (1,1) leaves a single element only the middle one."""
    case = make_case(op="conv_transpose", input=[6], kernel=3, padding=1)
    runs = [((n,), Sampling((crops(n, 3, 1, 1, mirrored=True),), True, True)) for n in (6, 7)]
    assert np.array_equal(crops(1, 3, 1, 1), crops(1, 3, 1, 1, mirrored=True))
    assert not np.array_equal(crops(2, 3, 1, 1), crops(2, 3, 1, 1, mirrored=True))
    assert holds(case, runs) == Holds(
        "differs at every width, from 2 on (crops (1,1) at every size, kernel mirrored; ran 6, 7)", True
    )
