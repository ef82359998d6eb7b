"""``fit`` against every set of numbers that would make the same map, found by trying them all."""

import itertools

import numpy as np
import pytest
from convparity.cases.operations.axis import Axis
from convparity.cases.operations.conv_transpose import TransposedAxis
from convparity.cases.sampling import AxisSampling, fit, fit_axis
from hypothesis import assume, example, given
from hypothesis import strategies as st


def slide(n, k, b, a, s, d, flipped=False):
    """The windows over labels 0..n-1 among padding, -1, all by list slicing."""
    labels = [-1] * max(b, 0) + list(range(n)) + [-1] * max(a, 0)
    labels = labels[max(-b, 0) : max(len(labels) - max(-a, 0), 0)]
    windows = []
    while len(labels) > d * (k - 1):
        window = labels[: d * (k - 1) + 1 : d]
        windows.append(window[::-1] if flipped else window)
        labels = labels[s:]
    return windows


def fitted(windows, n):
    return fit(np.array(windows, dtype=np.int64), n)


def rebuilt(outputs, taps, n, before, stride, dilation, flipped):
    """The map of an infinitely padded input."""
    windows = []
    for o in range(outputs):
        window = [o * stride - before + t * dilation for t in range(taps)]
        window = [i if 0 <= i < n else -1 for i in window]
        windows.append(window[::-1] if flipped else window)
    return windows


def explanations(windows, n):
    """All (before, stride, dilation, flipped) in a generous range that make this map."""
    outputs, taps = len(windows), len(windows[0])
    every = itertools.product(range(-n, 16), range(1, 7), range(1, 7), (False, True))
    return [numbers for numbers in every if rebuilt(outputs, taps, n, *numbers) == windows]


layers = st.fixed_dictionaries(
    {
        "n": st.integers(1, 9),
        "k": st.integers(1, 4),
        "b": st.integers(-2, 5),
        "a": st.integers(-2, 5),
        "s": st.integers(1, 4),
        "d": st.integers(1, 3),
        "flipped": st.booleans(),
    }
)


@given(layers)
@example({"n": 2, "k": 2, "b": 0, "a": 2, "s": 1, "d": 2, "flipped": False})  # the second tap never leaves the padding
@example({"n": 8, "k": 3, "b": 1, "a": 1, "s": 2, "d": 1, "flipped": True})
def test_a_fit_claims_only_the_numbers_that_the_map_determines(layer):
    windows = slide(**layer)
    assume(windows)
    found = fitted(windows, layer["n"])
    assert found is not None
    readings = [(o, t, i) for o, window in enumerate(windows) for t, i in enumerate(window) if i >= 0]
    pairs = list(itertools.combinations(readings, 2))

    # Two outputs that read through one tap tell the stride; two taps of one output the dilation, and which way round.
    tells_stride = any(t == u and o != p for (o, t, _), (p, u, _) in pairs)
    tells_dilation = any(o == p and t != u for (o, t, _), (p, u, _) in pairs)
    if tells_stride:
        assert found.stride == layer["s"]
    if tells_dilation:
        assert (found.dilation, found.flipped) == (layer["d"], layer["flipped"])
    if tells_stride and tells_dilation:
        assert found.before == layer["b"]

    # No other numbers that make this map may contradict a claim. (Mirrored is said only where the map shows it.)
    alike = [numbers for numbers in explanations(windows, layer["n"]) if numbers[3] == found.flipped]
    for before, stride, dilation, _ in alike:
        assert found.before in (None, before)
        assert found.stride in (None, stride)
        assert found.dilation in (None, dilation)

    if found.after is not None and found.flipped == layer["flipped"]:
        low, high = found.after
        if found.before == layer["b"]:
            assert low <= layer["a"]
            assert high is None or layer["a"] <= high


@given(layers)
def test_the_interval_of_trailing_pads_holds_all_that_give_the_same_number_of_outputs(layer):
    n, k, b, s, d = (layer[name] for name in "nkbsd")
    windows = slide(**layer)
    assume(windows)
    found = fitted(windows, n)
    assume(found.after is not None and (found.before, found.dilation or 1, found.flipped) == (b, d, layer["flipped"]))
    low, high = found.after
    if found.stride is None:
        # One output: with less there is none, and how much more gives a second one is the unknown stride's to say.
        assert (len(windows), high) == (1, None)
        assert len(slide(n, k, b, low - 1, s, d)) == 0
        assert len(slide(n, k, b, low, s, d)) == 1
    else:
        for after in range(low - 2, high + 3):
            assert (len(slide(n, k, b, after, s, d)) == len(windows)) == (low <= after <= high)


