"""Output sizes and sampling against published examples, and against a window slid over a list by hand."""

import itertools
import math

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.validate import make_case
from convparity.cases.operations.axis import Axis, same_padding, word_padding
from hypothesis import given, settings
from hypothesis import strategies as st

sizes = st.integers(1, 40)
small = st.integers(1, 5)


def axis(n, k, p=0, s=1, d=1):
    before, after = p if isinstance(p, tuple) else (p, p)
    return Axis(n, k, before, after, s, d)


def slide(n, k, before, after, s, d):
    """The windows over an input of labels 0..n-1 among padding, -1, all by list slicing."""
    labels = [-1] * max(before, 0) + list(range(n)) + [-1] * max(after, 0)
    labels = labels[max(-before, 0) : max(len(labels) - max(-after, 0), 0)]
    windows = []
    while len(labels) > d * (k - 1):
        windows.append(labels[: d * (k - 1) + 1 : d])
        labels = labels[s:]
    return windows


# One axis each; Dumoulin and Visin's examples are square, so the other axis says the same.
PUBLISHED = {
    "d2l figure: no padding": (axis(3, 2), 2),
    "d2l figure: padding": (axis(3, 2, 1), 4),
    "d2l figure: stride, rows": (axis(3, 2, 1, 3), 2),
    "d2l figure: stride, columns": (axis(3, 2, 1, 2), 2),
    "d2l figure: another column of padding": (axis(3, 2, (1, 2), 2), 3),
    "d2l layer 1": (axis(8, 3, 1), 8),
    "d2l layer 2, rows": (axis(8, 5, 2), 8),
    "d2l layer 3": (axis(8, 3, 1, 2), 4),
    "d2l layer 4, rows": (axis(8, 3, 0, 3), 2),
    "d2l layer 4, columns": (axis(8, 5, 1, 4), 2),
    "d2l layer 4 with 'valid', columns": (axis(8, 5, 0, 4), 1),
    "arXiv:1603.07285 relationship 1, figure 2.1": (axis(4, 3), 2),
    "arXiv:1603.07285 relationship 2, figure 2.2": (axis(5, 4, 2), 6),
    "arXiv:1603.07285 relationship 3, figure 2.3": (axis(5, 3, 1), 5),
    "arXiv:1603.07285 relationship 4, figure 2.4": (axis(5, 3, 2), 7),
    "arXiv:1603.07285 relationship 5, figure 2.5": (axis(5, 3, 0, 2), 2),
    "arXiv:1603.07285 relationship 6, figure 2.6": (axis(5, 3, 1, 2), 3),
    "arXiv:1603.07285 relationship 6, figure 2.7": (axis(6, 3, 1, 2), 3),
    "arXiv:1603.07285 dilation, figure 5.1": (axis(7, 3, 0, 1, 2), 3),
    "ResNet stem": (axis(224, 7, 3, 2), 112),
    "ResNet stem on 512": (axis(512, 7, 3, 2), 256),
    "ResNet stem on 513": (axis(513, 7, 3, 2), 257),
    "cropping": (axis(8, 3, -1), 4),
    "only padding": (axis(0, 3, 2), 2),
}


@pytest.mark.parametrize(("one", "output"), PUBLISHED.values(), ids=PUBLISHED.keys())
def test_each_published_output_size_is_reproduced(one, output):
    assert one.output == output


def test_ten_5x5_layers_reduce_240_to_200():
    n = 240
    for _ in range(10):
        n = axis(n, 5).output
    assert n == 200


@settings(deadline=None)
@given(n=sizes, k=small, before=st.integers(0, 5), after=st.integers(0, 5), s=small)
def test_the_chapters_formulas(n, k, before, after, s):
    p = before + after
    assert axis(n, k, (before, after)).output == n - k + p + 1
    assert axis(n, k, (before, after), s).output == math.floor((n - k + p + s) / s)


@settings(deadline=None)
@given(n=sizes, k=small, s=small)
def test_the_chapters_simplifications(n, k, s):
    one = axis(n, k, (math.ceil((k - 1) / 2), math.floor((k - 1) / 2)), s)
    assert one.output == math.floor((n + s - 1) / s)
    if n % s == 0:
        assert one.output == n / s


