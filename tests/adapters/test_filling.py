"""A model of every framework is filled with other weights, and computes with these."""

from dataclasses import replace

import convparity
import numpy as np
from convparity.adapters import registry
from convparity.adapters.models.filling import Filled

from .test_recorder import MODELS  # models of all frameworks, on an input of 1x3x16x16

X = np.random.RandomState(0).standard_normal((1, 3, 16, 16)).astype(np.float32)


def weighted(recording):
    """Each call that has weights, with twice as large ones."""
    for call in recording.calls:
        now = {name: np.array(recording.array(value)) for name, value in call.weights.items()}
        if now:
            yield Filled(call, {name: 2 * array for name, array in now.items()}, now)


def test_the_next_recording_has_the_other_weights(adapter):
    made = MODELS[adapter.name](adapter)[0]
    before = convparity.record(made, X)
    given = list(weighted(before))
    assert given
    model, left = registry.filling(adapter.name).filled(adapter, made, given)
    assert left == []
    after = convparity.record(model, X)
    for one in given:
        weights = after.calls[one.call.number].weights
        for name, array in one.weights.items():
            assert np.array_equal(after.array(weights[name]), array), (one.call.path, name)
    first = given[0].call
    assert first.kind == "conv"
    before_y, after_y = before.array(first.outputs[0]), after.array(first.outputs[0])
    assert np.allclose(after_y, 2 * before_y, atol=1e-4)


def test_weights_without_a_place_are_told(adapter):
    made = MODELS[adapter.name](adapter)[0]
    one = next(weighted(convparity.record(made, X)))
    nowhere = replace(one, call=replace(one.call, path="nowhere", number=77))
    assert registry.filling(adapter.name).filled(adapter, made, [nowhere])[1] == [77]
