"""Where PyTorch's exporter or ONNX Runtime refuses a layer: as measured with torch 2.13.0 and onnxruntime 1.32.0."""

import pytest
from convparity.adapters.expression import read
from convparity.adapters.prediction import predict, run_by
from convparity.adapters.spelling import Inexpressible
from convparity.cases.catalog.validate import make_case

POOL = {"op": "max_pool", "input": [8, 8], "kernel": 2}
MEAN = {**POOL, "op": "avg_pool"}
TO_TWO = {"input": [7, 8], "output_size": 2}
REFUSED = [
    ({"input": [8], "kernel": 3, "dtype": "float64"}, "no float64 kernel for Conv on"),
    ({"input": [8], "kernel": 3, "dtype": "bfloat16"}, "no bfloat16 kernel for Conv on"),
    ({"op": "conv_transpose", "input": [4], "kernel": 3, "dtype": "float64"}, "for ConvTranspose"),
    ({**MEAN, "dtype": "float64"}, "for AveragePool"),
    ({**POOL, "dtype": "int32"}, "no int32 kernel for MaxPool"),
    ({**POOL, "dtype": "bfloat16"}, "no bfloat16 kernel for MaxPool"),
    ({"op": "max_pool", **TO_TWO}, "a size that divides its input's"),
    ({"op": "avg_pool", "input": [4, 4, 4], "output_size": 2}, "no AdaptiveAvgPool3d"),
    ({"op": "avg_pool", "input": [4, 4], "output_size": 1, "dtype": "bfloat16"}, "for ReduceMean"),
    ({"op": "avg_pool", "input": [4, 4], "output_size": 2, "dtype": "float64"}, "for AveragePool"),
    ({"op": "conv_transpose", "input": [4], "kernel": 3, "dilation": 2, "output_padding": 1}, "below the stride"),
    ({"input": [8], "kernel": 3, "padding": 1, "padding_mode": "circular", "batch": 0}, "by wrapping around"),
]
TAKEN = [
    {"input": [8], "kernel": 3, "dtype": "float16"},
    {"input": [8], "kernel": 3, "batch": 0},
    {**POOL, "dtype": "float64"},
    {"op": "avg_pool", **TO_TWO},
    {"op": "avg_pool", **TO_TWO, "dtype": "float64"},
    {"op": "avg_pool", "input": [4, 4, 4], "output_size": 1},
    {"op": "max_pool", "input": [4, 4, 4], "output_size": [2, 4, 1]},
    {"op": "conv_transpose", "input": [4], "kernel": 3, "dilation": 3, "stride": 2, "output_padding": 1},
]
# Layers that PyTorch's own kernels refuse on a CPU, and ONNX Runtime computes.
TAKEN_ALONE = [
    {"op": "max_pool", "input": [8], "kernel": 2, "dtype": "int8"},
    {"op": "max_pool", "input": [8, 8], "output_size": 1, "dtype": "int64"},
    {"op": "avg_pool", "input": [4, 4, 4], "kernel": 2, "dtype": "float16"},
]


@pytest.mark.parametrize(("parameters", "why"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_a_layer_that_is_refused_on_the_way_is_refused_by_it_alone(parameters, why):
    case = make_case(**parameters)
    assert why in predict(case, "torch-onnx").reading.refusal
    assert not predict(case, "torch").reading.refusal


@pytest.mark.parametrize("parameters", TAKEN, ids=lambda one: make_case(**one).id)
def test_a_layer_that_is_exported_and_run_is_not_refused(parameters):
    assert not predict(make_case(**parameters), "torch-onnx").reading.refusal


@pytest.mark.parametrize("parameters", TAKEN_ALONE, ids=lambda one: make_case(**one).id)
def test_what_the_kernels_of_pytorch_lack_is_no_limit(parameters):
    case = make_case(**parameters)
    assert "on a CPU" in predict(case, "torch").reading.refusal
    assert not predict(case, "torch-onnx").reading.refusal


def test_what_pytorch_refuses_before_any_kernel_is_refused_when_exported():
    case = make_case(input=[6, 6], kernel=3, padding="same", stride=2)
    literal = predict(case, "torch-onnx").spelling.literal.source
    assert "needs stride 1" in run_by("torch-onnx", read(literal, (1, 6, 6))).refusal


@pytest.mark.parametrize(
    ("parameters", "source"),
    [
        ({"op": "max_pool", **TO_TWO}, "nn.MaxPool2d(4, stride=(3, 4))"),
        ({"op": "avg_pool", "input": [4, 4, 4], "output_size": 2}, "nn.AvgPool3d(2)"),
        (
            {"op": "max_pool", "input": [4], "output_size": 3},  # windows of 2, 2 and 2 elements, but one apart and one
            "nn.MaxPool1d(2, stride=1)",
        ),
        (
            {"op": "max_pool", "input": [8], "output_size": 5},
            "lambda x: torch.stack([x[:, :, a:b].amax((2,)) for a, b in [(0, 2), (1, 4), (3, 5), (4, 7), (6, 8)]], 2)",
        ),
        ({**MEAN, "divisor_override": 3}, "lambda x: nn.AvgPool2d(2)(x) * 4 / 3"),
        ({"op": "avg_pool", "input": [8], "kernel": 2, "divisor_override": 3}, "lambda x: nn.AvgPool1d(2)(x) * 2 / 3"),
        (
            {
                **MEAN,
                "input": [4, 5],
                "ceil_mode": True,
                "divisor_override": 5,
            },  # the last window, filled up with zeros
            "lambda x: nn.AvgPool2d(2)(F.pad(x, (0, 1, 0, 0))) * 4 / 5",
        ),
        (
            {"op": "conv_transpose", "input": [4], "kernel": 3, "dilation": 2, "output_padding": 1},
            "nn.Sequential(nn.ConvTranspose1d(1, 1, 3, bias=False, dilation=2), nn.ZeroPad1d((0, 1)))",
        ),
        ({"input": [8], "kernel": 3}, "nn.Conv1d(1, 1, 3, bias=False)"),
    ],
)
def test_a_port_says_in_other_words_what_is_dropped_or_refused(parameters, source):
    assert predict(make_case(**parameters), "torch-onnx", "port").spelling.source == source


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"input": [8], "kernel": 3, "dtype": "float64"}, "ONNX Runtime has no float64 kernel for Conv on a CPU"),
        (
            {"op": "avg_pool", "input": [4, 4, 4], "output_size": 3, "dtype": "bfloat16"},
            "exporter writes no AdaptiveAvgPool3d but that of one output",
        ),
        ({**POOL, "dtype": "int64"}, "ONNX Runtime has no int64 kernel"),
    ],
)
def test_a_layer_that_nothing_on_the_way_computes_has_no_port(parameters, why):
    spelling = predict(make_case(**parameters), "torch-onnx", "port").spelling
    assert isinstance(spelling, Inexpressible)
    assert why in spelling.reason
