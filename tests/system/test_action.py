"""The action's own script, as GitHub runs it: by bash, with the inputs in variables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
STEP = STEPS["convparity"]


@pytest.fixture
def act(tmp_path):
    """Runs the script in an empty folder, with inputs as a workflow gives them; returns the finished process."""
    (tmp_path / "convparity").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convparity "$@"\n')
    (tmp_path / "convparity").chmod(0o755)
    (tmp_path / "step.sh").write_text(STEP["run"])

    def run(**inputs):
        given = {name: value.get("default", "") for name, value in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        variables = dict.fromkeys(STEP["env"], "")
        for name, value in STEP["env"].items():
            expression = value.removeprefix("${{ ").removesuffix(" }}")
            if expression.startswith("inputs."):
                variables[name] = given[expression.removeprefix("inputs.")]
        variables["CONVPARITY"] = str(tmp_path / "convparity")
        for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
            (tmp_path / name).touch()
            variables[name] = str(tmp_path / name)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh"],
            cwd=tmp_path,
            env={**os.environ, **variables, "GITHUB_ACTIONS": "true"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def files(folder):
    """The outputs of the step, read as GitHub reads them."""
    first, *middle, last = (folder / "GITHUB_OUTPUT").read_text().splitlines()
    assert first == f"files<<{last}"
    return middle


def test_jobs_that_observe_and_one_that_reports(act, tmp_path):
    for part in ("1/2", "2/2"):
        done = act(command="observe", environments=f"torch={ROOT}/.tox/torch", catalogs="textbook", shard=part)
        assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [
        "torch-1-of-2.jsonl",
        "torch-2-of-2.jsonl",
    ]
    (tmp_path / "GITHUB_OUTPUT").unlink()

    done = act(command="report", html="out/page.html", arguments="--exit-zero\n\n--json\nv.json\n")
    assert done.returncode == 0, done.stderr
    assert files(tmp_path) == ["out/page.html", "convparity.xml"]
    assert all((tmp_path / file).stat().st_size for file in files(tmp_path))
    assert len({row["case"] for row in json.loads((tmp_path / "v.json").read_text())["verdicts"]}) == 25
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text().startswith("### ")
    assert "\n::error title=" in done.stdout


def test_run_takes_several_catalogs_and_environments_and_fails_as_the_command_does(act, tmp_path):
    environments = f"torch={ROOT}/.tox/torch\n\n  other:torch={ROOT}/.tox/torch  \n"
    (tmp_path / "my layers.toml").write_text("[[case]]\ninput = [8, 8]\nkernel = 3\nstride = 2\npadding = 'same'\n")
    done = act(command="run", catalogs="textbook\nmy layers.toml", environments=environments, select="same", html="")
    assert done.returncode == 1, done.stderr
    assert "x 2 environments, 0 errors" in done.stdout
    assert files(tmp_path) == ["results/convparity.jsonl", "convparity.xml"]
    assert not (tmp_path / "convparity.html").exists()


INJECTED = "\"; touch made; $(touch made) `touch made` ' && touch made #"


@pytest.mark.parametrize("command", ["observe", "run", "report", INJECTED])
def test_no_input_is_a_command(act, tmp_path, command):
    inputs = dict.fromkeys((name.replace("-", "_") for name in ACTION["inputs"]), INJECTED)
    assert act(**{**inputs, "command": command}).returncode == 2
    assert not list(tmp_path.rglob("made"))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"command": "check"}, "command: 'check' is not a command of this action; expected observe, report or run"),
        ({"command": "observe"}, "environments: observe takes exactly one, not 0"),
        ({"command": "observe", "environments": "torch\nflax"}, "environments: observe takes exactly one, not 2"),
        ({"command": "report"}, "results: no file matches results/*.jsonl"),
        ({"command": "report", "results": "a\nb*"}, "results: no file matches a\nb*"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(act, inputs, message):
    done = act(**inputs)
    assert done.returncode == 2
    assert done.stderr == message + "\n"


def test_nothing_is_put_into_a_script():
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")


def test_every_input_is_used():
    text = (ROOT / "action.yml").read_text(encoding="utf-8").split("\nruns:")[1]
    assert [name for name in ACTION["inputs"] if f"inputs.{name} " not in text] == []


def test_the_installing_script_makes_a_command_that_runs(tmp_path):

    step = STEPS["Install convparity"]
    assert set(step["env"]) == {"PYTHON", "SOURCE", "VENV"}
    variables = {"PYTHON": sys.executable, "SOURCE": str(ROOT), "VENV": str(tmp_path / "venv")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = subprocess.run([tmp_path / "venv/bin/convparity", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("convparity ")
