"""An interpreter that plays a framework: it notes when it starts as a worker and what it is asked."""

import json
import sys

CATALOG = """
[[case]]
id = "one"
input = [8, 8]
kernel = 3

[[case]]
id = "other"
input = [8, 8]
kernel = 2
"""

INTERPRETER = """
import json, os, sys
from pathlib import Path
here = Path(__file__).parent
if "importlib" in sys.argv[2]:  # it is being looked at
    print((here / "installed.json").read_text())
    sys.exit()
with (here / "starts").open("a") as file:
    file.write("started\\n")
print((here / "ready.json").read_text(), flush=True)
def say(message): print(json.dumps(message), flush=True)
for line in sys.stdin:
    for task in json.loads(line)["tasks"]:
        say({"started": [{"n": task["n"], "source": "nn.X()"}]})
        with (here / "asked").open("a") as file:
            file.write(json.dumps([task["case"]["id"], task["spelling"], task["want"]]) + "\\n")
        answer = {"outcome": "no port", "source": "", "log": ""}
        if task["spelling"] == "as written":
            answer = {"outcome": "raised", "source": "nn.X()", "log": ""}
            exec((here / "as_written.py").read_text())
        say({"n": task["n"], **answer})
"""

READY = {"python": "3.99", "platform": "p", "packages": {"torch": "9"}, "facts": {"device": "abacus"}, "imports": "i"}


class Interpreter:
    """An interpreter that says it has torch, and whose torch refuses every layer, or does what a test wants."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.python = folder, folder / "python"
        (folder / "interpreter.py").write_text(INTERPRETER)
        self.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/interpreter.py" "$@"\n')
        self.python.chmod(0o755)
        self.has(needed={"torch": "9"})
        self.says(**READY)
        self.does("answer['error'] = 'RuntimeError: no'")

    def has(self, changes="", **identity):
        found = {"packages": {"torch": "9"}, "identity": identity, "changes": changes}
        (self.folder / "installed.json").write_text(json.dumps({"torch": found}))

    def says(self, **ready):
        (self.folder / "ready.json").write_text(json.dumps({"ready": ready, "log": "hello"}))

    def does(self, code):
        (self.folder / "as_written.py").write_text(code)

    @property
    def starts(self):
        return self._lines("starts")

    @property
    def asked(self):
        return [tuple(json.loads(line)) for line in self._lines("asked")]

    def _lines(self, name):
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []
