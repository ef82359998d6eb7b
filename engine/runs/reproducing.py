"""A script that shows how two frameworks differ in a layer, for an issue: frameworks, NumPy and nothing else.

It runs in both before it is handed out, and is handed out only if they differ.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..adapters.carrying import Kernel, NotCarried, carry_lines
from ..adapters.expression import Reading
from ..adapters.prediction import predict
from ..adapters.registry import adapter_class
from ..adapters.scripts import Layouts, applied, made_by, needed, not_python
from ..adapters.spelling import Inexpressible
from ..cases.case import Case
from ..cases.errors import HarnessFault, InputError
from ..cases.inputs import weights_shape
from ..cases.operations.table import operation
from ..cases.text import printable
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report.findings.to_write import kernel_of
from ..report.verdicts.computed import Comparison, Computed
from .scripted import Ran, RunningScript, ScriptError
from .working import working

LARGEST = 2**24  # elements of an input or of weights above which a layer is not run
CLOSE = 1e-5  # the rounding error of sums of whole numbers, as a fraction of the largest number


@dataclass(frozen=True)
class Side:
    """One framework's side of a script: its adapter, the line, and the layer that this is read as."""

    adapter: str
    source: str
    reading: Reading


@dataclass(frozen=True)
class Outcome:
    """The result of one side: its output, or the error that it raised; and the versions that it ran with."""

    side: Side
    ran: Ran | None
    error: str

    def __str__(self) -> str:
        if self.ran is None:
            return f"{self.side.adapter}: raises {self.error}"
        y = self.ran.y
        return f"{self.side.adapter} ({self.ran.versions}): shape {y.shape}, first {_few(y)}, sum {y.sum():.6g}"


def reproduce(case: Case, adapters: tuple[str, ...], specs: Sequence[EnvironmentSpec]) -> str:
    """Return the script that shows how two adapters' frameworks differ in a case; empty if they do not.

    A small layer like it is tried first. Raise InputError if a framework has no line for the case, and HarnessFault if
    one has no environment or cannot be started.
    """
    pair = [next((spec for spec in specs if spec.adapter == name), None) for name in adapters]
    for name, spec in zip(adapters, pair, strict=True):
        if spec is None:
            raise HarnessFault(f"no environment has {name}, and a script is run before it is handed out")
    environments = ready([spec for spec in pair if spec])
    for tried in dict.fromkeys((small(case), case)):
        sides = [side(tried, name) for name in adapters]
        text = script(tried, sides)
        outcomes = run(text, sides, environments)
        if differ(outcomes):
            return "".join(f"# {printable(line, 1000)}\n" for line in heading(tried, outcomes)) + text
    return ""


def side(case: Case, adapter: str) -> Side:
    """Return an adapter's side for a case, as written. Raise InputError if it has none."""
    if why := not_python(adapter):
        raise InputError([f"CASE: {adapter} has no script: {why}; the report of a run has one in JavaScript"])
    found = predict(case, adapter)
    if isinstance(found.spelling, Inexpressible):
        raise InputError([f"CASE: {adapter} has no line for it: {found.spelling.reason}"])
    if case.dtype != "float32":
        raise InputError([f"CASE: its dtype is {case.dtype}; a script is made for float32 only"])
    if max(_elements(case)) > LARGEST:
        raise InputError(["CASE: it is too large to be run; give a smaller input"])
    if found.reading is None or found.reading.layer is None:
        raise InputError([f"CASE: the line of {adapter} is one that convparity does not read: {found.spelling.source}"])
    return Side(adapter, found.spelling.source, found.reading)


