"""The first words of a worker, which any Python has to understand."""

import json
import subprocess
import sys

from convparity.workers.bundle import BOOT


def test_a_python_that_is_too_old_says_so_and_imports_nothing():
    code = "import sys; sys.version_info = (3, 8, 19)\n" + BOOT
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["failed"] == "Python 3.8 is too old; expected 3.9 or newer"
    assert (done.returncode, done.stderr) == (0, "")
