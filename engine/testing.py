"""Compares two live layers, or two live models, in this process, for tests of your own ports.

from convparity.testing import assert_consistent

assert_consistent(nn.Conv2d(3, 8, 3, stride=2, padding=1), layers.Conv2D(8, 3, strides=2, padding="same"), (3, 8, 8))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from operator import index
from typing import Any

import numpy as np

from . import live_elements, live_numbers
from .adapters import registry
from .adapters.adapter import Result, bare, error_text
from .adapters.live import AS_FUNCTION, NO_LAYER, Live, Unsupported
from .cases.arithmetic import AXIS_NAMES
from .cases.case import Case, Sizes
from .cases.inputs import weights_shape
from .cases.operations.table import operation
from .cases.reference import evaluate
from .cases.text import count, first_line, shape_text
from .layer_causes import cause
from .live_numbers import Trial

LAYOUTS = ("channels_first", "channels_last")


def assert_consistent(
    layer_a: Any,
    layer_b: Any,
    input_shape: Iterable[int],
    *,
    layout: str | None = None,
    tolerance: float | None = None,
) -> None:
    """Raise AssertionError unless two live layers compute the same output from the same weights and input.

    A layer is a convolution, transposed convolution or pool of ``torch.nn``, Keras, Flax (linen or nnx) or Gluon, or a
    module or network that holds one of these. It may also be a function from one NumPy array (N, C, *spatial) to
    another, or with ``layout="channels_last"`` (N, *spatial, C). ``input_shape`` is (*spatial), (C, *spatial) or
    (N, C, *spatial), channels first in every framework; for two functions it must be the last.

    Both layers infer, with the same weights and a bias of zero; all other parameters keep their values. The first input
    and weights are small whole numbers, so that the arithmetic is exact. Others make outputs around zero, where
    activations differ. The layers themselves do not change. If one of the two is a function, the other layer keeps its
    own weights.

    Where arithmetic is not exact, outputs may differ by what rounding explains. ``tolerance`` allows another number of
    ULP of the sum that an output is (the sum of the magnitudes that the layer adds up).

    The AssertionError says what differs: the shapes, the elements read, as measured, the numbers, and why if a cause is
    known. Raise TypeError for something that cannot be compared, ValueError for an ``input_shape`` that does not fit
    the layers.
    """
    if tolerance is not None and not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance is {tolerance!r}; expected a number of ULP, 0 or more")
    try:
        shape = tuple(map(index, input_shape))
    except TypeError:
        what = "whole numbers, perhaps with channels and batch in front of the spatial sizes, such as (3, 8, 8)"
        raise ValueError(f"input_shape is {input_shape!r}; expected {what}") from None
    with ExitStack() as undoing:
        lives = []
        for layer, place in ((layer_a, "first"), (layer_b, "second")):
            lives.append(_Live.of(layer, place, layout))
            undoing.callback(lives[-1].restore)
        first, second = lives
        problem = _Comparison(first, second, _cases((first, second), shape), tolerance).difference()
    if problem:
        raise AssertionError(f"{second.name} is not the same layer as {first.name} on {shape_text(shape)}: {problem}")


def assert_same_model(original: Any, port: Any, x: Any) -> None:
    """Raise AssertionError unless every layer of a port computes the same as the original's from the same values.

    A model is a ``torch.nn.Module``, a Keras model, ``(module, variables)`` of Flax linen or a Gluon block, with its
    own weights. ``x`` is an array (N, C, *spatial), channels first in every framework, or several as a list, or by name
    as a mapping. Both models infer, and do not change. The text of the error is that of ``convparity compare``: which
    layers differ by themselves, why, and what to write instead.

    Raise TypeError for something that is no model, ValueError for an input that is none, and any error of a model.
    """
    from .models import live  # imported here because layers alone need nothing of it

    compared = live.compare(original, port, x)
    if not compared.same:
        raise AssertionError(str(compared))


class _Raised(Exception):
    """A framework raised an error on an input: the first line of its text."""


@dataclass(frozen=True)
class _Live:
    """A layer in this process, with its name in messages; ``layer`` is None for a function."""

    name: str
    layer: Live | None
    function: Callable[[np.ndarray], np.ndarray] | None = None

    @classmethod
    def of(cls, layer: Any, place: str, layout: str | None) -> _Live:
        adapter_name = registry.of_layer(layer)
        if adapter_name is None:
            return cls(f"the {place} layer, a function,", None, _function(layer, place, layout))
        adapter = registry.adapter_class(adapter_name)()
        name = f"the {place} layer, {type(layer).__name__} ({adapter.title}),"
        try:
            return cls(name, adapter.live(layer).copied())
        except Unsupported as unsupported:
            raise TypeError(f"{name} {unsupported}") from None
        except Exception as error:
            raise TypeError(f"{name} cannot be copied ({first_line(error_text(error))}); {AS_FUNCTION}") from None

    def restore(self) -> None:
        if self.layer:
            self.layer.restore()

    def known(self, shape: Sizes) -> Case:
        """Return the known parameters on an input (N, C, *spatial). Raises TypeError if there are none."""
        assert self.layer is not None
        try:
            found = self.layer.known(shape)
            dtype = self.layer.dtype
        except Unsupported as unsupported:
            raise TypeError(f"{self.name} {unsupported}") from None
        except Exception as error:
            raises = f"raises an error on {shape_text(shape)} ({first_line(error_text(error))}), and"
            raise TypeError(f"{self.name} {raises} {NO_LAYER}") from None
        if found is None:
            raise TypeError(f"{self.name} {NO_LAYER}")
        return replace(found, dtype=dtype)

    def seen_on(self, shape: Sizes) -> Case:
        """Return the known parameters, whether or not the input shape has channels and a batch in front."""
        ranks = [rank for rank in (len(shape) - 1, len(shape) - 2, len(shape)) if rank in AXIS_NAMES] or [1]
        refusals = []
        for rank in ranks:
            try:
                return self.known(((1, 1) + shape)[-rank - 2 :])
            except TypeError as refusal:
                refusals.append(refusal)
        raise refusals[0]

    def apply(self, x: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Return the output of the layer, channels first."""
        return self.output(x, weights)[0]

    def output(self, x: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, str]:
        """Return the output of the layer, channels first, and its dtype. Raises _Raised, TypeError and MemoryError."""
        try:
            if self.layer is None:
                assert self.function is not None
                return self.function(x).astype(np.float64), ""
            result = Result()
            values = self.layer.adapter.taken(self.layer.forward(x, weights), result)
            return values.astype(np.float64), result.dtype
        except MemoryError:
            raise
        except Unsupported as unsupported:
            raise TypeError(f"{self.name} {unsupported}") from None
        except Exception as error:
            if self.layer is None:
                raise
            raise _Raised(first_line(error_text(error))) from None

    def settled(self, shape: Sizes, weights: np.ndarray) -> np.ndarray:
        assert self.layer is not None
        try:
            return self.layer.settled(shape, weights)
        except Unsupported as unsupported:
            raise TypeError(f"{self.name} {unsupported}") from None
        except Exception as error:
            why = first_line(error_text(error))
            raise TypeError(f"{self.name} does not accept weights ({why}); {AS_FUNCTION}") from None