def small(case: Case) -> Case:
    """Return a layer like a case with few channels and elements, at which the same strides leave the same rest."""
    sizes = []
    for n, k, s, d in zip(case.input, case.kernel, case.stride, case.dilation, strict=True):
        step = max(s, 1)
        least = max(d * (k - 1) + 1, 2) + 2 * step
        sizes.append(min(n, least + (n - least) % step))
    plain = replace(case, input=tuple(sizes), batch=1, id="")
    if case.pools:
        return replace(plain, in_channels=1, out_channels=1)
    if case.groups == 1:
        return replace(plain, in_channels=1, out_channels=1)
    if case.groups == case.in_channels and case.groups > 1:
        return replace(plain, groups=2, in_channels=2, out_channels=2 * (case.out_channels // case.groups))
    return plain


def script(case: Case, sides: Sequence[Side]) -> str:
    """Return the script of two sides, of which its argument names one, or of a single side, without an argument.

    Raise InputError if a side cannot take the case's weights.
    """
    shape, kernel = (case.batch, case.in_channels, *case.input), weights_shape(case)
    backends = any("KERAS_BACKEND" in adapter_class(one.adapter).variables for one in sides)
    modules = [*(["os"] if backends else []), *(["sys"] if len(sides) > 1 else [])]
    lines = [*(f"import {name}" for name in modules), *([""] if modules else []), "import numpy", ""]
    lines.append(f"x = {_numbers(shape, 97)}")
    if kernel is not None:
        lines.append(f"kernel = {_numbers(kernel, 7)}")
    leads = [["", f'if sys.argv[1] == "{sides[0].adapter}":'], ["else:"]] if len(sides) > 1 else [[""]]
    for lead, one in zip(leads, sides, strict=True):
        indent = "    " if len(sides) > 1 else ""
        lines += [*lead, *(f"{indent}{line}" for line in _side_lines(case, one, kernel is not None))]
    told = "sys.argv[1], y.shape" if len(sides) > 1 else "y.shape"
    return "\n".join([*lines, "", f"print({told})", "print(y)"]) + "\n"


def _side_lines(case: Case, one: Side, weighs: bool) -> Iterator[str]:
    """Yield the lines of one side."""
    weights, carried = ("kernel",) if weighs else (), []
    if weighs:
        try:
            carried = carry_lines(Kernel("Io#" if operation(case.op).adjoint else "Oi#", case), kernel_of(one.reading))
        except NotCarried as why:
            raise InputError([f"CASE: {one.adapter} cannot be given its weights: {why}"]) from None
    layer = one.reading.layer
    assert layer is not None
    made = made_by(one.source)
    lines = [*made, *carried, *applied(one.adapter, one.source, weights, Layouts(False, layer.channels_last))]
    kind = adapter_class(one.adapter)
    if "KERAS_BACKEND" in kind.variables:
        yield f'os.environ["KERAS_BACKEND"] = "{kind.variables["KERAS_BACKEND"]}"'
    yield from [*needed(kind.imports, lines), *lines]


def _numbers(shape: tuple[int, ...], most: int) -> str:
    """Return the source of an array of small whole numbers of both signs, which repeat no sooner than they must."""
    count = int(np.prod(shape))
    return f'(numpy.arange({count}, dtype="float32") * 5 % {most} - {most // 3}).reshape{shape}'


def run(
    text: str, sides: Sequence[Side], environments: Sequence[EnvironmentSpec], arguments: Sequence[str] = ()
) -> list[Outcome]:
    """Return the result of each side in its environment. Raise HarnessFault if one cannot be started.

    Each side has one of the ``arguments``, by default the name of its adapter.
    """
    arguments = arguments or [one.adapter for one in sides]
    outcomes = []
    with tempfile.TemporaryDirectory() as place, working("running both sides"), ExitStack() as running:
        scripts = []
        for number, (spec, argument) in enumerate(zip(environments, arguments, strict=True)):
            scripts.append(RunningScript(spec, text, {}, Path(place) / str(number), argument))
            running.callback(scripts[-1].kill)
        for one, process in zip(sides, scripts, strict=True):
            try:
                outcomes.append(Outcome(one, process.result(), ""))
            except ScriptError as error:
                outcomes.append(Outcome(one, None, str(error)))
    if all(outcome.ran is None for outcome in outcomes):
        raise HarnessFault("; ".join(map(str, outcomes)))
    return outcomes


def differ(outcomes: Sequence[Outcome]) -> bool:
    """Return whether the results of two sides differ by more than rounding explains."""
    first, second = (outcome.ran for outcome in outcomes)
    if first is None or second is None:
        return True
    if first.y.shape != second.y.shape:
        return True
    largest = max(float(np.abs(first.y).max(initial=0)), 1.0)
    return not bool(np.allclose(first.y, second.y, rtol=0, atol=CLOSE * largest, equal_nan=True))


def heading(case: Case, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines that say the purpose of a script, and how to run it."""
    first, second = (outcome.side for outcome in outcomes)
    yield f"{first.adapter} and {second.adapter} differ in this layer: {printable(case.describe())}."
    one, other = first.reading, second.reading
    computed = replace(Computed.by(other), mirrored=one.mirrored != other.mirrored)
    found = Comparison(one.case, computed, f"those of {first.adapter}")
    if found.verdict != "agrees":
        yield f"{second.adapter}: {printable(found.reason, 300)}"
    both = f"{first.adapter}; python repro.py {second.adapter}"
    yield f"Run it once in each environment: python repro.py {both}. It gave:"
    for outcome in outcomes:
        yield f"  {outcome}"


def _elements(case: Case) -> tuple[int, int]:
    weights = weights_shape(case) or (0,)
    return int(np.prod((case.batch, case.in_channels, *case.input), dtype=object)), int(np.prod(weights, dtype=object))


def _few(y: np.ndarray) -> str:
    return ", ".join(f"{value:g}" for value in y.ravel()[:4])
