"""The one-pass probe: what it reads off an output, and off this environment's framework."""

import numpy as np
import pytest
from convparity.adapters import probe
from convparity.adapters.adapter import Job
from convparity.cases.validate import make_case

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
def test_reads_the_frameworks_sampling(adapter, parameters):
    case = make_case(**parameters)
    sibling = probe.sibling(case)
    source = adapter.port(sibling).source
    (result,) = adapter.run([Job(source, probe.images(sibling), probe.kernels(sibling))])
    assert result.error == ""
    sampling = probe.read_off(result.values, sibling)
    assert [m.tolist() for m in sampling.maps] == expected_maps(case)
    assert sampling.separable
    assert sampling.exact


def correlate(case, x, w):
    """The sibling's output by its definition, one element at a time."""
    maps = expected_maps(case)
    taps = int(np.prod(case.kernel))
    y = np.zeros((case.rank, case.out_channels, *map(len, maps)))
    for b, o, *place in np.ndindex(y.shape):
        for tap in np.ndindex(*case.kernel):
            source = [axis[i][t] for axis, i, t in zip(maps, place, tap)]
            if min(source) >= 0:
                y[(b, o, *place)] += w[(o, 0, *tap)] * x[(b, o // taps, *source)]
    return y


@pytest.mark.parametrize("parameters", LAYERS)
def test_reads_a_sampling_off_an_output_made_by_hand(parameters):
    case = make_case(**parameters)
    sibling = probe.sibling(case)
    y = correlate(sibling, probe.images(sibling), probe.kernels(sibling))
    sampling = probe.read_off(y, sibling)
    assert [m.tolist() for m in sampling.maps] == expected_maps(case)
    assert sampling.separable


def test_one_group_that_reads_otherwise_is_not_separable():
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
