"""Transposed convolutions, pools and padding modes against published numbers, and against what defines them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from convparity.cases import reference
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.case import Case
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays, make_weights
from convparity.cases.operations.conv_transpose import TransposedAxis
from convparity.cases.operations.pool_axis import PoolAxis
from convparity.cases.sampling import fit, fit_axis, taps_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

IN_NUMPY = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}
few = st.integers(1, 3)
sides = st.tuples(st.integers(-2, 3), st.integers(-2, 3))


def evaluated(x, w=None, **parameters):
    case = make_case(input=list(np.shape(x)), **parameters)
    w = None if w is None else np.array(w, dtype=float)[None, None]
    return reference.evaluate(case, axes(case), np.array(x, dtype=float)[None, None], w)[0, 0].tolist()


SQUARE = [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("parameters", "printed"),
    [
        ({}, [[0, 0, 1], [0, 4, 6], [4, 12, 9]]),
        ({"padding": 1}, [[4]]),
        ({"stride": 2}, [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]),
    ],
)
def test_transposed_convolution_as_d2l_prints_it(parameters, printed):
    """Dive into Deep Learning, 14.10 Transposed Convolution."""
    assert evaluated(SQUARE, SQUARE, op="conv_transpose", kernel=2, **parameters) == printed


SIXTEEN = np.arange(16).reshape(4, 4)


@pytest.mark.parametrize(
    ("x", "parameters", "printed"),
    [
        # Dive into Deep Learning, 7.5 Pooling.
        (np.arange(9).reshape(3, 3), {"op": "max_pool", "kernel": 2, "stride": 1}, [[4, 5], [7, 8]]),
        (np.arange(9).reshape(3, 3), {"op": "avg_pool", "kernel": 2, "stride": 1}, [[2, 3], [5, 6]]),
        (SIXTEEN, {"op": "max_pool", "kernel": 3}, [[10]]),
        (SIXTEEN, {"op": "max_pool", "kernel": 3, "stride": 2, "padding": 1}, [[5, 7], [13, 15]]),
        (
            SIXTEEN,
            {"op": "max_pool", "kernel": [2, 3], "stride": [2, 3], "padding": [0, 1]},
            [[5, 7], [13, 15]],
        ),
        # numpy.pad's examples: reflect, edge, symmetric and wrap by (2, 3).
        (
            [1, 2, 3, 4, 5],
            {"kernel": 1, "padding": [[2, 3]], "padding_mode": "reflect"},
            [3, 2, 1, 2, 3, 4, 5, 4, 3, 2],
        ),
        (
            [1, 2, 3, 4, 5],
            {"kernel": 1, "padding": [[2, 3]], "padding_mode": "replicate"},
            [1, 1, 1, 2, 3, 4, 5, 5, 5, 5],
        ),
        (
            [1, 2, 3, 4, 5],
            {"kernel": 1, "padding": [[2, 3]], "padding_mode": "symmetric"},
            [2, 1, 1, 2, 3, 4, 5, 5, 4, 3],
        ),
        (
            [1, 2, 3, 4, 5],
            {"kernel": 1, "padding": [[2, 3]], "padding_mode": "circular"},
            [4, 5, 1, 2, 3, 4, 5, 1, 2, 3],
        ),
    ],
)
def test_each_operation_gives_the_printed_values(x, parameters, printed):
    weights = None if "pool" in parameters.get("op", "") else np.ones(parameters["kernel"])
    assert evaluated(x, weights, **parameters) == printed


@pytest.mark.parametrize(("counted", "corner"), [(None, 2.52), (True, 2.52), (False, 7.0)])
def test_averages_with_and_without_their_padding(counted, corner):
    """apache/mxnet#10194: 5x5 averages with padding 2 of 1 to 25: 63 / 25 in the corner, or 63 / 9."""
    given = {} if counted is None else {"count_include_pad": counted}
    got = evaluated(np.arange(1, 26).reshape(5, 5), op="avg_pool", kernel=5, stride=1, padding=2, **given)
    assert got[0][0] == pytest.approx(corner)
    assert got[2][2] == 13


def test_an_average_never_counts_what_hangs_over_the_end():
    """5 elements, windows of 2, ceil mode: the last holds one element."""
    assert evaluated([1, 2, 3, 4, 9], op="avg_pool", kernel=2, ceil_mode=True) == [1.5, 3.5, 9]


