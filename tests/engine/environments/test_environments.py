"""Which interpreters serve which adapters, and what is said of requests that cannot be met."""

import os
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from convparity import api
from convparity.adapters.own.loading import Adapters
from convparity.adapters.registry import adapter_class
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import HarnessFault, InputError
from convparity.environments import aliases
from convparity.environments.find import (
    EnvironmentSpec,
    find_one,
    installed,
    look_around,
    parse_environment,
    resolve,
    variables_of,
)

ALLOWED = "torch, tensorflow, keras-torch, keras-jax, flax, mxnet, onnxruntime"
ALLOWED += ", equinox, haiku, openvino, litert, mlx, paddle, torch-onnx, tensorflowjs"


def test_an_environment_is_read_as_label_adapter_and_python():
    spec = parse_environment("old:torch=/opt/old/bin/python")
    assert (spec.label, spec.adapter, spec.python) == ("old", "torch", "/opt/old/bin/python")


def test_the_label_is_the_adapter_by_default_and_a_path_may_hold_colons():
    spec = parse_environment("flax=C:/envs/flax/python.exe")
    assert (spec.label, spec.adapter) == ("flax", "flax")
    assert spec.python.endswith("C:/envs/flax/python.exe")


def test_the_folder_of_an_environment_stands_for_its_interpreter(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    assert parse_environment(f"mxnet={tmp_path}").python == str(tmp_path / "bin/python")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a virtual environment ``.venv``, and a folder in it, which is the current one."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    return tmp_path


@pytest.mark.parametrize("python", [".venv", ".venv/", "./.venv", ".venv/bin/python", "sub/../.venv"])
def test_an_environment_of_the_project_is_found_from_its_subfolders(project, python):
    (project / "pyproject.toml").write_text(f'[tool.convparity.environments]\ntorch = "{python}"\n')
    (spec,) = resolve([])
    inside = python.removeprefix("./").rstrip("/").removesuffix("/bin/python")
    assert spec.python == f"{project}/{inside}/bin/python"  # where the link is, not where it leads


@pytest.mark.parametrize("python", ["../.venv", "../.venv/bin/python"])
def test_a_path_is_absolute_whatever_the_current_folder_becomes(project, python):
    assert parse_environment(f"torch={python}").python == f"{project}/sub/../.venv/bin/python"


@pytest.mark.parametrize("in_the_way", ["folder", "file"])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_folder_or_file_of_that_name_does_not_hide_the_interpreter_on_the_path(
    project, monkeypatch, in_the_way, absolute
):
    monkeypatch.setenv("PATH", str(project / ".venv/bin") if absolute else "../.venv/bin")
    (project / "sub/python").mkdir() if in_the_way == "folder" else (project / "sub/python").touch()
    found = parse_environment("onnxruntime=python").python
    assert found == (f"{project}/.venv/bin/python" if absolute else f"{project}/sub/../.venv/bin/python")
    assert parse_environment("onnxruntime=./python").python == f"{project}/sub/python"  # a path, that of what is there


@pytest.mark.parametrize("entry", ["{here}", "", ".", "{here}:", ":{here}", ".:{here}"])
def test_a_name_is_never_that_of_something_in_the_folder(project, monkeypatch, entry):
    """Neither a folder that looks like an environment, nor a file, nor a PATH that names the current folder."""
    (project / "sub/python/bin").mkdir(parents=True)
    (project / "sub/python/bin/python").symlink_to(sys.executable)
    (project / "sub/mine").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", entry.format(here=project / ".venv/bin"))
    expected = f"{project}/.venv/bin/python" if "{here}" in entry else "python"
    assert parse_environment("torch=python").python == expected
    assert parse_environment("torch=python", folder=project / "sub").python == expected
    assert parse_environment("torch=./python").python == f"{project}/sub/python/bin/python"
    assert parse_environment("torch=mine").python == "mine"
    assert installed("mine") == {}


def test_an_unknown_name_is_refused_with_the_form_of_a_path(project, monkeypatch):
    (project / "sub/mine").symlink_to(sys.executable)
    report = api.run(make_case(input=(8, 8), kernel=3), environments="torch=mine")
    ((_, fault),) = report.results.faults
    assert fault.endswith(
        "cannot be started: it is not on the PATH, and a path to an interpreter or an environment has a slash: mine"
    )


def test_a_missing_path_is_named_with_its_folder(project):
    assert parse_environment("torch=no/such/python").python == f"{project}/sub/no/such/python"


@pytest.mark.parametrize("text", ["torch", "torch=", "=python", ":torch=python", "", "a:=x"])
def test_other_forms_are_refused(text):
    with pytest.raises(InputError, match=r"is not \[LABEL:\]ADAPTER=PYTHON"):
        parse_environment(text)


def test_an_unknown_adapter_is_named_with_what_is_allowed():
    with pytest.raises(InputError) as caught:
        resolve(["tensorflw=python", "trch=python"])
    assert caught.value.problems == [
        f"--env: 'tensorflw' is not an adapter; expected {ALLOWED}; did you mean 'tensorflow'?",
        f"--env: 'trch' is not an adapter; expected {ALLOWED}; did you mean 'torch'?",
    ]


def test_an_alias_stands_for_its_adapter_and_is_reported_once(capsys):
    first, second = resolve(["jax=python", "old:jax=python"])
    assert (first.label, first.adapter, second.label, second.adapter) == ("flax", "flax", "old", "flax")
    assert capsys.readouterr().err == "--env: 'jax' stands for the adapter 'flax', Flax on JAX\n"


def test_one_label_for_two_environments_is_refused():
    with pytest.raises(InputError, match="two environments are labelled 'torch'"):
        resolve(["torch=/a", "torch=/b"])


def test_the_projects_own_table_with_paths_relative_to_its_file(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.convparity.environments]\ntorch = "envs/torch/bin/python"\n'
        'old = { adapter = "torch", python = "/opt/python" }\n'
    )
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "deep/er")
    torch, old = resolve([])
    assert (torch.adapter, torch.python) == ("torch", str(tmp_path / "envs/torch/bin/python"))
    assert (old.label, old.adapter, old.python) == ("old", "torch", "/opt/python")
    assert torch.origin == "../../pyproject.toml [tool.convparity.environments]"


