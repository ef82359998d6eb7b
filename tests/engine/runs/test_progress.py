"""Progress on a terminal: labels and numbers as they are."""

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_a_label_with_brackets_and_the_total_are_shown_as_they_are():
    ours, theirs = os.openpty()
    code = (
        "from convparity.runs.progress import showing_progress\n"
        "with showing_progress() as progress:\n    progress('[/a][bold]red', 1, 2)"
    )
    subprocess.run([sys.executable, "-c", code], stderr=theirs, check=True, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = os.read(ours, 2**16).decode()
    os.close(ours)
    assert "[/a][bold]red" in shown
    assert "0/2" in shown
    assert "/100" not in shown