@pytest.mark.parametrize(
    ("parameters", "output"),
    [
        ({"input": [112], "kernel": 3, "stride": 2, "ceil_mode": True}, 56),  # GoogLeNet's first pool
        ({"input": [54], "kernel": 3, "stride": 2, "ceil_mode": True}, 27),  # SqueezeNet 1.0's second
        ({"input": [64], "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}, 33),  # ethereon/netscope#25
        ({"input": [64], "kernel": 3, "stride": 2, "padding": 1}, 32),
        (
            {"input": [5], "kernel": 2, "stride": 3, "padding": 1, "ceil_mode": True},
            2,
        ),  # a third would start in padding
        ({"input": [56], "kernel": 2}, 28),
        ({"input": [4], "kernel": 3, "stride": 2, "padding": "same"}, 2),
    ],
)
def test_pools_have_the_published_output_sizes(parameters, output):
    (axis,) = axes(make_case(op="max_pool", **parameters))
    assert axis.output == output


@pytest.mark.parametrize(
    ("parameters", "output"),
    [
        ({"input": [1], "kernel": 4}, 4),  # DCGAN's generator: 1 to 4, 4 to 8
        ({"input": [4], "kernel": 4, "stride": 2, "padding": 1}, 8),
        ({"input": [4], "kernel": 5, "stride": 2, "padding": "same"}, 8),
        ({"input": [14], "kernel": 3, "stride": 2, "padding": 1}, 27),  # PaddlePaddle/Paddle#15477
        ({"input": [14], "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}, 28),
        ({"input": [14], "kernel": 2, "stride": 3, "padding": "valid"}, 41),
        ({"input": [14], "kernel": 2, "stride": 3, "padding": "same"}, 42),
        ({"input": [16], "kernel": 64, "stride": 32}, 544),  # FCN-32s: (16 - 1) * 32 + 64
        ({"input": [2], "kernel": 3, "dilation": 4}, 10),
    ],
)
def test_transposed_convolutions_have_the_published_output_sizes(parameters, output):
    (axis,) = axes(make_case(op="conv_transpose", **parameters))
    assert axis.output == output


@pytest.mark.parametrize(
    ("word", "kernel", "stride", "extra", "crop"),
    [
        ("same", 3, 2, None, (0, 1)),
        ("same", 3, 2, 1, (1, 1)),
        ("same", 4, 2, None, (1, 1)),
        ("same_lower", 3, 2, None, (1, 0)),
        ("same", 2, 4, None, (0, -2)),
        ("same", 1, 2, None, (0, -1)),  # one less than the stride: the zero goes to the end
        ("same_lower", 2, 4, None, (0, -2)),
        ("valid", 3, 2, None, (0, 0)),
    ],
)
def test_each_padding_word_crops_the_expected_elements(word, kernel, stride, extra, crop):
    given = {} if extra is None else {"output_padding": extra}
    (axis,) = axes(make_case(op="conv_transpose", input=[8], kernel=kernel, stride=stride, padding=word, **given))
    assert (axis.before, axis.after) == crop


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"input": [4], "kernel": 3, "padding": 4, "padding_mode": "reflect"}, "reflect padding of 4 along the width"),
        ({"input": [4], "kernel": 3, "padding": 5, "padding_mode": "circular"}, "circular padding of 5"),
        ({"input": [0], "kernel": 3, "padding": 5, "padding_mode": "replicate"}, "replicate padding of 5"),
        ({"op": "max_pool", "input": [4], "kernel": 2, "padding": 2}, "holds nothing but padding"),
        ({"op": "max_pool", "input": [4], "kernel": 1, "stride": 1, "padding": [[0, 1]]}, "nothing but padding"),
        (
            {"op": "max_pool", "input": [2], "kernel": 2, "stride": 1, "padding": 4, "dilation": 5},
            "nothing but padding",
        ),
        ({"op": "avg_pool", "input": [0], "kernel": 2, "padding": 1}, "nothing but padding"),
        (
            {"op": "conv_transpose", "input": [2], "kernel": 1, "padding": 1},
            "nothing is left of the width: (2-1)*1-2+1",
        ),
        ({"op": "conv_transpose", "input": [0], "kernel": 3}, "the input is empty along the width"),
        (  # the first window's taps are at -5, -2 and 1 of an input that has 0 only
            {"op": "max_pool", "input": [1], "kernel": 3, "stride": 1, "dilation": 3, "padding": [[5, 1]]},
            "nothing but padding",
        ),
        ({"input": [1], "kernel": 2, "padding": 1, "padding_mode": "reflect"}, "needs at least 2 elements"),
        ({"input": [0], "kernel": 2, "padding": 1, "padding_mode": "replicate"}, "needs at least 1 element"),
    ],
)
def test_impossible_parameters_have_no_answer(parameters, reason):
    found = axes(make_case(**parameters))
    assert isinstance(found, Invalid)
    assert reason in found.reason


@pytest.mark.parametrize("op", ["conv_transpose", "max_pool", "avg_pool"])
def test_causal_padding_is_that_of_a_convolution(op):
    """No catalog gets as far as this: a case that somebody made by hand does."""
    found = axes(replace(make_case(op=op, input=[4], kernel=2), padding="causal"))
    assert isinstance(found, Invalid)
    assert "causal" in found.reason


@pytest.mark.parametrize("channels", [2, 4])
def test_a_pool_has_as_many_channels_after_as_before(channels):
    found = axes(replace(make_case(op="max_pool", input=[4], kernel=2, in_channels=3), out_channels=channels))
    assert isinstance(found, Invalid)
    assert "channels" in found.reason


def test_reflection_needs_one_element_more_than_it_mirrors():
    assert not isinstance(axes(make_case(input=[4], kernel=3, padding=3, padding_mode="reflect")), Invalid)


def test_a_padding_mode_asks_nothing_of_an_input_that_is_not_padded():
    assert not isinstance(axes(make_case(input=[1], kernel=1, padding_mode="reflect")), Invalid)


