"""The elements that two live layers read, as measured, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Protocol

import numpy as np

from .adapters.worker import probe
from .cases import arithmetic
from .cases.arithmetic import AXIS_NAMES, Invalid
from .cases.axis_sampling import AxisSampling
from .cases.case import Case, Sizes
from .cases.operations.axis import Axis
from .cases.operations.table import operation
from .cases.reference import Answer, Reference
from .cases.sampling import fit_axis
from .cases.text import MODE_WORDS, several, shape_text
from .report.results.observation import Observation, Sampling
from .report.verdicts.axis_difference import sentences
from .report.verdicts.edges import treatment
from .report.verdicts.explanations import differences

NEARLY = 0.01  # how far from a whole number an index that was measured may be


class Named(Protocol):
    """A layer with its name in messages."""

    @property
    def name(self) -> str:
        """The name, as the subject of a sentence that a comma ends."""

    @property
    def apply(self) -> Callable[[np.ndarray, Any], np.ndarray]:
        """The function from (N, C, *spatial) and weights to (N, O, *spatial)."""


def measured(layer: Named, case: Case) -> Sampling:
    """Return the measured sampling of a layer.

    Raises MemoryError if the case is too large for the probe, and NotMeasurable if the layer applies something to its
    sums that changes indices, so that they would be taken for others.
    """

    def indices(x: np.ndarray, weights: Any) -> np.ndarray:
        y = layer.apply(x, weights)
        if not np.allclose(layer.apply(2 * x, weights), 2 * y, rtol=NEARLY, atol=0):
            raise probe.NotMeasurable("not measurable: twice the input does not make twice the output")
        # A batch norm of variance 1 after the layer multiplies by almost 1.
        close = not case.pools and bool((np.abs(y - np.rint(y)) <= NEARLY).all())
        return np.rint(y) if close else y

    found = probe.measure(indices, replace(case, batch=1))
    return Sampling(found.maps, found.separable, found.exact, found.pad_value, found.divisors, found.uneven)


def fitted(sampling: Sampling, case: Case) -> list[AxisSampling | None]:
    """Return the numbers that explain the maps of each axis."""
    return [_fitted(indices, axis) for indices, axis in zip(sampling.maps, _plain(case), strict=True)]


def words(case: Case, fits: list[AxisSampling | None]) -> str:
    """Return the fits as text: ``height: pads (1,1), stride 2; width: ...``."""
    noun = operation(case.op).pads_verb
    return "; ".join(_axis_words(name, noun, fit) for name, fit in zip(AXIS_NAMES[case.rank], fits, strict=True))


def without_what_follows(layers: Iterable[Named], case: Case, output: Sizes) -> Iterator[tuple[Case, tuple[Axis, ...]]]:
    """Yield the steps that the layers may take before they apply something to sums, as cases with their axes.

    It is measured if one of the layers applies nothing that changes whole numbers. If not, these are guesses of steps
    and pads that have this output, each of which has to be compared with the layers' numbers.
    """
    for layer in layers:
        sampling = _measured_exactly(layer, case)
        if sampling is not None:
            like = _as_measured(case, [_pinned(fit) for fit in fitted(sampling, case)])
            axes = _axes(like, sampling)
            if axes is not None:
                yield like, axes
                return
    if operation(case.op).adjoint or len(output) != case.rank:
        return
    for stride, dilation, side in product((1, 2, 3, 4), (1, 2), (0.5, 0, 1)):
        pads = []
        for n, kernel, count in zip(case.input, case.kernel, output, strict=True):
            missing = max((count - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
            pads.append((int(missing * side), missing - int(missing * side)))
        stride_of_all, dilation_of_all = (stride,) * case.rank, (dilation,) * case.rank
        like = replace(case, padding=tuple(pads), stride=stride_of_all, dilation=dilation_of_all)
        guessed = arithmetic.axes(like)
        if not isinstance(guessed, Invalid) and tuple(axis.output for axis in guessed) == output:
            yield like, guessed


def elements_read(first: Named, second: Named, case: Case, asked: np.ndarray, got: np.ndarray) -> list[str]:
    """Return the elements that the layers read, as measured, and how they differ; nothing if no difference is known."""
    found = [_measured_exactly(layer, case) for layer in (first, second)]
    one, other = found
    if one is None or other is None:
        return []
    open_ends = [fitted(sampling, case) for sampling in (one, other)]
    fits = [[_pinned(fit) for fit in open_ends[0]]]
    fits.append([_pinned(fit, like) for fit, like in zip(open_ends[1], fits[0], strict=True)])
    said = [f"measured of {layer.name} {words(case, axes)}" for layer, axes in zip((first, second), fits, strict=True)]
    said += _left_open(case, open_ends)
    like_first = _as_measured(case, fits[0])
    axes = _axes(like_first, one)
    if axes is None:
        return [] if one.content[0] == other.content[0] else said
    reference = Reference(Answer(axes, asked.shape))
    seen = [
        Observation("", "", case.input, "as written", "ran", shape=y.shape, sampling=sampling)
        for y, sampling in zip((asked, got), (one, other), strict=True)
    ]
    by_name = dict(zip(AXIS_NAMES[case.rank], fits[1], strict=True))
    unlike = differences(like_first, reference, seen[1])
    # The measurements below name one number for a pad that no window reaches, so the same one is named here.
    unlike = tuple(replace(axis, got=axis.got and by_name[axis.name]) for axis in unlike)
    if any(axis.got is None for axis in unlike):  # the steps differ too, so only the measurements are reported
        return said
    pools = [replace(like_first, count_include_pad=counts) for counts in (True, False)]
    candidates = pools if operation(case.op).divides else [like_first]
    same_edges = [candidate for candidate in candidates if not treatment(candidate, reference, seen[0])]
    counts = treatment(same_edges[0], reference, seen[1]) if len(same_edges) == 1 else ""
    if unlike:
        return ["it " + ", and ".join(sentences(unlike)) + (f"; it also {counts}" if counts else ""), *said]
    return [f"it reads the requested elements and {counts}"] if counts else []


def _measured_exactly(layer: Named, case: Case) -> Sampling | None:
    try:
        found = measured(layer, case)
    except (MemoryError, probe.NotMeasurable):  # the case is too large for the probe, or the output is flat
        return None
    return found if found.separable and found.exact else None


def _axes(like: Case, sampling: Sampling) -> tuple[Axis, ...] | None:
    """Return the axes of a case that fits the measurement; None if no case does."""
    axes = arithmetic.axes(like)
    if isinstance(axes, Invalid):
        return None
    exactly = all(axis.alike(axis.sampling(), indices) for axis, indices in zip(axes, sampling.maps, strict=True))
    return axes if exactly else None


def _plain(case: Case) -> list[Axis]:
    """Return the axes without padding, even if no window fits."""
    plain = operation(case.op).plain
    parts = zip(case.input, case.kernel, case.stride, case.dilation, strict=True)
    return [plain(n, kernel, stride, dilation) for n, kernel, stride, dilation in parts]


def _fitted(indices: np.ndarray, axis: Axis) -> AxisSampling | None:
    """Return the numbers that explain a map. With padding other than zeros, use the most common steps in it."""
    found = fit_axis(indices, axis)
    if found is None and not axis.adjoint:
        stride, dilation = (_commonest(np.diff(indices, axis=along)) for along in (0, 1))
        found = fit_axis(indices, replace(axis, stride=stride, dilation=dilation))
    return found


def _commonest(steps: np.ndarray) -> int:
    forward, counts = np.unique(steps[steps > 0], return_counts=True)
    return int(forward[counts.argmax()]) if len(forward) else 1


def _pinned(fit: AxisSampling | None, like: AxisSampling | None = None) -> AxisSampling | None:
    """Return a fit with one trailing pad: of those that have the same effect, that of ``like`` if it is one of them.

    Otherwise it is the one nearest to the leading pad.
    """
    if fit is None or fit.before is None or fit.after is None:
        return fit
    low, high = fit.after
    wanted = like.after[0] if like and like.after and like.before == fit.before else fit.before
    after = max(low, wanted if high is None else min(wanted, high))
    return replace(fit, after=(after, after))


def _left_open(case: Case, fits: list[list[AxisSampling | None]]) -> list[str]:
    """Return the trailing pads that no window reaches, so that others would do the same; nothing if there are none."""
    parts = []
    for place, axes in zip(("first", "second"), fits, strict=True):
        by_range: dict[str, list[str]] = {}
        for name, fit in zip(AXIS_NAMES[case.rank], axes, strict=True):
            if fit and fit.after and fit.after[0] != fit.after[1]:
                low, high = fit.after
                by_range.setdefault(f"{low} or more" if high is None else f"{low} to {high}", []).append(name)
        parts += [f"{numbers} along the {several(names)} of the {place} layer" for numbers, names in by_range.items()]
    return [f"trailing {operation(case.op).pads_verb} that do the same: {', '.join(parts)}"] if parts else []


def _as_measured(case: Case, fits: list[AxisSampling | None]) -> Case:
    """Return the case that fits the measurement, as far as pads, stride and dilation express it."""
    known = [fit or AxisSampling(None, None, None, None) for fit in fits]
    pads = tuple((fit.before or 0, fit.after[0] if fit.after else 0) for fit in known)
    stride, dilation = tuple(fit.stride or 1 for fit in known), tuple(fit.dilation or 1 for fit in known)
    modes = {fit.mode for fit, sides in zip(known, pads, strict=True) if any(sides)}
    mode = modes.pop() if len(modes) == 1 else "zeros"
    return replace(case, padding=pads, stride=stride, dilation=dilation, padding_mode=mode)


def _axis_words(name: str, noun: str, fit: AxisSampling | None) -> str:
    fit = _pinned(fit)
    if fit is None or fit.before is None or fit.after is None:
        return f"{name}: no {noun}, stride and dilation that explain it"
    steps = [f"{what} {number}" for what, number in (("stride", fit.stride), ("dilation", fit.dilation)) if number]
    mirrored = ["kernel mirrored"] if fit.flipped else []
    holding = f" with {MODE_WORDS[fit.mode]}" if fit.mode != "zeros" else ""
    return f"{name}: {', '.join([f'{noun} {shape_text((fit.before, fit.after[0]))}{holding}', *steps, *mirrored])}"
