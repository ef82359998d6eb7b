"""The worker's loop in the framework of this environment: what it says of each task."""

import json
import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from convparity.adapters.adapter import Result
from convparity.adapters.function_adapter import adapter_of
from convparity.adapters.worker import serve as worker
from convparity.cases.catalog.validate import make_case
from convparity.cases.reference import digest, values

PLAIN = make_case(input=[6, 7], kernel=3, stride=2)
SIDES = make_case(input=[6, 6], kernel=3, padding=[[0, 0], [1, 2]])
STRANGE = make_case(input=[6, 6], kernel=3, dtype="float8", hostile=True)


UNDECLARED = ("paddle", "tensorflowjs")  # whose frameworks infer no shape of a layer that exists


@pytest.fixture
def serve(adapter, tmp_path):
    """Serves tasks (case, spelling, want, input, more) and returns the messages by task; and the log."""
    log = tmp_path / "log"
    log.write_text("")

    def run(*tasks):
        said = []
        numbered = [
            {
                "n": n,
                "case": case.to_json(),
                "input": list(size or case.input),
                "spelling": spelling,
                "want": want,
                **dict(*more),
            }
            for n, (case, spelling, want, size, *more) in enumerate(tasks)
        ]
        worker.serve(adapter, json.loads(json.dumps(numbered)), said.append, worker.Log(str(log)))
        started = [observation["n"] for message in said for observation in message.get("started", [])]
        assert started == list(range(len(tasks)))  # each is journalled before it runs
        return json.loads(json.dumps([message for message in said if "n" in message]))

    return run


def test_values_come_with_shape_digest_and_the_declared_shape(adapter, serve):
    (seen,) = serve((PLAIN, "as written", "values", None))
    assert seen["outcome"] == "ran"
    assert seen["shape"] == [1, 1, 2, 3]
    assert seen["declared"] == (None if adapter.name in UNDECLARED else [1, 1, 2, 3])
    assert seen["digest"] == digest(values(PLAIN))
    ways = (
        "nn.Conv",
        "layers.Conv",
        "helper.make_node",
        "eqx.nn.Conv",
        "hk.Conv",
        "lambda x, w: ops.conv",
        "mlx.nn.Conv",
        "paddle.nn.Conv",
        "(x, w) => tf.conv",
    )
    assert seen["source"].startswith(ways)


def test_a_sampling_comes_as_one_map_for_each_axis(serve):
    (seen,) = serve((PLAIN, "as written", "sampling", None))
    assert seen["sampling"]["maps"] == [[[0, 1, 2], [2, 3, 4]], [[0, 1, 2], [2, 3, 4], [4, 5, 6]]]
    assert seen["sampling"]["separable"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"input": [6, 7], "kernel": 3, "stride": 2},
        {"input": [9], "kernel": 3, "stride": 2, "in_channels": 4, "out_channels": 4, "groups": 2, "batch": 3},
        {"op": "conv_transpose", "input": [3, 4], "kernel": 3, "stride": 2, "in_channels": 2, "out_channels": 3},
        {"op": "max_pool", "input": [6, 6], "kernel": 2, "in_channels": 3},
        {"op": "avg_pool", "input": [6, 6], "kernel": 2, "in_channels": 3},
    ],
)
def test_the_layer_itself_shows_the_same_sampling_as_its_stand_in(serve, parameters):
    case = make_case(**{"padding": "valid", **parameters})
    stand_in, itself = serve((case, "port", "sampling", None), (case, "port", "sampling", None, {"itself": True}))
    if stand_in["outcome"] == "no port":  # what is written is all there is
        written = (case, "as written", "sampling", None)
        stand_in, itself = serve(written, (*written, {"itself": True}))
    assert (itself.pop("itself"), "itself" in stand_in) == (True, False)
    assert itself["shape"][1] == case.out_channels
    for name in ("maps", "separable", "exact", "pad_value", "divisors"):
        assert itself["sampling"][name] == stand_in["sampling"][name]


def test_the_layer_is_written_in_the_same_way_on_another_size(serve):
    (seen,) = serve((PLAIN, "as written", "sampling", (7, 8)))
    assert [len(axis) for axis in seen["sampling"]["maps"]] == [3, 3]