@settings(deadline=None)
@given(n=sizes, k=small, p=st.integers(0, 5), s=small)
def test_relationship_6_is_ambiguous(n, k, p, s):
    """If i + 2p - k is a multiple of s, the sizes i to i + s - 1 all have the same output size."""
    n += -(n + 2 * p - k) % s
    outputs = [axis(n + a, k, p, s).output for a in range(s + 1)]
    assert len(set(outputs[:s])) == 1
    assert outputs[s] == outputs[0] + 1


@pytest.mark.parametrize(
    ("one", "formula"),
    [
        (axis(8, 5, 1, 4), "floor((8-5+2+4)/4) = 2"),
        (axis(8, 3), "floor((8-3+0+1)/1) = 6"),
        (axis(8, 4, (2, 1)), "floor((8-4+3+1)/1) = 8"),
        (axis(7, 3, 0, 1, 2), "floor((7-5+0+1)/1) = 3"),
        (axis(8, 3, -1), "floor((8-3-2+1)/1) = 4"),
    ],
)
def test_the_formula_is_written_out(one, formula):
    assert one.formula() == formula


@settings(deadline=None)
@given(n=st.integers(0, 12), k=small, before=st.integers(-6, 6), after=st.integers(-6, 6), s=small, d=st.integers(1, 4))
def test_sampling_is_a_sliding_window(n, k, before, after, s, d):
    expected = slide(n, k, before, after, s, d)
    one = axis(n, k, (before, after), s, d)
    if expected:
        assert one.output == len(expected)
        assert one.sampling().tolist() == expected
    else:
        assert one.output < 1


def test_layer_4_reads():
    rows, columns = axes(make_case(input=[8, 8], kernel=[3, 5], padding=[0, 1], stride=[3, 4]))
    assert rows.sampling().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert columns.sampling().tolist() == [[-1, 0, 1, 2, 3], [3, 4, 5, 6, 7]]


# Published: TensorFlow's notes on padding (tf.nn), and the drawing of them in stackoverflow.com/questions/37674306:
# width 13, filter 6, stride 5; VALID drops columns 12 and 13, SAME pads one before and two after.
def test_the_windows_are_those_of_tensorflows_drawing():
    valid, same = (
        axes(make_case(input=[1, 13], kernel=[1, 6], stride=[1, 5], padding=word))[1] for word in ("valid", "same")
    )
    assert valid.sampling().tolist() == [[0, 1, 2, 3, 4, 5], [5, 6, 7, 8, 9, 10]]
    assert (same.before, same.after, same.output) == (1, 2, 3)
    assert same.sampling().tolist() == [[-1, 0, 1, 2, 3, 4], [4, 5, 6, 7, 8, 9], [9, 10, 11, 12, -1, -1]]


@pytest.mark.parametrize(
    ("n", "k", "s", "expected"),
    [
        (8, 3, 2, (0, 1)),  # where frameworks with numbers pad (1, 1)
        (7, 3, 2, (1, 1)),
        (512, 7, 2, (2, 3)),
        (513, 7, 2, (3, 3)),
        (8, 4, 1, (1, 2)),
        (8, 2, 1, (0, 1)),
        (8, 1, 3, (0, 0)),  # never negative, though two columns are not read
        (8, 2, 4, (0, 0)),
    ],
)
def test_same_pads_as_worked_out_by_hand(n, k, s, expected):
    assert same_padding(n, k, s) == expected


@settings(deadline=None)
@given(n=sizes, k=small, s=small, d=st.integers(1, 4))
def test_same_is_the_least_padding_with_ceil_n_over_s_windows(n, k, s, d):
    outputs = math.ceil(n / s)
    total = next(p for p in itertools.count() if len(slide(n, k, 0, p, s, d)) == outputs)
    _, one = axes(make_case(input=[n, n], kernel=k, stride=s, dilation=d, padding="same"))
    assert (one.before, one.after, one.output) == (math.floor(total / 2), math.ceil(total / 2), outputs)


@settings(deadline=None)
@given(n=sizes, e=sizes, s=small)
def test_same_as_tensorflow_documents_it(n, e, s):
    total = max(e - s, 0) if n % s == 0 else max(e - n % s, 0)
    before = total // 2
    assert same_padding(n, e, s) == (before, total - before)


