"""Environments are made once, whole or not at all, and found again; an installation that fails says why in a line."""

import http.server
import json
import os
import re
import resource
import shutil
import signal
import threading
import time
import zipfile

import pytest

from .conftest import write_wheel


def test_an_environment_is_made_once_and_found_again_without_an_installer(convparity, wheels):
    first = convparity("envs", "add", "onnxruntime")
    assert first.returncode == 0, first.err
    assert "installing 1 environment into" in first.err
    assert "onnxruntime: installing 3 packages with pip" in first.err
    assert "numpy 2.4.6, onnx 1.23.2, onnxruntime 1.32.0" in first.out
    shutil.rmtree(wheels)
    again = convparity("envs", "add", "onnxruntime")
    assert (again.returncode, again.err, again.out) == (0, "", first.out)
    (key,) = convparity.names("made")
    assert key in first.out
    site = next((convparity.store / "made" / key).glob("lib/python*/site-packages"))
    assert {"numpy", "onnx", "onnxruntime"} <= set(os.listdir(site))
    assert list(site.glob("onnxruntime/__pycache__/*.pyc"))
    assert not list(site.glob("*.dist-info/direct_url.json"))  # or nothing that runs there would be cached
    assert convparity.names("making") == []


def test_requests_that_lead_to_the_same_packages_share_an_environment(convparity):
    assert convparity("envs", "add", "onnxruntime", "onnxruntime==1.32.0,onnx==1.23.2").returncode == 0
    assert convparity("envs", "add", "onnxruntime==1.20.1").returncode == 0
    assert len(convparity.names("requests")) == 3
    assert len(convparity.names("made")) == 2
    listed = convparity("envs")
    assert listed.returncode == 0, listed.err
    assert "2 environments that convparity made" in listed.out
    assert "onnxruntime, onnxruntime==1.32.0,onnx==1.23.2" in listed.out