@pytest.mark.parametrize(
    ("entry", "label", "adapter", "told"),
    [
        ('tf = "/opt/python"', "tf", "tensorflow", "'tf' stands for the adapter 'tensorflow', Keras on TensorFlow"),
        ('jax = { packages = ["jax==0.7.2"] }', "jax", "flax", "'jax' stands for the adapter 'flax', Flax on JAX"),
        (
            'new = { adapter = "ort", python = "/opt/python" }',
            "new",
            "onnxruntime",
            "'ort' stands for the adapter 'onnxruntime', ONNX Runtime",
        ),
        ('pytorch = { python = "/opt/python", adapter = "torch" }', "pytorch", "torch", ""),
    ],
)
def test_a_word_for_an_adapter_stands_for_it_in_a_project_too(
    tmp_path, monkeypatch, capsys, entry, label, adapter, told
):
    monkeypatch.setattr(aliases, "_told", set())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(f"[tool.convparity.environments]\n{entry}\n")
    (spec,) = resolve([])
    assert (spec.label, spec.adapter) == (label, adapter)
    assert resolve([label]) == [spec]  # --env chooses it by the word that the project uses
    origin = "pyproject.toml [tool.convparity.environments]"
    assert capsys.readouterr().err == (f"{origin}: {told}\n" if told else "")
    if spec.request:
        assert "jax==0.7.2" in spec.request.requirements


FORMS = (
    'expected ADAPTER = "PYTHON", LABEL = { adapter = "ADAPTER", python = "PYTHON" } or '
    'LABEL = { packages = ["PACKAGE==VERSION"] }, optionally with variables = { NAME = "VALUE" }, mode = "MODE", '
    'device = "DEVICE" and provider = "PROVIDER"'
)
MISTAKES = """\


[tool.convparity.environments]
trch = ".venv"
torch = 3
  flax = ""
old = { adapter = "tensorflw", python = "x" }
new = { adapter = "torch", pyhton = "x" }
[tool.convparity.environments.deep]
adapter = "flx"
python = "x"
"""


