"""The reference's values against SciPy and printed figures; what its digest and its `decisive` promise."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from convparity.cases import arithmetic, reference
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays
from convparity.cases.reference import digest, evaluate, mirrored_digest, refer, values
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d, correlate, correlate2d


def scipy_convolution(x, w, case_axes, groups):
    """The same layer by padding, cropping, spreading the kernel, correlating at stride 1 and striding last."""
    rows, columns = case_axes
    x = np.pad(x, [(0, 0), (0, 0)] + [(max(a.before, 0), max(a.after, 0)) for a in case_axes])
    for i, a in enumerate(case_axes):
        x = np.delete(x, range(max(-a.before, 0)), 2 + i)
        x = np.delete(x, range(x.shape[2 + i] - max(-a.after, 0), x.shape[2 + i]), 2 + i)
    spread = np.zeros((*w.shape[:2], rows.effective, columns.effective))
    spread[:, :, :: rows.dilation, :: columns.dilation] = w
    filters, channels = w.shape[:2]
    return np.array(
        [
            [
                sum(
                    correlate2d(image[o // (filters // groups) * channels + c], spread[o, c], "valid")
                    for c in range(channels)
                )[:: rows.stride, :: columns.stride]
                for o in range(filters)
            ]
            for image in x
        ]
    )


def pair(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def valid_cases(draw):
    groups = draw(st.integers(1, 3))
    case = make_case(
        input=draw(pair(1, 9)),
        kernel=draw(pair(1, 4)),
        stride=draw(pair(1, 3)),
        dilation=draw(pair(1, 3)),
        padding=draw(st.sampled_from(["same", "valid"]) | pair(-2, 3) | st.tuples(pair(-2, 3), pair(-2, 3))),
        batch=draw(st.integers(1, 2)),
        groups=groups,
        in_channels=groups * draw(st.integers(1, 2)),
        out_channels=groups * draw(st.integers(1, 2)),
    )
    assume(not isinstance(axes(case), Invalid))
    return case


@settings(deadline=None)
@given(valid_cases())
def test_the_values_are_those_of_scipy(case):
    np.testing.assert_array_equal(values(case), scipy_convolution(*make_arrays(case), axes(case), case.groups))


@pytest.mark.parametrize("name", ["textbook", "grid"])
def test_every_shipped_convolution_of_two_axes_has_the_values_of_scipy(name):
    for case in load_catalog(name):
        plain = (case.op, case.rank, case.padding_mode) == ("conv", 2, "zeros")
        if plain and not isinstance(axes(case), Invalid):
            expected = scipy_convolution(*make_arrays(case), axes(case), case.groups)
            answer = refer(case)
            assert answer.shape == expected.shape, case.id
            assert answer.digest == digest(expected), case.id


CHAPTER = np.arange(9.0).reshape(3, 3), np.arange(4.0).reshape(2, 2)
GUIDE = (
    np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]),
    np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]]),
)
FIGURES = {
    "d2l: correlation": (CHAPTER, {}, [[19, 25], [37, 43]]),
    "d2l: padding": (CHAPTER, {"padding": 1}, [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]),
    "d2l: stride": (CHAPTER, {"padding": 1, "stride": [3, 2]}, [[0, 8], [6, 8]]),
    "arXiv:1603.07285 figure 1.1": (GUIDE, {}, [[12, 12, 17], [10, 17, 19], [9, 6, 14]]),
    "arXiv:1603.07285 figure 1.2": (GUIDE, {"padding": 1, "stride": 2}, [[6, 17, 3], [8, 17, 13], [6, 4, 4]]),
    # By hand: the middle 3x3 of the guide's input.
    "cropping": (GUIDE, {"padding": -1}, [[0 + 1 + 6 + 2 + 4 + 0 + 0 + 0 + 4]]),
}


@pytest.mark.parametrize(("arrays", "parameters", "printed"), FIGURES.values(), ids=FIGURES.keys())
def test_each_printed_figure_is_reproduced(arrays, parameters, printed):
    x, w = arrays
    case = make_case(input=x.shape, kernel=w.shape, **parameters)
    np.testing.assert_array_equal(evaluate(case, axes(case), x[None, None], w[None, None])[0, 0], printed)


def test_groups_do_not_mix():
    """Two groups are two convolutions side by side: each filter sees its own half of the channels."""
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 4, 1, 1)
    w = np.array([[1, 2], [3, 4], [5, 6]] * 2).reshape(6, 2, 1, 1)
    case = make_case(input=[1, 1], kernel=1, in_channels=4, out_channels=6, groups=2)
    assert evaluate(case, axes(case), x, w).ravel().tolist() == [21, 43, 65, 2100, 4300, 6500]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", ">f8"])
def test_digest_forgets_the_dtype(dtype):
    whole = np.arange(6).reshape(2, 3)
    assert digest(whole.astype(dtype)) == digest(whole)


def test_digest_forgets_the_memory_layout_and_the_sign_of_zero():
    whole = np.arange(6.0).reshape(2, 3)
    assert digest(np.asfortranarray(whole)) == digest(whole)
    assert digest(whole.T.copy().T) == digest(whole)
    assert digest(np.array([-0.0, 1.0])) == digest(np.array([0.0, 1.0]))


def test_digest_sees_shape_order_and_the_last_bit():
    whole = np.arange(6.0)
    nearly = np.append(whole[:5], np.nextafter(5, 6))
    different = [whole, whole.reshape(2, 3), whole.reshape(3, 2), whole[::-1], whole[:5], nearly]
    assert len({digest(array) for array in different}) == 6


@pytest.mark.parametrize(
    "parameters",
    [
        {"input": [8, 8], "kernel": [3, 5], "padding": [0, 1], "stride": [3, 4]},
        {"input": [512, 512], "kernel": 7, "padding": 3, "stride": 2},
        {"input": [1, 1], "kernel": 1},  # moved by one it reads padding
        {"input": [1, 1], "kernel": 2, "padding": 1},
    ],
)
def test_a_layer_is_decisive_where_every_move_changes_its_values(parameters):
    assert refer(make_case(**parameters)).decisive


@pytest.mark.parametrize(
    "parameters",
    [
        {"input": [8, 8], "kernel": 3, "batch": 0},
        # Every window is three or more rows of padding away from the input.
        {"input": [1, 4], "kernel": 1, "padding": [[3, -1], [0, 0]]},
        {"input": [4, 4], "kernel": 2, "padding": [[0, 0], [-7, 9]]},
        # Rows -1 and 1 are padding, so that nothing shows which columns are read.
        {"input": [1, 4], "kernel": 1, "stride": [2, 1], "padding": [1, 0]},
        # Rows -4 and 1 are read of an input of one row; moved back, -3 and 2, which are padding as well.
        {"input": [1, 4], "kernel": 1, "stride": [5, 1], "padding": [4, 0]},
        # Windows from columns 0, 5 and 10 on have the maxima 1, -2 and -1, and so have those from -1, 4 and 9 on.
        {"op": "max_pool", "input": [2, 11], "kernel": 5, "ceil_mode": True},
        # The last of four elements is cropped, and is less than the third, which shares its window without the crop.
        {"op": "max_pool", "input": [4], "kernel": 2, "padding": [[0, -1]], "ceil_mode": True},
    ],
)
def test_a_layer_is_not_decisive_where_a_move_leaves_its_values(parameters):
    answer = refer(make_case(**parameters))
    assert answer.digest is not None
    assert not answer.decisive


ROW = {"input": [1, 3], "kernel": 1, "padding": [0, -1]}  # reads the middle one of three
SQUARE = {"input": [2, 2], "kernel": 2}


@pytest.mark.parametrize(
    ("parameters", "x", "w", "decisive"),
    [
        (ROW, [[7, 5, 6]], [[1]], True),
        (ROW, [[5, 5, 6]], [[1]], False),
        (ROW, [[7, 5, 5]], [[1]], False),
        ({**SQUARE, "padding": 1}, [[1, 1], [1, 1]], [[1, 1], [1, 1]], False),
        (SQUARE, [[1, 2], [3, 4]], [[1, 2], [3, 5]], True),
        (SQUARE, [[1, 2], [3, 4]], [[1, 2], [1, 2]], False),
        (SQUARE, [[1, 2], [3, 4]], [[1, 1], [2, 2]], False),
        (SQUARE, [[1, 2], [3, 4]], [[1, 2], [2, 1]], False),
    ],
)
def test_decisive_looks_at_each_move_and_each_flip(parameters, x, w, decisive, monkeypatch):
    monkeypatch.setattr(reference, "make_arrays", lambda _: (np.array([[x]]), np.array([[w]])))
    assert refer(make_case(**parameters)).decisive is decisive


def assert_decisive_is_kept(case):
    """By SciPy: where the reference says decisive, no window moved by one and no flip gives the same values."""
    if refer(case).decisive:
        (x, w), (rows, columns) = make_arrays(case), axes(case)
        answer = scipy_convolution(x, w, (rows, columns), case.groups)
        for step in (-1, 1):
            moved_rows = replace(rows, before=rows.before + step, after=rows.after - step)
            moved_columns = replace(columns, before=columns.before + step, after=columns.after - step)
            assert not np.array_equal(answer, scipy_convolution(x, w, (moved_rows, columns), case.groups))
            assert not np.array_equal(answer, scipy_convolution(x, w, (rows, moved_columns), case.groups))
        for flip in [(2,), (3,), (2, 3)]:
            if any(w.shape[i] > 1 for i in flip):
                flipped = scipy_convolution(x, np.flip(w, flip), (rows, columns), case.groups)
                assert not np.array_equal(answer, flipped), flip


@settings(deadline=None)
@given(valid_cases())
def test_decisive_is_kept(case):
    assert_decisive_is_kept(case)


# With the first version's weights these kernels were [[a, b], [b, a]], which no single flip leaves alone.
@pytest.mark.parametrize("sizes", [(4, 11), (20, 5), (25, 28)])
def test_decisive_is_kept_under_a_flip_of_both_axes(sizes):
    assert_decisive_is_kept(make_case(input=sizes, kernel=2))


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ({"input": [2**20, 2**20], "kernel": 3}, (1, 1, 2**20 - 2, 2**20 - 2)),
        ({"input": [1, 1], "kernel": 1, "batch": 2**31}, (2**31, 1, 1, 1)),
        ({"input": [1, 1], "kernel": 1, "out_channels": 2**31}, (1, 2**31, 1, 1)),
        ({"input": [2**31, 1], "kernel": 1, "stride": 2**31}, (1, 1, 1, 1)),
        ({"op": "max_pool", "input": [2**27], "kernel": 2**26 + 1}, (1, 1, 1)),
    ],
)
def test_too_large_to_compute(parameters, shape, monkeypatch):
    monkeypatch.setattr(reference, "make_arrays", None)
    answer = refer(make_case(**parameters))
    assert (answer.shape, answer.digest, answer.decisive, answer.reason) == (shape, None, False, "")
    assert re.search("(input|weights|windows) of [0-9]+ elements (is|are) too large", answer.answer.lacking)
    assert tuple(a.output for a in answer.axes) == shape[2:]


def test_an_invalid_layer_has_a_reason_and_nothing_else():
    case = make_case(input=[2, 8], kernel=3)
    answer = refer(case)
    assert (answer.shape, answer.digest, answer.decisive) == (None, None, False)
    assert answer.reason == "no window fits: the kernel spans 3, the padded height is 2"
    with pytest.raises(ValueError, match="no window fits"):
        values(case)


def test_values_do_not_come_from_the_sampling(monkeypatch):
    monkeypatch.setattr(arithmetic.Axis, "sampling", None)
    assert values(make_case(input=[8, 8], kernel=3)).shape == (1, 1, 6, 6)


def test_reference_knows_nothing_of_adapters():
    code = "import sys, convparity.cases.reference; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    ours = [name for name in loaded if name.partition(".")[0] == "convparity"]
    assert "convparity.cases.arithmetic" in ours
    assert [name for name in ours if not name.startswith("convparity.cases")] == ["convparity"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"input": [11], "kernel": 4, "padding": [[1, 2]], "stride": 3},
        {"input": [5, 6, 7], "kernel": [1, 2, 3], "padding": [1, 0, 2], "stride": [1, 2, 2]},
    ],
)
def test_convolutions_of_one_and_three_axes_have_the_values_of_scipy(parameters):
    case = make_case(**parameters)
    x, w = make_arrays(case)
    dense = correlate(np.pad(x[0, 0], case.padding), w[0, 0], mode="valid", method="direct")
    assert np.array_equal(values(case)[0, 0], dense[tuple(slice(None, None, s) for s in case.stride)])


@pytest.mark.parametrize(
    ("limit", "parameters", "count"),
    [
        # Padded, 7 by 4; with the far side of the rows cropped, 5 by 4.
        ("LARGEST_ARRAY", {"input": [4, 4], "kernel": 3, "padding": [[1, 2], [0, 0]]}, 7 * 4),
        ("LARGEST_ARRAY", {"input": [4, 4], "kernel": 3, "padding": [[1, -1], [0, 0]]}, 5 * 4),
        # (4 - 1) * 2 + 3 before anything is cropped.
        ("LARGEST_ARRAY", {"op": "conv_transpose", "input": [4], "kernel": 3, "stride": 2, "padding": 1}, 9),
        # Three outputs of two filters, each of three taps in two channels.
        ("LARGEST_WORK", {"input": [5], "kernel": 3, "in_channels": 2, "out_channels": 2}, 3 * 2 * 3 * 2),
        ("LARGEST_WORK", {"op": "max_pool", "input": [6], "kernel": 2}, 3 * 2),
        ("LARGEST_KERNEL", {"input": [8, 8], "kernel": 3}, 3 * 3),
    ],
)
def test_the_limits_are_met_exactly(limit, parameters, count, monkeypatch):
    case = make_case(**parameters)
    monkeypatch.setattr(reference, limit, count)
    assert reference.places(case, refer(case).shape) is None
    monkeypatch.setattr(reference, limit, count - 1)
    assert reference.places(case, refer(case).shape) is not None


def test_the_mirrored_kernel_is_a_convolution_in_the_mathematical_sense():
    """SciPy's convolve2d mirrors the kernel where its correlate2d does not; channels and groups stay where they are."""
    case = make_case(input=[7, 8], kernel=[2, 3], groups=2, in_channels=4, out_channels=2)
    x, w = make_arrays(case)
    summed = [sum(convolve2d(x[0, 2 * o + c], w[o, c], "valid") for c in range(2)) for o in range(2)]
    assert mirrored_digest(case) == digest(np.array([summed]))