@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_a_map_that_no_numbers_rebuild_has_no_fit(data, n, outputs, taps):
    window = st.lists(st.integers(-1, n - 1), min_size=taps, max_size=taps)
    windows = data.draw(st.lists(window, min_size=outputs, max_size=outputs))
    found = fitted(windows, n)
    if explanations(windows, n):
        assert found is not None
    elif found is not None:
        # Where no two readings share an output or a tap, neither step shows, and none is claimed.
        assert (found.stride, found.dilation, found.after) == (None, None, None)


@pytest.mark.parametrize(
    ("windows", "n", "expected"),
    [
        pytest.param(
            [[-1, 0, 1], [1, 2, 3]], 4, AxisSampling(1, (0, 1), 2, 1), id="stride 2: one more pad is not reached"
        ),
        pytest.param([[-1, 0, 1], [1, 2, 3], [3, 4, -1]], 5, AxisSampling(1, (1, 2), 2, 1), id="reached"),
        pytest.param([[0, 1]], 2, AxisSampling(0, (0, None), None, 1), id="one output: the stride is unknown"),
        pytest.param([[0, 1]], 5, AxisSampling(0, (-3, None), None, 1), id="and so is how much input is left"),
        pytest.param([[0], [2], [4]], 5, AxisSampling(0, (0, 1), 2, None), id="one tap: the dilation is unknown"),
        pytest.param([[0, 2, 4], [1, 3, 5]], 6, AxisSampling(0, (0, 0), 1, 2), id="dilation 2"),
        pytest.param([[1, 2], [2, 3]], 5, AxisSampling(-1, (-1, -1), 1, 1), id="cropped by one on both sides"),
        pytest.param([[-1, -1], [-1, -1]], 3, AxisSampling(None, None, None, None), id="nothing but padding"),
        pytest.param([[1, 0, -1], [2, 1, 0]], 3, AxisSampling(1, (0, 0), 1, 1, True), id="mirrored"),
        pytest.param([[-1, 0], [-1, 1]], 2, AxisSampling(None, None, 1, None), id="the first tap reads padding only"),
        pytest.param([[0, -1], [1, -1]], 2, AxisSampling(0, None, 1, None), id="the last tap reads padding only"),
        pytest.param([[-1, 0], [-1, -1]], 1, AxisSampling(None, None, None, None), id="one element, read once"),
        pytest.param([[1, 0, 1], [0, 1, 2], [1, 2, 1]], 3, None, id="reflected"),
        pytest.param([[2, 0, 1], [0, 1, 2], [1, 2, 0]], 3, None, id="circular"),
        pytest.param([[0, 0, 1], [0, 1, 2], [1, 2, 2]], 3, None, id="replicated"),
        pytest.param([[0], [0], [0]], 1, None, id="one element, replicated: no stride is 0"),
        pytest.param([[0, 0]], 1, None, id="nor a dilation"),
        pytest.param([[2], [1], [0]], 3, None, id="nor does a window walk backwards"),
        pytest.param([[0], [1], [3]], 4, None, id="uneven steps"),
        pytest.param([[0, 1], [2, -1]], 5, None, id="padding in the middle of the input"),
        pytest.param([[0, 2, 3]], 4, None, id="uneven taps"),
        pytest.param([[0, -1, 3]], 4, None, id="taps half an element apart"),
        pytest.param([[-1, 0], [-1, 1], [-1, 3]], 4, None, id="uneven steps through the only tap that reads"),
        pytest.param([[-1, -1], [1, 0]], 2, AxisSampling(None, None, None, 1, True), id="mirrored, seen in one output"),
    ],
)
def test_maps_worked_out_by_hand_are_fitted(windows, n, expected):
    assert fitted(windows, n) == expected


@pytest.mark.parametrize(
    ("after", "asked", "pads"),
    [
        ((-1, 0), (0, -1), (0, -1)),  # the crop that was asked for is not said to be none
        ((-1, 0), (0, 0), (0, 0)),
        ((0, 2), (0, 2), (0, 2)),
        ((0, 2), (0, 5), (0, 0)),
        ((1, 2), (0, 0), (0, 1)),
        ((-2, -1), (0, 0), (0, -1)),
        ((-1, 0), (1, -1), (0, 0)),  # the leading pads are not as requested
    ],
)
def test_among_equivalent_trailing_pads_the_requested_ones_are_given_or_those_nearest_0(after, asked, pads):
    assert AxisSampling(0, after, 2, 1).pads(asked) == pads


