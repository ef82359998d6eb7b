"""The lines beside a port of the report, executed, against each framework's own layout, element by element."""

import numpy
import pytest
from convparity.report.findings import ported_weights
from convparity.report.findings.ported_weights import PortedWeights
from convparity.report.formats.payload import payload

TORCH = "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(4, 6, (3, 2), stride=2, bias=False))"
KERAS = "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(6, (3, 2), strides=2, use_bias=False)])"
CASE = {"id": "case", "input": [8, 8], "kernel": [3, 2], "stride": 2, "in_channels": 4, "out_channels": 6}


def carried(run, adapter, port, **fields):
    """The lines to a port of a case that diverges, by the frameworks that they carry weights from."""
    case = run.case(**{**CASE, "padding": "same", **fields})
    label = run.environment(adapter, adapter)
    run.observed(label, case, outcome="raised", error="ValueError: no")
    run.agrees(label, case, spelling="port", source=port)
    made = payload(run.report())
    column = made["cells"]["carried"]
    return {frameworks: made["carried"][number] for frameworks, number in column["values"][column["of"][-1]]}


def executed(source, kernel):
    made = {"numpy": numpy}
    exec(source, made)
    return made["carry"](kernel)


def random(*shape):
    return numpy.random.RandomState(0).standard_normal(shape)


def test_weights_are_carried_to_pytorch_from_the_order_of_each_framework(run):
    found = carried(run, "torch", TORCH)
    assert list(found) == ["Keras, Flax", "MXNet, ONNX Runtime"]
    kernel = random(3, 2, 4, 6)  # of Keras: height, width, in, out
    weight = executed(found["Keras, Flax"], kernel)
    assert weight.shape == (6, 4, 3, 2)
    assert all(weight[o, i, h, w] == kernel[h, w, i, o] for o, i, h, w in numpy.ndindex(6, 4, 3, 2))
    kernel = random(6, 4, 3, 2)
    assert numpy.array_equal(executed(found["MXNet, ONNX Runtime"], kernel), kernel)


def test_weights_are_carried_to_keras(run):
    found = carried(run, "tensorflow", KERAS, padding=1)
    assert list(found) == ["PyTorch, MXNet, ONNX Runtime", "Flax"]
    kernel = random(6, 4, 3, 2)
    weight = executed(found["PyTorch, MXNet, ONNX Runtime"], kernel)
    assert weight.shape == (3, 2, 4, 6)
    assert all(weight[h, w, i, o] == kernel[o, i, h, w] for o, i, h, w in numpy.ndindex(6, 4, 3, 2))


def test_depthwise_weights_are_carried_from_keras_own_depthwise_layer(run):
    """Output 2 c + j of PyTorch's is output j of channel c of Keras's (height, width, channel, j)."""
    port = "nn.Conv2d(4, 8, (3, 2), stride=2, padding=1, groups=4, bias=False)"
    found = carried(run, "torch", port, groups=4, out_channels=8)
    kernel = random(3, 2, 4, 2)
    (source,) = (text for frameworks, text in found.items() if "Keras" in frameworks)
    weight = executed(source, kernel)
    assert weight.shape == (8, 1, 3, 2)
    assert all(weight[2 * c + j, 0, h, w] == kernel[h, w, c, j] for c, j, h, w in numpy.ndindex(4, 2, 3, 2))


@pytest.mark.parametrize(
    ("adapter", "port", "fields"),
    [
        ("torch", "F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 2)", {"op": "max_pool", "in_channels": 1, "out_channels": 1}),
        ("my-op", "anything()", {}),
        ("torch", "a_line_that_nobody_reads(", {}),
    ],
)
def test_no_weights_are_carried_for_a_pool_or_a_line_that_is_not_read(run, adapter, port, fields):
    assert carried(run, adapter, port, **fields) == {}


def test_a_repeated_text_is_in_the_page_once_and_the_work_is_bounded(run, monkeypatch):
    label = run.environment("torch")
    for size in (8, 9, 10):
        case = run.case(**{**CASE, "id": f"case-{size}", "input": [size, size], "padding": "same"})
        run.observed(label, case, outcome="raised", error="ValueError: no")
        run.agrees(label, case, spelling="port", source=TORCH)
    made = payload(run.report())
    assert len(made["carried"]) == len(set(made["carried"])) == 2
    assert made["cells"]["carried"]["of"] == [0, 0, 0]
    monkeypatch.setattr(ported_weights, "MOST", 0)
    assert PortedWeights().to(run.report().divergences[0].port) == ()


def test_no_weights_are_carried_to_a_port_that_differs(run):
    label, case = run.environment("torch"), run.case(**{**CASE, "padding": "same"})
    run.observed(label, case, outcome="raised", error="ValueError: no")
    run.observed(label, case, spelling="port", source=TORCH, outcome="raised", error="ValueError: no")
    assert payload(run.report())["carried"] == []
