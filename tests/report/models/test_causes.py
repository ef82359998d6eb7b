"""Causes: each is named where it, and nothing else, reproduces the original. Expected outputs are loops or formulas."""

from dataclasses import replace

import numpy as np
import pytest
from convparity.adapters.models.recording import Call
from convparity.report.models.causes import search
from convparity.report.models.causes import way as ways
from convparity.report.models.differing import Differing
from convparity.report.models.finding import Finding, name_swaps
from convparity.report.models.units import Unit

RANDOM = np.random.RandomState(0)
CONV = {"kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "pads": [[0, 1], [0, 1]], "groups": 1}
POOL = {name: CONV[name] for name in ("kernel", "stride", "dilation")}


def unit(kind, settings, **weights):
    return Unit((Call(0, kind, "", "", "", (0,), (1,)),), kind, settings, (0,), 1, weights)


def convolved(x, w, pads):
    """A convolution of stride 2 by loops."""
    x = np.pad(x.astype(float), ((0, 0), (0, 0), *pads))
    size = (x.shape[2] - 3) // 2 + 1
    y = np.zeros((1, len(w), size, size))
    for row in range(size):
        for column in range(size):
            window = x[0, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            y[0, :, row, column] = (w * window).sum((1, 2, 3))
    return y.astype("f4")


def explained(ours, theirs, x, y, got=None):
    found = search.explain(Differing(ours, theirs, [x], y, y if got is None else got, ours.weights, theirs.weights))
    return [(fix.kind, fix.cause) for fix in found]


X = RANDOM.standard_normal((1, 3, 8, 8)).astype("f4")
W = RANDOM.standard_normal((4, 3, 3, 3)).astype("f4")


def test_pads_on_the_other_side_are_named():
    theirs = unit("conv", {**CONV, "pads": [[1, 1], [1, 1]]}, kernel=W)
    found = explained(unit("conv", CONV, kernel=W), theirs, X, convolved(X, W, [(0, 1), (0, 1)]))
    assert found == [("pads", "pads (1,1) where the original pads (0,1)")]


def test_pads_are_found_also_where_the_settings_do_not_state_them():
    ours = unit("conv", {**CONV, "pads": [[1, 1], [1, 1]]}, kernel=W)
    theirs = unit("conv", {**CONV, "pads": [[1, 1], [1, 1]]}, kernel=W)
    assert explained(ours, theirs, X, convolved(X, W, [(1, 0), (1, 0)]))[0][0] == "pads"


@pytest.mark.parametrize(
    ("changed", "kind", "cause"),
    [
        (W[:, :, ::-1, ::-1], "mirrored", "has the original's kernel mirrored"),
        (W[:, :, ::-1], "mirrored", "has the original's kernel mirrored along axis 2"),
        (W[..., ::-1], "mirrored", "has the original's kernel mirrored along axis 3"),
        (W.transpose(0, 1, 3, 2), "weights", "has the original's kernel with its axes in the order (0, 1, 3, 2)"),
        (
            W.transpose(2, 3, 1, 0).reshape(W.shape),  # as a kernel of Keras that was not transposed
            "weights",
            "has the original's kernel, stored in the order of axes (2, 3, 1, 0) and only reshaped",
        ),
        (W + 1, "weights", "has another kernel: they differ by 1 at most"),
    ],
)
def test_turned_weights_are_distinguished_from_other_weights(changed, kind, cause):
    y = convolved(X, W, [(0, 1), (0, 1)])
    ours, theirs = unit("conv", CONV, kernel=W), unit("conv", CONV, kernel=changed)
    assert explained(ours, theirs, X, y) == [(kind, cause)]


def test_a_dense_kernel_that_is_not_transposed_is_named():
    x, kernel = X.reshape(3, 64), RANDOM.standard_normal((64, 64)).astype("f4")
    ours, theirs = unit("dense", {}, kernel=kernel), unit("dense", {}, kernel=np.ascontiguousarray(kernel.T))
    y = np.array([[sum(row * x[n]) for row in kernel] for n in range(3)], "f4")
    assert explained(ours, theirs, x, y) == [("weights", "has the original's kernel with its axes in the order (1, 0)")]


def test_layers_that_have_each_others_weights_are_told_to_be_swapped():
    def found(port, original, weights_of):
        finding = Finding(port, original, "", "conv", "weights", "has other weights", 1, 1)
        finding.weights_of = weights_of
        return finding

    swapped = [found("a", "p1", "p2"), found("b", "p2", "p1"), found("c", "p3", "p1")]
    name_swaps(swapped)
    assert [finding.cause for finding in swapped] == [
        *["a and b are swapped: each has the weights of the other"] * 2,
        "has other weights",
    ]


def test_two_faults_of_one_layer_are_both_named():
    theirs = unit("conv", {**CONV, "pads": [[1, 1], [1, 1]]}, kernel=W[:, :, ::-1, ::-1])
    found = explained(unit("conv", CONV, kernel=W), theirs, X, convolved(X, W, [(0, 1), (0, 1)]))
    assert {kind for kind, _ in found} == {"mirrored", "pads"}


def test_an_epsilon_that_is_not_stated_is_found_by_least_squares():
    variance = RANDOM.uniform(0.01, 2, 3)
    weights = {"mean": RANDOM.standard_normal(3), "variance": variance}
    turned = {name: w[None, :, None, None] for name, w in weights.items()}
    y = (X - turned["mean"]) / np.sqrt(turned["variance"] + 3e-3)
    settings = {"epsilon": 1e-5}
    stated = {"epsilon": 1e-3}  # which is not what was computed
    found = explained(unit("batch_norm", stated, **weights), unit("batch_norm", settings, **weights), X, y.astype("f4"))
    assert found == [("epsilon", "has epsilon 1e-05 where the original has 0.003")]


def folded_with(epsilon, kernel=W):
    """A convolution and its batch norm as one: the kernel and bias of the sum, as exporters write them."""
    slope = NORM["scale"] / np.sqrt(NORM["variance"] + epsilon)
    return {
        "kernel": (kernel * slope[:, None, None, None]).astype("f4"),
        "bias": (NORM["shift"] - NORM["mean"] * slope).astype("f4"),
    }


NORM = {name: RANDOM.uniform(0.5, 2, 4).astype("f4") for name in ("scale", "shift", "mean", "variance")}


@pytest.mark.parametrize("epsilon", [1e-5, 3e-2, 1e-6])
@pytest.mark.parametrize("pads", [[[0, 1], [0, 1]], [[1, 1], [1, 1]]])
def test_another_epsilon_that_a_port_has_folded_is_named_with_both_values(epsilon, pads):
    first, norm = unit("conv", CONV, kernel=W), unit("batch_norm", {"epsilon": 1e-3}, **NORM)
    ours = replace(unit("conv", CONV, **folded_with(1e-3)), before_norm=first, norm=norm)
    theirs = unit("conv", {**CONV, "pads": pads}, **folded_with(epsilon))
    y = convolved(X, folded_with(1e-3)["kernel"], [(0, 1), (0, 1)]) + folded_with(1e-3)["bias"].reshape(1, 4, 1, 1)
    got = convolved(X, theirs.weights["kernel"], pads) + theirs.weights["bias"].reshape(1, 4, 1, 1)
    told = ("epsilon", f"has a batch norm folded with epsilon {epsilon:g} where the original has 0.001")
    padded = [("pads", "pads (1,1) where the original pads (0,1)")] if pads != CONV["pads"] else []
    assert explained(ours, theirs, X, y, got) == [told, *padded]


def test_another_kernel_is_no_other_epsilon():
    first, norm = unit("conv", CONV, kernel=W), unit("batch_norm", {"epsilon": 1e-3}, **NORM)
    ours = replace(unit("conv", CONV, **folded_with(1e-3)), before_norm=first, norm=norm)
    theirs = unit("conv", CONV, **folded_with(1e-5, W + np.float32(0.01)))
    y = convolved(X, folded_with(1e-3)["kernel"], [(0, 1), (0, 1)]) + folded_with(1e-3)["bias"].reshape(1, 4, 1, 1)
    ((kind, cause),) = explained(ours, theirs, X, y, y + 1)
    assert kind == "weights"
    assert cause.startswith("has another kernel")


def test_a_square_kernel_with_its_channels_exchanged_is_named_beneath_a_folded_batch_norm():
    x, w = RANDOM.standard_normal((1, 4, 8, 8)).astype("f4"), RANDOM.standard_normal((4, 4, 3, 3)).astype("f4")
    first, norm = unit("conv", CONV, kernel=w), unit("batch_norm", {"epsilon": 1e-3}, **NORM)
    right, wrong = folded_with(1e-3, w), folded_with(1e-3, w.transpose(1, 0, 2, 3))
    ours = replace(unit("conv", CONV, **right), before_norm=first, norm=norm)
    y = convolved(x, right["kernel"], [(0, 1), (0, 1)]) + right["bias"].reshape(1, 4, 1, 1)
    told = "has the original's kernel with its axes in the order (1, 0, 2, 3)"
    assert explained(ours, unit("conv", CONV, **wrong), x, y, y + 1) == [("weights", told)]


@pytest.mark.parametrize(
    ("changed", "kind", "cause"),
    [
        (W[:, :, ::-1, ::-1], "mirrored", "has the original's kernel mirrored"),
        (W.transpose(0, 1, 3, 2), "weights", "has the original's kernel with its axes in the order (0, 1, 3, 2)"),
    ],
)
def test_a_turned_kernel_is_named_beneath_a_batch_norm_that_only_one_side_has_folded(changed, kind, cause):
    first, norm = unit("conv", CONV, kernel=W), unit("batch_norm", {"epsilon": 1e-3}, **NORM)
    ours = replace(unit("conv", CONV, **folded_with(1e-3)), before_norm=first, norm=norm)
    rounded = {name: w * np.float32(1 + 2**-22) for name, w in folded_with(1e-3, changed).items()}
    y = convolved(X, folded_with(1e-3)["kernel"], [(0, 1), (0, 1)]) + folded_with(1e-3)["bias"].reshape(1, 4, 1, 1)
    assert explained(ours, unit("conv", CONV, **rounded), X, y, y + 1) == [(kind, cause)]


def test_the_value_that_a_pool_pads_with_is_named():
    x = -np.abs(X)
    y = np.full((1, 3, 4, 4), -np.inf, "f4")
    for row in range(4):
        for column in range(4):
            y[:, :, row, column] = x[:, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3].max((2, 3))
    ours = unit("max_pool", {**POOL, "pads": [[0, 1], [0, 1]], "ceil": False})
    theirs = unit("max_pool", {**ours.settings, "value": 0.0})
    assert explained(ours, theirs, x, y) == [("pool-value", "pads with 0 where the original pads with minus infinity")]


def test_a_difference_that_no_cause_reproduces_is_unexplained():
    y = convolved(X, W, [(0, 1), (0, 1)]) + 0.1
    assert explained(unit("conv", CONV, kernel=W), unit("conv", CONV, kernel=W), X, y) == []


@pytest.mark.parametrize(
    ("change", "kind", "turn"),
    [
        (lambda x: x / np.float32(255), "scale", ("scale", 255.0)),
        (lambda x: x[:, ::-1], "order", ("channels", [2, 1, 0])),
        (lambda x: x[:, [1, 2, 0]], "order", ("channels", [2, 0, 1])),
        (lambda x: x.transpose(0, 1, 3, 2), "order", ("axes", [0, 1, 3, 2])),
        (lambda x: x[..., ::-1], "order", ("flip", 3)),
    ],
)
def test_a_change_on_the_way_to_a_layer_is_named(change, kind, turn):
    (fix,) = ways.explain(X, np.ascontiguousarray(change(X)), np.zeros(()))
    assert (fix.kind, fix.turn) == (kind, turn)


def test_the_order_of_flattening_is_named():
    first, last = X.reshape(1, -1), np.moveaxis(X, 1, -1).reshape(1, -1)
    assert [fix.turn for fix in ways.explain(last, first, np.zeros(()))] == [("flat", [3, 64, True])]
    assert [fix.turn for fix in ways.explain(first, last, np.zeros(()))] == [("flat", [3, 64, False])]


def test_other_numbers_have_no_cause_on_the_way():
    assert ways.explain(X, RANDOM.standard_normal(X.shape), np.zeros(())) == []


def test_an_image_that_is_scaled_and_has_its_channels_in_another_order_has_two_causes():
    changed = np.ascontiguousarray(X[:, ::-1]) / np.float32(255)
    fixes = ways.explain(X, changed, np.zeros(()))
    assert [(fix.kind, fix.turn) for fix in fixes] == [("order", ("channels", [2, 1, 0])), ("scale", ("scale", 255.0))]