@pytest.mark.parametrize(
    ("mode", "reads"),
    [
        ("zeros", [-1, -1, 0, 1, 2, -1, -1]),
        ("reflect", [2, 1, 0, 1, 2, 1, 0]),
        ("replicate", [0, 0, 0, 1, 2, 2, 2]),
        ("circular", [1, 2, 0, 1, 2, 0, 1]),
    ],
)
def test_each_padding_mode_reads_its_elements(mode, reads):
    """numpy.pad of the indices 0, 1, 2 by (2, 2): reflect, edge and wrap, as its documentation has them."""
    (axis,) = axes(make_case(input=[3], kernel=1, padding=2, padding_mode=mode))
    assert axis.sampling().ravel().tolist() == reads


def lent(x, sides, modes):
    """An array whose last axes are padded by one mode of numpy.pad each, one axis after the other."""
    for i, (pair, mode) in enumerate(zip(sides, modes, strict=True), x.ndim - len(sides)):
        along = [(0, 0)] * x.ndim
        along[i] = pair
        x = np.pad(x, along, mode=mode)
    return x


def test_causal_in_three_dimensions_repeats_the_edge_of_the_depth_and_mirrors_height_and_width():
    """Depth (2,0) with its first slice, height and width (1,1) mirrored: numpy.pad, then a loop over windows."""
    case = make_case(
        **{"input": [4, 5, 6], "kernel": 3, "padding": [[2, 0], [1, 1], [1, 1]], "in_channels": 2, "out_channels": 3},
        padding_mode=["replicate", "reflect", "reflect"],
    )
    x, w = make_arrays(case)
    padded = lent(x, [(2, 0), (1, 1), (1, 1)], ["edge", "reflect", "reflect"]).astype(float)
    expected = np.zeros((1, 3, 4, 5, 6))
    for o, d, h, v in np.ndindex(3, 4, 5, 6):
        expected[0, o, d, h, v] = (padded[0, :, d : d + 3, h : h + 3, v : v + 3] * w[o]).sum()
    assert reference.evaluate(case, axes(case), x, w).tolist() == expected.tolist()
    assert [axis.reads(0) for axis in axes(case)] == [[0, 0, 0], [1, 0, 1], [1, 0, 1]]
    assert case.describe() == (
        "3x3x3, padding (2,0),(1,1),(1,1), replicate,reflect,reflect mode, 2 to 3 channels on 4x5x6"
    )


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # 1 2 3 padded by (1, 2), with a kernel of 1 10 100 and stride 2: 6 elements, so 5 * 2 + 3 outputs.
        ("zeros", [0, 0, 1, 10, 102, 20, 203, 30, 300, 0, 0, 0, 0]),
        ("reflect", [2, 20, 201, 10, 102, 20, 203, 30, 302, 20, 201, 10, 100]),
        ("replicate", [1, 10, 101, 10, 102, 20, 203, 30, 303, 30, 303, 30, 300]),
        ("circular", [3, 30, 301, 10, 102, 20, 203, 30, 301, 10, 102, 20, 200]),
        ("symmetric", [1, 10, 101, 10, 102, 20, 203, 30, 303, 30, 302, 20, 200]),
    ],
)
def test_a_transposed_convolution_of_a_padded_input(mode, expected):
    layer = {"op": "conv_transpose", "kernel": 3, "stride": 2, "input_padding": [[1, 2]], "padding_mode": mode}
    assert evaluated([1, 2, 3], [1, 10, 100], **layer) == expected
    assert evaluated([1, 2, 3], [1, 10, 100], **layer, padding=[[2, 3]], output_padding=1) == expected[2:-2]
    if mode == "zeros":  # which only lengthens the output
        plain = {key: value for key, value in layer.items() if key not in ("input_padding", "padding_mode")}
        assert evaluated([1, 2, 3], [1, 10, 100], **plain, padding=[[-2, -4]]) == expected


@pytest.mark.parametrize("modes", [["edge", "reflect"], ["wrap", "constant"], ["symmetric", "edge"]])
def test_each_axis_of_the_input_of_a_transposed_convolution_has_a_mode(modes):
    words = {"edge": "replicate", "wrap": "circular", "constant": "zeros"}
    case = make_case(
        **{"op": "conv_transpose", "input": [4, 5], "kernel": [2, 3], "stride": [2, 1], "padding": [[1, 0], [2, 1]]},
        **{"in_channels": 2, "out_channels": 3, "input_padding": [[2, 1], [0, 2]]},
        padding_mode=[words.get(mode, mode) for mode in modes],
    )
    x, w = make_arrays(case)
    padded = lent(x, [(2, 1), (0, 2)], modes).astype(float)
    whole = np.zeros((1, 3, 6 * 2 + 2, 6 + 3))
    for c, o, h, v in np.ndindex(2, 3, 7, 7):
        whole[0, o, 2 * h : 2 * h + 2, v : v + 3] += padded[0, c, h, v] * w[c, o]
    found = reference.evaluate(case, axes(case), x, w)
    assert found.tolist() == whole[:, :, 1:, 2:-1].tolist()
    at = [(0, o, h, v) for o in range(3) for h in (0, 5, 12) for v in (0, 3, 5)]
    for place in at:
        assert reference.operation(case.op).evaluate_at(case, axes(case), place, x, w) == found[place]


def test_the_padding_of_the_input_of_a_transposed_convolution_needs_enough_elements():
    found = axes(
        make_case(op="conv_transpose", input=[2, 4], kernel=3, input_padding=[2, 1], padding_mode="reflect"),
    )
    assert isinstance(found, Invalid)
    assert found.reason == "reflect padding of 2 along the height needs at least 3 elements, and there are 2"