@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_among_padding_modes_with_the_same_map_the_requested_one_is_given(mode):
    """One before and one after two elements: mirrored or wrapped around, 1 0 1 0."""
    assert fit_axis(np.array([[1, 0, 1], [0, 1, 0]]), Axis(2, 3, 1, 1, 1, 1, mode)).mode == mode


def test_a_fit_is_written_as_json():
    assert AxisSampling(1, (0, None), None, 2, True).to_json() == {
        "before": 1,
        "after": [0, None],
        "stride": None,
        "dilation": 2,
        "flipped": True,
        "mode": "zeros",
    }
    assert AxisSampling(None, None, None, None).to_json()["after"] is None


def written(n, k, before, after, s, d, flipped):
    """Which element each output of a transposed convolution is written from, through each tap: by writing them all."""
    outputs = (n - 1) * s + d * (k - 1) + 1 - before - after
    places = [[-1] * k for _ in range(outputs)]
    for element, tap in itertools.product(range(n), range(k)):
        output = element * s + tap * d - before
        if 0 <= output < outputs:
            places[output][k - 1 - tap if flipped else tap] = element
    return places


def transposed_layers():
    """Every transposed convolution of small numbers that has an output, as (n, k, before, after, s, d, flipped)."""
    sizes = itertools.product(range(1, 5), range(1, 4), range(-1, 4), range(-1, 4), range(1, 4), (1, 2), (False, True))
    for layer in sizes:
        if len(written(*layer)) > 0:
            yield layer


def fitted_transposed(layer):
    n, k, before, after, s, d, _ = layer
    return fit_axis(np.array(written(*layer), dtype=np.int64), TransposedAxis(n, k, before, after, s, d))


def test_a_fit_claims_of_a_transposed_convolution_only_what_holds_for_every_layer_of_its_map():
    alike = {}
    for layer in transposed_layers():
        alike.setdefault((layer[0], str(written(*layer))), []).append(layer)
    assert len(alike) > 1000
    for layers in alike.values():
        found = fitted_transposed(layers[0])
        for layer in layers:
            _, _, before, after, s, d, flipped = layer
            assert found is not None, layer
            assert found.before in (None, before), (layer, found)
            assert found.after in (None, (after, after)), (layer, found)
            assert found.stride in (None, s), (layer, found)
            assert found.dilation in (None, d), (layer, found)
            assert found.flipped is (flipped and found.dilation is not None), (layer, found)


def test_a_fit_claims_all_of_a_transposed_convolution_of_which_every_element_is_written_through_every_tap():
    for layer in transposed_layers():
        n, k, before, after, s, d, flipped = layer
        if n > 1 and k > 1 and before <= 0 and after <= 0:
            assert fitted_transposed(layer) == AxisSampling(before, (after, after), s, d, flipped), layer


def test_a_fit_tells_the_crops_of_one_tap_and_of_one_element():
    """Of one tap there is no dilation, of one element no stride, and neither is needed to tell what was cropped."""
    assert fitted_transposed((3, 1, -1, 0, 2, 1, False)) == AxisSampling(-1, (0, 0), 2, None)
    assert fitted_transposed((1, 3, 0, -1, 2, 2, False)) == AxisSampling(0, (-1, -1), None, 2)
    assert fitted_transposed((1, 3, 1, 0, 2, 1, True)) == AxisSampling(1, (0, 0), None, 1, True)


def test_a_map_that_no_transposed_convolution_writes_has_no_fit():
    for rows in ([[0], [0]], [[1], [0]], [[0, 0], [1, 1]], [[0, -1], [1, 0], [-1, 2]], [[0], [-1], [1], [2]]):
        indices = np.array(rows, dtype=np.int64)
        assert fit_axis(indices, TransposedAxis(3, indices.shape[1], 0, 0, 1, 1)) is None, rows


def test_a_single_output_allows_any_trailing_padding():
    """Its window of 4 starts at 0 of 4 elements, and no second one tells what follows."""
    found = fitted([[0, 1, 2, 3]], 4)
    assert found.after == (0, None)
    assert found.pads((0, 0)) == (0, 0)
    assert found.pads((0, 5)) == (0, 5)
    assert found.pads((1, 5)) == (0, 0)


def test_among_pads_with_the_same_map_the_requested_ones_are_found():
    """One element, repeated, is the same wherever the windows start."""
    asked = Axis(1, 4, 4, 5, 1, 1, "replicate")
    found = fit_axis(np.zeros((7, 4), dtype=np.int64), asked)
    assert (found.mode, found.pads((4, 5))) == ("replicate", (4, 5))
