"""Pairing: by weights and by order together, never by names."""

import numpy as np
import pytest
from convparity.adapters.models.recording import Call, Recording, Writer
from convparity.report.models.pairing import pair
from convparity.report.models.units import Graph

RANDOM = np.random.RandomState(1)
KERNELS = [RANDOM.standard_normal((4, 4, 1, 1)).astype("f4") for _ in range(4)]
ONE = {"kernel": [1, 1], "stride": [1, 1], "dilation": [1, 1], "pads": [[0, 0], [0, 0]], "groups": 1}


@pytest.fixture
def graph(tmp_path):
    """Make a chain of layers: arrays are the kernels of convolutions, words are forms of activations."""
    made = 0

    def make(*layers):
        nonlocal made
        made += 1
        writer, calls = Writer(tmp_path / str(made)), []
        value = first = writer.add(np.zeros((1, 4, 2, 2), "f4"), "channels_first")
        for number, layer in enumerate(layers):
            y = writer.add(np.full((1, 4, 2, 2), number, "f4"), "channels_first")
            if isinstance(layer, str):
                settings = {"form": layer, "parameters": {}}
                calls.append(Call(number, "activation", layer, f"{made}.{number}", "", (value,), (y,), settings))
            else:
                weights = {"kernel": writer.add(layer)}
                calls.append(Call(number, "conv", "conv", f"{made}.{number}", "", (value,), (y,), ONE, weights))
            value = y
        about = {"model": "", "adapter": "torch", "packages": {}, "inference": "", "input_names": [""]}
        writer.finish(about, [first], [value], calls)
        return Graph(Recording(tmp_path / str(made)))

    return make


def places(pairs):
    return [(ours.call.number, theirs.call.number) for ours, theirs in pairs.pairs]


A, B, C, D = KERNELS


def test_a_layer_that_only_one_side_has_does_not_shift_the_others(graph):
    found = pair(graph(A, "relu", B, "relu", C), graph(A, "relu", C))
    assert places(found) == [(0, 0), (1, 1), (4, 2)] or places(found) == [(0, 0), (3, 1), (4, 2)]
    assert [unit.kind for unit in found.only_original] in (["conv", "activation"], ["activation", "conv"])
    assert found.only_port == []


def test_swapped_weights_do_not_swap_the_layers(graph):
    found = pair(graph(A, "relu", B, "relu", C, "relu"), graph(A, "relu", C, "relu", B, "relu"))
    assert places(found) == [(n, n) for n in range(6)]


def test_filters_of_another_length_are_paired(graph):
    scale = RANDOM.uniform(0.5, 2, (4, 1, 1, 1)).astype("f4")
    assert places(pair(graph(A, B, C), graph(B * scale))) == [(1, 0)]


def test_another_form_of_an_activation_is_a_pair(graph):
    assert places(pair(graph(A, "gelu", B), graph(A, "gelu_tanh", B))) == [(0, 0), (1, 1), (2, 2)]


def test_chosen_pairs_come_first(graph):
    original, port = graph(A, B), graph(A, B)
    assert places(pair(original, port, {"2.0": "1.1"}))[0] == (1, 0)
