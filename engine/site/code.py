"""convparity's own code for the browser: exactly the modules that an answer imports, in a zip that Python reads."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

from ..cases.errors import HarnessFault
from ..cases.text import printable
from ..workers.code import text

DATA = ("report/preflight/defaults.toml",)
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that the same code gives the same zip
# The examples need every framework, and no module is imported later than by a first answer.
_LIST = """
import sys
sys.path[:] = sys.argv[1:]
sys.modules["numpy"] = None  # browsers have none: importing it raises ImportError
from convparity.report.live.answer import answered
from convparity.report.live.examples import EXAMPLES
for one in EXAMPLES:
    answered(one.line, one.second, one.input, one.to)
for name, module in sys.modules.items():
    if name.partition(".")[0] == "convparity":
        print(name.replace(".", "/") + ("/__init__.py" if hasattr(module, "__path__") else ".py"))
"""


def modules() -> list[str]:
    """Return the modules that answers import, as paths below convparity, found by answering in another process."""
    command = [sys.executable, "-c", _LIST, *sys.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise HarnessFault(f"the code of the page cannot be collected: {printable(done.stderr.strip()[-300:])}")
    return sorted(line.removeprefix("convparity/") for line in done.stdout.splitlines())


def packed() -> bytes:
    """Return the modules and their data as a zip, from which Python imports ``convparity``."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in (*modules(), *DATA):
            bundle.writestr(zipfile.ZipInfo(f"convparity/{path}", LONG_AGO), text(path), zipfile.ZIP_DEFLATED)
    return content.getvalue()
