"""``convparity site`` as users start it, with files in place of Pyodide's."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from convparity.site.pyodide import NAMES


@pytest.fixture
def pyodide(tmp_path):
    folder = tmp_path / "node_modules/pyodide"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text(name)
    return folder


def test_the_site_is_written_and_its_page_is_named(convparity, tmp_path, pyodide):
    done = convparity("site", "-o", "out", "--pyodide", pyodide)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.endswith("...")] == []  # what takes long is told
    assert done.stdout.splitlines()[0] == "out/index.html"
    assert (tmp_path / "out/pyodide/pyodide.mjs").read_text() == "pyodide.mjs"


def test_bad_input_is_one_error(convparity, tmp_path):
    (tmp_path / "file").write_text("")
    for options, what in (
        (("-o", "file"), "-o: 'file' is a file; name a folder"),
        (("-o", "out", "--pyodide", "nowhere"), "--pyodide: nowhere: cannot be read: No such file or directory"),
        (("-o", "out", "--port", "70000"), "--port: 70000 is not a port; expected 0 to 65535"),
    ):
        done = convparity("site", *options)
        assert (done.returncode, what in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_it_is_served_on_this_machine_until_it_is_interrupted(tmp_path, pyodide, monkeypatch, heeds_ctrl_c):
    monkeypatch.setenv("BROWSER", "true")
    command = [sys.executable, "-m", "convparity", "site", "-o", "out", "--pyodide", str(pyodide), "--open"]
    piped = {"stdout": subprocess.PIPE, "text": True, "cwd": tmp_path}
    with subprocess.Popen(command, **piped, preexec_fn=heeds_ctrl_c) as serving:
        try:
            address = next(line.strip() for line in serving.stdout if line.startswith("http://127.0.0.1:"))
            with urllib.request.urlopen(f"{address}pyodide/pyodide.mjs") as answer:
                assert answer.headers["Content-Type"] == "text/javascript"
                assert answer.read() == b"pyodide.mjs"
            with urllib.request.urlopen(address) as answer:
                assert re.search(rb"<title>The same layer", answer.read())
        finally:
            serving.send_signal(signal.SIGINT)
        assert serving.stdout.read().endswith("ended\n")
    assert serving.returncode == 0


def test_a_port_that_is_taken_is_a_fault(convparity, pyodide):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = convparity("site", "-o", "out", "--pyodide", pyodide, "--open", "--port", port)
    assert done.returncode == 3
    assert f"--port: {port} cannot be used: Address already in use; give another, or 0 for any" in done.stderr


@pytest.fixture
def observed(tmp_path, shifted_run):
    """A results file, in which Keras shifts a layer."""

    def written(name):
        header, end = {"kind": "header", "convparity": "0.1.0", "format": 1}, {"kind": "end"}
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in [header, *shifted_run.lines, end]))
        return name

    return written


def test_results_files_are_a_matrix_beside_the_live_page(convparity, tmp_path, pyodide, observed):
    done = convparity("site", observed("run.jsonl"), "-o", "out", "--pyodide", pyodide)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "out/index.html"
    assert "1 silent shift" in (tmp_path / "out/index.html").read_text()
    assert (tmp_path / "out/live/pyodide/pyodide.mjs").read_text() == "pyodide.mjs"
    assert len(list((tmp_path / "out/reports").glob("run-*.html"))) == 1


def test_without_pyodide_the_matrix_is_made_all_the_same(convparity, tmp_path, observed, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    done = convparity("site", observed("run.jsonl"), "-o", "out")
    assert done.returncode == 3
    assert "out/index.html is made, but without the page that answers lines: http://127.0.0.1:1/" in done.stderr
    assert "live/index.html" not in (tmp_path / "out/index.html").read_text()


def test_results_that_make_no_matrix_are_one_error(convparity, tmp_path, pyodide, observed):
    (tmp_path / "text.jsonl").write_text("hello\n")
    twice = "two.jsonl: observes 1 layer in tensorflow 1.2.3 (keras) that one.jsonl observes as well"
    for files, what in (
        (("text.jsonl",), "text.jsonl:1:1: not a results file"),
        (("nowhere.jsonl",), "nowhere.jsonl: cannot be read: No such file or directory"),
        (
            (observed("one.jsonl"), observed("two.jsonl")),
            f"{twice}, such as layer-3-stride of textbook; give one",
        ),
    ):
        done = convparity("site", *files, "-o", "out", "--pyodide", pyodide)
        assert (done.returncode, what in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
