"""What an environment may choose about how its framework runs: its mode, its device, its execution provider."""

import pytest
from convparity.cases.errors import InputError
from convparity.environments.find import EnvironmentSpec, from_project, resolve, variables_of
from convparity.environments.interpreters import inherited
from convparity.environments.modes import in_modes

TABLE = "[tool.convparity.environments]\n"


def project(tmp_path, monkeypatch, line):
    (tmp_path / "pyproject.toml").write_text(TABLE + line)
    monkeypatch.chdir(tmp_path)
    return from_project()


@pytest.mark.parametrize(
    ("adapter", "choice", "variables"),
    [
        ("torch", 'mode = "compiled"', {"CONVPARITY_MODE": "compiled", "CUDA_VISIBLE_DEVICES": "-1"}),
        ("torch", 'device = "cuda:1"', {"CONVPARITY_DEVICE": "cuda:1"}),
        ("keras-torch", 'device = "mps"', {"CONVPARITY_DEVICE": "mps", "KERAS_TORCH_DEVICE": "mps"}),
        ("flax", 'device = "cuda"', {"CONVPARITY_DEVICE": "cuda", "JAX_PLATFORMS": "cuda"}),
        ("keras-jax", 'device = "tpu"', {"CONVPARITY_DEVICE": "tpu", "JAX_PLATFORMS": "tpu", "KERAS_BACKEND": "jax"}),
        ("onnxruntime", 'provider = "CUDAExecutionProvider"', {"CONVPARITY_PROVIDER": "CUDAExecutionProvider"}),
        ("onnxruntime", 'provider = "CPUExecutionProvider"', {"CUDA_VISIBLE_DEVICES": "-1"}),
        ("flax", 'device = "cpu"', {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"}),
    ],
)
def test_a_choice_reaches_the_process_and_frees_its_gpu(tmp_path, monkeypatch, adapter, choice, variables):
    (spec,) = project(tmp_path, monkeypatch, f'gpu = {{ adapter = "{adapter}", python = "/x", {choice} }}\n')
    started = variables_of(spec)
    told = {name: value for name, value in started.items() if name in variables or name.startswith("CONVPARITY_")}
    assert told == variables
    assert ("CUDA_VISIBLE_DEVICES" in started) == ("CUDA_VISIBLE_DEVICES" in variables)


@pytest.mark.parametrize(
    ("choice", "column", "said"),
    [
        ('mode = "fast"', 48, "mode: 'fast' cannot be chosen; expected eager, compiled"),
        ('device = "gpu"', 50, "device: 'gpu' cannot be chosen; expected cpu, cuda, cuda:*, mps, xpu"),
        ('provider = "X"', 52, "provider: 'X' cannot be chosen; torch has no choice of its provider"),
        ('variables = { CONVPARITY_MODE = "compiled" }, mode = "compiled"', 55, "CONVPARITY_MODE: cannot be set"),
    ],
)
def test_a_choice_that_there_is_not_is_an_error_with_its_place(tmp_path, monkeypatch, choice, column, said):
    with pytest.raises(InputError) as error:
        project(tmp_path, monkeypatch, f'a = {{ adapter = "torch", python = "/x", {choice} }}\n')
    (problem,) = error.value.problems
    assert problem.startswith(f"pyproject.toml:2:{column}: tool.convparity.environments: {said}")


def test_a_gpu_may_be_named_where_a_device_is_chosen_only(tmp_path, monkeypatch):
    line = 'a = { adapter = "torch", python = "/x", variables = { CUDA_VISIBLE_DEVICES = "1" }, device = "@" }\n'
    (spec,) = project(tmp_path, monkeypatch, line.replace("@", "cuda"))
    assert variables_of(spec)["CUDA_VISIBLE_DEVICES"] == "1"
    with pytest.raises(InputError, match="CUDA_VISIBLE_DEVICES: cannot be set; convparity sets it to '-1' itself"):
        project(tmp_path, monkeypatch, line.replace("@", "cpu"))


def test_a_mode_makes_an_environment_of_each_that_has_modes():
    specs = resolve(["torch=/x", "old:tensorflow=/y", "flax=/z"])
    found = in_modes(specs, "eager,compiled")
    assert [spec.label for spec in found] == ["torch", "torch-compiled", "old", "old-compiled", "flax"]
    assert [variables_of(spec).get("CONVPARITY_MODE", "") for spec in found] == ["", "compiled", "", "compiled", ""]
    assert [spec.label for spec in in_modes(specs, "compiled")] == ["torch-compiled", "old-compiled", "flax"]
    assert in_modes(specs, None) == specs


def test_a_mode_that_the_project_chooses_stays():
    spec = EnvironmentSpec("fast", "torch", "/x", "--env", choices={"mode": "compiled"})
    assert in_modes([spec], "eager") == [spec]


@pytest.mark.parametrize(
    ("modes", "said"),
    [
        ("eager,compield", "--mode: 'compield' is not a mode; expected eager or compiled, or both with a comma"),
        ("compiled", r"--mode: none of these environments has modes \(flax\); torch and tensorflow have"),
    ],
)
def test_a_mode_that_no_environment_has_is_an_error(modes, said):
    with pytest.raises(InputError, match=said):
        in_modes(resolve(["flax=/x"]), modes)


def test_a_variable_of_the_shell_chooses_nothing():
    assert inherited({"CONVPARITY_MODE": "compiled", "CONVPARITY_CACHE": "x"}) == {"CONVPARITY_CACHE": "x"}