def test_every_mistake_in_the_projects_table_is_reported_with_its_place(project):
    (project / "pyproject.toml").write_text(MISTAKES)
    with pytest.raises(InputError) as caught:
        resolve([])
    at = "tool.convparity.environments"
    assert caught.value.problems == [
        f"../pyproject.toml:4:1: {at}: 'trch' is not an adapter; expected {ALLOWED}; did you mean 'torch'?",
        f"../pyproject.toml:5:9: {at}: torch: 3 is not an environment; {FORMS}",
        f'../pyproject.toml:6:10: {at}: flax: "" is not an environment; {FORMS}',
        f"../pyproject.toml:7:19: {at}: 'tensorflw' is not an adapter; expected {ALLOWED}; did you mean 'tensorflow'?",
        f'../pyproject.toml:8:7: {at}: new: {{"adapter": "torch", "pyhton": "x"}} is not an environment; {FORMS}',
        f"../pyproject.toml:10:11: {at}: 'flx' is not an adapter; expected {ALLOWED}; did you mean 'flax'?",
    ]


def test_an_environment_has_its_own_and_the_pinned_variables(project):
    (project / "pyproject.toml").write_text(
        '[tool.convparity.environments]\ntorch = ".venv"\n[tool.convparity.environments.plain]\n'
        'adapter = "tensorflow"\npython = ".venv"\nvariables = { TF_ENABLE_ONEDNN_OPTS = "0" }\n'
    )
    torch, plain = resolve([])
    assert (torch.variables, plain.variables) == ({}, {"TF_ENABLE_ONEDNN_OPTS": "0"})
    assert variables_of(plain).items() >= {"TF_ENABLE_ONEDNN_OPTS": "0", "OMP_NUM_THREADS": "1"}.items()


def test_variables_that_cannot_be_set_are_reported_with_their_place(project):
    (project / "pyproject.toml").write_text(
        '[tool.convparity.environments.x]\nadapter = "keras-jax"\npython = ".venv"\n'
        '[tool.convparity.environments.x.variables]\nA-B = "1"\nPYTHONPATH = "1"\nKERAS_BACKEND = "torch"\n'
        'OMP_NUM_THREADS = "2"\nX = 1\nFINE = ""\n'
    )
    with pytest.raises(InputError) as caught:
        resolve([])
    at, allowed = (
        "tool.convparity.environments",
        "expected names of letters, digits and _ that are not Python's own (PYTHON...)",
    )
    assert caught.value.problems == [
        f"../pyproject.toml:5:1: {at}: A-B: cannot be set; {allowed}",
        f"../pyproject.toml:6:1: {at}: PYTHONPATH: cannot be set; {allowed}",
        f"../pyproject.toml:7:1: {at}: KERAS_BACKEND: cannot be set; convparity sets it to 'jax' itself",
        f"../pyproject.toml:8:1: {at}: OMP_NUM_THREADS: cannot be set; convparity sets it to '1' itself",
        f"../pyproject.toml:9:5: {at}: X: 1 is not a string in quotes",
    ]


def test_a_malformed_table_is_reported_with_its_place(project):
    (project / "pyproject.toml").write_text("[tool]\nconvparity = { environments = 3 }\n")
    with pytest.raises(InputError) as caught:
        resolve([])
    where = "../pyproject.toml:2:31: tool.convparity.environments"
    assert caught.value.problems == [f"{where}: 3 is not a table; {FORMS}"]


def test_a_mistake_is_reported_although_the_rest_of_the_file_has_no_places(project):
    """Others may write lines of as many dots as they like."""
    (project / "pyproject.toml").write_text(f'x = "{"." * 200}"\n[tool.convparity.environments]\nflx = "x"\n')
    with pytest.raises(InputError) as caught:
        resolve([])
    where = "../pyproject.toml: tool.convparity.environments"
    assert caught.value.problems == [f"{where}: 'flx' is not an adapter; expected {ALLOWED}; did you mean 'flax'?"]


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


