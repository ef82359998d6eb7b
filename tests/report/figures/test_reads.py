"""The elements that figures draw, held against loops that pad an input of numbered elements and walk over it."""

import itertools

import numpy as np
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.figures.reads import first_other, measured, of_case, predicted
from convparity.report.figures.utilisation import counts

MODES = {"zeros": None, "reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


def walked(sizes, kernel, stride, padding, dilation, mode):
    """How often each element is read, by walking every window over an array that holds the number of each element."""
    x = np.arange(np.prod(sizes)).reshape(sizes)
    how = {"mode": MODES[mode]} if MODES[mode] else {"constant_values": -1}
    x = np.pad(x, padding, **how)
    found = np.zeros(np.prod(sizes), int)
    spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    starts = [range(0, n - span, s) for n, span, s in zip(x.shape, spans, stride, strict=True)]
    for start in itertools.product(*starts):
        for tap in itertools.product(*map(range, kernel)):
            element = x[tuple(o + t * d for o, t, d in zip(start, tap, dilation, strict=True))]
            if element >= 0:
                found[element] += 1
    return found.reshape(sizes).tolist()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_chapters_first_figure(k):
    """On an n x n input, element i of an axis is read min(i + 1, k, n - i, n - k + 1) times through a kernel of k."""
    n = 6
    along = [min(i + 1, k, n - i, n - k + 1) for i in range(n)]
    side = of_case(make_case(input=[n, n], kernel=k))
    assert counts(side) == [[down * across for across in along] for down in along]


@pytest.mark.parametrize(
    ("sizes", "kernel", "stride", "padding", "dilation", "mode"),
    [
        ((6, 6), (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), "zeros"),
        ((8, 8), (3, 5), (3, 4), ((0, 0), (1, 1)), (1, 1), "zeros"),
        ((7, 9), (2, 3), (2, 1), ((1, 2), (0, 3)), (1, 2), "zeros"),
        ((7, 9), (3, 3), (2, 2), ((2, 1), (1, 1)), (1, 1), "reflect"),
        ((5, 5), (3, 3), (1, 1), ((1, 1), (2, 0)), (1, 1), "replicate"),
        ((5, 5), (3, 3), (1, 1), ((1, 1), (2, 0)), (1, 1), "circular"),
        ((5, 5), (3, 3), (1, 1), ((1, 1), (2, 0)), (1, 1), "symmetric"),
    ],
)
def test_counts_are_those_of_a_walk_over_the_padded_input(sizes, kernel, stride, padding, dilation, mode):
    case = make_case(
        input=list(sizes),
        kernel=list(kernel),
        stride=list(stride),
        padding=[list(pair) for pair in padding],
        dilation=list(dilation),
        padding_mode=mode,
    )
    assert counts(of_case(case)) == walked(sizes, kernel, stride, padding, dilation, mode)


def test_an_input_with_one_or_three_axes():
    """By hand: kernel 2 reads the ends of 4 once and the rest twice; three axes show the middle of the depth."""
    assert counts(of_case(make_case(input=[4], kernel=2))) == [[1, 2, 2, 1]]
    row = [1, 2, 1]
    assert counts(of_case(make_case(input=[3, 3, 3], kernel=2))) == [
        [2 * down * across for across in row] for down in row
    ]


def test_each_element_of_a_transposed_convolution_is_written_through_every_tap():
    assert counts(of_case(make_case(op="conv_transpose", input=[3], kernel=3, stride=2))) == [[3, 3, 3]]


def test_a_measured_sampling_is_drawn_and_not_the_requested_one(shifted_run):
    """The run's maps: Keras reads 1-3, 3-5, 5-7 and 7-8 of 8, so that 1, 2, 4, 6 and 8 are read once, 3, 5, 7 twice."""
    report = shifted_run.report()
    side = measured(report.verdict("layer-3-stride", "keras"))
    along = [1, 1, 2, 1, 2, 1, 2, 1]
    assert counts(side) == [[down * across for across in along] for down in along]
    assert side.along[0].windows[3] == (6, 7, 8)  # the last tap is in the padding
    assert side.name == "keras 1.2.3 (measured)"


def test_the_first_output_that_differs_in_row_major_order():
    """'same' of an even kernel pads only after; padding 1 before is other elements from the first output on.

    Along the height both are the same, so the first output that differs is found along the width.
    """
    ours = of_case(make_case(input=[4, 4], kernel=[1, 3], stride=[1, 2], padding=[0, 1]))
    theirs = predicted(make_case(input=[4, 4], kernel=[1, 3], stride=[1, 2], padding=[0, 1]), "tensorflow")
    assert ours.same(theirs) == [[True] * 4, [False] * 2]
    assert first_other(ours.same(theirs)) == (0, 0)
    assert first_other([[True, True], [True, False]]) == (0, 1)
    assert first_other([[True, False], [True, True]]) == (1, 0)
    assert first_other([[True], [True]]) is None


def test_a_layer_without_an_output_or_a_line_is_an_error():
    with pytest.raises(InputError, match="no window fits"):
        of_case(make_case(input=[2, 2], kernel=3))
    with pytest.raises(InputError, match="Keras has no line for"):
        predicted(make_case(input=[8, 8], kernel=3, padding=1, padding_mode="circular"), "tensorflow")
