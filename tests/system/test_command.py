"""The output that a person at a terminal sees beside the report."""

import os
import pty
import subprocess
import sys


def test_envs_says_what_is_in_each_environment_and_where_it_came_from(convparity):
    done = convparity("envs")
    assert done.returncode == 0
    for words in ("torch 2.13.0", "keras 3.", "flax 0.", "mxnet 1.9.1", "pyproject.toml"):
        assert words in " ".join(done.out.split())


def test_progress_is_shown_on_a_terminal_and_gone_at_the_end(convparity):
    ours, theirs = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "convparity", "run", "grid", "--env", "torch=.tox/torch", "--exit-zero"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, cwd=convparity.root, env=variables)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait() == 0
    assert b"torch" in shown
    assert b"/4" in shown  # done of all that is known: some 450 and what they lead to
    assert shown.endswith((b"\x1b[2K", b"\x1b[?25h", b"\r"))  # the line is erased, the cursor is back
