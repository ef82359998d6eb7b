"""Files and folders that used to execute something, or to exhaust the machine: each is refused, through the command.

Others are beside what they attack: the cache in ``runs/test_kept_runs.py`` and ``cache/test_cache.py``, the path of
interpreters in ``test_planted_modules.py``, and what killed runs leave in ``runs/test_leftovers.py``.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from .interpreter import CATALOG

COMMAND = Path(sys.executable).with_name("convparity")
MB = 2**20


@pytest.fixture
def victim(tmp_path):
    """A folder, and what was executed of what others planted."""
    mark = tmp_path / "executed"
    script = f"#!/bin/sh\necho $0 >> {mark}\nexit 7\n"

    def plant(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(script)
        place.chmod(0o755)

    plant.executed = lambda: mark.read_text() if mark.exists() else ""
    return plant


def run(folder, *arguments, memory=None, seconds=None, **variables):
    """Run the command in a folder, with limits on its address space and its processor time."""

    def limit():
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )


@pytest.mark.parametrize("place", ["python/bin/python", "python", "python/python.exe"])
@pytest.mark.parametrize("path", ["/nowhere", ":/nowhere", "."])
def test_an_interpreter_that_stands_in_the_current_folder(victim, tmp_path, place, path):
    victim(tmp_path / "here" / place)
    (tmp_path / "here/two.toml").write_text(CATALOG)
    for command in (["run", "two.toml"], ["envs"], ["explain", "nn.Conv2d(1,1,3)", "--input", "8x8"]):
        done = run(tmp_path / "here", *command, "--env", "torch=python", PATH=path)
        assert (done.returncode, victim.executed()) == (3, "")


@pytest.mark.parametrize("command", [["envs"], ["run", "two.toml"], ["observe", "torch", "two.toml", "-o", "r.jsonl"]])
def test_a_pyproject_in_a_shared_folder_above(victim, tmp_path, command):
    victim(tmp_path / "evil/bin/python")
    (tmp_path / "pyproject.toml").write_text('[tool.convparity.environments]\ntorch = "./evil"\n')
    (tmp_path / "mine/deeper").mkdir(parents=True)
    (tmp_path / "mine/deeper/two.toml").write_text(CATALOG)
    run(tmp_path / "mine/deeper", *command)
    assert victim.executed() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_pyproject_of_another_user_in_the_current_folder(victim, tmp_path):
    victim(tmp_path / "evil/bin/python")
    (tmp_path / "two.toml").write_text(CATALOG)
    (tmp_path / "pyproject.toml").write_text('[tool.convparity.environments]\ntorch = "./evil"\n')
    os.chown(tmp_path / "pyproject.toml", 12345, 12345)
    for command in (["envs"], ["run", "two.toml"]):
        done = run(tmp_path, *command)
        assert (done.returncode, victim.executed()) == (2, "")
        assert "pyproject.toml: not read, because it belongs to another user (uid 12345)" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_three_grids_of_a_million_cases_each(tmp_path):
    numbers = list(range(1, 1001))
    grid = f"[[grid]]\ninput = [8, 8]\nkernel = {{ any = {numbers} }}\nstride = {{ any = {numbers} }}\n"
    (tmp_path / "three.toml").write_text(grid * 3)
    done = run(tmp_path, "run", "three.toml", memory=1500 * MB, seconds=20)
    told = "three.toml:5:1: 2000000 cases up to here; expected at most 1000000 in all catalogs together\n"
    assert (done.returncode, done.stderr) == (2, told)


def lines(*cases, **observed):
    """The lines of a results file in which one environment did the same with every case."""
    environment = {"kind": "environment", "label": "torch", "adapter": "torch", "packages": {"torch": "9"}}
    yield {"kind": "header", "convparity": "0.1.0", "format": 1}
    yield {**environment, "details": {"python": "3.11", "timeout": 30, "memory": 2**32}}
    for case in cases:
        yield {"kind": "case", "case": case}
        where = {"environment": "torch", "case": case["id"], "input": case["input"], "spelling": "as written"}
        yield {"kind": "observation", **where, "want": "values", "seconds": 1, "source": "nn.X()", **observed}
    yield {"kind": "end"}


def text(*entries):
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


@pytest.mark.parametrize("command", [["report"], ["diff", "small.jsonl"], ["lock"]])
def test_a_compressed_results_file_that_unpacks_to_far_more(tmp_path, command):
    fault = {"kind": "fault", "environment": "torch", "message": "x" * 10**6}
    head, *rest = lines({"id": "a", "input": [8, 8], "kernel": 3}, outcome="raised", error="no")
    (tmp_path / "small.jsonl").write_bytes(text(head, *rest))
    with gzip.open(tmp_path / "bomb.jsonl.gz", "wb") as file:
        file.write(text(head, *rest[:-1]))
        for _ in range(190):
            file.write(text(fault))
    assert (tmp_path / "bomb.jsonl.gz").stat().st_size < 570_000
    done = run(tmp_path, *command, "bomb.jsonl.gz", memory=1500 * MB)
    assert done.returncode == 2
    assert done.stderr.endswith("the results unpack to more than is allowed; --unpacked MB allows more\n")
    assert run(tmp_path, "report", "bomb.jsonl.gz", "--unpacked", "200", "--exit-zero").returncode == 3


def test_a_results_file_of_dear_cases_that_only_raised(tmp_path):
    """Working out the values of each took half a minute."""
    dear = [{"id": f"dear-{n}", "input": [4096, 4096 + n], "kernel": [32, 32], "batch": 2} for n in range(3)]
    (tmp_path / "dear.jsonl").write_bytes(text(*lines(*dear, outcome="raised", error="ValueError: no")))
    assert (tmp_path / "dear.jsonl").stat().st_size < 1500
    done = run(tmp_path, "report", "dear.jsonl", "--html", "r.html", seconds=20)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("start", ["", '{"kind":"hea'])
def test_a_results_file_from_a_full_disk_is_taken_up(tmp_path, interpreter, start):
    (tmp_path / "two.toml").write_text(CATALOG)
    (tmp_path / "r.jsonl").write_text(start)
    arguments = ["run", "two.toml", "--env", f"torch={interpreter.python}", "-o", "r.jsonl", "--resume"]
    assert run(tmp_path, *arguments).returncode == 1
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert (kinds[0], kinds[-1], kinds.count("observation"), "resumed" in kinds) == ("header", "end", 4, False)
    assert run(tmp_path, *arguments).returncode == 1  # now there is something to continue


def test_a_link_that_was_planted_for_the_temporary_file_of_a_report(tmp_path, interpreter):
    """Its name was that of the report and the number of the process, which is easy to guess."""
    (tmp_path / "two.toml").write_text(CATALOG)
    (tmp_path / "victim").write_text("precious")
    for number in range(os.getpid(), os.getpid() + 3000):
        (tmp_path / f".r.html.{number}.tmp").symlink_to("victim")
    done = run(tmp_path, "run", "two.toml", "--env", f"torch={interpreter.python}", "--html", "r.html")
    assert (done.returncode, (tmp_path / "victim").read_text()) == (1, "precious")
    assert (tmp_path / "r.html").read_text().startswith("<!")