@pytest.mark.parametrize(
    "fields",
    [
        {"kernel": 2, "stride": 3, "padding": [[-1, -2]]},
        {"kernel": 3, "padding": 2, "padding_mode": "reflect"},
        {"op": "conv_transpose", "kernel": 2, "stride": 3, "padding": [[4, 7]]},
        {"op": "conv_transpose", "kernel": 3, "stride": 2, "dilation": 3, "padding": [[9, 6]], "output_padding": 1},
        {"op": "conv_transpose", "kernel": 2, "stride": 2, "padding": [[6, 5]], "input_padding": [[2, 3]]},
        {
            **{"op": "conv_transpose", "kernel": 2, "stride": 2, "padding": [[0, 14]], "input_padding": [[3, 0]]},
            "padding_mode": "circular",
        },
        {"op": "avg_pool", "output_size": 3},
    ],
)
def test_the_elements_of_an_axis_are_those_that_some_output_reads(fields):
    (axis,) = axes(make_case(input=[8], **fields))
    assert axis.elements() == set(axis.sampling().ravel().tolist()) - {-1}
    assert all(type(index) is int for index in axis.elements())


# All of them windows over one axis of a pool: n, kernel, padding, and which elements are read.
WINDOWS = {
    "one element": ({"input": [1], "kernel": 1}, [[0]]),
    "one tap reaches the input": ({"input": [4], "kernel": 4, "stride": 1, "padding": [[3, 0]]}, 4),
    "all of a window in padding": ({"input": [4], "kernel": 4, "stride": 1, "padding": [[4, 0]]}, None),
    "taps at -2 and 0": ({"input": [1], "kernel": 2, "stride": 1, "dilation": 2, "padding": [[2, 0]]}, [[-1, 0]]),
    "taps at -1 and 1 of one": ({"input": [1], "kernel": 2, "stride": 1, "dilation": 2, "padding": 1}, None),
    "taps at -1 and 1 of two": ({"input": [2], "kernel": 2, "dilation": 2, "padding": [[1, 0]]}, [[-1, 1]]),
    "taps at -1 and 1, which is cropped": (
        {"input": [2], "kernel": 2, "dilation": 2, "padding": [[1, -1]], "ceil_mode": True},
        None,
    ),
    # Taps at -7, -2, 3, then at -4, 1, 6, then at -1, 4, 9.
    "the third window steps over the input": (
        {"input": [4], "kernel": 3, "stride": 3, "dilation": 5, "padding": [[7, 6]]},
        None,
    ),
    "and without it": (
        {"input": [4], "kernel": 3, "stride": 3, "dilation": 5, "padding": [[7, 3]]},
        [[-1, -1, 3], [-1, 1, -1]],
    ),
}


@pytest.mark.parametrize(("parameters", "reads"), WINDOWS.values(), ids=WINDOWS.keys())
def test_a_window_of_nothing_but_padding_has_no_answer(parameters, reads):
    """Tap t of window o reads o*s - before + t*d: expected by writing these down."""
    found = axes(make_case(op="max_pool", **parameters))
    if reads is None:
        assert isinstance(found, Invalid)
        assert "nothing but padding" in found.reason
    else:
        (axis,) = found
        assert reads in (axis.output, axis.sampling().tolist())


def test_ceil_mode_drops_a_window_that_starts_after_the_input():
    """Rounded up, windows start at -1, 1, 3 and 5 of 4 elements; the last lies in padding and is dropped."""
    (axis,) = axes(make_case(op="max_pool", input=[4], kernel=2, stride=2, padding=[[1, 2]], ceil_mode=True))
    assert (axis.rounded_up, axis.output) == (4, 3)


def test_ceil_mode_on_a_cropped_input_is_ceil_mode_on_what_is_left():
    """4 of 5 elements: a second window would start at 4, behind them (PyTorch's rule, aten/src/ATen/native/Pool.h)."""
    cropped, short = PoolAxis(5, 2, 0, -1, 4, 1, ceil=True), PoolAxis(4, 2, 0, 0, 4, 1, ceil=True)
    assert cropped.output == short.output == 1


def test_averages_count_elements_as_pytorch_does():
    """PyTorch's rule, aten/src/ATen/native/AveragePoolKernel.cpp: the padded input counts, what is beyond it never."""
    over_the_end = PoolAxis(5, 2, 0, 0, 2, 1, ceil=True)
    assert [over_the_end.counted(counts).tolist() for counts in (True, False)] == [[2, 2, 1], [2, 2, 1]]
    padded = PoolAxis(4, 3, 1, 1, 2, 1, ceil=True)  # from -1, 1 and 3 up to 1, 3 and 5; padding is -1 and 4
    assert [padded.counted(counts).tolist() for counts in (True, False)] == [[3, 3, 2], [2, 3, 1]]


def test_windows_of_a_pool_are_the_same_whatever_the_order_and_the_empty_taps():
    narrow, wide = np.array([[1, 0]]), np.array([[0, 1, -1]])
    assert PoolAxis.alike(narrow, wide)
    assert PoolAxis.alike(wide, narrow)
    assert not PoolAxis.alike(narrow, np.array([[0, 1, 2]]))
    assert not PoolAxis.alike(narrow, np.array([[0, -1]]))


