"""Figures: what layers read, receptive fields, drift, and the matrix of a report, as SVG, PDF, PNG or in a notebook.

Each function returns a figure, whose ``save`` writes it and whose ``alt`` says in words what is seen. They need
Matplotlib (``pip install 'convparity[figures]'``). None of them runs a framework: lines are read and predicted, and
measurements come from a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from .adapters.expression import read
from .adapters.registry import USUAL
from .cases.case import Case
from .cases.errors import HarnessFault, InputError
from .cases.text import count
from .environments.aliases import adapters_in
from .report.figures import drift as _drift
from .report.figures import matrix as _matrix
from .report.figures import receptive as _receptive
from .report.figures import utilisation as _utilisation
from .report.figures import windows as _windows
from .report.figures.drawing import Drawing
from .report.figures.figure import Figure
from .report.figures.reads import Side, first_other, measured, of_case, of_reading, predicted, predicted_name
from .report.findings.report import Report
from .report.preflight.preflight import Preflight
from .report.preflight.stack import Stack
from .report.preflight.stack import stack as stack_of
from .report.verdicts.verdict import Verdict

__all__ = ["Drawing", "Figure", "draw", "drift", "matrix", "receptive", "utilisation", "windows"]

Layer = str | Case | Verdict  # a line of source, a case, or a row of a report
Frameworks = str | Iterable[str]


def utilisation(
    *layers: Layer, input: Sequence[int] | None = None, frameworks: Frameworks = (), dark: bool = False
) -> Figure:
    """Return how often each element of the input is read, with a grid for each layer.

    ``layers`` are lines of source, which need ``input``, their spatial sizes with channels and batch before them if
    you like; cases; or rows of a report, as they were measured. ``frameworks`` are adapters, such as ``"torch"``: each
    adds a grid of the line that people write there. Raise InputError for what cannot be drawn, HarnessFault without
    Matplotlib.
    """
    names = _adapters(frameworks)
    sides = [side for layer in layers for side in (_own(layer, input), *_predicted(layer, input, names))]
    return _utilisation.utilisation(sides, dark)


def windows(
    layer: Layer | Sequence[Layer],
    input: Sequence[int] | None = None,
    frameworks: Frameworks = (),
    outputs: Iterable[Sequence[int]] = (),
    dark: bool = False,
) -> Figure:
    """Return the windows of some outputs in the padded input, of one layer or of two over each other.

    ``layer``, ``input`` and ``frameworks`` are as for :func:`utilisation`. Of a layer and one framework, the layer and
    the line that people write there are compared; of two layers, or a layer and two frameworks, these two. A row of a
    report alone is compared with what was requested. ``outputs`` are their places, counted from 1; by default it is
    the first that the two make from other elements. Raise InputError for what cannot be drawn, HarnessFault without
    Matplotlib.
    """
    places = [tuple(i - 1 for i in place) for place in outputs]
    return _windows.windows(compared(layer, input, frameworks), places, dark)


def draw(
    layer: Layer,
    input: Sequence[int] | None = None,
    frameworks: Frameworks = (),
    dark: bool | None = None,
) -> Drawing:
    """Return the report's drawing of a layer for a notebook: the windows of two frameworks over the padded input.

    ``layer`` and ``input`` are as for :func:`utilisation`. ``frameworks`` are the adapters to choose from, of which the
    first two are shown; with one, it is shown beside the layer; by default they are all that have a line for it.
    Buttons and the keys n, p, ] and [ step through the outputs. It needs no kernel once it is shown. Where no script
    runs, its static picture is shown, if Matplotlib is installed. ``dark`` fixes the theme, which is otherwise that of
    the browser. Raise InputError for what cannot be drawn.
    """
    names = _adapters(frameworks)
    others = _predicted(layer, input, names) if names else _all_predicted(layer, input)
    sides = [_own(layer, input), *others]
    other = next((number for number, one in enumerate(sides) if first_other(sides[0].same(one))), min(1, len(others)))
    chosen = (1, 2) if len(names) > 1 else (0, other)
    first = [sides[number] for number in dict.fromkeys(chosen)]
    try:
        still: Figure | None = _windows.windows(first, dark=bool(dark))
    except HarnessFault:  # Matplotlib is missing
        still = None
    return Drawing(sides, chosen, still, _windows.alt(first, _windows.chosen(first)), dark)


def receptive(
    stack: Stack | Sequence[str], input: Sequence[int] | None = None, framework: str = "", dark: bool = False
) -> Figure:
    """Return the receptive field of a stack's middle output at every layer: its size, stride and centre.

    ``stack`` is one that :func:`convparity.stack` returns, or its lines, which need ``input``. The lines that people
    write in the ``framework`` of an adapter are drawn over it. Raise InputError for what cannot be drawn, HarnessFault
    without Matplotlib.
    """
    asked = _stack(stack, input)
    shown = [_receptive.Named("as given", asked)]
    for adapter in _adapters(framework):
        shown.append(_receptive.Named(f"{predicted_name(adapter)}, as people write it", asked.written(adapter)))
    return _receptive.receptive(shown, dark)


def drift(
    of: Stack | Preflight | Sequence[str],
    input: Sequence[int] | None = None,
    frameworks: Frameworks = (),
    dark: bool = False,
) -> Figure:
    """Return how far the windows of the lines that people write drift, at every layer of a stack or a model.

    ``of`` is a stack, or its lines, which need ``input``, in the ``frameworks`` of adapters; or the result of
    :func:`convparity.preflight`, in the environments that it has. Raise InputError for what cannot be drawn,
    HarnessFault without Matplotlib.
    """
    if isinstance(of, Preflight):
        return _drift.drift(_drift.of_preflight(of), dark)
    names = _adapters(frameworks)
    if not names:
        raise InputError(["a drift needs the frameworks to which the layers are ported, such as torch,tensorflow"])
    return _drift.drift(_drift.of_stack(_stack(of, input), names), dark)


def matrix(report: Report, dark: bool = False) -> Figure:
    """Return the cases of a report by its environments, with a verdict in each cell.

    Raise InputError for a report with nothing, or too much, to draw, HarnessFault without Matplotlib.
    """
    return _matrix.matrix(report, dark)


def compared(layer: Layer | Sequence[Layer], input: Sequence[int] | None, frameworks: Frameworks) -> list[Side]:
    """Return the one or two things whose windows are drawn. Raise InputError for any other number."""
    layers: list[Layer] = [layer] if isinstance(layer, str | Case | Verdict) else list(layer)
    names = _adapters(frameworks)
    if len(layers) == 1 and not names and isinstance(layers[0], Verdict) and layers[0].reference.axes:
        return [of_case(layers[0].case), measured(layers[0])]
    if not layers or len(layers) > 2 or (len(layers) == 2 and names) or len(names) > 2:
        told = f"{count(len(layers), 'layer')} and {count(len(names), 'framework')}"
        raise InputError([f"windows of {told}; expected one layer with up to two frameworks, or two layers"])
    own = [] if len(names) == 2 else [_own(one, input) for one in layers]
    return [*own, *_predicted(layers[0], input, names)]


def _own(layer: Layer, input: Sequence[int] | None) -> Side:
    """Return what a layer itself reads."""
    if isinstance(layer, Verdict):
        return measured(layer)
    if isinstance(layer, Case):
        return of_case(layer, line=layer.describe())
    return of_reading(read(layer, _sizes(input)), layer)


def _predicted(layer: Layer, input: Sequence[int] | None, adapters: Sequence[str]) -> list[Side]:
    """Return what the lines that people write for a layer read."""
    if not adapters:
        return []
    if isinstance(layer, str):
        layer = read(layer, _sizes(input)).case
    case = layer.case if isinstance(layer, Verdict) else layer
    return [predicted(case, adapter) for adapter in adapters]


def _all_predicted(layer: Layer, input: Sequence[int] | None) -> list[Side]:
    """Return what the line in each framework reads that has one with an output."""
    found = []
    for adapter in USUAL:
        with suppress(InputError):
            found += _predicted(layer, input, [adapter])
    return found


def _stack(given: Stack | Sequence[str], input: Sequence[int] | None) -> Stack:
    return given if isinstance(given, Stack) else stack_of([given] if isinstance(given, str) else given, _sizes(input))


def _sizes(input: Sequence[int] | None) -> tuple[int, ...]:
    if input is None:
        raise InputError(["input is missing; a line needs the sizes of its input, such as (8, 8) or (3, 224, 224)"])
    return tuple(map(int, input))


def _adapters(names: Frameworks) -> list[str]:
    text = names if isinstance(names, str) else ",".join(names)
    return adapters_in(text, "frameworks") if text else []
