"""The script that shows how a layer differs when it is compiled: the framework, NumPy and nothing else.

Its argument is the mode, and it runs in both before it is handed out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..adapters.registry import adapter_class
from ..adapters.running import COMPILED
from ..cases.case import Case
from ..cases.errors import InputError
from ..cases.text import printable
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..runs.reproducing import differ, run, script, side, small

APPLIED = re.compile(r"^( *)(.*[= (])(layer|net)\((x|torch\.tensor\(x\))\)(.*)$")


def in_two_modes(case: Case, specs: Sequence[EnvironmentSpec], modes: Sequence[str]) -> str:
    """Return the script for a case in two modes of one adapter; empty if its results do not differ.

    Raise InputError if the case has no script, and HarnessFault if it cannot be run.
    """
    environments = ready(specs)
    for tried in dict.fromkeys((small(case), case)):
        one = side(tried, specs[0].adapter)
        text = with_modes(script(tried, [one]), one.adapter)
        outcomes = run(text, [one, one], environments, modes)
        if differ(outcomes):
            lines = [
                f"Compiled, this layer does not do what it does otherwise: {printable(case.describe())}.",
                f"Run it in both modes: python repro.py {'; python repro.py '.join(modes)}. It gave:",
                *(f"  {mode}: {outcome}" for mode, outcome in zip(modes, outcomes, strict=True)),
            ]
            return "".join(f"# {printable(line, 1000)}\n" for line in lines) + text
    return ""


def with_modes(text: str, adapter: str) -> str:
    """Return a script of one side with a mode as its argument. Raise InputError where it applies no single layer."""
    lines = text.splitlines()
    places = [number for number, line in enumerate(lines) if APPLIED.match(line)]
    if not places:
        raise InputError(["a layer that is a list of several has no script for its modes"])
    found = APPLIED.match(lines[places[-1]])
    assert found is not None
    indent, before, layer, data, after = found.groups()
    compiling = re.sub(r"\blayer\b", layer, adapter_class(adapter).compiling)
    lines[places[-1] : places[-1] + 1] = [
        f'{indent}apply = {compiling} if sys.argv[1] == "{COMPILED}" else {layer}',
        f"{indent}{before}apply({data}){after}",
    ]
    if "tf." in compiling:
        lines.insert(lines.index("from tensorflow import keras"), "import tensorflow as tf")
    return "\n".join(["import sys", *lines]) + "\n"