@pytest.mark.parametrize(
    ("axis", "formula"),
    [
        (PoolAxis(8, 3, 1, 1, 2, 1), "floor((8-3+2+2)/2) = 4"),
        (PoolAxis(5, 2, 0, 0, 2, 1, ceil=True), "ceil((5-2+0)/2)+1 = 3"),
        (PoolAxis(5, 2, 1, 1, 3, 1, ceil=True), "ceil((5-2+2)/3)+1 = 3, less one that starts in the padding: 2"),
        (PoolAxis(15, 2, 0, 0, 4, 1, ceil=True), "ceil((15-2+0)/4)+1 = 5, less one that starts beyond the input: 4"),
        (TransposedAxis(8, 3, 0, 0, 2, 1), "(8-1)*2+3 = 17"),
        (TransposedAxis(8, 3, 0, 1, 2, 1), "(8-1)*2-1+3 = 16"),
        (TransposedAxis(8, 3, 1, 1, 2, 1, output_padding=1), "(8-1)*2-2+3+1 = 16"),
        (TransposedAxis(8, 2, 0, -2, 4, 1), "(8-1)*4+2+2 = 32"),
    ],
)
def test_the_formulas_of_pools_and_transposed_convolutions_are_written_out(axis, formula):
    assert axis.formula() == formula


def test_output_padding_is_a_crop_below_zero_at_the_far_end():
    assert TransposedAxis(8, 3, 1, 1, 2, 1, output_padding=1).pads == (1, 0)
    assert TransposedAxis(8, 3, 1, 1, 2, 1).pads == (1, 1)


def test_positions_beyond_64_bits_are_computed_exactly():
    """Output 2**65 is the first tap of input 2**65 / 2**33."""
    axis = TransposedAxis(2**33, 2, 0, 0, 2**33, 1)
    assert axis.sampling([2**65, 2**65 + 1]).tolist() == [[2**32, -1], [-1, 2**32]]


def test_output_padding_below_zero_has_no_answer():
    case = make_case(op="conv_transpose", input=[8], kernel=3, output_padding=-1, hostile=True)
    assert axes(case) == Invalid("output padding is -1")


def test_values_that_a_move_changes_by_less_than_rounding_may_prove_nothing(monkeypatch):
    """Windows of 3 in float16 average 100 and 100.01: five ULP are allowed, each 1/16."""
    case = make_case(op="avg_pool", input=[6], kernel=3, stride=1, padding=-1, dtype="float16")
    monkeypatch.setattr(
        reference, "make_arrays", lambda _: (np.array([[[100, 100.01, 100, 100.02, 100, 100.01]]]), None)
    )
    assert not reference.refer(case).decisive


@pytest.mark.parametrize("op", ["max_pool", "avg_pool"])
def test_the_last_window_hangs_over_whatever_the_number_of_channels(op):
    """5x5 in windows of 2: the last ones hold what is left, the corner one element."""
    case = make_case(op=op, input=[5, 5], kernel=2, ceil_mode=True, in_channels=9)
    x, _ = make_arrays(case)
    got = reference.values(case)
    assert got.shape == (1, 9, 3, 3)
    assert got[:, :, 2, 2].tolist() == x[:, :, 4, 4].tolist()
    assert got[:, :, 0, 2].tolist() == (x[:, :, :2, 4].max(2) if op == "max_pool" else x[:, :, :2, 4].mean(2)).tolist()


@pytest.mark.parametrize(
    ("parameters", "x", "decisive"),
    [
        # One element is read, the middle one of three; moved by one, its neighbour.
        ({"op": "avg_pool"}, [7, 5, 6], True),
        ({"op": "avg_pool"}, [5, 5, 6], False),
        ({"op": "avg_pool"}, [7, 5, 5], False),
        ({"op": "max_pool"}, [7, 5, 6], True),
        ({"op": "max_pool"}, [5, 5, 6], False),
        ({"op": "conv_transpose"}, [7, 5, 6], True),
        ({"op": "conv_transpose"}, [5, 5, 6], False),
    ],
)
def test_equal_values_prove_the_sampling_only_where_a_move_changes_them(parameters, x, decisive, monkeypatch):
    """One tap, so that nothing is added up; a transposed convolution crops by the same numbers below 0."""
    transposed = parameters["op"] == "conv_transpose"
    w = np.array([[[1]]]) if transposed else None
    case = make_case(input=[3], kernel=1, padding=1 if transposed else -1, **parameters)
    monkeypatch.setattr(reference, "make_arrays", lambda _: (np.array([[x]]), w))
    assert reference.refer(case).decisive is decisive


def test_a_move_that_has_no_answer_does_not_hide_the_other(monkeypatch):
    """Windows [0 1] and [2 -]: moved down the last one is empty; moved up, [- 0] and [1 2] may have the same maxima."""
    case = make_case(op="max_pool", input=[3], kernel=2, padding=[[0, 1]])
    for x, decisive in (([-5, -5, -5], False), ([-6, -5, -6], True)):
        monkeypatch.setattr(reference, "make_arrays", lambda _, x=x: (np.array([[x]]), None))
        assert reference.refer(case).decisive is decisive


