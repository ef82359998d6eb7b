"""Jobs in the framework of this environment: ports, errors, declared shapes, batches."""

from dataclasses import replace

import numpy as np
import pytest
from convparity.adapters.adapter import Job, Spelling
from convparity.cases import reference
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import is_exact, make_arrays

# Every operation and padding request; the port must give the reference's values, to the bit where they are exact.
TWO_TO_THREE = {"in_channels": 2, "out_channels": 3}
PORTED = [
    {
        "op": "conv_transpose",
        "input": [5, 4],
        "kernel": 3,
        "stride": 2,
        "padding": 1,
        "output_padding": 1,
        **TWO_TO_THREE,
    },
    {"op": "conv_transpose", "input": [5, 4], "kernel": 3, "stride": 2, "padding": "same", "batch": 2},
    {"op": "conv_transpose", "input": [5], "kernel": 2, "stride": 3, "padding": "valid", **TWO_TO_THREE},
    {"op": "conv_transpose", "input": [5], "kernel": 2, "stride": 4, "padding": "same"},
    {"op": "conv_transpose", "input": [5, 6], "kernel": [3, 2], "padding": [[0, 2], [-1, 1]], "stride": [2, 1]},
    {"op": "conv_transpose", "input": [4, 4], "kernel": 3, "stride": 2, "dilation": 2, "padding": "same_lower"},
    {"op": "conv_transpose", "input": [4, 4], "kernel": 3, "groups": 2, "in_channels": 4, "out_channels": 6},
    {"op": "conv_transpose", "input": [3, 4, 3], "kernel": [1, 2, 3], "stride": [1, 2, 2], "padding": [0, 1, 1]},
    {"op": "conv_transpose", "input": [4], "kernel": 3, "stride": 2, "output_padding": 3},
    {"op": "max_pool", "input": [7, 8], "kernel": 3, "stride": 2, "padding": 1, "in_channels": 2},
    {"op": "max_pool", "input": [7, 8], "kernel": 3, "stride": 2, "padding": "same", "in_channels": 2},
    {"op": "max_pool", "input": [9, 8], "kernel": [2, 3], "padding": [[1, 0], [0, 2]], "stride": 2},
    {"op": "max_pool", "input": [9], "kernel": 3, "dilation": 2, "stride": 2, "padding": 2},
    {"op": "max_pool", "input": [5, 5], "kernel": 2, "stride": 3, "padding": 1, "ceil_mode": True},
    {"op": "max_pool", "input": [8, 8], "kernel": 3, "stride": 2, "ceil_mode": True},
    {"op": "max_pool", "input": [5, 6, 7], "kernel": [1, 2, 3], "padding": [0, 1, 1]},
    {"op": "avg_pool", "input": [7, 8], "kernel": 3, "stride": 2, "padding": 1, "in_channels": 2},
    {"op": "avg_pool", "input": [7, 8], "kernel": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    {"op": "avg_pool", "input": [7, 8], "kernel": 3, "stride": 2, "padding": "same", "batch": 2},
    {"op": "avg_pool", "input": [8, 7], "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    {"op": "avg_pool", "input": [9], "kernel": 2, "dilation": 3, "padding": 1},
    {"op": "avg_pool", "input": [9], "kernel": 2, "padding": 1, "divisor_override": 3},
    {"op": "avg_pool", "input": [12], "output_size": 7, "batch": 2},
    {"op": "max_pool", "input": [12], "output_size": 7, "batch": 2},
    {"op": "avg_pool", "input": [7, 8], "output_size": [3, 4], "in_channels": 2},
    {"op": "max_pool", "input": [7, 8], "output_size": 1, "in_channels": 2, "dtype": "float64"},
    {"op": "avg_pool", "input": [4, 5, 6], "output_size": [3, 2, 4]},
    {"op": "avg_pool", "input": [5, 6], "output_size": 4, "dtype": "float16"},
    {"op": "avg_pool", "input": [9], "kernel": 2, "dilation": 3, "divisor_override": 3},
    {"op": "avg_pool", "input": [7, 8], "kernel": 3, "stride": 2, "ceil_mode": True, "divisor_override": 4},
    {"op": "avg_pool", "input": [7, 8], "kernel": 2, "padding": [[1, 0], [0, -1]], "divisor_override": 3},
    {"op": "avg_pool", "input": [7, 8], "kernel": 3, "padding": 1, "divisor_override": 5, "dtype": "float16"},
    {"op": "avg_pool", "input": [5, 6, 7], "kernel": [1, 2, 3], "padding": [0, 1, 1], "divisor_override": 7},
    {"op": "avg_pool", "input": [5, 6, 7], "kernel": [1, 2, 3], "padding": [[0, 0], [1, 0], [1, 1]]},
    {"input": [6, 7], "kernel": 3, "padding": 2, "padding_mode": "reflect"},
    {"input": [6, 7], "kernel": 3, "padding": [[1, 2], [0, 3]], "padding_mode": "replicate", "stride": 2},
    {"input": [6, 7], "kernel": 3, "padding": "same", "padding_mode": "circular", **TWO_TO_THREE},
    {"input": [4, 5, 6], "kernel": 2, "padding": 1, "padding_mode": "reflect"},
    {"input": [8], "kernel": 4, "padding": 3, "padding_mode": "circular"},
    {"input": [6, 7], "kernel": 3, "padding": 1, "padding_mode": "symmetric", "stride": 2},
    {"input": [6, 7], "kernel": 4, "padding": [[2, 3], [0, 2]], "padding_mode": "symmetric", **TWO_TO_THREE},
    {"input": [7], "kernel": 4, "padding": [[-1, 3]], "padding_mode": "symmetric", "dtype": "float16"},
    {"op": "conv_transpose", "input": [5, 4], "kernel": 3, "input_padding": [2, 3], "padding_mode": "symmetric"},
    {
        **{"input": [4, 5, 6], "kernel": 3, "padding": [[2, 0], 1, 1], **TWO_TO_THREE},
        "padding_mode": ["replicate", "reflect", "reflect"],
    },
    {"input": [6, 7], "kernel": 3, "padding": [[2, -1], [0, 2]], "padding_mode": ["circular", "zeros"]},
    {"input": [6, 7], "kernel": 3, "padding": "same", "stride": 2, "padding_mode": ["zeros", "circular"]},
    {
        **{"op": "conv_transpose", "input": [5, 4], "kernel": [3, 2], "stride": 2, "padding": [[1, 0], [0, 1]]},
        **{"input_padding": [[1, 0], [2, 1]], "padding_mode": ["circular", "reflect"], **TWO_TO_THREE},
    },
    {"op": "conv_transpose", "input": [6], "kernel": 3, "stride": 2, "input_padding": 1, "padding_mode": "replicate"},
    {"op": "conv_transpose", "input": [3, 4, 3], "kernel": 2, "input_padding": 1, "padding_mode": "circular"},
    {"op": "conv_transpose", "input": [4, 4], "kernel": 3, "input_padding": 1, "padding_mode": ["zeros", "symmetric"]},
    {
        **{"op": "conv_transpose", "input": [5, 4], "kernel": 3, "padding": "same", "stride": 2, "dtype": "float16"},
        **{"input_padding": 1, "padding_mode": "reflect"},
    },
    {"input": [6, 6], "kernel": 3, "groups": 2, "in_channels": 2, "out_channels": 6, "padding": 1, "stride": 2},
    {"op": "max_pool", "input": [7, 8], "kernel": 3, "padding": 1, "dtype": "float16"},
    {"op": "max_pool", "input": [7, 8], "kernel": 3, "padding": 1, "dtype": "float64"},
    {"input": [7, 8], "kernel": 3, "padding": 1, "dtype": "float16"},
    {"input": [8, 8], "kernel": 3, "padding": 1, "stride": 2},
    {"input": [9, 7], "kernel": [3, 2], "padding": "same", "stride": [2, 3], "batch": 2},
    {"input": [8, 9], "kernel": 3, "padding": [[0, 2], [1, 0]], "in_channels": 2, "out_channels": 3},
    {"input": [9, 9], "kernel": 3, "padding": [[-1, 1], [0, -2]]},
    {"input": [9, 11], "kernel": 2, "padding": 2, "stride": 2, "dilation": 3},
    {"input": [6, 6], "kernel": 3, "groups": 2, "in_channels": 4, "out_channels": 6, "padding": [2, 0]},
    {"input": [13], "kernel": 4, "padding": [[1, 2]], "stride": 3, "in_channels": 2, "out_channels": 4, "groups": 2},
    {"input": [13], "kernel": 4, "padding": "causal", "stride": 2, "dilation": 2},
    {"input": [8, 9], "kernel": 4, "padding": "same_lower", "stride": [2, 3]},
    {"input": [13], "kernel": 3, "padding": [[-2, 1]], "dilation": 2, "batch": 3},
    {"input": [5, 6, 7], "kernel": [1, 2, 3], "padding": [[0, 1], [1, 0], [2, 0]], "stride": [1, 2, 2]},
    {"input": [6, 5, 6], "kernel": 2, "padding": "same", "in_channels": 2, "out_channels": 2, "stride": [1, 2, 1]},
    {"input": [6, 6], "kernel": 3, "groups": 3, "in_channels": 3, "out_channels": 3, "padding": "valid"},
    {"op": "max_pool", "input": [9], "kernel": 3, "stride": 1, "padding": [[0, 1]], "dilation": 3, "dtype": "float64"},
]


# Dtypes that a framework computes in float32, so that it has no ports for them: raw runs of openvino 2026.4.1.
ROUNDED = {"openvino": ("float64", "int32", "int64")}
LACKING = {"litert": ("float64", "float16", "bfloat16")}  # dtypes in which a framework has no convolutions


def job_of(adapter, case, source=None):
    x, weights = make_arrays(case)
    return Job(source or adapter.port(case).source, x, weights, case.dtype)


@pytest.mark.parametrize("parameters", PORTED, ids=lambda parameters: make_case(**parameters).id)
def test_a_port_gives_the_values_of_the_reference(adapter, parameters):
    case = make_case(**parameters)
    if case.dtype in ROUNDED.get(adapter.name, ()):
        assert "in float32" in adapter.port(case).reason
        return
    if case.dtype in LACKING.get(adapter.name, ()):
        assert f"no operators of {case.dtype}" in adapter.port(case).reason
        return
    if not isinstance(port := adapter.port(case), Spelling):
        assert (adapter.name, " no " in port.reason) == ("tensorflowjs", True)
        return
    (result,) = adapter.run([job_of(adapter, case)])
    assert result.error == ""
    assert result.dtype == case.dtype
    expected = reference.values(case)
    assert result.values.shape == expected.shape
    assert (np.abs(result.values - expected) <= (0 if is_exact(case) else reference.tolerance(case))).all()


def test_torch_has_a_port_for_an_input_to_which_padding_gives_its_only_elements(adapter):
    """Its convolutions refuse the input; by hand, one tap on 2x4 of padding."""
    if adapter.name == "torch":
        case = make_case(input=[0, 2], kernel=1, padding=1)
        (result,) = adapter.run([job_of(adapter, case)])
        assert result.error == ""
        assert np.array_equal(result.values, np.zeros((1, 1, 2, 4)))


EMPTY = [
    {"input": [13], "kernel": 3, "padding": 1, "stride": 2, "out_channels": 3},
    {"input": [13], "kernel": 3, "dilation": 2, "in_channels": 2, "out_channels": 4, "groups": 2},
    {"input": [13], "kernel": 4, "padding": [[2, 1]], "padding_mode": "circular"},
    {"op": "conv_transpose", "input": [8], "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
    {"op": "max_pool", "input": [13], "kernel": 3, "stride": 2, "padding": 1},
    {"op": "max_pool", "input": [13], "kernel": 2, "dilation": 3, "padding": "same"},
    {"op": "avg_pool", "input": [13], "kernel": 3, "padding": 1, "count_include_pad": False},
    {"op": "avg_pool", "input": [13], "kernel": 2, "dilation": 3},
]


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("parameters", EMPTY, ids=lambda parameters: make_case(**parameters).id)
def test_a_port_accepts_an_empty_batch_or_does_not_exist(adapter, parameters, dtype):
    case = make_case(**parameters, dtype=dtype, batch=0)
    if isinstance(adapter.port(case), Spelling):
        (result,) = adapter.run([job_of(adapter, case)])
        assert result.error == ""
        assert result.values.shape == reference.refer(case).shape


def test_float64_is_not_float32_in_disguise(adapter):
    """Its elements lie where float32 would round them; ONNX Runtime has no float64 convolution."""
    case = make_case(op="avg_pool", input=[6, 6], kernel=2, dtype="float64")
    spelling = adapter.port(case)
    if isinstance(spelling, Spelling):
        (result,) = adapter.run([job_of(adapter, case)])
        assert np.allclose(result.values, reference.values(case), rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    "parameters",
    [
        {"input": [64, 64], "kernel": 64, "dtype": "float16"},
        {"input": [64, 60], "kernel": 50, "stride": 9, "padding": 20, "count_include_pad": False, "dtype": "float16"},
        {"input": [32, 32], "kernel": 32, "in_channels": 2, "dtype": "bfloat16"},
        {"input": [40], "kernel": 36, "stride": 2, "padding": 3, "dtype": "bfloat16"},
    ],
    ids=lambda parameters: make_case(op="avg_pool", **parameters).id,
)
def test_the_port_of_a_long_average_is_right_to_the_last_place(adapter, parameters):
    """Of as many elements as a running sum in a narrow dtype does not hold: it is the mean, rounded once or twice."""
    case = make_case(op="avg_pool", **parameters)
    if isinstance(adapter.port(case), Spelling) and adapter.name not in ("torch", "mxnet"):  # whose own sums are wide
        (result,) = adapter.run([job_of(adapter, case)])
        assert result.error == ""
        assert result.dtype == case.dtype
        bits = reference.PRECISION[case.dtype]
        assert result.values == pytest.approx(reference.values(case), rel=2.0 ** (2 - bits), abs=0)


def test_a_bad_job_leaves_the_others_their_results(adapter):
    good, bad = make_case(input=[8, 8], kernel=3), make_case(input=[8, 8], kernel=3, stride=0, hostile=True)
    jobs = [job_of(adapter, good), job_of(adapter, bad), job_of(adapter, good)]
    first, failed, last = adapter.run(jobs)
    assert failed.values is None
    assert failed.error
    assert first.values.shape == last.values.shape == (1, 1, 6, 6)


def test_results_do_not_depend_on_the_batch(adapter):
    cases = [make_case(**parameters) for parameters in PORTED]
    without = (*ROUNDED.get(adapter.name, ()), *LACKING.get(adapter.name, ()))
    ported = [case for case in cases if case.dtype not in without and isinstance(adapter.port(case), Spelling)]
    assert len(ported) > len(cases) // 2
    jobs = [job_of(adapter, case) for case in ported]
    together = [result.values for result in adapter.run(jobs)]
    backwards = [result.values for result in adapter.run(jobs[::-1])][::-1]
    alone = [next(adapter.run([job])).values for job in jobs]
    for one, two, three in zip(together, backwards, alone):
        assert np.array_equal(one, two)
        assert np.array_equal(one, three)


def test_the_declared_shape_is_the_frameworks_own_in_our_axes(adapter):
    if adapter.name in ("paddle", "tensorflowjs"):
        pytest.skip("this framework infers no shape of a layer that exists")
    case = make_case(input=[9, 7], kernel=3, stride=2, batch=3, in_channels=2, out_channels=5)
    job = job_of(adapter, case, adapter.as_written(case).source)
    (result,) = adapter.run([replace(job, declare=True)])
    assert result.declared == (3, 5, 4, 3)  # floor((9-3)/2)+1, floor((7-3)/2)+1
    assert result.values.shape == (3, 5, 4, 3)


def test_a_source_that_cannot_be_built_is_an_error_with_its_name(adapter):
    case = make_case(input=[8, 8], kernel=3)
    (result,) = adapter.run([job_of(adapter, case, "no_such_module.NoSuchLayer(1)")])
    assert "NameError" in result.error
    assert result.values is None


def test_packages_and_facts_are_recorded(adapter):
    packages = adapter.packages()
    first = {"@tensorflow/tfjs": "tensorflowjs"}.get(next(iter(packages)), next(iter(packages)))
    assert first.removeprefix("dm-").removeprefix("ai-edge-").startswith(adapter.name.partition("-")[0])
    assert "numpy" in packages
    assert adapter.facts()["device"].startswith("cpu")
    assert adapter.facts().get("threads", 1) == 1  # where the framework tells


INTEGERS = ["int8", "uint8", "int32", "int64"]
# Raw runs of torch 2.13.0, onnxruntime 1.32.0, mxnet 1.9.1, tensorflow-cpu 2.21.0, its tf.lite and paddlepaddle 3.3.1.
REFUSED = {  # by rank
    "torch": {1: INTEGERS},
    "keras-torch": {1: INTEGERS},
    "tensorflow": {3: INTEGERS},
    "mxnet": {1: INTEGERS, 2: INTEGERS, 3: INTEGERS},
    "litert": {1: INTEGERS, 2: INTEGERS, 3: INTEGERS},
    "paddle": {1: INTEGERS, 2: INTEGERS, 3: INTEGERS},
    "torch-onnx": {rank: ["int32", "int64"] for rank in (1, 2, 3)},
    "onnxruntime": {rank: ["int32", "int64"] for rank in (1, 2, 3)},
}


PADDED_WITH_0 = {"mlx": ("int8",)}  # raw runs of mlx 0.32.4


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("input", [[9], [7, 9], [5, 7, 5]], ids=len)
def test_max_pools_of_integers_run_as_they_are_written_or_are_refused(adapter, input, dtype):
    case = make_case(op="max_pool", input=input, kernel=3, stride=2, padding="same", in_channels=2, dtype=dtype)
    case = replace(case, padding=((1, 1),) * case.rank)  # which is 'same' for odd sizes
    if adapter.name == "tensorflowjs" and (case.rank == 3 or dtype != "int32"):
        pytest.skip("TensorFlow.js has no such integers, and returns floats along three axes")
    (result,) = adapter.run([job_of(adapter, case, adapter.as_written(case).source)])
    if dtype in REFUSED.get(adapter.name, {}).get(case.rank, []):
        assert result.error
    else:
        assert (result.error, result.dtype) == ("", dtype)
        right = reference.values(case)
        if dtype in PADDED_WITH_0.get(adapter.name, ()):  # the first and the last window along each axis hold padding
            inner = (..., *(slice(1, -1),) * case.rank)
            whole, right = right, np.maximum(right, 0)
            right[inner] = whole[inner]
        rounds = dtype in ROUNDED.get(adapter.name, ())
        assert np.array_equal(result.values, right.astype(np.float32) if rounds else right)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("more", [{"kernel": 2}, {"kernel": 2, "padding": [[1, 0]]}, {"output_size": 2}])
def test_the_port_of_a_max_pool_of_integers_is_right_or_there_is_none(adapter, more, dtype):
    case = make_case(op="max_pool", input=[5], in_channels=2, dtype=dtype, **more)
    port = adapter.port(case)
    if isinstance(port, Spelling) and not (adapter.name == "torch" and port.source == adapter.as_written(case).source):
        (result,) = adapter.run([job_of(adapter, case)])
        assert (result.error, result.dtype) == ("", dtype)
        assert np.array_equal(result.values, reference.values(case))