def _function(layer: Any, place: str, layout: str | None) -> Callable[[np.ndarray], np.ndarray]:
    known = "a layer of torch.nn, Keras, Flax or Gluon, or a function with layout="
    if not callable(layer) or isinstance(layer, type):
        raise TypeError(f"the {place} layer is of type {type(layer).__name__}; expected {known}")
    if layout not in LAYOUTS:
        raise TypeError(f"the {place} layer is a function, and layout is {layout!r}; expected {', '.join(LAYOUTS)}")
    if layout == "channels_first":
        return lambda x: np.asarray(layer(x))
    return lambda x: np.moveaxis(np.asarray(layer(np.ascontiguousarray(np.moveaxis(x, 1, -1)))), -1, 1)


def _cases(lives: tuple[_Live, _Live], shape: Sizes) -> list[Case]:
    """Return the known parameters of each layer on the input; a function gets those of the other layer."""
    found = [live.seen_on(shape) for live in lives if live.layer]
    rank = len(found[0].kernel) if found else len(shape) - 2
    if rank not in AXIS_NAMES or not rank <= len(shape) <= rank + 2 or min(shape) < 1:
        what = f"{rank} spatial sizes, perhaps with channels and batch in front" if found else "(N, C, *spatial)"
        raise ValueError(f"input_shape is {shape_text(shape)}; expected {what}")
    if len(shape) > rank:
        channels = shape[-rank - 1]
    else:  # a layer that takes any number of channels is known to take 1 here
        channels = max(live.known((1, 1, *shape)).in_channels for live in lives if live.layer)
    full = (shape[0] if len(shape) == rank + 2 else 1, channels, *shape[-rank:])
    known = [live.known(full) if live.layer else None for live in lives]
    plain = bare("conv", (1,) * rank, (channels, channels))
    cases = [replace(own or other or plain, input=full[2:], batch=full[0]) for own, other in (known, known[::-1])]
    if wrong := [case.in_channels for case in cases if case.in_channels != channels]:
        raise ValueError(f"input_shape {shape_text(shape)} has {channels} channels; expected {wrong[0]}")
    return cases


