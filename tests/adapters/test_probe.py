"""The one-pass probe: what it reads off an output, and off this environment's framework."""

import numpy as np
import pytest
from convparity.adapters.adapter import Job
from convparity.adapters.worker import probe
from convparity.cases.catalog.validate import make_case

LAYERS = [
    {"input": [7, 9], "kernel": [3, 2], "stride": [2, 3]},
    {"input": [8, 8], "kernel": [3, 5], "padding": [0, 1], "stride": [3, 4]},
    {"input": [9, 8], "kernel": 3, "padding": 2, "dilation": 2, "groups": 2, "in_channels": 4, "out_channels": 2},
    {"input": [6, 6], "kernel": 4, "padding": [[2, 1], [0, 3]]},
    {"input": [11, 10], "kernel": 3, "padding": "same", "stride": 2},
    {"input": [9], "kernel": 3, "padding": [[2, 1]], "stride": 2, "dilation": 2},
    {"input": [4, 5, 6], "kernel": [2, 1, 3], "padding": [[0, 1], [1, 1], [2, 0]], "stride": [1, 2, 2]},
]


def windows(n, kernel, stride, dilation, before, after):
    """The elements that each window reads, by sliding over a padded list of labels: no arithmetic of ours."""
    padded = [-1] * before + list(range(n)) + [-1] * after
    found, start = [], 0
    while start + (kernel - 1) * dilation < len(padded):
        found.append([padded[start + tap * dilation] for tap in range(kernel)])
        start += stride
    return found


def expected_maps(case):
    pads = case.padding
    if pads == "same":  # by hand: 11/3/2 needs 2, (1,1); 10/3/2 needs 1, (0,1)
        pads = ((1, 1), (0, 1))
    sides = zip(case.input, case.kernel, case.stride, case.dilation, pads)
    return [windows(n, k, s, d, before, after) for n, k, s, d, (before, after) in sides]


@pytest.mark.parametrize("parameters", LAYERS)
def test_the_probe_reads_the_sampling_of_the_framework(adapter, parameters):
    case = make_case(**parameters)
    sibling = probe.sibling(case)
    source = adapter.port(sibling).source
    (result,) = adapter.run([Job(source, probe.images(sibling), probe.kernels(sibling))])
    assert result.error == ""
    sampling = probe.read_off(result.values, sibling)
    assert [m.tolist() for m in sampling.maps] == expected_maps(case)
    assert sampling.separable
    assert sampling.exact


# By hand: of a transposed convolution, where each output gets each tap from.
TRANSPOSED = [
    # 2 inputs, kernel 3, stride 2: output 0 is tap 0 of input 0; 1 tap 1; 2 tap 2 of 0 and tap 0 of 1; and so on.
    ({"kernel": 3, "stride": 2}, [[0, -1, -1], [-1, 0, -1], [1, -1, 0], [-1, 1, -1], [-1, -1, 1]]),
    ({"kernel": 3, "stride": 2, "padding": [[1, 0]]}, [[-1, 0, -1], [1, -1, 0], [-1, 1, -1], [-1, -1, 1]]),
    ({"kernel": 2, "stride": 2, "dilation": 3}, [[0, -1], [-1, -1], [1, -1], [-1, 0], [-1, -1], [-1, 1]]),
    ({"kernel": 1, "stride": 2, "output_padding": 1}, [[0], [-1], [1], [-1]]),
]


@pytest.mark.parametrize(("parameters", "expected"), TRANSPOSED)
def test_the_probe_reads_where_a_transposed_convolution_writes(adapter, parameters, expected):
    case = make_case(op="conv_transpose", input=[2], **parameters)
    assert measured(adapter, case).maps[0].tolist() == expected


def measured(adapter, case):
    sibling = probe.sibling(case)
    if adapter.name == "tensorflowjs" and case.op == "conv_transpose" and max(case.dilation) > 1:
        pytest.skip("TensorFlow.js' transposed convolutions have no dilation")
    source = adapter.port(sibling).source
    (result,) = adapter.run([Job(source, probe.images(sibling), probe.kernels(sibling), sibling.dtype)])
    assert result.error == ""
    sampling = probe.read_off(result.values, sibling)
    assert sampling.exact
    assert sampling.separable
    return sampling


def test_the_probe_reads_the_windows_of_a_max_pool_and_that_it_skips_its_padding(adapter):
    case = make_case(op="max_pool", input=[5, 40], kernel=[3, 2], stride=[2, 3], padding=[1, 0])
    sampling = measured(adapter, case)
    assert sampling.maps[0].tolist() == [[-1, 0, 1], [1, 2, 3], [3, 4, -1]]
    assert sampling.maps[1].tolist() == [[3 * o, 3 * o + 1] for o in range(13)]
    assert sampling.pad_value is None


