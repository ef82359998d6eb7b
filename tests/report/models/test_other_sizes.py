"""Layers that agree on one input size only. Expected sizes are worked out by hand."""

import pytest
from convparity.report.models.other_sizes import difference
from convparity.report.models.units import Graph

STEPS = {"kernel": [3], "stride": [2], "dilation": [1]}


@pytest.fixture
def unit(model, tmp_path):
    """Return a layer with settings along one axis of ten elements."""

    def make(kind, **settings):
        x = model.value(1, 2, 10)
        model.inputs.append(x)
        weights = {"kernel": model.value(2, 2, 3)} if kind == "conv" else {}
        groups = {"groups": 1} if kind == "conv" else {}
        y = model.call(kind, x, 1, 2, 5, weights=weights, **STEPS, **groups, **settings)
        return Graph(model.finish(y)).units[-1]

    return make


def told(ours, theirs, n=10):
    return difference(ours, theirs, (1, 2, n))


def test_a_word_that_the_port_has_as_numbers_differs_at_sizes_of_the_other_parity(unit):
    """'same' of 3 with stride 2 pads (0,1) an even size, (1,1) an odd one."""
    same = unit("conv", pads=[[0, 1]], word="same")
    kind, cause = told(same, unit("conv", pads=[[0, 1]]))
    assert kind == "pads"
    assert cause == (
        "pads (0,1) where the original pads 'same': differs at every odd input width; at even ones the two agree"
    )
    assert told(same, unit("conv", pads=[[1, 1]]), 11)[1].startswith("pads (1,1) where the original pads 'same': diff")


def test_the_ceil_mode_differs_where_the_last_window_is_not_full(unit):
    """Without padding, a window of 3 with stride 2 is full at every odd size."""
    pools = [unit("max_pool", pads=[[0, 0]], ceil=ceil) for ceil in (True, False)]
    kind, cause = told(*pools, 11)
    assert kind == "ceil"
    assert "differs at every even input width; at odd ones the same elements are read" in cause
    assert "the original pads (0,0) in ceil mode" in cause


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"pads": [[0, 1]], "word": "same"}, {"pads": [[0, 1]], "word": "same"}),
        ({"pads": [[1, 1]]}, {"pads": [[1, 1]]}),
        ({"pads": [[0, 0]], "word": "valid"}, {"pads": [[0, 0]]}),
    ],
)
def test_the_same_layer_is_the_same_on_every_size(unit, ours, theirs):
    assert told(unit("conv", **ours), unit("conv", **theirs)) is None


def test_layers_without_windows_are_passed_over(unit, model):
    x = model.value(1, 2, 10)
    y = model.call("activation", x, 1, 2, 10, form="relu", parameters={})
    one = Graph(model.finish(y)).units[-1]
    assert told(one, one) is None