class _Comparison:
    """Two layers on an input, with the known parameters of each."""

    def __init__(self, first: _Live, second: _Live, cases: list[Case], tolerance: float | None) -> None:
        self.first, self.second, self.known, self.tolerance = first, second, cases, tolerance
        self.case = live_numbers.narrower(*cases)
        self.weighted = first.layer is not None and second.layer is not None

    def difference(self) -> str:
        """Return how the second layer differs, in a sentence or a few lines; empty if it does the same."""
        if unlike := _other_kind(*self.known):
            return unlike
        trial = self._settled(live_numbers.exact_trial(self.case, self.weighted))
        problem, outputs = self._compared(trial)
        if problem:
            return problem
        for trial in live_numbers.trials_around_zero(self.case, self.weighted, outputs):
            problem, _ = self._compared(self._settled(trial))
            if problem:
                return problem
        return ""

    def _settled(self, trial: Trial) -> Trial:
        """Return a trial with weights that both layers leave unchanged, as layers that normalise their weights do."""
        if trial.weights is None:
            return trial
        weights = trial.weights
        for live in (self.first, self.second):
            weights = live.settled(trial.x.shape, weights).astype(weights.dtype)
        if weights is trial.weights or np.array_equal(weights, trial.weights):
            return trial
        return replace(trial, weights=weights, exact=False)

    def _compared(self, trial: Trial) -> tuple[str, int]:
        """Return how the outputs of a trial differ (empty if they do not), and how many numbers were compared."""
        try:
            asked, asked_dtype = self.first.output(trial.x, trial.weights)
        except _Raised as raised:
            return self._only_one_raises(trial, raised), 0
        try:
            got, dtype = self.second.output(trial.x, trial.weights)
        except _Raised as raised:
            return f"it raises an error ({raised}) where the shape is {shape_text(asked.shape)}", 0
        if asked.shape == got.shape and asked_dtype and dtype and asked_dtype != dtype:
            return f"it computes in {dtype} instead of {asked_dtype}", 0
        bound = self._bound(trial, asked, got)
        if asked.shape == got.shape and live_numbers.same(asked, got, bound).all():
            return "", got.size
        self._expect_repeatable(trial)
        spatial = asked.ndim == got.ndim == self.case.rank + 2  # not flattened, for example
        shapes = f"the shape is {shape_text(got.shape)}{' (N, C, spatial)' if spatial else ''}"
        shapes += f" instead of {shape_text(asked.shape)}" if asked.shape != got.shape else ", as in the first"
        read = []
        if self.weighted and spatial:
            read = live_elements.elements_read(self.first, self.second, self.case, asked, got)
        return "\n  ".join([shapes, *(read or self._numbers(trial, asked, got, bound))]), got.size

    def _only_one_raises(self, trial: Trial, raised: _Raised) -> str:
        try:
            got = self.second.apply(trial.x, trial.weights)
        except _Raised:
            raise TypeError(f"{self.first.name} raises on {shape_text(trial.x.shape)}: {raised}") from None
        return f"it returns the shape {shape_text(got.shape)} where the first raises an error ({raised})"

    def _bound(self, trial: Trial, asked: np.ndarray, got: np.ndarray) -> np.ndarray:
        if asked.shape != got.shape or np.array_equal(asked, got):
            return np.zeros(())
        if trial.exact and self.tolerance is None and live_numbers.whole(asked, got):
            return np.zeros(())
        bounds = [
            live_numbers.allowed(trial, partial(live.apply, weights=trial.weights), y, self.tolerance)
            for live, y in ((self.first, asked), (self.second, got))
        ]
        larger: np.ndarray = np.maximum(*bounds)
        return larger

    def _expect_repeatable(self, trial: Trial) -> None:
        for live in (self.first, self.second):
            once, again = (live.apply(trial.x, trial.weights) for _ in range(2))
            if not np.array_equal(once, again, equal_nan=True):
                raise TypeError(f"{live.name} returns different numbers each time; expected a layer that infers")

    def _numbers(self, trial: Trial, asked: np.ndarray, got: np.ndarray, bound: np.ndarray) -> list[str]:
        if asked.shape != got.shape:
            return []
        with np.errstate(invalid="ignore"):
            off = np.abs(got - asked)
        wrong = ~live_numbers.same(asked, got, bound)
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        numbers = (
            f"{int(wrong.sum())} of {off.size} numbers differ, by {off.max():g} at most; "
            f"the first, at {shape_text(first)}, is {got[first]:g} instead of {asked[first]:g}"
        )
        why = self._cause(asked.size)
        return [f"it {why}", numbers] if why else [numbers]

    def _cause(self, outputs: int) -> str | None:
        """Return the cause for which the outputs around zero differ, if one is known."""
        for trial in live_numbers.trials_around_zero(self.case, self.weighted, outputs):
            trial = self._settled(trial)
            asked, got = (live.apply(trial.x, trial.weights) for live in (self.first, self.second))
            bound = self._bound(trial, asked, got)
            if live_numbers.same(asked, got, bound).all():
                continue
            lives = (self.first, self.second) if self.weighted else ()
            sums = (
                evaluate(like, axes, trial.x, trial.weights)
                for like, axes in live_elements.without_what_follows(lives, self.case, asked.shape[2:])
            )
            return cause(asked, got, bound, sums if lives else ())
        return None


def _other_kind(asked: Case, got: Case) -> str:
    """Return why the two cannot have the same weights; empty if they can."""
    if asked.op != got.op:
        return f"it is a {got.op} instead of a {asked.op}"
    if weights_shape(asked) != weights_shape(got):
        what = operation(asked.op).weights
        shapes = shape_text(weights_shape(got)), shape_text(weights_shape(asked))
        unlike = f"its weights have the shape {shapes[0]} ({what}, kernel) instead of {shapes[1]}"
        if got.groups == asked.groups:
            return unlike
        return f"it has {count(got.groups, 'group')} instead of {asked.groups}; {unlike}"
    return ""
