"""The port of a line of source to another framework: a script with the line and its weights, run before it is shown.

Both layers run in their own frameworks, on the same random input and weights. Where one of them has no environment
here, the port is predicted.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..adapters.dressed import fitting, lacking
from ..adapters.dressing import Dressing
from ..adapters.expression import Reading
from ..adapters.registry import adapter_class, reader, runners
from ..adapters.scripts import Layouts, not_python, script
from ..adapters.spelling import Inexpressible
from ..cases import arithmetic
from ..cases.arithmetic import Invalid
from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report.findings.to_write import ToWrite, to_write
from .original import original
from .port_check import Arrays, Check, compared, random_arrays
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
        """The state of the port, in one sentence."""
        return str(self.check) if self.check else f"predicted, not run: {self.why_not}"

    def __str__(self) -> str:
        input = "x".join(map(str, (self.asked.case.in_channels, *self.asked.case.input)))
        title = adapter_class(self.write.adapter).title
        head = [
            f"The port to {title} of a layer of {self.asked.framework}, on an input of {input}:",
            f"    {' '.join(self.line.split())}",
            f"{self.stamp[0].upper()}{self.stamp[1:]}.",
            *self.asked.asides,
        ]
        return "".join(f"# {printable(line, 2000)}\n" for line in head) + f"\n{self.script}"


def port(line: str, asked: Reading, to: str, specs: Sequence[EnvironmentSpec]) -> Port:
    """Return the port of a line, which was read as ``asked``, to the framework of an adapter.

    It is run where ``specs`` has an environment for both frameworks. Raise InputError if there is no port, and
    HarnessFault if an environment cannot run it.
    """
    made = prepared(line, asked, to)
    target = next((spec for spec in specs if spec.adapter == to), None)
    if target is None and not made.why_not:
        return replace(made, why_not=f"no environment has {adapter_class(to).title}")
    return next(iter(checked([(made, target)], specs))) if target else made


def prepared(line: str, asked: Reading, to: str) -> Port:
    """Return the port of a line, not run; ``why_not`` says why it cannot be, if so. Raise InputError for no port."""
    if asked.refusal:
        raise InputError([f"LINE: there is nothing to port: {asked.refusal}"])
    if asked.partial:
        what = "it is a depthwise and a pointwise convolution, and one layer is ported at a time; give each by itself"
        raise InputError([f"LINE: {printable(line, 60)} has no port of its own: {what}"])
    if isinstance(found := arithmetic.axes(asked.case), Invalid):
        raise InputError([f"LINE: there is nothing to port: {found.reason}"])
    if kind := lacking(to, asked.dressing):
        told = f"{kind} is left out, with everything after it: {adapter_class(to).title} has no such activation."
        asked = replace(asked, dressing=fitting(to, asked.dressing), asides=(*asked.asides, told))
    write = to_write(asked, to)
    if isinstance(write, Inexpressible):
        raise InputError([f"LINE: {to} has no port of this layer: {write.reason}"])
    if why := not_python(to):
        raise InputError([f"LINE: {to} has no script: {why}. The line to write there is: {write.source}"])
    assert asked.layer is not None
    layouts = Layouts(asked.layer.channels_last, write.channels_last)
    text = script(to, adapter_class(to).imports, write.source, write.carry, write.weights, layouts)
    made = Port(line, asked, write, text)
    return replace(made, why_not=write.why_not or _original_why(asked) or too_large(made))


def _original_why(asked: Reading) -> str:
    """Return why the original line cannot be run in a script; empty if it can."""
    return not_python(reader(asked.framework)) or original(asked).why


def checked(made: Sequence[tuple[Port, EnvironmentSpec]], specs: Sequence[EnvironmentSpec]) -> Iterator[Port]:
    """Yield the ports of one line with their checks, each run in an environment; the original only once.

    Raise HarnessFault if a script cannot be run.
    """
    framework = made[0][0].asked.framework
    first = next((spec for spec in specs if spec.adapter in runners({framework})), None)
    if first is None:
        for one, _ in made:
            yield replace(one, why_not=one.why_not or f"no environment has {framework}")
        return
    first, *targets = ready([first, *(spec for _, spec in made)])
    originals: dict[Dressing, Ran] = {}  # a framework may lack an activation
    with tempfile.TemporaryDirectory() as place, working("running the layer and its ports"):
        for i, ((one, _), target) in enumerate(zip(made, targets, strict=True)):
            arrays, folders = random_arrays(one.asked, one.write.weights), Path(place) / str(i)
            yield one if one.why_not else _checked(one, first, target, originals, arrays, folders)


def _checked(
    one: Port,
    first: EnvironmentSpec,
    target: EnvironmentSpec,
    originals: dict[Dressing, Ran],
    arrays: Arrays,
    place: Path,
) -> Port:
    """Return a port with its check. The original's output is kept in ``originals``, by its dressing."""
    place.mkdir()
    dressing = one.asked.dressing
    with ExitStack() as running:
        itself = None
        if dressing not in originals:
            itself = RunningScript(first, _original_script(first, one), arrays, place / "original")
            running.callback(itself.kill)
        ported = RunningScript(target, one.script, arrays, place / "port")  # while the original runs
        running.callback(ported.kill)
        if itself:
            originals[dressing] = _result(itself)
        return replace(one, check=compared(one.asked, arrays, originals[dressing], _result(ported)))


def _original_script(spec: EnvironmentSpec, one: Port) -> str:
    """Return the script of the original layer itself, with weights as it has them."""
    layer = one.asked.layer
    assert layer is not None
    kept = Layouts(layer.channels_last, layer.channels_last)
    kind = adapter_class(spec.adapter)
    return script(spec.adapter, kind.imports, original(one.asked).source, "", one.write.weights, kept)


def too_large(made: Port) -> str:
    """Return why a port is too large to be run here; empty if it is not."""
    case, taken = made.asked.case, made.write.kernel
    found = arithmetic.axes(case)
    assert not isinstance(found, Invalid)
    sizes = [case.batch, case.in_channels, *case.input], [case.in_channels, case.out_channels, *taken]
    outputs = case.batch * case.out_channels * math.prod(axis.output for axis in found)
    work = outputs * math.prod(case.kernel) * (1 if case.pools else case.in_channels // case.groups)
    if max(*map(math.prod, sizes), outputs) > LARGEST_ARRAY or work > LARGEST_WORK:
        return "it is too large to be run here"
    return "" if case.dtype == "float32" else f"only float32 layers are run here, and this one is {case.dtype}"


def _result(one: RunningScript) -> Ran:
    try:
        return one.result()
    except ScriptError as error:
        label = printable(one.spec.label, 60)
        raise HarnessFault(f"environment {label!r} ({one.spec.python}): the layer cannot be run: {error}") from None