@pytest.mark.parametrize(("counted", "divisors"), [(True, [9, 9, 9]), (False, [6, 9, 6])])
def test_the_probe_reads_the_divisors_of_an_average(adapter, counted, divisors):
    """3x3 windows, stride 2, on 5x5 with one row of padding: the first and last lack a row, the middle column none."""
    case = make_case(op="avg_pool", input=[5, 5], kernel=3, stride=2, padding=1, count_include_pad=counted)
    sampling = measured(adapter, case)
    assert sampling.maps[0].tolist() == [[-1, 0, 1], [1, 2, 3], [3, 4, -1]]
    assert sampling.divisors == (tuple(divisors),) * 2
    assert sampling.uneven is None


def test_the_probe_reads_mirrored_padding(adapter):
    case = make_case(input=[4, 4], kernel=3, padding=1, padding_mode="reflect")
    assert measured(adapter, case).maps[0].tolist() == [[1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 2]]


def pooled(case, pads, reduce):
    """A pool of the probe's images by its definition, with their padding as given: np.pad's mode or a value."""
    how = {"mode": pads} if isinstance(pads, str) else {"constant_values": pads}
    x = np.pad(probe.images(probe.sibling(case)).astype(float), [(0, 0), (0, 0), (1, 1)], **how)
    windows = [x[:, :, o : o + 3] for o in range(x.shape[2] - 2)]
    return probe.read_off(np.stack([reduce(w, axis=2) for w in windows], axis=2), probe.sibling(case))


def test_the_probe_shows_a_max_pool_that_counts_its_padding_as_zero():
    case = make_case(op="max_pool", input=[5], kernel=3, stride=1, padding=1)
    assert pooled(case, 0.0, np.max).pad_value == 0
    assert pooled(case, -np.inf, np.max).pad_value is None
    assert pooled(case, -3.4e38, np.max).pad_value is None


def test_the_probe_shows_an_average_that_repeats_the_edge():
    """Window 1 of a 3-wide average over a repeated edge counts element 1 twice."""
    case = make_case(op="avg_pool", input=[5], kernel=3, stride=1, padding=1)
    assert pooled(case, "edge", np.mean).uneven == (0, 0, 0, 2.0)
    assert pooled(case, 0.0, np.mean).uneven is None
    assert pooled(case, 0.0, np.mean).divisors == ((3, 3, 3, 3, 3),)


