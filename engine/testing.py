"""Compares two live layers in this process, for tests of your own ports.

from convparity.testing import assert_consistent

assert_consistent(nn.Conv2d(3, 8, 3, stride=2, padding=1), layers.Conv2D(8, 3, strides=2, padding="same"), (3, 8, 8))
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import index
from typing import Any

import numpy as np

from .adapters import registry
from .adapters.adapter import bare
from .adapters.worker import probe
from .cases import arithmetic
from .cases.arithmetic import AXIS_NAMES, Invalid
from .cases.axis_sampling import AxisSampling
from .cases.case import Case, Sizes
from .cases.inputs import is_exact, make_input, make_weights, weights_shape
from .cases.operations import operation
from .cases.operations.axis import Axis
from .cases.reference import Answer, Reference
from .cases.sampling import fit_axis
from .cases.text import MODE_WORDS, shape_text
from .report.results.observation import Observation, Sampling
from .report.verdicts.axis_difference import sentences
from .report.verdicts.edges import treatment
from .report.verdicts.explanations import differences

LAYOUTS = ("channels_first", "channels_last")
ROUNDING = 1e-5  # relative to the largest number, if the arithmetic is not exact: a layer's own weights, averages


def assert_consistent(layer_a: Any, layer_b: Any, input_shape: Iterable[int], *, layout: str | None = None) -> None:
    """Raise AssertionError unless two live layers compute the same output from the same weights and input.

    A layer is a convolution, transposed convolution or pool of ``torch.nn``, Keras, ``flax.linen`` or Gluon, or a
    small network of pads, crops and one of these. It may also be a function from one NumPy array (N, C, *spatial) to
    another, or with ``layout="channels_last"`` (N, *spatial, C). ``input_shape`` is (*spatial), (C, *spatial) or
    (N, C, *spatial), channels first in every framework; for two functions it must be the last.

    The weights and the input of both are small whole numbers and the bias is zero, so that the arithmetic is exact.
    The weights are set in copies, so the layers themselves do not change. If one of the two is a function, the other
    layer keeps its own weights.

    The AssertionError says what differs: the shapes, the elements read, as measured, or the numbers. Raise TypeError
    for something that is not a layer, ValueError for an ``input_shape`` that does not fit the layers.
    """
    first, second = (_Live.of(layer, place, layout) for layer, place in ((layer_a, "first"), (layer_b, "second")))
    try:
        shape = tuple(map(index, input_shape))
    except TypeError:
        what = "whole numbers, perhaps with channels and batch in front of the spatial sizes, such as (3, 8, 8)"
        raise ValueError(f"input_shape is {input_shape!r}; expected {what}") from None
    problem = _difference(first, second, *_cases((first, second), shape))
    if problem:
        raise AssertionError(f"{second.name} is not the same layer as {first.name} on {shape_text(shape)}: {problem}")


@dataclass(frozen=True)
class _Live:
    """A layer in this process: its name in messages, and how to apply it, channels first.

    ``bare`` returns its known parameters for a number of input channels. It is None for a function, which has its own
    weights.
    """

    name: str
    bare: Callable[[int], Case] | None
    apply: Callable[[np.ndarray, np.ndarray | None], np.ndarray]

    @classmethod
    def of(cls, layer: Any, place: str, layout: str | None) -> _Live:
        adapter_name = registry.of_layer(layer)
        if adapter_name is None:
            return cls(f"the {place} layer, a function,", None, _function(layer, place, layout))
        adapter = registry.adapter_class(adapter_name)()
        name = f"the {place} layer, {type(layer).__name__} ({adapter.title}),"
        own = copy.deepcopy(layer)

        def known(channels: int) -> Case:
            found = adapter.bare(own, channels)
            if found is None:
                raise TypeError(f"{name} holds no convolution, transposed convolution or pool that convparity knows")
            return found

        def applied(x: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
            try:
                return adapter.apply(own, x, weights)
            except AttributeError as error:
                if weights is None:
                    raise
                raise TypeError(f"{name} has no single kernel to give weights to: {error}") from error

        return cls(name, known, applied)


def _function(layer: Any, place: str, layout: str | None) -> Callable[[np.ndarray, np.ndarray | None], np.ndarray]:
    known = "a layer of torch.nn, Keras, flax.linen or Gluon, or a function with layout="
    if not callable(layer) or isinstance(layer, type):
        raise TypeError(f"the {place} layer is of type {type(layer).__name__}; expected {known}")
    if layout not in LAYOUTS:
        raise TypeError(f"the {place} layer is a function, and layout is {layout!r}; expected {', '.join(LAYOUTS)}")
    if layout == "channels_first":
        return lambda x, weights: np.asarray(layer(x))
    return lambda x, weights: np.moveaxis(np.asarray(layer(np.ascontiguousarray(np.moveaxis(x, 1, -1)))), -1, 1)


def _cases(lives: tuple[_Live, _Live], shape: Sizes) -> list[Case]:
    """Return the known parameters of each layer on the input; a function gets those of the other layer."""
    found = [live.bare(1) for live in lives if live.bare]
    rank = len(found[0].kernel) if found else len(shape) - 2
    if rank not in AXIS_NAMES or not rank <= len(shape) <= rank + 2 or min(shape) < 1:
        what = f"{rank} spatial sizes, perhaps with channels and batch in front" if found else "(N, C, *spatial)"
        raise ValueError(f"input_shape is {shape_text(shape)}; expected {what}")
    channels = shape[-rank - 1] if len(shape) > rank else max(case.in_channels for case in found)
    batch = shape[0] if len(shape) == rank + 2 else 1
    known = [live.bare(channels) if live.bare else None for live in lives]
    plain = bare("conv", (1,) * rank, (channels, channels))
    cases = [replace(own or other or plain, input=shape[-rank:], batch=batch) for own, other in (known, known[::-1])]
    if wrong := [case.in_channels for case in cases if case.in_channels != channels]:
        raise ValueError(f"input_shape {shape_text(shape)} has {channels} channels; expected {wrong[0]}")
    return cases


def _difference(first: _Live, second: _Live, case: Case, other: Case) -> str:
    """Return how the second layer differs, in a sentence or a few lines; empty if it does the same."""
    if unlike := _other_kind(case, other):
        return unlike
    both = first.bare is not None and second.bare is not None
    x, weights = make_input(case), make_weights(case) if both else None
    asked, got = (live.apply(x, weights).astype(np.float64) for live in (first, second))
    allowed = 0 if both and is_exact(case) else ROUNDING * max(np.abs(asked).max(initial=0), 1)
    if asked.shape == got.shape and (np.abs(asked - got) <= allowed).all():
        return ""
    spatial = asked.ndim == got.ndim == case.rank + 2  # not flattened, for example
    shapes = f"the shape is {shape_text(got.shape)}{' (N, C, spatial)' if spatial else ''}"
    shapes += f" instead of {shape_text(asked.shape)}" if asked.shape != got.shape else ", as in the first"
    read = _elements_read(first, second, case, asked, got) if both and spatial else []
    return "\n  ".join([shapes, *(read or _numbers(asked, got, allowed))])


def _other_kind(asked: Case, got: Case) -> str:
    """Return why the two cannot have the same weights; empty if they can."""
    if asked.op != got.op:
        return f"it is a {got.op} instead of a {asked.op}"
    if weights_shape(asked) != weights_shape(got):
        what = operation(asked.op).weights
        shapes = shape_text(weights_shape(got)), shape_text(weights_shape(asked))
        return f"its weights have the shape {shapes[0]} ({what}, kernel) instead of {shapes[1]}"
    return ""


def _elements_read(first: _Live, second: _Live, case: Case, asked: np.ndarray, got: np.ndarray) -> list[str]:
    """Return the elements that the layers read, as measured, and how they differ; nothing if no difference is known."""
    try:
        found = [_measured(live, case) for live in (first, second)]
    except MemoryError:  # the case is too large for the probe
        return []
    if not all(s.separable and s.exact for s in found):
        return []
    fits = [[_fitted(indices, axis) for indices, axis in zip(s.maps, _plain(case), strict=True)] for s in found]
    said = [f"measured of {live.name} {_words(case, axes)}" for live, axes in zip((first, second), fits, strict=True)]
    like_first = _as_measured(case, fits[0])
    axes = arithmetic.axes(like_first)
    if isinstance(axes, Invalid) or any(not a.alike(a.sampling(), m) for a, m in zip(axes, found[0].maps, strict=True)):
        return [] if _same(found) else said
    reference = Reference(Answer(axes, asked.shape))
    one, other = (
        Observation("", "", case.input, "as written", "ran", shape=y.shape, sampling=sampling)
        for y, sampling in zip((asked, got), found, strict=True)
    )
    unlike = differences(like_first, reference, other)
    if any(axis.got is None for axis in unlike):  # the steps differ too, so only the measurements are reported
        return said
    pools = [replace(like_first, count_include_pad=counts) for counts in (True, False)]
    candidates = pools if operation(case.op).divides else [like_first]
    same_edges = [candidate for candidate in candidates if not treatment(candidate, reference, one)]
    counts = treatment(same_edges[0], reference, other) if len(same_edges) == 1 else ""
    if unlike:
        return ["it " + ", and ".join(sentences(unlike)) + (f"; it also {counts}" if counts else ""), *said]
    return [f"it reads the requested elements and {counts}"] if counts else []


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


def _measured(live: _Live, case: Case) -> Sampling:
    found = probe.measure(live.apply, replace(case, batch=1))
    return Sampling(found.maps, found.separable, found.exact, found.pad_value, found.divisors, found.uneven)


def _same(found: list[Sampling]) -> bool:
    return found[0].content[0] == found[1].content[0]


def _as_measured(case: Case, fits: list[AxisSampling | None]) -> Case:
    """Return the case that does what was measured, as far as pads, stride and dilation express it."""
    known = [fit or AxisSampling(None, None, None, None) for fit in fits]
    pads = tuple((fit.before or 0, _after(fit)) for fit in known)
    stride, dilation = tuple(fit.stride or 1 for fit in known), tuple(fit.dilation or 1 for fit in known)
    modes = {fit.mode for fit, sides in zip(known, pads, strict=True) if any(sides)}
    mode = modes.pop() if len(modes) == 1 else "zeros"
    return replace(case, padding=pads, stride=stride, dilation=dilation, padding_mode=mode)


def _after(fit: AxisSampling) -> int:
    """Return the trailing pad: of those that have the same effect, the one nearest to the leading pad."""
    if fit.after is None or fit.before is None:
        return 0
    low, high = fit.after
    return max(low, fit.before if high is None else min(fit.before, high))


def _words(case: Case, fits: list[AxisSampling | None]) -> str:
    """Return the fits as text: ``height: pads (1,1), stride 2; width: ...``."""
    noun = operation(case.op).pads_verb
    return "; ".join(_axis_words(name, noun, fit) for name, fit in zip(AXIS_NAMES[case.rank], fits, strict=True))


def _axis_words(name: str, noun: str, fit: AxisSampling | None) -> str:
    if fit is None or fit.before is None or fit.after is None:
        return f"{name}: no {noun}, stride and dilation that explain it"
    steps = [f"{what} {number}" for what, number in (("stride", fit.stride), ("dilation", fit.dilation)) if number]
    mirrored = ["kernel mirrored"] if fit.flipped else []
    holding = f" with {MODE_WORDS[fit.mode]}" if fit.mode != "zeros" else ""
    return f"{name}: {', '.join([f'{noun} {shape_text((fit.before, _after(fit)))}{holding}', *steps, *mirrored])}"


def _numbers(asked: np.ndarray, got: np.ndarray, allowed: float) -> list[str]:
    if asked.shape != got.shape:
        return []
    off = np.abs(got - asked)
    wrong = ~(off <= allowed)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    return [
        f"{int(wrong.sum())} of {off.size} numbers differ, by {off.max():g} at most; "
        f"the first, at {shape_text(first)}, is {got[first]:g} instead of {asked[first]:g}"
    ]
