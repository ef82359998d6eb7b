"""The layers of a recorded model as lines of another framework, with the lines that carry their weights there.

The weights of a recording have the same layout for all frameworks (``adapters/models/kinds.py``).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..adapters.carrying import Kernel, NotCarried, carry_lines
from ..adapters.dressed import dressed
from ..adapters.dressing import TAKEN, Dressing, identifier
from ..adapters.models.kinds import CONVOLUTIONS, TRANSPOSED
from ..adapters.models.recording import Call
from ..adapters.ported import read_spelled
from ..adapters.registry import adapter_class, speller, title, writer
from ..adapters.spelling import Spelling
from ..report.findings.to_write import kernel_of, spell
from ..report.models.units import JOINED, Graph, Unit
from .mending import case as case_of_unit

RECORDED = {"conv": "OI#", TRANSPOSED: "IO#"}  # the axes of kernels in a recording
OTHERS = frozenset({"Path", "carry", "give", "json", "np", "original", "run", "weights"})  # of a file of layers


@dataclass(frozen=True)
class Flattened:
    """The input of a dense layer: a value (C, *spatial) that was flattened with its channels first or last."""

    shape: tuple[int, ...]
    last: bool

    @property
    def turned(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shape as it was flattened, without the batch, and the axes that give the other order, the batch first."""
        rank = len(self.shape)
        if self.last:
            return (*self.shape[1:], self.shape[0]), (0, rank, *range(1, rank))
        return self.shape, (0, *range(2, rank + 1), 1)


@dataclass(frozen=True)
class PortedLayer:
    """A layer of a model under a name, with its line in the other framework; ``why`` says why there is none.

    ``carry`` are lines that bring its kernel from the recording's layout into that of the line. ``turn`` is how its
    input was flattened, if that is in the other order there. ``first`` is the name of the same layer, called before.
    """

    unit: Unit
    name: str
    shape: tuple[int, ...]  # of the input, channels first
    source: str = ""
    carry: tuple[str, ...] = ()
    turn: Flattened | None = None
    first: str = ""
    why: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The properties that layers share of which one check is enough."""
        return self.source, self.shape, self.carry, tuple(sorted(self.unit.weights))


def ported_layers(graph: Graph, adapter: str) -> Iterator[PortedLayer | Call]:
    """Yield the layers of a model in the order of its calls, and the calls that are no layers."""
    units = {unit.call.number: unit for unit in graph.units}
    inside = {call.number for unit in graph.units for call in unit.calls if call is not unit.call}
    names, known = _Names(), dict[object, str]()
    for call in graph.recording.calls:
        unit = units.get(call.number)
        if unit is None or unit.kind in JOINED or unit.kind == "concat":
            if call.number not in inside:
                yield call
            continue
        same = (call.path, unit.kind, tuple(sorted(call.weights.items())))
        first = known.get(same, "") if call.weights else ""
        name = first or names.new(call)
        known.setdefault(same, name)
        yield _ported(graph, unit, adapter, name, first)


def _ported(graph: Graph, unit: Unit, adapter: str, name: str, first: str) -> PortedLayer:
    shape = graph.shape(unit.inputs[0])
    if unit.kind in CONVOLUTIONS:
        source, carry, why = _convolution(unit, adapter, shape)
        return PortedLayer(unit, name, shape, source, carry, None, first, why)
    lines = writer(adapter)
    settings = unit.settings
    case = case_of_unit(unit.kind, settings, shape, None)
    if unit.kind == "dense":
        settings = {**settings, "outputs": unit.weights["kernel"].shape[0]}
    if unit.kind == "resize":
        settings = {"size": list(graph.shape(unit.output)[2:]), **settings}
    try:
        source = lines.layer(speller(adapter), unit.kind, settings, shape, case, "bias" in unit.weights)
    except (KeyError, IndexError):  # a recording of somebody else's may have other settings
        source = ""
    if not source:
        return PortedLayer(unit, name, shape, first=first, why=f"no line of {title(adapter)} is known")
    turn = flattened(graph, unit) if unit.kind == "dense" else None
    if turn and turn.last == adapter_class(adapter).channels_last:
        turn = None
    carry = tuple(_dense(turn, adapter)) if unit.kind == "dense" else ()
    return PortedLayer(unit, name, shape, _callable(source), carry, turn, first)


def _convolution(unit: Unit, adapter: str, shape: tuple[int, ...]) -> tuple[str, tuple[str, ...], str]:
    """Return the line of a convolution, the lines that carry its kernel, and why there are none."""
    case = case_of_unit(unit.kind, unit.settings, shape, unit.weights["kernel"])
    assert case
    bias = "bias" in unit.weights
    found = spell(case, False, adapter, bias)
    if not isinstance(found, Spelling):
        return "", (), found.reason
    reading = read_spelled(found.source, case)
    if reading is None:
        return "", (), f"the line is one that convparity does not read: {found.source}"
    try:
        carry = carry_lines(Kernel(RECORDED[unit.kind], case), kernel_of(reading))
    except NotCarried as why:
        return "", (), f"its weights cannot be carried: {why}"
    return dressed(found.source, adapter, Dressing(bias=bias)), tuple(carry), ""


def _dense(turn: Flattened | None, adapter: str) -> Iterator[str]:
    """Yield the lines that bring the kernel (out, in) of a dense layer into the layout of a framework."""
    if turn:
        shape, axes = turn.turned
        apart = ", ".join(map(str, shape))
        yield f"# its input was flattened with the channels {'last' if turn.last else 'first'} in the original"
        yield f"kernel = kernel.reshape(-1, {apart}).transpose{axes}.reshape(len(kernel), -1)"
    if adapter_class(adapter).channels_last:
        yield "kernel = kernel.transpose(1, 0)  # OI to IO"


def flattened(graph: Graph, unit: Unit) -> Flattened | None:
    """Return how the input of a dense layer was flattened; None if it was not, or if its axes were moved before."""
    value = graph.real(unit.inputs[0])
    while (call := graph.maker.get(value)) and call.kind == "activation":
        value = graph.real(call.inputs[0])
    if call is None or call.kind not in ("flatten", "reshape") or len(call.inputs) != 1:
        return None
    before = graph.real(call.inputs[0])
    maker, shape = graph.maker.get(before), graph.shape(before)
    if math.prod(shape[2:]) == 1 or graph.shape(value) != (shape[0], math.prod(shape[1:])):
        return None
    if maker and maker.kind == "permute":
        return None
    return Flattened(shape[1:], graph.recording.layouts[before] == "channels_last")


def _callable(source: str) -> str:
    """Return a line as something to be called: one in terms of ``x`` becomes a function."""
    return f"lambda x: {source}" if _reads_x(ast.parse(source)) else source


def _reads_x(node: ast.AST) -> bool:
    """Return whether source text is in terms of ``x``, beside functions that have an ``x`` of their own."""
    if isinstance(node, ast.Lambda) and "x" in [argument.arg for argument in node.args.args]:
        return False
    if isinstance(node, ast.Name) and node.id == "x":
        return True
    return any(map(_reads_x, ast.iter_child_nodes(node)))


class _Names:
    """Gives each layer its path as a name in Python, with a number where that is taken."""

    def __init__(self) -> None:
        self.taken = set(TAKEN | OTHERS)

    def new(self, call: Call) -> str:
        """Return a name of its own for the layer that a call is of."""
        name = base = identifier(call.path) or identifier(call.name) or call.kind
        number = 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name
