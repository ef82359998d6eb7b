"""Jobs in the framework of this environment: ports, errors, declared shapes, batches."""

import numpy as np
import pytest
from convparity.adapters.adapter import Job
from convparity.cases import reference
from convparity.cases.inputs import make_arrays
from convparity.cases.validate import make_case

# Every padding request; the port must give the reference's values to the bit.
PORTED = [
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
]


def job_of(adapter, case, source=None):
    x, weights = make_arrays(case)
    return Job(source or adapter.port(case).source, x, weights, declare=True)


@pytest.mark.parametrize("parameters", PORTED)
def test_a_port_gives_the_references_values_exactly(adapter, parameters):
    case = make_case(**parameters)
    (result,) = adapter.run([job_of(adapter, case)])
    assert result.error == ""
    assert np.array_equal(result.values, reference.values(case))


def test_one_bad_job_spoils_no_other(adapter):
    good, bad = make_case(input=[8, 8], kernel=3), make_case(input=[8, 8], kernel=3, stride=0, hostile=True)
    jobs = [job_of(adapter, good), job_of(adapter, bad), job_of(adapter, good)]
    first, failed, last = adapter.run(jobs)
    assert failed.values is None
    assert failed.error
    assert first.values.shape == last.values.shape == (1, 1, 6, 6)


def test_results_do_not_depend_on_the_batch(adapter):
    cases = [make_case(**parameters) for parameters in PORTED]
    jobs = [job_of(adapter, case) for case in cases]
    together = [result.values for result in adapter.run(jobs)]
    backwards = [result.values for result in adapter.run(jobs[::-1])][::-1]
    alone = [next(adapter.run([job])).values for job in jobs]
    for one, two, three in zip(together, backwards, alone):
        assert np.array_equal(one, two)
        assert np.array_equal(one, three)


def test_the_declared_shape_is_the_frameworks_own_in_our_axes(adapter):
    case = make_case(input=[9, 7], kernel=3, stride=2, batch=3, in_channels=2, out_channels=5)
    (result,) = adapter.run([job_of(adapter, case, adapter.as_written(case).source)])
    assert result.declared == (3, 5, 4, 3)  # floor((9-3)/2)+1, floor((7-3)/2)+1
    assert result.values.shape == (3, 5, 4, 3)


def test_a_source_that_cannot_be_built_is_an_error_with_its_name(adapter):
    case = make_case(input=[8, 8], kernel=3)
    module = "layers" if adapter.name == "tensorflow" else "nn"
    (result,) = adapter.run([job_of(adapter, case, f"{module}.NoSuchLayer(1)")])
    assert "AttributeError" in result.error
    assert result.values is None


def test_packages_and_facts_are_recorded(adapter):
    packages = adapter.packages()
    assert next(iter(packages)).startswith(adapter.name)
    assert "numpy" in packages
    assert adapter.facts()["device"].startswith("cpu")
    assert adapter.facts().get("threads", 1) == 1  # where the framework tells