@pytest.mark.parametrize("op", ["conv", "conv_transpose", "max_pool", "avg_pool"])
def test_an_empty_batch_proves_nothing(op):
    answer = reference.refer(make_case(op=op, input=[8], kernel=2, batch=0))
    assert answer.shape[0] == 0
    assert not answer.decisive


@settings(max_examples=150, deadline=None)
@given(few, few, few, few, sides, few, st.data())
def test_a_transposed_convolution_is_the_adjoint_of_the_convolution(n, k, s, d, pads, groups, data):
    """For every x and y, <conv(x), y> = <x, transposed(y)>: with the same weights, whatever the padding."""
    n += 4
    layer = {"kernel": k, "stride": s, "dilation": d, "padding": [list(pads)], "groups": groups}
    channels = {"in_channels": 2 * groups, "out_channels": 3 * groups}
    forward = make_case(input=[n], **layer, **channels)
    assume(not isinstance(axes(forward), Invalid))
    (axis,) = axes(forward)
    rest = (n + sum(pads) - axis.effective) % s  # what no window reaches is output padding of the adjoint
    backward = make_case(
        op="conv_transpose",
        input=[axis.output],
        output_padding=rest,
        **layer,
        in_channels=3 * groups,
        out_channels=2 * groups,
    )
    assume(not isinstance(axes(backward), Invalid))
    x, w = make_arrays(forward)
    y = make_arrays(backward)[0]
    assert make_weights(backward).shape == w.shape
    convolved = reference.evaluate(forward, axes(forward), x, w)
    transposed = reference.evaluate(backward, axes(backward), y, w)
    assert transposed.shape == x.shape
    assert (convolved * y).sum() == (x * transposed).sum()


layers = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["conv", "conv_transpose", "max_pool", "avg_pool"]),
        "n": st.integers(1, 9),
        "k": st.integers(1, 4),
        "s": few,
        "d": few,
        "pads": sides,
        "extra": st.integers(0, 2),
        "around": sides,
        "ceil": st.booleans(),
        "counted": st.booleans(),
        "divisor": st.sampled_from([None, 1, 5]),
        "mode": st.sampled_from(["zeros", "reflect", "replicate", "circular", "symmetric"]),
    }
)


def case_of(layer, **more):
    divisor = {} if layer["divisor"] is None else {"divisor_override": layer["divisor"]}
    own = {
        "conv": {"padding_mode": layer["mode"]},
        "conv_transpose": {
            **{"output_padding": layer["extra"], "padding_mode": layer["mode"]},
            "input_padding": [[max(side, 0) for side in layer["around"]]],
        },
        "max_pool": {"ceil_mode": layer["ceil"]},
        "avg_pool": {"ceil_mode": layer["ceil"], "count_include_pad": layer["counted"], **divisor},
    }
    sizes = {"input": [layer["n"]], "kernel": layer["k"], "stride": layer["s"], "dilation": layer["d"]}
    return make_case(op=layer["op"], padding=[list(layer["pads"])], **sizes, **own[layer["op"]], **more)


SIXTEEN_FROM_1 = np.arange(1, 17).reshape(4, 4)


@pytest.mark.parametrize(
    ("parameters", "first_rows"),
    [
        # Of the corner window 1, 2, 5, 6 and of that beside it 1, 2, 3, 5, 6, 7: sums of 14 and 24 over 9, 4 and 6.
        ({"kernel": 3, "stride": 1, "padding": 1}, [[1.556, 2.667, 3.333, 2.444]]),
        ({"kernel": 3, "stride": 1, "padding": 1, "count_include_pad": False}, [[3.5, 4, 5, 5.5]]),
        # Sums of 14, 22, 46 and 54 over 3.
        ({"kernel": 2, "divisor_override": 3}, [[4.667, 7.333], [15.333, 18]]),
        ({"kernel": 2, "divisor_override": 1}, [[14, 22], [46, 54]]),
        # The last windows hang over the end: sums of 54, 45, 72 and 54 over 9, however many elements they hold.
        ({"kernel": 3, "stride": 2, "ceil_mode": True, "divisor_override": 9}, [[6, 5], [8, 6]]),
    ],
)
def test_averages_of_1_to_16(parameters, first_rows):
    averages = evaluated(SIXTEEN_FROM_1, op="avg_pool", **parameters)
    assert np.allclose(averages[: len(first_rows)], first_rows, atol=5e-4)


@pytest.mark.parametrize(
    ("op", "n", "outputs", "expected"),
    [
        # Windows 0-1, 1-3, 3-5, 5-6, 6-8, 8-10 and 10-11.
        ("avg_pool", 12, 7, [0.5, 2, 4, 5.5, 7, 9, 10.5]),
        ("max_pool", 12, 7, [1, 3, 5, 6, 8, 10, 11]),
        ("avg_pool", 12, 1, [5.5]),
        ("max_pool", 3, 5, [0, 1, 1, 2, 2]),  # more outputs than elements: 0, 0-1, 1, 1-2, 2
        ("avg_pool", 6, 3, [0.5, 2.5, 4.5]),
        ("avg_pool", 5, 2, [1, 3]),  # 0-2 and 2-4
    ],
)
def test_adaptive_pools_give_the_values_of_their_windows(op, n, outputs, expected):
    assert evaluated(np.arange(n), op=op, output_size=outputs) == expected