def test_padding_is_resolved_per_axis_and_side():
    def resolved(padding):
        layer = make_case(input=[8, 9], kernel=[3, 4], stride=2, padding=padding)
        return tuple((one.before, one.after) for one in axes(layer))

    assert resolved(1) == ((1, 1), (1, 1))
    assert resolved([0, 2]) == ((0, 0), (2, 2))
    assert resolved([[1, 2], [-1, 3]]) == ((1, 2), (-1, 3))
    assert resolved("valid") == ((0, 0), (0, 0))
    assert resolved("same") == ((0, 1), (1, 2))


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"input": [], "kernel": []}, "the input has 0 spatial axes"),
        ({"input": [8] * 4}, "the input has 4 spatial axes"),
        ({"kernel": [3]}, "kernel has 1 number, and the input has 2 axes"),
        ({"stride": [1, 1, 1]}, "stride has 3 numbers, and the input has 2 axes"),
        ({"dilation": []}, "dilation has 0 numbers, and the input has 2 axes"),
        ({"padding": [1]}, "padding has 1 number, and the input has 2 axes"),
        ({"groups": 0}, "groups is 0"),
        ({"in_channels": -1}, "in_channels is -1"),
        ({"out_channels": 0}, "out_channels is 0"),
        ({"batch": -1}, "a size is below 0"),
        ({"input": [8, -1]}, "a size is below 0"),
        ({"groups": 2, "in_channels": 3, "out_channels": 4}, "2 groups do not divide 3 and 4 channels"),
        ({"groups": 2, "in_channels": 4, "out_channels": 3}, "2 groups do not divide 4 and 3 channels"),
        ({"kernel": [3, 0]}, "kernel is 0"),
        ({"stride": [-2, 1]}, "stride is -2"),
        ({"dilation": 0}, "dilation is 0"),
        ({"padding": "full"}, "padding is 'full'"),
        ({"input": [2, 8]}, "no window fits: the kernel spans 3, the padded height is 2"),
        ({"dilation": [1, 4]}, "no window fits: the kernel spans 9, the padded width is 8"),
        ({"padding": [[-3, -3], [0, 0]]}, "no window fits: the kernel spans 3, the padded height is 2"),
        ({"padding": -5}, "no window fits: the kernel spans 3, the padded height is 0"),
        ({"input": [0, 8], "padding": "same"}, "no window fits: the kernel spans 3, the padded height is 2"),
        ({"input": [2, 8, 8]}, "no window fits: the kernel spans 3, the padded depth is 2"),
        ({"input": [2]}, "no window fits: the kernel spans 3, the padded width is 2"),
    ],
)
def test_each_invalid_layer_has_a_reason(parameters, reason):
    assert axes(make_case(**{"input": [8, 8], "kernel": 3, **parameters}, hostile=True)) == Invalid(reason)


def test_an_unknown_operation_or_type_has_no_answer():
    for parameters in ({"op": "conv_lstm"}, {"dtype": "int8"}, {"padding_mode": "mirror"}, {"ceil_mode": True}):
        assert isinstance(axes(make_case(input=[8, 8], kernel=3, hostile=True, **parameters)), Invalid)


@pytest.mark.parametrize(
    "parameters", [{"batch": 0}, {"input": [3, 3]}, {"input": [0, 3], "padding": [[0, 3], [0, 0]]}, {"stride": 2**31}]
)
def test_unusual_layers_are_valid(parameters):
    assert not isinstance(axes(make_case(**{"input": [8, 8], "kernel": 3, **parameters})), Invalid)


@pytest.mark.parametrize(
    ("word", "n", "effective", "stride", "pads"),
    [
        ("valid", 8, 3, 2, (0, 0)),
        ("same", 8, 3, 2, (0, 1)),  # 4 windows reach over 2*3+3 = 9: one too few
        ("same_lower", 8, 3, 2, (1, 0)),
        ("same_lower", 9, 3, 2, (1, 1)),  # 5 windows reach over 11: two too few, one for each side
        ("causal", 8, 3, 2, (2, 0)),
        ("causal", 8, 5, 1, (4, 0)),  # kernel 3, dilation 2
    ],
)
def test_padding_words_in_numbers(word, n, effective, stride, pads):
    assert word_padding(word, n, effective, stride) == pads


def test_causal_padding_reads_nothing_that_comes_after():
    (axis,) = axes(make_case(input=[9], kernel=3, dilation=2, padding="causal"))
    assert axis.output == 9
    assert axis.sampling().tolist() == [[i - 4 if i >= 4 else -1, i - 2 if i >= 2 else -1, i] for i in range(9)]


def test_causal_padding_is_for_one_axis():
    assert isinstance(axes(make_case(input=[8, 8], kernel=3, padding="causal", hostile=True)), Invalid)
