"""Activations that are written as several functions. Expected values are SciPy's and plain formulas."""

import numpy as np
import pytest
from convparity.report.models.units import Graph
from scipy.special import erf, expit

X = np.random.RandomState(0).standard_normal((1, 4, 8, 8))


def begun(model, x=X):
    """The output of a convolution with some numbers."""
    each = {"kernel": [1, 1], "stride": [1, 1], "dilation": [1, 1], "pads": [[0, 0], [0, 0]], "groups": 1}
    weights = {"kernel": model.value(4, 4, 1, 1)}
    return model.call("conv", model.input(1, 4, 8, 8), path="conv", weights=weights, numbers=x, **each)


def gelu(model, x, numbers=X):
    """GELU by the error function, as PyTorch exports it to ONNX before opset 20."""
    divided = model.call("other", x, path="div", numbers=numbers / np.sqrt(2))
    error = model.call("other", divided, path="erf", numbers=erf(numbers / np.sqrt(2)))
    added = model.call("add", error, path="add", numbers=1 + erf(numbers / np.sqrt(2)), scalar=1.0)
    by_x = model.call("multiply", (x, added), path="mul", numbers=numbers * (1 + erf(numbers / np.sqrt(2))))
    half = numbers * (1 + erf(numbers / np.sqrt(2))) / 2
    return model.call("multiply", by_x, path="gelu", numbers=half, scalar=0.5)


def told(graph):
    return [(unit.call.path, unit.kind, unit.settings.get("form", "")) for unit in graph.units]


def test_gelu_as_it_is_exported_is_one_activation_with_one_input(model):
    x = begun(model)
    graph = Graph(model.finish(gelu(model, x)))
    assert told(graph) == [("conv", "conv", ""), ("gelu", "activation", "gelu")]
    assert (graph.units[1].inputs, graph.units[1].numbers) == ((x,), [1, 2, 3, 4, 5])


def test_gelu_by_tanh_is_told_from_gelu_by_the_error_function(model):
    x = begun(model)
    inner = np.sqrt(2 / np.pi) * (X + 0.044715 * X**3)
    cubed = model.call("other", x, numbers=X**3)
    scaled = model.call("multiply", cubed, numbers=0.044715 * X**3)
    added = model.call("add", (x, scaled), numbers=X + 0.044715 * X**3)
    argument = model.call("multiply", added, numbers=inner)
    form = model.call("activation", argument, numbers=np.tanh(inner), form="tanh", parameters={})
    one = model.call("add", form, numbers=1 + np.tanh(inner))
    half = model.call("multiply", x, numbers=X / 2)
    y = model.call("multiply", (half, one), path="gelu", numbers=X / 2 * (1 + np.tanh(inner)))
    assert told(Graph(model.finish(y))) == [("conv", "conv", ""), ("gelu", "activation", "gelu_tanh")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_value_times_its_sigmoid_is_silu(model, order):
    x = begun(model)
    gate = model.call("activation", x, numbers=expit(X), form="sigmoid", parameters={})
    both = (x, gate)
    y = model.call("multiply", [both[at] for at in order], path="swish", numbers=X * expit(X))
    assert told(Graph(model.finish(y))) == [("conv", "conv", ""), ("swish", "activation", "silu")]


def test_the_larger_of_two_activations_inside_each_other_is_the_layer(model):
    """x * relu6(x + 3) / 6: its second factor alone is a hard sigmoid."""
    x = begun(model)
    added = model.call("add", x, numbers=X + 3, scalar=3.0)
    clipped = model.call("activation", added, numbers=np.clip(X + 3, 0, 6), form="relu6", parameters={})
    gate = model.call("other", clipped, numbers=np.clip(X + 3, 0, 6) / 6)
    y = model.call("multiply", (x, gate), path="swish", numbers=X * np.clip(X + 3, 0, 6) / 6)
    assert told(Graph(model.finish(y))) == [("conv", "conv", ""), ("swish", "activation", "hardswish")]


def test_functions_whose_results_are_read_elsewhere_stay_by_themselves(model):
    x = begun(model)
    y = gelu(model, x)
    error = x + 2  # the number of the result of the error function
    also = model.call("add", (y, error), path="sum", numbers=X)
    assert ("gelu", "activation", "gelu") not in told(Graph(model.finish(also)))


@pytest.mark.parametrize("numbers", [np.zeros_like(X), X.astype(int).clip(-1, 1)])
def test_too_few_different_numbers_say_nothing(model, numbers):
    graph = Graph(model.finish(gelu(model, begun(model, numbers), numbers)))
    assert told(graph) == [("conv", "conv", ""), ("mul", "multiply", "")]


def test_a_sum_of_a_value_and_itself_scaled_is_no_activation(model):
    x = begun(model)
    y = model.call("add", (x, model.call("multiply", x, numbers=X / 2)), path="sum", numbers=1.5 * X)
    assert told(Graph(model.finish(y))) == [("conv", "conv", ""), ("sum", "add", "")]
