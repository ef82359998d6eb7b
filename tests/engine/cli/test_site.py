"""``convparity site`` as users start it, with files in place of Pyodide's."""

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
