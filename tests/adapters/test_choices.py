"""Another mode, device or provider of the framework: it computes the same, or says that it is not to be had here."""

import numpy as np
import pytest
from convparity.adapters.adapter import Job
from convparity.adapters.registry import adapter_class
from convparity.adapters.running import Unavailable
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays

LAYERS = [
    make_case(input=[7, 8], kernel=[3, 2], stride=[2, 1], in_channels=2, out_channels=3),
    make_case(op="conv_transpose", input=[4, 5], kernel=[3, 3], stride=[2, 2]),
    make_case(op="max_pool", input=[6, 6], kernel=[2, 2], stride=[2, 2]),
    make_case(op="avg_pool", input=[6, 7], kernel=[4, 2], stride=[1, 2]),  # whose means are exact
]


def choosing(adapter, monkeypatch, name, choice):
    """A new adapter of the same framework, in a process whose environment chose this."""
    if name not in adapter.choices:
        pytest.skip(f"{adapter.name} has no choice of its {name}")
    monkeypatch.setenv(f"CONVPARITY_{name.upper()}", choice)
    return adapter_class(adapter.name)()


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: case.op)
def test_a_compiled_layer_computes_what_the_layer_does(adapter, monkeypatch, case):
    compiling = choosing(adapter, monkeypatch, "mode", "compiled")
    compiling.pin()
    assert compiling.compiles
    assert not adapter.compiles
    jobs = [Job(compiling.port(case).source, *make_arrays(case))]
    (eager,), (compiled,) = list(adapter.run(jobs)), list(compiling.run(jobs))
    assert compiled.error == ""
    np.testing.assert_array_equal(compiled.values, eager.values)


def test_a_compiled_layer_is_compiled(adapter, monkeypatch):
    """A layer with a branch on its values runs, but is no graph."""
    compiling = choosing(adapter, monkeypatch, "mode", "compiled")
    compiling.pin()
    sources = {
        "torch": "lambda x: x if float(x.sum()) > 0 else -x",
        "tensorflow": "lambda x: x if float(keras.ops.convert_to_numpy(x).sum()) > 0 else -x",
    }
    job = Job(sources[adapter.name], np.ones((1, 1, 4, 4), "float32"), None)
    (eager,), (compiled,) = list(adapter.run([job])), list(compiling.run([job]))
    assert (eager.error, compiled.values) == ("", None)


def test_the_script_of_a_compiled_layer_compiles_it(adapter, monkeypatch, capsys):
    compiling = choosing(adapter, monkeypatch, "mode", "compiled")
    compiling.pin()
    case = LAYERS[0]
    text = compiling.script()
    assert compiling.compiling in text
    shapes = {"@INPUT@": (1, 2, 7, 8), "@WEIGHTS@": (3, 2, 3, 2), "@DTYPE@": "float32"}
    for blank, value in {"@SOURCE@": compiling.as_written(case).source, **shapes}.items():
        text = text.replace(blank, str(value))
    exec(text, {"__name__": "__main__"})
    shapes_of = {"torch": "(1, 3, 3, 7)", "tensorflow": "(1, 3, 7, 3)"}
    assert capsys.readouterr().out.startswith(f"{shapes_of[adapter.name]}\n")


@pytest.mark.parametrize(
    ("name", "choice"), [("device", "cuda"), ("device", "gpu"), ("provider", "CUDAExecutionProvider")]
)
def test_a_device_that_is_not_to_be_had_is_refused_in_one_sentence(adapter, monkeypatch, name, choice):
    if choice not in (*adapter.choices.get(name, ()), "CUDAExecutionProvider"):
        pytest.skip(f"{adapter.name} has no {name} of this name")
    refusing = choosing(adapter, monkeypatch, name, choice)
    with pytest.raises(Unavailable) as error:
        refusing.pin()
    said = str(error.value)
    assert said.startswith(f"{name} {choice!r}: ")
    assert "\n" not in said
    assert said.endswith(("here", ")"))