def test_a_port_equal_to_the_line_as_written_is_left_out(serve, adapter):
    (seen,) = serve((PLAIN, "port", "values", None))
    # Keras says padding='valid' as written, which a port leaves out; TensorFlow.js says 0, which a port does not
    other = "keras" in adapter.packages() or adapter.name == "tensorflowjs"
    assert seen["outcome"] == ("ran" if other else "no port")


def test_pads_per_side_are_written_or_have_a_reason_and_a_port(serve, adapter):
    written, port = serve((SIDES, "as written", "values", None), (SIDES, "port", "values", None))
    assert written["outcome"] == "ran"
    if adapter.name in ("torch", "mxnet"):  # (0,0) and (1,2): no number keeps the width, so the larger side
        assert written["shape"] == [1, 1, 4, 8]
        assert written["note"] == "the layer takes one number per axis and pads both sides alike"
    exact = written if port["outcome"] == "no port" else port
    assert exact["digest"] == digest(values(SIDES))


UP = make_case(op="conv_transpose", input=[3, 4], kernel=3, stride=2, padding="valid")
MEAN = make_case(op="avg_pool", input=[6, 6], kernel=2, dtype="float16")


def test_only_the_shape_that_the_framework_infers(adapter, serve):
    """(3-1)*2+3 = 7 and (4-1)*2+3 = 9; 6/2 = 3; and a window that does not fit, which some refuse."""
    if adapter.name in UNDECLARED:
        pytest.skip("this framework infers no shape of a layer that exists")
    up, mean, too_large = serve(
        (UP, "as written", "shape", None),
        (MEAN, "as written", "shape", None),
        (make_case(input=[2, 2], kernel=5), "as written", "shape", None),
    )
    assert (up["outcome"], up["shape"]) == ("inferred", [1, 1, 7, 9])
    assert (mean["outcome"], mean["shape"]) == ("inferred", [1, 1, 3, 3])
    assert too_large["outcome"] in ("inferred", "refused")
    assert "values" not in up


def test_averages_are_sent_whole_to_be_compared_within_a_tolerance(serve):
    (seen,) = serve((make_case(op="avg_pool", input=[100, 100], kernel=1), "as written", "values", None))
    assert "values" in seen  # 10000 numbers, where of a convolution they would have to be equal


def test_a_dtype_that_no_adapter_can_write_is_inexpressible(serve):
    (seen,) = serve((STRANGE, "as written", "values", None))
    assert seen["outcome"] == "inexpressible"
    assert "float8" in seen["reason"]


def test_a_size_below_zero_cannot_be_made(serve):
    (seen,) = serve((make_case(input=[-1, 6], kernel=3, hostile=True), "as written", "values", None))
    assert (seen["outcome"], seen["reason"]) == ("inexpressible", "no array has a size below 0")


def test_a_case_that_needs_too_much_memory_before_it_runs_is_out_of_memory(serve):
    vast = make_case(input=[2**31, 2**31], kernel=1)
    for want in ("values", "sampling"):
        (seen,) = serve((vast, "as written", want, None))
        assert seen["outcome"] == "out of memory"


def test_large_inputs_are_not_batched_together():
    large, small = (make_case(input=size, kernel=1).to_json() for size in ([2048, 2048], [4, 4]))
    tasks = [{"case": case, "input": case["input"]} for case in (small, large, small, small)]
    assert [len(batch) for batch in worker.batches(tasks, 100)] == [1, 1, 2]  # 2**22 elements are a batch
    assert [len(batch) for batch in worker.batches(tasks, 1)] == [1, 1, 1, 1]


def test_the_log_is_sent_once(tmp_path):
    path = tmp_path / "log"
    path.write_text("a warning\n")
    log = worker.Log(str(path))
    assert log.take() == "a warning\n"
    assert log.take() == ""


TOO_MUCH = [
    "RuntimeError: [enforce fail at alloc_cpu.cpp:127] data. DefaultCPUAllocator: can't allocate memory: you tried",
    "JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 4294967296 bytes.",
    "ResourceExhaustedError: {{function_node ...}} OOM when allocating tensor with shape[1,64,4096,4096]",
    "RuntimeException: [ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : ... Failed to allocate memory for requested buffer",
    "MXNetError: std::bad_alloc",
]