def test_the_windows_of_two_axes_are_apart():
    """Rows 0 and 1 of 3 to 2 outputs are 0-1 and 1-2, columns of 4 to 2 are 0-1 and 2-3."""
    x = np.arange(12).reshape(3, 4)
    assert evaluated(x, op="avg_pool", output_size=[2, 2]) == [
        [np.mean([0, 1, 4, 5]), np.mean([2, 3, 6, 7])],
        [np.mean([4, 5, 8, 9]), np.mean([6, 7, 10, 11])],
    ]
    assert evaluated(x, op="max_pool", output_size=1) == [[11]]


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60))
def test_the_elements_of_adaptive_windows(n, outputs):
    """In fractions, element j is in window i if they overlap; the largest window is the kernel."""
    case = make_case(op="max_pool", input=[n], output_size=outputs)
    (axis,) = axes(case)
    expected = [
        [j for j in range(n) if j * outputs < (i + 1) * n and (j + 1) * outputs > i * n] for i in range(outputs)
    ]
    read = [[index for index in row if index >= 0] for row in axis.sampling().tolist()]
    assert read == expected
    assert [[index for index in axis.reads(i) if index >= 0] for i in range(outputs)] == expected
    assert axis.counted(True).tolist() == list(map(len, expected))
    assert case.kernel == (max(map(len, expected)),)


def test_an_adaptive_pool_on_another_size_has_other_windows():
    case = make_case(op="avg_pool", input=[12, 8], output_size=[4, 3])
    assert (case.kernel, case.on((9, 9)).kernel) == ((3, 4), (3, 3))
    assert case.on((9, 9)) == make_case(op="avg_pool", input=[9, 9], output_size=[4, 3], id=case.id)
    assert case.describe() == "adaptive average pool to 4x3 on 12x8"
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case


@settings(max_examples=400, deadline=None)
@given(layers)
def test_the_sampling_says_where_the_values_come_from(layer):
    """The reference pads and slices; the arithmetic computes indices. Each is held against the other."""
    case = case_of(layer)
    assume(not isinstance(axes(case), Invalid))
    (axis,) = axes(case)
    x, w = make_arrays(case)
    padded = np.append(x[0, 0].astype(float), -np.inf if case.op == "max_pool" else 0)
    read = padded[axis.sampling()]  # -1, padding, takes the last
    if case.op == "max_pool":
        expected = read.max(axis=1)
    elif case.op == "avg_pool":
        expected = read.sum(axis=1) / (case.divisor_override or axis.counted(case.counts_padding))
    else:
        expected = read @ w.ravel()
    assert np.allclose(reference.evaluate(case, axes(case), x, w)[0, 0], expected, rtol=1e-14)


@settings(max_examples=400, deadline=None)
@given(layers, st.booleans())
def test_fitted_numbers_rebuild_the_map(layer, flipped):
    case = case_of(layer)
    assume(not isinstance(axes(case), Invalid))
    (axis,) = axes(case)
    asked = axis.sampling()[:, ::-1] if flipped and not case.pools else axis.sampling()
    found = fit_axis(asked, axis)
    if found is None or found.before is None or None in (found.stride, found.dilation):
        return
    if (
        found.mode != "zeros" and not axis.adjoint
    ):  # of the few elements that there are, also bounced more than once, as np.pad does
        reach = (len(asked) - 1) * found.stride + found.dilation * (asked.shape[1] - 1) + 1
        pads = (found.before, max(reach - found.before - axis.n, 0))
        padded = np.pad(np.arange(axis.n), pads, mode=IN_NUMPY[found.mode])
        windows = np.lib.stride_tricks.sliding_window_view(padded, reach - (len(asked) - 1) * found.stride)
        read = windows[:: found.stride, :: found.dilation].tolist()
        assert read[: len(asked)] == asked.tolist()
        return
    same = Case(**{**case.__dict__, "stride": (found.stride,), "dilation": (found.dilation,)})
    (like,) = [type(axis)(**{**vars(axis), "stride": same.stride[0], "dilation": same.dilation[0], "mode": found.mode})]
    rebuilt = like.with_pads(found.before, found.after[0]).sampling()
    assert (rebuilt[:, ::-1] if found.flipped else rebuilt).tolist() == asked.tolist()


def test_a_fit_tells_the_crop_and_the_flip_of_a_transposed_convolution():
    axis = TransposedAxis(8, 3, 1, 1, 2, 1, output_padding=1)
    found = fit_axis(axis.sampling(), axis)
    assert (found.before, found.after, found.stride, found.dilation, found.flipped) == (1, (0, 0), 2, 1, False)
    mirrored = fit_axis(axis.with_pads(0, 1).sampling()[:, ::-1], axis)
    assert (mirrored.before, mirrored.after, mirrored.flipped) == (0, (1, 1), True)


@settings(max_examples=300, deadline=None)
@given(layers)
def test_the_windows_of_a_pool_follow_from_the_elements_in_them(layer):
    case = case_of({**layer, "op": "max_pool"})
    assume(not isinstance(axes(case), Invalid))
    (axis,) = axes(case)
    assert isinstance(axis, PoolAxis)
    rows = [sorted(v for v in row if v >= 0) for row in axis.sampling().tolist()]
    taps = taps_of(rows, axis.kernel, axis.n)
    assert axis.alike(axis.sampling(), taps)