@pytest.fixture
def mxnet(tmp_path, monkeypatch):
    """Puts a distribution of a framework where this interpreter finds it; returns what is found of it."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "mxnet").mkdir()
    (tmp_path / "mxnet/__init__.py").write_text("raise RuntimeError")

    def write(name, version, requires=(), **files):
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(exist_ok=True)
        needs = "".join(f"Requires-Dist: {other}\n" for other in requires)
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
        (folder / "METADATA").write_text(f"{head}\nVersion: 0\nRequires-Dist: numpy")
        for file, text in {"RECORD": "mxnet/__init__.py,sha256=0,0", **files}.items():
            (folder / file).write_text(text)

    def found(**files):
        write("mxnet", "9.9", ["six (>=1)", "Graph_Viz<9; python_version > '2'", "pytest; extra == 'test'"], **files)
        return installed(sys.executable)["mxnet"]

    write("graph-viz", "4.5")
    return found


def test_frameworks_are_found_without_being_imported(mxnet):
    """A framework that would fail on import is found all the same, with its version."""
    assert mxnet().packages["mxnet"] == "9.9"


def test_the_requirements_of_a_framework_count_and_those_of_its_extras_do_not(mxnet):
    needed = mxnet().identity["needed"]
    assert needed["mxnet"] == "9.9"
    assert needed["graph-viz"] == "4.5"
    assert "numpy" in needed  # the adapter itself needs it
    assert "pytest" not in needed


def test_another_build_of_the_same_version_is_another_installation(mxnet):
    once, again = mxnet(RECORD="mxnet/__init__.py,sha256=0,0"), mxnet(RECORD="mxnet/__init__.py,sha256=1,0")
    assert once.packages == again.packages
    assert once.identity != again.identity


GIT = '{"url": "https://example.org/mxnet.git", "vcs_info": {"vcs": "git", "commit_id": "0"}}'


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"direct_url.json": '{"url": "file:///src", "dir_info": {"editable": true}}'}, "mxnet is an editable install"),
        ({"direct_url.json": '{"url": "file:///src", "dir_info": {}}'}, "mxnet is installed from a local path"),
        ({"direct_url.json": '{"url": "file:///x.whl", "archive_info": {}}'}, "mxnet is installed from a local path"),
        ({"direct_url.json": GIT}, "mxnet is installed from version control"),
        ({"RECORD": ""}, "mxnet has no record of its files"),
        ({"direct_url.json": '{"url": "https://example.org/x.whl", "archive_info": {}}'}, ""),
        ({"direct_url.json": '{"url": "file:///croot/x", "dir_info": {}}', "INSTALLER": "conda\n"}, ""),
        ({}, ""),
    ],
)
def test_an_installation_that_may_change_under_one_version_is_named(mxnet, files, why):
    assert mxnet(**files).changes == why


def test_a_checkout_that_shadows_the_installed_framework_is_named(mxnet, tmp_path, monkeypatch):
    (tmp_path / "checkout/mxnet").mkdir(parents=True)
    (tmp_path / "checkout/mxnet/__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'checkout'}:{tmp_path}")
    assert mxnet().changes == "mxnet is not imported from where it is installed"


def install_into(packages):
    """Write what is known of an adapter's distributions, and packages without content."""
    for name in ("mxnet", "numpy"):
        (packages / name).mkdir()
        (packages / name / "__init__.py").touch()
        (packages / f"{name}-9.dist-info").mkdir()
        (packages / f"{name}-9.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9\n")
        (packages / f"{name}-9.dist-info/RECORD").write_text(f"{name}/__init__.py,sha256=0,0")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A virtual environment with a framework in it, and a folder that its PYTHONPATH names."""
    venv.create(tmp_path / "venv", symlinks=True)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (tmp_path / "named").mkdir()
    (tmp_path / "pointed").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "named"))
    install_into(packages)
    return packages, lambda: installed(str(tmp_path / "venv/bin/python"))["mxnet"]


@pytest.mark.parametrize(
    ("file", "before"),
    [
        ("named/helper.py", ""),
        ("named/package/inner.py", ""),
        ("named/sitecustomize.py", "import beside"),
        ("named/beside.py", ""),
        ("site/sitecustomize.py", ""),
        ("site/some.pth", "import sys; sys.ours = 1"),
        ("site/imported.py", ""),
        ("pointed/helper.py", ""),
        ("pointed/mapped/inner.py", ""),
    ],
)
def test_code_that_no_package_installed_is_part_of_an_environment(environment, tmp_path, file, before):
    """Whatever PYTHONPATH, sitecustomize or a .pth file lets a framework import, or executes before it."""
    packages, found = environment
    (tmp_path / "site").symlink_to(packages)
    (packages / "pointing.pth").write_text(f"{tmp_path / 'pointed'}\nimport imported\nimport __editable___x_finder")
    mapping = {"mapped": str(tmp_path / "pointed/mapped")}
    (packages / "__editable___x_finder.py").write_text(f"MAPPING = {mapping}")
    (packages / "imported.py").write_text("# as it was")
    where = tmp_path / file
    where.parent.mkdir(exist_ok=True)
    where.write_text(before)
    was = found()
    assert was == found()
    where.write_text(f"{before} # changed")
    assert was.packages == found().packages
    assert was.identity != found().identity


def test_usercustomize_is_part_of_an_environment(tmp_path, monkeypatch):
    """A virtual environment has none, so this is the interpreter that ours was made from, with another home."""
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path))
    packages = Path(sysconfig.get_path("purelib", "posix_user", {"userbase": str(tmp_path)}))
    packages.mkdir(parents=True)
    install_into(packages)
    python = os.path.realpath(sys.executable)
    (packages / "usercustomize.py").write_text("import sys")
    was = installed(python)["mxnet"]
    (packages / "usercustomize.py").write_text("import sys  # changed")
    assert (was.changes, was.packages) == ("", installed(python)["mxnet"].packages)
    assert was.identity != installed(python)["mxnet"].identity


def test_an_installation_is_the_same_for_any_set_of_adapters(environment, tmp_path):
    _, found = environment
    python = str(tmp_path / "venv/bin/python")
    assert installed(python, {"mxnet": adapter_class("mxnet")})["mxnet"] == found()


def test_an_environment_with_too_much_code_to_read_is_named(environment, tmp_path):
    _, found = environment
    assert found().changes == ""
    for n in range(50_001):
        (tmp_path / f"named/m{n}.py").touch()
    assert found().changes == f"{tmp_path / 'named'}, from which it imports, has more than 50000 files of code"


HERE = "pyproject.toml [tool.convparity.environments]"


def test_an_adapter_alone_gets_the_interpreter_that_would_be_found(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.convparity.environments]\ntorch = "/opt/torch/bin/python"\n')
    monkeypatch.chdir(tmp_path)
    assert find_one("torch", "X") == EnvironmentSpec("torch", "torch", "/opt/torch/bin/python", HERE)
    assert find_one("new:torch", "X") == EnvironmentSpec("new", "torch", "/opt/torch/bin/python", HERE)
    assert find_one("mxnet", "X") == EnvironmentSpec("mxnet", "mxnet", sys.executable, "this interpreter")
    assert find_one("torch=/mine", "X") == EnvironmentSpec("torch", "torch", "/mine", "X")


def test_a_label_of_the_project_stands_for_its_environment(tmp_path, monkeypatch):
    table = 'old = { adapter = "torch", python = "/opt/old/bin/python" }\ntorch = "/opt/torch/bin/python"\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.convparity.environments]\n{table}")
    monkeypatch.chdir(tmp_path)
    assert find_one("old", "X") == EnvironmentSpec("old", "torch", "/opt/old/bin/python", HERE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trch", f"X: 'trch' is not an adapter; expected {ALLOWED}; did you mean 'torch'?"),
        (":torch", "X: ':torch' is not [LABEL:]ADAPTER[=PYTHON], such as torch"),
        ("a:", "X: 'a:' is not [LABEL:]ADAPTER[=PYTHON], such as torch"),
        ("torch=", "X: 'torch=' is not [LABEL:]ADAPTER=PYTHON, such as torch=.venv/bin/python"),
    ],
)
def test_an_unknown_environment_is_reported_as_it_was_written(text, told):
    with pytest.raises(InputError) as caught:
        find_one(text, "X")
    assert caught.value.problems == [told]


def test_one_environment_or_adapter_may_be_given_as_it_is(tmp_path):
    """A string is not taken for a list of its letters."""
    assert [spec.label for spec in api.specs("its:torch=/nowhere")] == ["its"]
    (tmp_path / "mine.py").write_text("def run(case, x, weights):\n    return x\n")
    for adapter in (tmp_path / "mine.py", str(tmp_path / "mine.py")):
        known = Adapters([adapter])
        assert [spec.label for spec in api.specs(["torch=/nowhere"], known)] == ["torch", "mine"]
        report = api.run(make_case(input=[4], kernel=1, id="one"), environments=["torch=/nowhere"], adapters=adapter)
        assert [environment.label for environment in report.environments] == ["mine"]
