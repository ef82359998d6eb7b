"""The words that the adapter of this environment declares to be refused: each is run, and raises what was declared."""

import pytest
from convparity.adapters.adapter import Job, Spelling
from convparity.adapters.worker import serve
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_input, make_weights

SIZES = {1: [9], 2: [8, 9], 3: [5, 6, 7]}


def layers():
    """Layers of every operation and rank with each word, with and without stride and dilation."""
    for rank, size in SIZES.items():
        for op in ("conv", "conv_transpose", "max_pool", "avg_pool"):
            for word in ("same", "same_lower"):
                for stride, dilation in (1, 1), (2, 1), (1, 2):
                    if (rank, op, dilation) == (3, "conv_transpose", 2):
                        continue  # MXNet 1.9.1 has no dilation there, whatever the padding
                    layer = {"op": op, "input": size, "kernel": 3, "stride": stride, "padding": word}
                    yield make_case(**layer, **({} if op == "avg_pool" else {"dilation": dilation})), rank


CASES = [case for case, _ in layers()]
# Which frameworks refuse some of these words; Keras has 'same' everywhere, and no word for 'same_lower' to be tried.
REFUSING = {"torch", "torch-onnx", "mxnet", "flax", "onnxruntime", "equinox", "haiku", "mlx"}


@pytest.fixture(scope="module")
def refused(adapter):
    spellings = [(case, adapter.as_written(case)) for case in CASES]
    return [(case, s) for case, s in spellings if isinstance(s, Spelling) and s.literal]


def test_frameworks_that_lack_a_padding_word_name_it(refused, adapter):
    assert bool(refused) is (adapter.name in REFUSING)


def test_each_padding_word_that_is_declared_to_be_refused_is_refused(refused, adapter):
    for case, spelling in refused:
        (result,) = adapter.run([Job(spelling.literal.source, make_input(case), make_weights(case))])
        assert result.values is None, case
        assert spelling.literal.error in result.error, case


def test_the_line_that_replaces_a_refused_word_runs(refused, adapter):
    for case, spelling in refused:
        (result,) = adapter.run([Job(spelling.source, make_input(case), make_weights(case))])
        assert result.values is not None, (case, result.error)


def test_a_worker_runs_the_refused_word_by_itself(refused, adapter, tmp_path):
    if not refused:
        pytest.skip("this framework refuses none of the words")
    case, spelling = refused[0]
    said = []
    (tmp_path / "log").write_text("")
    task = {"n": 0, "case": case.to_json(), "input": list(case.input), "spelling": "as written"}
    tasks = [{**task, "want": "values"}, {**task, "n": 1, "want": "literal"}]
    serve.serve(adapter, tasks, said.append, serve.Log(str(tmp_path / "log")))
    written, literal = (message for message in said if "n" in message)
    assert (written["source"], written["literal"]) == (spelling.source, spelling.literal.source)
    assert (literal["source"], literal["outcome"]) == (spelling.literal.source, "raised")
    assert spelling.literal.error in literal["error"]
    assert not {"digest", "sampling", "declared"} & literal.keys()