@pytest.mark.parametrize(
    ("windows", "kernel", "n", "before", "stride", "dilation"),
    [
        ([[0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]], 3, 8, 1, 2, 1),  # padding (1,1), as numbers say
        ([[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7]], 3, 8, 0, 2, 1),  # padding (0,1), as 'same' has it
        ([[0, 2], [0, 2, 4], [2, 4, 6], [4, 6]], 3, 7, 2, 2, 2),  # taps 2 apart, 2 of padding on either side
        ([[0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3], [3]], 3, 4, 2, 1, 1),
        ([[0, 1], [0, 1]], 3, 2, 1, 1, 1),  # no window is whole
    ],
)
def test_the_padding_of_a_pool_follows_from_the_elements_in_its_windows(windows, kernel, n, before, stride, dilation):
    taps = taps_of(windows, kernel, n)
    assert taps.shape == (len(windows), kernel)
    found = fit(taps, n)
    assert (found.before, found.stride, found.dilation) == (before, stride, dilation)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_max_pools_of_integers(dtype):
    """Padding is below every element; the reference is held against the maxima of NumPy's own integers."""
    case = make_case(op="max_pool", input=[7, 6], kernel=3, stride=2, padding=1, in_channels=2, dtype=dtype)
    x, _ = make_arrays(case)
    padded = np.pad(x.astype(dtype), [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=np.iinfo(dtype).min)
    expected = [[[padded[0, c, h : h + 3, v : v + 3].max() for v in (0, 2, 4)] for h in (0, 2, 4, 6)] for c in range(2)]
    assert reference.values(case).astype(np.int64).tolist() == [np.array(expected).astype(np.int64).tolist()]
    assert reference.refer(case).exact
    assert reference.refer(case).decisive


@pytest.mark.parametrize("op", ["conv", "conv_transpose", "avg_pool"])
def test_only_max_pools_have_integers(op):
    found = axes(make_case(op=op, input=[4], kernel=2, dtype="int8", hostile=True))
    assert isinstance(found, Invalid)
    assert found.reason == "dtype is 'int8', and only max_pool has integers"


@pytest.mark.parametrize("windows", [[[0, 1, 3]], [[0, 1, 2, 3], [2]], [[0, 1], [5, 6], [3, 4]], [[], []], []])
def test_windows_that_no_pool_has_are_listed_as_they_are(windows):
    rows = [[v for v in row if v >= 0] for row in taps_of(windows, 3, 7).tolist()]
    assert rows == windows


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rounding_to_a_narrow_dtype_is_to_the_nearest_even(dtype):
    spacing = {"float16": 2.0, "bfloat16": 16.0}[dtype]  # between 2048 and 4096
    start = 2048.0
    exact = np.array([start, start + spacing / 2, start + spacing * 0.51, start + spacing * 1.5])
    assert reference.rounded(exact, dtype).tolist() == [start, start, start + spacing, start + 2 * spacing]


def test_narrow_sums_are_exact_where_they_can_be_and_allowed_for_where_not():
    assert reference.refer(make_case(input=[8, 8], kernel=3, dtype="float16")).exact
    assert not reference.refer(make_case(input=[8, 8], kernel=7, dtype="bfloat16")).exact
    assert not reference.refer(make_case(op="avg_pool", input=[8, 8], kernel=3)).exact
    assert reference.refer(make_case(op="max_pool", input=[8, 8], kernel=3, dtype="bfloat16")).exact


@pytest.mark.parametrize(
    ("kernel", "dtype", "ulp"),
    [(3, "float32", 11), (3, "float16", 11), (7, "float16", 51)],
)
def test_an_average_may_be_off_by_terms_and_two_ulp(kernel, dtype, ulp):
    """As many as webnn/resources/utils.js allows; 51 are 0.025 to 0.05 of the average, under a half of 1 in 8."""
    case = make_case(op="avg_pool", input=[kernel, kernel], kernel=kernel, dtype=dtype)
    mean = np.abs(make_arrays(case)[0].astype(float)).mean()
    spacing = 2.0 ** (np.floor(np.log2(mean)) - {"float32": 23, "float16": 10}[dtype])
    assert reference.tolerance(case) == pytest.approx(ulp * spacing)


@pytest.mark.parametrize(("kernel", "dtype"), [(32, "float16"), (5, "bfloat16"), (3000, "float32")])
def test_an_average_may_not_be_off_by_half_a_row_of_the_window(kernel, dtype):
    case = make_case(op="avg_pool", input=[1, kernel + 1], kernel=[1, kernel], stride=1, dtype=dtype)
    case = case if kernel != 32 else make_case(op="avg_pool", input=[33, 32], kernel=32, stride=1, dtype=dtype)
    x = np.abs(make_arrays(case)[0].astype(float))
    assert (reference.tolerance(case) <= x.sum() / 2 / (kernel + 1) / np.prod(case.kernel)).all()


@pytest.mark.parametrize("name", ["arithmetic", "conformance", "textbook"])
def test_an_output_reads_the_same_elements_with_and_without_numpy(name):
    for case in load_catalog(name):
        case_axes = axes(case)
        for axis in () if isinstance(case_axes, Invalid) else case_axes:
            ends = sorted({0, axis.output // 2, axis.output - 1})
            assert [axis.reads(output) for output in ends] == axis.sampling(ends).tolist(), case.id
