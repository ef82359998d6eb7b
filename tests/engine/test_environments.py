"""Which interpreters serve which adapters, and what is said of requests that cannot be met."""

import sys
from pathlib import Path

import pytest
from convparity.cases.errors import HarnessFault, InputError
from convparity.environments import installed, look_around, parse_environment, resolve, with_interpreter


def test_label_adapter_and_python():
    spec = parse_environment("old:torch=/opt/old/bin/python")
    assert (spec.label, spec.adapter, spec.python, spec.asked_for) == ("old", "torch", "/opt/old/bin/python", True)


def test_the_label_is_the_adapter_by_default_and_a_path_may_hold_colons():
    spec = parse_environment("flax=C:/envs/flax/python.exe")
    assert (spec.label, spec.adapter) == ("flax", "flax")
    assert spec.python.endswith("C:/envs/flax/python.exe")


def test_the_folder_of_an_environment_stands_for_its_interpreter(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    assert parse_environment(f"mxnet={tmp_path}").python == str(tmp_path / "bin/python")


@pytest.mark.parametrize("text", ["torch", "torch=", "=python", ":torch=python", "", "a:=x"])
def test_other_forms_are_refused(text):
    with pytest.raises(InputError, match=r"is not \[LABEL:\]ADAPTER=PYTHON"):
        parse_environment(text)


def test_an_unknown_adapter_is_named_with_what_is_allowed():
    with pytest.raises(InputError) as caught:
        resolve(["tensorflw=python", "jax=python"])
    assert caught.value.problems == [
        "--env: 'tensorflw' is not an adapter; allowed is torch, tensorflow, flax, mxnet; did you mean 'tensorflow'?",
        "--env: 'jax' is not an adapter; allowed is torch, tensorflow, flax, mxnet",
    ]


def test_one_label_for_two_environments_is_refused():
    with pytest.raises(InputError, match="two environments are labelled 'torch'"):
        resolve(["torch=/a", "torch=/b"])


def test_the_projects_own_table_with_paths_relative_to_its_file(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.convparity.environments]\ntorch = "envs/torch/bin/python"\n'
        'old = { adapter = "torch", python = "/opt/python" }\n'
    )
    (tmp_path / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep/er")
    torch, old = resolve([])
    assert (torch.adapter, torch.python) == ("torch", str(tmp_path / "envs/torch/bin/python"))
    assert (old.label, old.adapter, old.python) == ("old", "torch", "/opt/python")
    assert torch.origin == "../../pyproject.toml [tool.convparity.environments]"


def test_every_mistake_in_the_projects_table_is_told(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.convparity.environments]\ntorch = 3\njax = "python"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        resolve([])
    assert len(caught.value.problems) == 2


def test_nothing_found_is_a_fault_that_says_what_to_do(tmp_path, monkeypatch):
    """This interpreter has no framework; tox made it so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(variable, raising=False)
    assert look_around() == []
    with pytest.raises(HarnessFault, match="--env torch="):
        resolve([])


def test_an_interpreter_that_does_not_run_has_nothing_installed(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert installed(str(broken)) == {}
    assert installed(str(tmp_path / "none")) == {}


def test_frameworks_are_found_without_being_imported(tmp_path, monkeypatch):
    """A framework that would fail on import is found all the same, with its version."""
    (tmp_path / "mxnet").mkdir()
    (tmp_path / "mxnet/__init__.py").write_text("raise RuntimeError")
    (tmp_path / "mxnet-9.9.dist-info").mkdir()
    (tmp_path / "mxnet-9.9.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: mxnet\nVersion: 9.9\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert installed(sys.executable)["mxnet"]["mxnet"] == "9.9"
    monkeypatch.chdir(Path(tmp_path, "mxnet"))


def test_an_adapter_alone_gets_the_interpreter_that_would_be_found(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.convparity.environments]\ntorch = "/opt/torch/bin/python"\n')
    monkeypatch.chdir(tmp_path)
    assert with_interpreter("torch") == "torch=/opt/torch/bin/python"
    assert with_interpreter("new:torch") == "new:torch=/opt/torch/bin/python"
    assert with_interpreter("mxnet") == f"mxnet={sys.executable}"
    assert with_interpreter("torch=/mine") == "torch=/mine"
