"""Where LiteRT refuses a layer that Keras runs: as measured with TensorFlow 2.21 and ai-edge-litert 2.3.0 on a CPU."""

import pytest
from convparity.adapters.expression import read
from convparity.adapters.prediction import predict, run_by
from convparity.adapters.spelling import Inexpressible
from convparity.cases.catalog.validate import make_case

CUBE = {"input": [6, 6, 6], "kernel": 2}
POOL = {"op": "max_pool", "input": [8, 8], "kernel": 2}
REFUSED = [
    ({"input": [8], "kernel": 3, "dtype": "float16"}, "no convolutions of float16"),
    ({**POOL, "dtype": "float64"}, "no such pool of float64"),
    ({**POOL, "dtype": "int32"}, "no such pool of int32"),
    ({**POOL, "output_size": 1, "kernel": None, "dtype": "int8"}, "no such pool of int8"),
    ({**CUBE, "op": "avg_pool"}, "no pools along three axes"),
    ({**CUBE, "dilation": 2}, "no dilation and no groups along three axes"),
    ({**CUBE, "groups": 2, "in_channels": 2, "out_channels": 2}, "no dilation and no groups along three axes"),
    ({"op": "conv_transpose", "input": [8, 8], "kernel": 2, "dilation": [1, 2]}, "no dilated transposed"),
    ({**POOL, "output_size": [2, 1], "kernel": None}, "a window beyond the input"),
    ({"input": [8], "kernel": 3, "batch": 0}, "no input without elements"),
]
TAKEN = [
    {**POOL, "output_size": 1, "kernel": None, "dtype": "int32"},
    {**POOL, "op": "avg_pool", "output_size": 1, "kernel": None, "dtype": "float16"},
    {**POOL, "output_size": [2, 2], "kernel": None},
    {"op": "avg_pool", "input": [6, 6, 6], "output_size": 1},
    {**CUBE, "op": "conv_transpose", "dilation": 2},
    {**CUBE, "stride": 2},
    {"input": [8, 8], "kernel": 3, "stride": [1, 2], "groups": 2, "in_channels": 2, "out_channels": 2},
]


def made(parameters):
    return make_case(**{name: value for name, value in parameters.items() if value is not None})


@pytest.mark.parametrize(("parameters", "why"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_a_layer_that_litert_refuses_is_refused_by_it_alone(parameters, why):
    case = made(parameters)
    assert why in predict(case, "litert").reading.refusal
    assert not predict(case, "tensorflow").reading.refusal


@pytest.mark.parametrize("parameters", TAKEN, ids=lambda one: made(one).id)
def test_a_layer_that_litert_takes_is_not_refused(parameters):
    assert not predict(made(parameters), "litert").reading.refusal


def test_a_line_of_keras_is_refused_where_litert_runs_it():
    reading = read("keras.Sequential([layers.ZeroPadding3D(1), layers.AveragePooling3D(2)])", (1, 4, 4, 4))
    assert "no pools along three axes" in run_by("litert", reading).refusal
    assert run_by("keras-jax", reading) is reading


@pytest.mark.parametrize(
    ("parameters", "source"),
    [
        ({**CUBE, "dilation": 2}, "layers.Conv3D(1, 3, use_bias=False)  # its kernel spread with zeros"),
        (
            {"op": "max_pool", "input": [4, 4, 4], "kernel": [2, 1, 1], "stride": 1},
            "layers.Lambda(lambda x: keras.ops.max(keras.ops.stack("
            "[x[:, i:x.shape[1] - 1 + i:1, ::1, ::1] for i in range(0, 2, 1)]), axis=0))",
        ),
        (
            {"op": "max_pool", "input": [4], "kernel": 2, "dtype": "int64"},
            "layers.Lambda(lambda x: keras.ops.max(keras.ops.stack("
            "[x[:, i:x.shape[1] - 1 + i:2] for i in range(0, 2, 1)]), axis=0))",
        ),
    ],
)
def test_a_port_does_by_other_means_what_has_no_operator(parameters, source):
    assert predict(made(parameters), "litert", "port").spelling.source == source


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"input": [8], "kernel": 3, "dtype": "bfloat16"}, "no operators of bfloat16"),
        ({**POOL, "dtype": "uint8"}, "no operators of uint8"),
        ({**CUBE, "groups": 2, "in_channels": 2, "out_channels": 2}, "no groups along three axes"),
        ({"input": [8], "kernel": 3, "batch": 0}, "no input without elements"),
    ],
)
def test_a_layer_that_nothing_in_litert_computes_has_no_port(parameters, why):
    spelling = predict(made(parameters), "litert", "port").spelling
    assert isinstance(spelling, Inexpressible)
    assert why in spelling.reason