def test_output_padding_goes_behind_its_own_axis():
    """Dive into Deep Learning, 14.10, at stride 2; one column of zeros is added behind, or one row before."""
    square = np.array([[[[0.0, 1], [2, 3]]]])
    printed = [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    layer = {"op": "conv_transpose", "input": [2, 2], "kernel": 2, "stride": 2}
    column, row = make_case(**layer, output_padding=[0, 1]), make_case(**layer, padding=[[-1, 0], [0, 0]])
    answers = [reference.evaluate(case, axes(case), square, square)[0, 0].tolist() for case in (column, row)]
    assert answers == [[line + [0] for line in printed], [[0] * 4, *printed]]


def test_a_pool_keeps_its_examples_and_channels():
    for op in ("max_pool", "avg_pool"):
        for channels in (1, 3):
            case = make_case(op=op, input=[8, 6], kernel=2, batch=2, in_channels=channels)
            assert values(case).shape == (2, channels, 4, 3)


def test_the_last_of_three_windows_hangs_over_the_end():
    case = make_case(op="max_pool", input=[8], kernel=3, ceil_mode=True)
    assert reference.evaluate(case, axes(case), np.arange(1, 9)[None, None], None).ravel().tolist() == [3, 6, 8]


@pytest.mark.parametrize(("dtype", "bits"), [("float64", 53), ("float32", 24), ("float16", 11), ("bfloat16", 8)])
def test_the_tolerance_is_in_the_spacing_of_the_dtype(dtype, bits):
    """IEEE 754 (and bfloat16): a significand of so many bits, so that numbers in [2**e, 2**(e+1)) are 2**(e+1-bits)
    apart; a 1x2 average is allowed 2 + 2 of them (webnn/resources/utils.js)."""
    case = make_case(op="avg_pool", input=[1, 2], kernel=[1, 2], dtype=dtype)
    mean = np.abs(make_arrays(case)[0].astype(float)).mean()
    exponent = int(np.frexp(mean)[1]) - 1
    assert reference.tolerance(case).ravel().tolist() == [4 * 2.0 ** (exponent + 1 - bits)]


def test_the_spacing_of_float16_ends_at_its_least_number(monkeypatch):
    """IEEE 754: the numbers of float16 are multiples of 2**-24, of which an average of two zeros is allowed 2 + 2."""
    monkeypatch.setattr(reference, "make_arrays", lambda _: (np.zeros((1, 1, 1, 2)), None))
    case = make_case(op="avg_pool", input=[1, 2], kernel=[1, 2], dtype="float16")
    assert reference.tolerance(case).ravel().tolist() == [4 * 2.0**-24]


def test_an_output_that_reads_only_padding_has_a_tolerance_too():
    assert (reference.tolerance(make_case(input=[8], kernel=3, padding=4, dtype="bfloat16")) > 0).all()


def test_a_transposed_convolution_in_groups_is_decisive():
    layer = {"op": "conv_transpose", "input": [8], "kernel": 3, "stride": 2}
    assert refer(make_case(**layer, groups=2, in_channels=4, out_channels=6)).decisive


class Kept:
    """A store of references in memory."""

    def __init__(self):
        self.texts = {}

    def load(self, keys):
        return {key: self.texts[key] for key in keys if key in self.texts}

    def save(self, texts):
        self.texts.update(texts)


def test_references_are_computed_once_and_then_kept(monkeypatch):
    case, invalid = make_case(input=[8, 8], kernel=3), make_case(input=[2, 8], kernel=3)
    answer, kept = refer(case), Kept()
    reference.References(kept).compute([case, invalid])
    assert list(kept.texts) == [case.key]

    monkeypatch.setattr(reference, "evaluate", None)
    again = reference.References(kept)
    assert again.load([case, invalid]) == [invalid]
    assert again[case] == answer
    assert again[invalid].reason.startswith("no window fits")


def test_references_without_values_say_the_shape(monkeypatch):
    monkeypatch.setattr(reference, "make_arrays", None)
    answer = reference.References(values=lambda case: False)[make_case(input=[8, 9], kernel=3, batch=2, out_channels=5)]
    assert (answer.shape, answer.digest) == ((2, 5, 6, 7), None)


def test_an_error_of_a_quarter_is_never_taken_for_rounding():
    """1026 ULP of bfloat16 are over four times the sum of 1024 products."""
    case = make_case(input=[32, 32], kernel=32, dtype="bfloat16")
    x, w = make_arrays(case)
    magnitude = np.abs(x.astype(np.float64) * w).sum()
    assert reference.tolerance(case).ravel() == pytest.approx(magnitude / 4)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("kernel", [2, 3, 7, 16, 32])
def test_an_average_with_another_divisor_is_not_taken_for_rounding(dtype, kernel):
    """The corners of what counts its padding, and of what does not."""
    case = make_case(op="avg_pool", input=[kernel + 9] * 2, kernel=kernel, stride=1, padding=1, dtype=dtype)
    x, _ = make_arrays(case)
    counted, uncounted = (
        evaluate(replace(case, count_include_pad=count), axes(case), x, None) for count in (True, False)
    )
    inside = (slice(None),) * 2 + (slice(1, -1),) * 2
    assert (np.abs(counted - uncounted) / reference.tolerance(case)).max() > 1
    assert np.array_equal(counted[inside], uncounted[inside])


LARGE = [
    {"op": "conv", "in_channels": 4, "out_channels": 6, "groups": 2, "batch": 2, "stride": [2, 1], "dilation": [1, 2]},
    {"op": "conv", "padding": 2, "padding_mode": "circular"},
    {"op": "conv", "padding": [[2, 0], [-1, 1]]},
    {"op": "conv_transpose", "in_channels": 4, "out_channels": 6, "groups": 2, "stride": [3, 2], "padding": 1},
    {"op": "conv_transpose", "stride": 4, "output_padding": 1, "dilation": [2, 1]},
    {"op": "max_pool", "in_channels": 3, "stride": 1, "padding": 1, "dilation": 2},
    {"op": "max_pool", "stride": 2, "ceil_mode": True, "batch": 3},
    {"op": "avg_pool", "stride": 2, "padding": 1, "ceil_mode": True},
    {"op": "avg_pool", "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False, "in_channels": 2},
    {"op": "avg_pool", "stride": 2, "padding": 1, "ceil_mode": True, "divisor_override": 7},
    {"op": "avg_pool", "output_size": [2, 4]},
    {"op": "max_pool", "output_size": [3, 2], "in_channels": 2},
]


@pytest.mark.parametrize("parameters", LARGE)
def test_values_at_some_places_are_those_of_the_whole(parameters, monkeypatch):
    """The whole comes from padding and slicing, the values at places from the indices that each output reads."""
    kernel = {} if "output_size" in parameters else {"kernel": [3, 2]}
    case = make_case(input=[12, 9], **kernel, **parameters)
    whole, mirrored = values(case), None if case.pools else mirrored_digest(case)
    monkeypatch.setattr(reference, "LARGEST_KERNEL", 5)
    mirrored_digest.cache_clear()
    chosen = reference.places(case, whole.shape)
    assert (chosen.min(axis=0) == 0).all()
    assert (chosen.max(axis=0) == np.array(whole.shape) - 1).all()
    assert np.array_equal(values(case), whole[tuple(chosen.T)])
    assert refer(case).digest == digest(whole[tuple(chosen.T)])
    assert mirrored is None or mirrored_digest(case) not in (mirrored, refer(case).digest)
    mirrored_digest.cache_clear()


def test_the_places_are_few_where_windows_are_large_and_none_where_they_are_too_large():
    """2**28 products in all: 256 windows of 2**20 elements, 4 of 2**26, and too few larger ones to prove anything."""
    for taps, count in [(2**15, 256), (2**20, 256), (2**22, 64), (2**26, 4), (2**26 + 1, None)]:
        chosen = reference.places(make_case(op="max_pool", input=[2**27], kernel=taps), (1, 1, 99))
        assert (None if chosen is None else len(chosen)) == count, taps


def test_digest_reads_an_array_piece_by_piece():
    """In a process whose address space holds the array and a quarter of it more, of whatever layout it is."""
    code = """
import resource, sys
import numpy as np
from convparity.cases.reference import digest
digest(np.zeros((3, 4), np.float32).T)
y = np.zeros((64, 1024, 1024), np.float32)
y[5, 6, 7] = 8
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + y.nbytes // 4, size + y.nbytes // 4))
print(digest(y) == digest(y.T), digest(np.moveaxis(y, 0, -1).transpose(2, 0, 1)) == digest(y))
"""
    if sys.platform == "linux":
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.split() == ["False", "True"], done.stderr