@pytest.mark.parametrize("text", TOO_MUCH)
def test_a_failed_allocation_is_out_of_memory_and_not_a_rejection(text):
    """Frameworks raise it as any other error on a CPU."""
    name, _, message = text.partition(": ")
    assert Result().fail(type(name, (RuntimeError,), {})(message)).out_of_memory


def test_a_rejection_is_not_about_memory():
    said = "Expected more than 1 spatial element; the buffer is out of range"
    assert not Result().fail(ValueError(said)).out_of_memory


def test_a_hostile_case_that_convparity_cannot_write_leaves_the_others_their_results(serve, adapter, monkeypatch):
    def stumbles(case):
        raise KeyError("SAME")

    written = type(adapter).as_written
    monkeypatch.setattr(adapter, "as_written", lambda case: stumbles(case) if case.hostile else written(case))
    hostile = make_case(input=[6, 6], kernel=3, padding="SAME", hostile=True)
    seen, other = serve((hostile, "as written", "values", None), (PLAIN, "as written", "values", None))
    assert seen["outcome"] == "inexpressible"
    assert seen["reason"] == "convparity has no spelling for this (KeyError: 'SAME')"
    assert other["outcome"] == "ran"
    monkeypatch.setattr(adapter, "as_written", stumbles)
    with pytest.raises(KeyError):  # a mistake of ours
        serve((PLAIN, "as written", "values", None))


def test_a_hostile_case_without_an_array_leaves_the_others_their_results(serve):
    """No elements at all, of a batch that NumPy has no shape for."""
    hostile = make_case(input=[0, 6], kernel=1, batch=2**62, hostile=True)
    seen, other = serve((hostile, "as written", "values", None), (PLAIN, "as written", "values", None))
    assert seen["outcome"] == "inexpressible"
    assert "NumPy has no arrays for this" in seen["reason"]
    assert other["outcome"] == "ran"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is isolated where there is no fork")
@pytest.mark.parametrize(("deaths", "outcome"), [(1, "ran"), (2, "crashed")])
def test_an_isolated_case_counts_as_crashed_after_two_crashes(tmp_path, deaths, outcome):
    """Once may be somebody else's doing."""
    times = tmp_path / "times"

    def run(case, x, weights):
        with times.open("a") as file:
            file.write("x")
        if len(times.read_text()) <= deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return np.zeros(values(PLAIN).shape)

    own = adapter_of("own", run, SimpleNamespace())()
    task = {"n": 7, "case": PLAIN.to_json(), "input": PLAIN.input, "spelling": "as written", "want": "values"}
    (tmp_path / "log").write_text("")
    said = []
    worker.serve_isolated(own, [task], said.append, worker.Log(str(tmp_path / "log")), 2**30, 20)
    assert [(seen["n"], seen["outcome"]) for seen in said] == [(7, outcome)]
    assert len(times.read_text()) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is isolated where there is no fork")
def test_an_isolated_case_that_ends_its_process_as_if_it_had_succeeded_counts_as_crashed(tmp_path):
    """MLX 0.32.4 does so where BLAS is called with a size of 0."""
    own = adapter_of("own", lambda case, x, weights: os._exit(0), SimpleNamespace())()
    task = {"n": 7, "case": PLAIN.to_json(), "input": PLAIN.input, "spelling": "as written", "want": "values"}
    (tmp_path / "log").write_text("")
    said = []
    worker.serve_isolated(own, [task], said.append, worker.Log(str(tmp_path / "log")), 2**30, 20)
    assert [(seen["outcome"], seen["signal"]) for seen in said] == [("crashed", "exit status 0")]


def test_a_function_gets_the_layer_on_the_given_input():
    """Also where the layer, as it was spelled for its case, is run on another size."""
    asked = []
    own = adapter_of("own", lambda case, x, weights: asked.append(case) or x, SimpleNamespace())()
    task = {"n": 0, "case": PLAIN.to_json(), "input": [9, 8], "spelling": "as written", "want": "values"}
    (job,) = worker.jobs_of(task, own.as_written(PLAIN).source)
    own.run_one(job)
    assert [(case.input, case.kernel, case.stride) for case in asked] == [((9, 8), (3, 3), (2, 2))]
