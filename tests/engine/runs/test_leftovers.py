"""The leftovers of a run: none when it ends, and after it was killed none that the next run does not delete."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from convparity.runs.run_folder import remove_abandoned, run_folder

from ..interpreter import CATALOG

STARTS = """
import subprocess
child = subprocess.Popen(["sleep", "300"], start_new_session={session}, stdout=subprocess.DEVNULL)
with (here / "children").open("a") as file:
    file.write(str(child.pid) + "\\n")
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def children(interpreter):
    path = interpreter.folder / "children"
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


def alive(number):
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def eventually(condition):
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.parametrize(
    ("session", "then"),
    [(False, "time.sleep(300)"), (True, "time.sleep(300)"), (False, "os.kill(os.getpid(), 11)"), (False, "pass")],
)
def test_the_processes_of_a_framework_end_with_its_worker(run, interpreter, temporary, session, then):
    interpreter.does(f"import time\n{STARTS.format(session=session)}\n{then}\nanswer['error'] = 'no'")
    run("--timeout", "2")
    assert children(interpreter)
    assert eventually(lambda: not any(map(alive, children(interpreter))))
    assert list(temporary.iterdir()) == []


def test_the_next_run_removes_the_leftovers_of_a_killed_run(run, convparity, interpreter, temporary, tmp_path):
    (tmp_path / "two.toml").write_text(CATALOG)
    interpreter.does(f"import time\n{STARTS.format(session=True)}\ntime.sleep(300)")
    command = [sys.executable, "-m", "convparity", "run", "two.toml", "--env", f"torch={interpreter.python}"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        try:
            assert eventually(lambda: children(interpreter))
            (left,) = temporary.iterdir()
        finally:
            first.kill()
    assert left.is_dir()
    assert alive(children(interpreter)[0])
    interpreter.does("answer['error'] = 'no'")
    assert run().returncode == 1
    assert list(temporary.iterdir()) == []
    assert eventually(lambda: not any(map(alive, children(interpreter))))


def test_the_folder_of_a_running_run_stays(temporary):
    with run_folder() as one, run_folder() as other:
        remove_abandoned()
        assert sorted(temporary.iterdir()) == sorted([one, other])
    assert list(temporary.iterdir()) == []


def test_no_other_folder_is_removed(temporary, tmp_path):
    """A folder that a run is just making, a link to a folder, a file, and a folder of another user."""
    (temporary / "convparity-new").mkdir()
    (tmp_path / "convparity-mine").mkdir()
    (tmp_path / "convparity-mine/lock").touch()
    (temporary / "convparity-link").symlink_to(tmp_path / "convparity-mine")
    (temporary / "convparity-file").touch()
    (temporary / "convparity-abandoned").mkdir()
    (temporary / "convparity-abandoned/lock").touch()
    kept = ["convparity-file", "convparity-link", "convparity-new"]
    if os.geteuid() == 0:
        kept.append("convparity-of-another")
        (temporary / "convparity-of-another").mkdir()
        (temporary / "convparity-of-another/lock").touch()
        os.chown(temporary / "convparity-of-another", 12345, 12345)
    remove_abandoned()
    assert sorted(os.listdir(temporary)) == sorted(kept)
    assert Path(tmp_path / "convparity-mine/lock").exists()
