"""The commands of a plan, run by a shell with programs that play GNU parallel and Slurm: every case once, merged."""

import json
import os
import subprocess
import sys

import pytest

from ..interpreter import CATALOG

# Each runs what it is told at once, one after the other.
STAND_INS = {
    "convparity": f'#!/bin/sh\nexec "{sys.executable}" -m convparity "$@"\n',
    "parallel": '#!/bin/bash\nwhile read -r number; do bash -c "${1//\\{\\}/$number}" || exit; done\n',
    "sbatch": """#!/bin/bash
for word in "$@"; do case $word in
  --array=1-*) last=${word#--array=1-} ;;
  --dependency=*) [ "$word" = --dependency=afterany:77 ] || exit 9 ;;
  --wrap=*) wrapped=${word#--wrap=} ;;
esac; done
for number in $(seq "${last:-1}"); do SLURM_ARRAY_TASK_ID=$number sh -c "$wrapped" >&2 || exit; done
echo "77;cluster"
""",
}


@pytest.fixture
def pasted(tmp_path, interpreter):
    """Runs a text in a shell, where the programs of STAND_INS are found; returns the ids that the interpreter ran."""
    (tmp_path / "two.toml").write_text(CATALOG)
    (tmp_path / "bin").mkdir()
    for name, text in STAND_INS.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)

    def run(text):
        path = {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", text], cwd=tmp_path, env=path, capture_output=True, text=True, timeout=300, check=False
        )
        asked = {case for case, spelling, want in interpreter.asked if (spelling, want) == ("as written", "values")}
        return done, asked

    return run


@pytest.mark.parametrize("form", ["shell", "parallel", "slurm"])
def test_the_printed_commands_run_every_case_in_its_part_and_merge_them(
    convparity, pasted, interpreter, tmp_path, form
):
    environment = f"torch={interpreter.python}"
    plan = convparity("plan", "two.toml", "--jobs", 2, "--env", environment, "-k", "one or other", "--for", form)
    assert plan.returncode == 0, plan.stderr
    done, asked = pasted(plan.stdout)
    assert "2 layers x 1 environment, 0 errors" in done.stdout + done.stderr, done.stderr
    assert asked == {"one", "other"}
    for part in (1, 2):
        lines = (tmp_path / f"results/part-{part}-of-2.jsonl").read_text().splitlines()
        assert len([line for line in map(json.loads, lines) if line["kind"] == "case"]) == 1
    assert (tmp_path / "results/report.html").exists()


def test_environments_are_installed_once_before_the_parts(convparity):
    plan = convparity("plan", "textbook", "--jobs", 2, "--with", "flax,jax==0.7.2", "--with", "new:flax").stdout
    first, *parts, merge = plan.splitlines()
    assert first == "convparity envs add flax,jax==0.7.2 flax"
    assert [line.count("--with flax,jax==0.7.2 --with new:flax") for line in parts] == [1, 1]
    assert merge == "convparity report 'results/part-*-of-2.jsonl' --html results/report.html".replace("'", "")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--jobs", 26), "--jobs: 26 jobs for 25 cases would leave some without a case; expected at most 25"),
        (
            ("--jobs", 2, "--for", "slurn"),
            "--for: 'slurn' is not a form; expected one of shell, parallel, slurm",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused(convparity, options, problem):
    done = convparity("plan", "textbook", *options)
    assert done.returncode == 2
    assert problem in done.stderr