def correlate(case, x, w):
    """The sibling's output by its definition, one element at a time."""
    maps = expected_maps(case)
    taps = case.out_channels // case.groups
    y = np.zeros((case.rank, case.out_channels, *map(len, maps)))
    for b, o, *place in np.ndindex(y.shape):
        for tap in np.ndindex(*case.kernel):
            source = [axis[i][t] for axis, i, t in zip(maps, place, tap)]
            if min(source) >= 0:
                y[(b, o, *place)] += w[(o, 0, *tap)] * x[(b, o // taps, *source)]
    return y


@pytest.mark.parametrize("parameters", LAYERS)
def test_the_probe_reads_a_sampling_from_an_output_made_by_hand(parameters):
    case = make_case(**parameters)
    sibling = probe.sibling(case)
    y = correlate(sibling, probe.images(sibling), probe.kernels(sibling))
    sampling = probe.read_off(y, sibling)
    assert [m.tolist() for m in sampling.maps] == expected_maps(case)
    assert sampling.separable


@pytest.fixture
def only_lines(monkeypatch):
    """Makes the sibling of a case, when there is room for the taps of one line along each axis only."""

    def make(case):
        room = case.rank * int(np.prod([len(rows) for rows in expected_maps(case)])) * sum(case.kernel)
        monkeypatch.setattr(probe, "LARGEST_OUTPUT", room)
        sibling = probe.sibling(case)
        assert (sibling.groups, sibling.out_channels) == (1, sum(case.kernel))
        return sibling

    return make


MANY_TAPS = [layer for layer in LAYERS if layer["kernel"] not in ([3, 2], [2, 1, 3]) and len(layer["input"]) > 1]
MANY_TAPS.append({"input": [4, 5, 6], "kernel": [2, 4, 3], "padding": [[0, 1], [1, 2], [2, 0]], "stride": [1, 2, 2]})


@pytest.mark.parametrize("parameters", MANY_TAPS)
def test_lines_of_a_kernel_that_is_too_large_show_the_same_sampling(only_lines, parameters):
    case = make_case(**parameters)
    sibling = only_lines(case)
    lines = [[(t if j == i else size // 2) for j, size in enumerate(case.kernel)]
             for i, k in enumerate(case.kernel) for t in range(k)]  # fmt: skip
    assert np.argwhere(probe.kernels(sibling))[:, 2:].tolist() == lines
    y = correlate(sibling, probe.images(sibling), probe.kernels(sibling))
    sampling = probe.read_off(y, sibling)
    assert [m.tolist() for m in sampling.maps] == expected_maps(case)
    assert sampling.separable
    assert sampling.exact


@pytest.mark.parametrize("parameters", MANY_TAPS)
def test_the_probe_reads_the_sampling_of_the_framework_line_by_line(adapter, only_lines, parameters):
    case = make_case(**parameters)
    sibling = only_lines(case)
    source = adapter.port(sibling).source
    (result,) = adapter.run([Job(source, probe.images(sibling), probe.kernels(sibling))])
    assert not result.error
    assert [m.tolist() for m in probe.read_off(result.values, sibling).maps] == expected_maps(case)


def test_a_layer_without_room_for_all_groups_is_measured_in_one_group(monkeypatch):
    """Of 4x4 outputs, the 9 taps of a 3x3 kernel on two images; a second group would double it."""
    case = make_case(input=[6, 6], kernel=3, groups=2, in_channels=4, out_channels=2)
    for room, channels in ((2 * 16 * 9 * 2, (2, 18)), (2 * 16 * 9, (1, 9)), (2 * 16 * 6, (1, 6))):
        monkeypatch.setattr(probe, "LARGEST_OUTPUT", room)
        sibling = probe.sibling(case)
        assert (sibling.groups, sibling.out_channels) == channels


def test_lines_of_a_rotated_kernel_are_not_the_requested_ones(only_lines):
    case = make_case(input=[9, 9], kernel=4)
    sibling = only_lines(case)
    y = correlate(sibling, probe.images(sibling), np.swapaxes(probe.kernels(sibling), 2, 3))
    sampling = probe.read_off(y, sibling)
    assert not sampling.separable or [m.tolist() for m in sampling.maps] != expected_maps(case)


def test_lines_through_padding_measure_nothing(only_lines):
    """One row under 4 of padding and a kernel of 5: of the column of taps in its middle, only the last is inside."""
    case = make_case(input=[1, 9], kernel=[5, 4], padding=[[4, 0], [0, 0]])
    sibling = only_lines(case)
    y = correlate(sibling, probe.images(sibling), probe.kernels(sibling))
    with pytest.raises(probe.NotMeasurable):
        probe.read_off(y, sibling)


def test_one_group_that_reads_other_elements_is_not_separable():
    case = make_case(**LAYERS[2])
    sibling = probe.sibling(case)
    y = correlate(sibling, probe.images(sibling), probe.kernels(sibling))
    taps = sibling.out_channels // 2
    y[:, taps:] = np.flip(y[:, taps:], 1)  # the second group applies the kernel mirrored
    assert not probe.read_off(y, sibling).separable


def test_a_rotated_kernel_is_not_separable():
    case = make_case(input=[6, 6], kernel=3)
    sibling = probe.sibling(case)
    w = np.swapaxes(probe.kernels(sibling), 2, 3)
    y = correlate(sibling, probe.images(sibling), w)
    sampling = probe.read_off(y, sibling)
    assert not sampling.separable or [m.tolist() for m in sampling.maps] != expected_maps(case)


def test_numbers_that_are_not_whole_are_not_exact():
    case = make_case(**LAYERS[0])
    sibling = probe.sibling(case)
    y = correlate(sibling, probe.images(sibling), probe.kernels(sibling)) + 1e-3
    assert not probe.read_off(y, sibling).exact


def test_a_probe_too_large_is_refused_before_numpy_sees_it():
    with pytest.raises(MemoryError):
        probe.sibling(make_case(input=[8, 8], kernel=3, padding=2**30))


@pytest.mark.parametrize("op", ["conv", "avg_pool"])
def test_windows_are_measured_up_to_four_million_elements(op):
    """2048 windows of 2048 elements are 2**22; they are a line of the results."""
    probe.sibling(make_case(op=op, input=[4095], kernel=2048, stride=1))
    with pytest.raises(MemoryError):
        probe.sibling(make_case(op=op, input=[4096], kernel=2048, stride=1))


@pytest.mark.parametrize("empty", [-np.inf, -3.4028235e38])
def test_a_window_that_holds_nothing_reads_nothing(empty):
    """5 elements padded by 1, windows of 2, stride 3: a third window would lie in the padding."""
    case = make_case(op="max_pool", input=[5], kernel=2, stride=3, padding=1, ceil_mode=True)
    x = probe.images(probe.sibling(case)).astype(float)
    windows = [x[:, :, :1].max(2), x[:, :, 2:4].max(2), np.full(x.shape[:2], empty)]
    sampling = probe.read_off(np.stack(windows, axis=2), probe.sibling(case))
    assert sampling.exact
    assert sampling.maps[0].tolist() == [[-1, 0], [2, 3], [-1, -1]]
    assert sampling.pad_value is None
