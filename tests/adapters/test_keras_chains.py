"""The layers of a chain, applied in order, against the Sequential itself, which Keras builds and applies."""

import math
import re

import numpy as np
import pytest
from convparity.adapters.adapter import Job, Spelling
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.inputs import make_input, make_weights

CATALOGS = ("textbook", "grid", "networks", "field-reports", "arithmetic", "conformance")
LARGEST = 2**16  # elements of an input
NAME = re.compile(r"keras_tensor_\d+")  # Keras counts its symbolic tensors


@pytest.fixture(scope="module", autouse=True)
def keras(adapter):
    """Keras, if this is its environment."""
    if not hasattr(adapter, "keras"):
        pytest.skip("no adapter of Keras")
    return adapter.keras


@pytest.fixture(scope="module")
def sequential_itself(adapter, keras):
    """An adapter that has Keras build and apply a Sequential."""

    class Itself(type(adapter)):
        def applied(self, layer, x, kernel):
            if isinstance(layer, keras.Sequential):
                layer.build(x.shape)
            return super().applied(layer, x, kernel)

    made = Itself()
    made.pin()
    return made


def job(adapter, case):
    spelling = adapter.port(case)
    return Job(spelling.source, make_input(case), make_weights(case), case.dtype)


def chains(adapter):
    """Yield the convolutions of the catalogs whose port is a Sequential."""
    for case in load_catalog(*CATALOGS).cases:
        spelling = adapter.port(case)
        small = math.prod((case.batch, case.in_channels, *case.input)) <= LARGEST
        if isinstance(spelling, Spelling) and "Sequential" in spelling.source and small and not case.pools:
            yield case


def run(adapter, jobs):
    for start in range(0, len(jobs), adapter.batch):
        yield from adapter.run(jobs[start : start + adapter.batch])


def check(adapter, sequential_itself, jobs):
    for one, got, due in zip(jobs, run(adapter, jobs), run(sequential_itself, jobs)):
        assert NAME.sub("", got.error) == NAME.sub("", due.error), one.source
        assert got.dtype == due.dtype, one.source
        assert (got.values is None) == (due.values is None), one.source
        if due.values is not None:
            assert got.values.shape == due.values.shape, one.source
            assert got.values.tobytes() == due.values.tobytes(), one.source


def test_every_chain_of_the_catalogs_runs_in_keras(adapter, sequential_itself):
    jobs = [job(adapter, case) for case in chains(adapter)]
    assert len(jobs) > 1000
    check(adapter, sequential_itself, jobs)


def test_a_chain_that_fails_tells_its_own_error(adapter, sequential_itself):
    narrow = np.ones((1, 1, 2, 5), np.float32)
    sources = [
        "keras.Sequential([layers.Cropping2D(2), layers.Conv2D(1, 3, use_bias=False)])",
        "keras.Sequential([layers.ZeroPadding2D(((0, 0), (1, 1))), layers.Conv2D(1, 3, use_bias=False)])",
        "keras.Sequential([layers.Conv2D(1, 1, use_bias=False), layers.MaxPooling2D(7)])",
    ]
    jobs = [Job(source, narrow, np.ones((1, 1, k, k), np.float32)) for source, k in zip(sources, (3, 3, 1))]
    assert all(result.error for result in run(sequential_itself, jobs))
    check(adapter, sequential_itself, jobs)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_a_sequential_with_another_dtype_than_its_input(adapter, sequential_itself, dtype):
    """Whether and where it casts is its own affair."""
    x = np.full(
        (1, 1, 4, 4), 2.0**26 + 1 if dtype == "float64" else 3, np.float64 if dtype == "float64" else np.float32
    )
    layer = f"layers.ZeroPadding2D(1, dtype={dtype!r}), layers.Conv2D(1, 3, use_bias=False, dtype={dtype!r})"
    sources = [f"keras.Sequential([{layer}])", f"net = keras.Sequential([{layer}]); net.dtype_policy = {dtype!r}"]
    check(adapter, sequential_itself, [Job(source, x, np.ones((1, 1, 3, 3), x.dtype), dtype) for source in sources])
