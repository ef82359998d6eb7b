"""The port of a line of source to another framework: a script with the line and its weights, run before it is shown.

Both layers run in their own frameworks, on the same random input and weights. Where one of them has no environment
here, the port is predicted.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..adapters.expression import Reading
from ..adapters.registry import adapter_class, folder, reader
from ..adapters.scripts import Layouts, script
from ..adapters.spelling import Inexpressible
from ..cases import arithmetic
from ..cases.arithmetic import Invalid
from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable, several
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report.findings.to_write import ToWrite, to_write
from .original import original
from .port_check import Check, compared, random_arrays
from .scripted import Ran, RunningScript, ScriptError
from .working import working

LARGEST_WORK = 2**31  # products of a layer above which it is not run
LARGEST_ARRAY = 2**26  # elements


@dataclass(frozen=True)
class Port:
    """The port of a line: the line to write with its script, and the check of it, or why it was not run."""

    line: str
    asked: Reading
    write: ToWrite
    script: str
    check: Check | None = None
    why_not: str = ""

    @property
    def stamp(self) -> str:
        """What is known of the port, in one sentence."""
        return str(self.check) if self.check else f"predicted, not run: {self.why_not}"

    def __str__(self) -> str:
        input = "x".join(map(str, (self.asked.case.in_channels, *self.asked.case.input)))
        title = adapter_class(self.write.adapter).title
        head = [
            f"The port to {title} of a layer of {self.asked.framework}, on an input of {input}:",
            f"    {printable(' '.join(self.line.split()), 2000)}",
            f"{self.stamp[0].upper()}{self.stamp[1:]}.",
        ]
        return "".join(f"# {line}\n" for line in [*head, *map(printable, self.asked.asides)]) + f"\n{self.script}"


def port(line: str, asked: Reading, to: str, specs: Sequence[EnvironmentSpec]) -> Port:
    """Return the port of a line, which was read as ``asked``, to the framework of an adapter.

    It is run where ``specs`` has an environment for both frameworks. Raise InputError if there is no port, and
    HarnessFault if an environment cannot be started.
    """
    if asked.refusal:
        raise InputError([f"LINE: there is nothing to port: {asked.refusal}"])
    if isinstance(found := arithmetic.axes(asked.case), Invalid):
        raise InputError([f"LINE: there is nothing to port: {found.reason}"])
    write = to_write(asked, to)
    if isinstance(write, Inexpressible):
        raise InputError([f"--to: {to} has no port of this layer: {write.reason}"])
    layer, other = asked.layer, write.reading.layer
    assert layer is not None
    assert other is not None
    layouts = Layouts(layer.channels_last, other.channels_last)
    text = script(to, adapter_class(to).imports, write.source, write.carry, write.weights, layouts)
    made = Port(line, asked, write, text)
    itself = original(asked)
    why = write.why_not or itself.why or too_large(made)
    pair = None if why else environments(asked.framework, to, specs)
    if isinstance(pair, str) or pair is None:
        return replace(made, why_not=why or str(pair))
    alone = Layouts(layer.channels_last, layer.channels_last)
    first = script(pair[0].adapter, adapter_class(pair[0].adapter).imports, itself.source, "", write.weights, alone)
    return replace(made, check=checked(made, first, *ready(pair)))


def too_large(made: Port) -> str:
    """Return why a port is too large to be run here; empty if it is not."""
    case, taken = made.asked.case, made.write.reading.case
    found = arithmetic.axes(case)
    assert not isinstance(found, Invalid)
    sizes = [case.batch, case.in_channels, *case.input], [case.in_channels, case.out_channels, *taken.kernel]
    outputs = case.batch * case.out_channels * math.prod(axis.output for axis in found)
    work = outputs * math.prod(case.kernel) * (1 if case.pools else case.in_channels // case.groups)
    if max(*map(math.prod, sizes), outputs) > LARGEST_ARRAY or work > LARGEST_WORK:
        return "it is too large to be run for this"
    return "" if case.dtype == "float32" else f"only float32 layers are run for this, and this one is {case.dtype}"


def environments(
    framework: str, to: str, specs: Sequence[EnvironmentSpec]
) -> tuple[EnvironmentSpec, EnvironmentSpec] | str:
    """Return the environments of the original's framework and of the port's adapter; or which one is missing."""
    own = folder(reader(framework))
    first = next((spec for spec in specs if folder(spec.adapter) == own), None)
    second = next((spec for spec in specs if spec.adapter == to), None)
    if first and second:
        return first, second
    lacking = [*([] if first else [framework]), *([] if second else [to])]
    return f"no environment has {several(lacking)}"


def checked(made: Port, original: str, first: EnvironmentSpec, second: EnvironmentSpec) -> Check:
    """Return the comparison of a port with the original on random arrays, by scripts in their environments.

    Raise HarnessFault if one of the scripts cannot be run.
    """
    arrays = random_arrays(made.asked, made.write.weights)
    with tempfile.TemporaryDirectory() as place, working("running the layer and its port"), ExitStack() as running:
        scripts = []
        for name, spec, text in (("original", first, original), ("port", second, made.script)):
            scripts.append(RunningScript(spec, text, arrays, Path(place) / name))
            running.callback(scripts[-1].kill)
        outputs = [_result(one) for one in scripts]
    return compared(made.asked, arrays, *outputs)


def _result(one: RunningScript) -> Ran:
    try:
        return one.result()
    except ScriptError as error:
        label = printable(one.spec.label, 60)
        raise HarnessFault(f"environment {label!r} ({one.spec.python}): the layer cannot be run: {error}") from None