class Stalling(http.server.SimpleHTTPRequestHandler):
    """Serves the wheels, but while ``stalls`` is set, never finishes that of onnx."""

    stalls = threading.Event()
    asked = threading.Semaphore(0)

    def do_GET(self):
        if self.stalls.is_set() and "onnx-" in self.path:
            self.asked.release()
            while self.stalls.is_set():
                time.sleep(0.05)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def stalling(convparity, wheels):
    """pip finds the wheels on a server that can stall."""
    handler = type("Handler", (Stalling,), {"stalls": threading.Event(), "asked": threading.Semaphore(0)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: handler(*given, directory=str(wheels)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    convparity.variables["PIP_FIND_LINKS"] = f"http://127.0.0.1:{server.server_port}/"
    handler.stalls.set()
    yield handler
    handler.stalls.clear()
    server.shutdown()
    server.server_close()


def test_a_kill_in_the_middle_leaves_nothing_half_made(convparity, stalling):
    """Killed twice at the same point, while a package is downloaded; the third time it succeeds."""
    for _ in range(2):
        process = convparity.start("envs", "add", "onnxruntime")
        assert stalling.asked.acquire(timeout=120)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert (convparity.names("made"), convparity.names("requests")) == ([], [])
        assert len(convparity.names("making")) == 1  # what the second run finds of the first, it deletes
    stalling.stalls.clear()
    done = convparity("envs", "add", "onnxruntime")
    assert done.returncode == 0, done.err
    assert len(convparity.names("made")) == 1
    assert convparity.names("making") == []


def test_ctrl_c_leaves_nothing_behind(convparity, stalling, heeds_ctrl_c):
    process = convparity.start("envs", "add", "onnxruntime", preexec_fn=heeds_ctrl_c)
    assert stalling.asked.acquire(timeout=120)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    assert (convparity.names("made"), convparity.names("making")) == ([], [])


def test_two_processes_that_want_the_same_environment_make_it_once(convparity, stalling):
    first = convparity.start("envs", "add", "onnxruntime")
    assert stalling.asked.acquire(timeout=120)
    second = convparity.start("envs", "add", "onnxruntime")
    told = ""
    while "waiting for another process" not in told:
        line = second.stderr.readline()
        assert line, told
        told += line
    stalling.stalls.clear()
    results = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], results
    assert results[0][0] == results[1][0]
    assert "installing 3 packages" in results[0][1]
    assert "installing 3 packages" not in told + results[1][1]
    assert len(convparity.names("made")) == 1


def test_an_impossible_set_of_packages_is_one_line_with_the_reason(convparity):
    done = convparity("envs", "add", "onnxruntime==1.32.0,onnx==1.17.0")
    assert done.returncode == 3
    (line,) = (line for line in done.err.splitlines() if line.startswith("error: "))
    assert line.startswith("error: onnxruntime==1.32.0,onnx==1.17.0 cannot be installed: Cannot install ")
    assert "onnx 1.17.0 depends on numpy<2" in line
    assert "onnxruntime 1.32.0 depends on numpy>=2" in line
    assert (convparity.names("made"), convparity.names("making")) == ([], [])


def test_an_unreachable_package_index_is_named_as_the_reason(convparity):
    del convparity.variables["PIP_NO_INDEX"], convparity.variables["PIP_FIND_LINKS"]
    convparity.variables |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    done = convparity("envs", "add", "onnxruntime")
    assert done.returncode == 3
    assert "error: onnxruntime cannot be installed: the package index cannot be reached: " in done.err
    assert "Traceback" not in done.err


def test_a_data_folder_that_cannot_be_written_is_named(convparity, tmp_path):
    (tmp_path / "file").touch()
    convparity.variables["XDG_DATA_HOME"] = str(tmp_path / "file")
    done = convparity("envs", "add", "onnxruntime")
    assert done.returncode == 3
    (line,) = (line for line in done.err.splitlines() if line.startswith("error: "))
    assert re.fullmatch(
        f"error: onnxruntime cannot be installed: {tmp_path}/file/.*: Not a directory; "
        "set XDG_DATA_HOME to choose another folder",
        line,
    )


def test_a_file_that_cannot_be_written_whole_is_one_line(convparity, wheels):
    """As on a full disk: no file may be larger than 3 MB, and a package has one of 4 MB."""
    write_wheel(wheels, "onnx", "1.24.0")
    with zipfile.ZipFile(wheels / "onnx-1.24.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("onnx/large", b"0" * 4_000_000, zipfile.ZIP_DEFLATED)
    limit = 3_000_000
    done = convparity(
        "envs", "add", "onnxruntime", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert done.returncode == 3
    assert "File too large" in next(line for line in done.err.splitlines() if line.startswith("error: "))
    assert (convparity.names("made"), convparity.names("making")) == ([], [])


def test_an_environment_whose_python_is_gone_is_made_again(convparity):
    assert convparity("envs", "add", "onnxruntime").returncode == 0
    (key,) = convparity.names("made")
    (convparity.store / "made" / key / "bin/python").unlink()
    assert "convparity made" not in convparity("envs").out
    assert convparity("envs", "add", "onnxruntime").returncode == 0
    assert convparity.names("made") == [key]
    assert (convparity.store / "made" / key / "bin/python").exists()


def test_a_newer_version_is_installed_only_on_request(convparity, wheels):
    assert convparity("envs", "add", "onnxruntime").returncode == 0
    write_wheel(wheels, "onnxruntime", "1.33.0", ("numpy",))
    assert "onnxruntime 1.32.0" in convparity("envs", "add", "onnxruntime").out
    assert "onnxruntime 1.33.0" in convparity("envs", "add", "onnxruntime", "--upgrade").out
    assert len(convparity.names("made")) == 2


def test_environments_are_deleted_by_name_and_by_age(convparity):
    assert convparity("envs", "add", "onnxruntime==1.20.1", "onnxruntime").returncode == 0
    unknown = convparity("envs", "remove", "onnxruntime==1.19")
    assert unknown.returncode == 2
    assert "'onnxruntime==1.19' is not an environment that convparity made" in unknown.err
    removed = convparity("envs", "remove", "onnxruntime==1.20.1")
    assert removed.returncode == 0
    assert "(onnxruntime==1.20.1)" in removed.out
    (key,) = convparity.names("made")
    assert convparity("envs", "prune", "--unused", "1d").out == ""
    used = convparity.store / "made" / key / "used"
    os.utime(used, (time.time() - 90000, time.time() - 90000))
    assert f"{key}: deleted" in convparity("envs", "prune", "--unused", "1d").out
    assert (convparity.names("made"), convparity.names("requests"), convparity.names("making")) == ([], [], [])
    assert "'30' is not an age" in convparity("envs", "prune", "--unused", "30").err


PROJECT = """\
[tool.convparity.environments]
onnxruntime = { packages = ["onnxruntime==1.20.1"] }
new = { adapter = "onnxruntime", packages = ["onnxruntime>=1.21"], python = "3" }
"""


def test_a_project_declares_its_environments_and_locks_them(convparity, wheels):
    (convparity.folder / "pyproject.toml").write_text(PROJECT)
    listed = convparity("envs")
    assert listed.out.count("installed when first needed") == 2
    unlocked = convparity("envs", "add", "--locked")
    assert unlocked.returncode == 2
    assert "no versions for 'onnxruntime'; write them with `convparity envs lock`" in unlocked.err
    lock = convparity("envs", "lock")
    assert lock.returncode == 0, lock.err
    text = (convparity.folder / "convparity-environments.lock").read_text()
    assert '"onnxruntime==1.32.0"' in text
    write_wheel(wheels, "onnxruntime", "1.33.0", ("numpy",))
    shutil.rmtree(convparity.store)
    assert convparity("envs", "add", "--locked").returncode == 0
    abouts = [json.loads(file.read_text()) for file in convparity.store.glob("made/*/convparity.json")]
    assert sorted(about["packages"]["onnxruntime"] for about in abouts) == ["1.20.1", "1.32.0"]
    assert "onnxruntime 1.32.0" in convparity("envs").out


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('torch = { packages = ["torch = 2"] }', ":2:22: tool.convparity.environments: 'torch = 2' is not a package"),
        ('torch = { packages = "torch" }', "is not an environment; expected ADAPTER = "),
        ('flax = { packages = ["jax==0.4.20"] }', "jax 0.4.20 is too old; flax needs jax 0.4.30 or newer"),
    ],
)
def test_a_mistake_in_a_projects_packages_has_a_place(convparity, entry, problem):
    (convparity.folder / "pyproject.toml").write_text(f"[tool.convparity.environments]\n{entry}\n")
    done = convparity("envs")
    assert done.returncode == 2
    assert "pyproject.toml:2:" in done.err
    assert problem in done.err


def test_a_missing_python_is_named(convparity):
    done = convparity("envs", "add", "onnxruntime,python==3.99")
    assert done.returncode == 3
    assert "onnxruntime,python==3.99 cannot be installed: no Python 3.99 is found" in done.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("check-adapter", "torch", "--with", "flax"), "--with: expected one environment, of 'torch', and no --env"),
        (
            ("observe", "textbook", "--with", "flax", "--with", "mxnet", "-o", "r"),
            "--with: 2 environments; observe",
        ),
        (("observe", "torch", "-o", "r"), "CATALOG is missing; name one after the environment"),
        (("run", "textbook", "--with", "flax", "--with", "flax"), "two environments are labelled 'flax'"),
        (("envs", "add"), "name an environment, such as torch; no pyproject.toml here has environments with packages"),
    ],
)
def test_requests_that_make_no_sense_install_nothing(convparity, arguments, problem):
    done = convparity(*arguments)
    assert done.returncode == 2
    assert problem in done.err
    assert not convparity.store.exists()


def test_an_environment_that_cannot_be_made_ends_only_itself(convparity):
    (convparity.folder / "own.py").write_text("def run(case, x, weights):\n    return x\n")
    done = convparity("run", "textbook", "-k", "stem", "--with", "onnxruntime==1.0,onnx==1.17.0", "--adapter", "own.py")
    assert done.returncode == 2  # a version that is too old is bad input
    done = convparity("run", "textbook", "-k", "stem", "--with", "onnxruntime==1.99", "--adapter", "own.py")
    assert done.returncode == 3
    said = " ".join(done.out.split())
    assert "error: environment 'onnxruntime==1.99': onnxruntime==1.99 cannot be installed: Could not find" in said
    assert "25 layers" not in said
