"""The units of a recording: calls that are compared, each with the pads before it, and the calls between them.

A unit is a layer or a function with settings, with the pads before it and the crops after it that are part of it.
Everything else (pads of several layers, reshapes, permutations, sums with numbers) lies between units, and is compared
as the way from one unit to the next. Calls that change nothing, such as a dropout, are passed over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ...adapters.models.kinds import CONVOLUTIONS, TRANSPOSED
from ...adapters.models.recording import Call, Recording, in_layout
from .written_out import Values, WrittenOut, activation

WEIGHTED = {*CONVOLUTIONS, "dense", "batch_norm", "layer_norm", "group_norm", "instance_norm"}
WINDOWED = {"conv", "max_pool", "avg_pool"}
UNITS = {*WEIGHTED, "max_pool", "avg_pool", "activation", "resize", "mean", "concat"}
JOINED = {"add", "multiply"}  # units if they join two values
NOTHING = {"dropout", "identity"}


@dataclass(frozen=True, eq=False)
class Unit:
    """Calls that are compared as one, in order. Settings include pads before them, and crops after a convolution."""

    calls: tuple[Call, ...]
    kind: str
    settings: dict[str, Any]
    inputs: tuple[int, ...]
    output: int
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    before_norm: Unit | None = None  # of a unit with the batch norm after it, the unit and the norm by themselves
    norm: Unit | None = None

    @property
    def call(self) -> Call:
        """The call that names the unit, and has its weights: the last that is no pad or crop."""
        return next((call for call in reversed(self.calls) if call.kind != "pad"), self.calls[-1])

    @property
    def last(self) -> int:
        """The number of the call that makes its output."""
        return self.calls[-1].number

    @property
    def numbers(self) -> list[int]:
        """The numbers of its calls."""
        return [call.number for call in self.calls]


class Graph:
    """A recording as units, and the values between them."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.same: dict[int, int] = {}  # the value that another one repeats
        self.readers: dict[int, int] = {}  # how many calls read a value
        self.maker: dict[int, Call] = {}
        self.flat: dict[int, tuple[int, ...]] = {}  # (*spatial, C) of values flattened with their channels last
        self.variable = set(recording.inputs)  # the values that are no constants
        kept = []
        for call in recording.calls:
            if call.kind in UNITS or self.variable.intersection(call.inputs):  # a function before it may be unseen
                self.variable.update(call.outputs)
            if call.kind in NOTHING and len(call.inputs) == 1:
                self.same[call.outputs[0]] = self.real(call.inputs[0])
                continue
            for value in {self.real(value) for value in call.inputs}:
                self.readers[value] = self.readers.get(value, 0) + 1
            self.maker.update(dict.fromkeys(call.outputs, call))
            self._follow_flat(call)
            kept.append(call)
        self._written_out = self._activations(kept)
        self.crops = {call.inputs[0]: call for call in kept if call.kind == "pad" and self._crops(call)}
        self.units = [self._unit(call) for call in kept if self._is_unit(call)]
        folded = {call.number for unit in self.units for call in unit.calls if call.number != unit.call.number}
        self.units = [unit for unit in self.units if unit.call.number not in folded]

    def real(self, value: int) -> int:
        """Return the value that this one repeats, or itself."""
        return self.same.get(value, value)

    @cached_property
    def outputs(self) -> list[int]:
        """The outputs of the model."""
        return [self.real(value) for value in self.recording.outputs]

    def shape(self, value: int) -> tuple[int, ...]:
        """Return the shape of a value, channels first."""
        return tuple(self.recording.canonical(value).shape)

    def repeated(self, calls: list[int], given: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
        """Return the arrays of values that calls read and that repeat given ones."""
        read = {value for number in calls for value in self.recording.calls[number].inputs}
        return {value: given[self.real(value)] for value in read if value not in given and self.real(value) in given}

    def array(self, value: int, raw: bool = False) -> np.ndarray:
        """Return a value, channels first; if flattened with channels last, in the other order unless raw."""
        array = self.recording.canonical(value)
        if raw or value not in self.flat:
            return array
        return np.moveaxis(array.reshape(len(array), *self.flat[value]), -1, 1).reshape(len(array), -1)

    def laid_out(self, array: np.ndarray, value: int, raw: bool = False) -> np.ndarray:
        """Return an array that takes the place of a value, in the layout and shape that the framework expects."""
        like = self.recording.array(value)
        if array.ndim != like.ndim and array.size == like.size:
            return np.ascontiguousarray(array.reshape(like.shape))
        if value in self.flat and not raw:
            *spatial, channels = self.flat[value]
            shaped = array.reshape(len(array), channels, *spatial)
            return np.ascontiguousarray(np.moveaxis(shaped, 1, -1)).reshape(len(array), -1)
        return in_layout(array, self.recording.layouts[value])

    def from_framework(self, array: np.ndarray, value: int, raw: bool = False) -> np.ndarray:
        """Return the array that the framework made in the place of a value, channels first."""
        layout = self.recording.layouts[value]
        first = np.moveaxis(array, -1, 1) if layout == "channels_last" and array.ndim > 2 else array
        if raw or value not in self.flat or first.size != math.prod(self.shape(value)):
            return first
        return np.moveaxis(first.reshape(len(first), *self.flat[value]), -1, 1).reshape(len(first), -1)

    def _is_unit(self, call: Call) -> bool:
        read = [value for value in call.inputs if value in self.variable]
        joins = call.kind in JOINED and len(read) > 1
        return call.kind in UNITS or joins or call.number in self._written_out

    def _activations(self, calls: list[Call]) -> dict[int, WrittenOut]:
        """Return the activations that are written as several functions, by the number of the last one."""
        values = Values(self.maker, self.readers, self.variable, self.real, self.recording.array)
        found: dict[int, WrittenOut] = {}
        for call in calls:
            if whole := activation(call, values):
                found[call.number] = whole
        return found

    def _crops(self, call: Call) -> bool:
        """Return whether a call only crops spatial axes, and is the only one to read its input."""
        first, more = call.settings["pads"][:2], call.settings["pads"][2:]
        alone = self.readers.get(self.real(call.inputs[0])) == 1 and call.inputs[0] not in self.recording.outputs
        return alone and not any(map(any, first)) and max(map(max, more), default=1) <= 0

    def _follow_flat(self, call: Call) -> None:
        if call.kind in ("flatten", "reshape") and len(call.inputs) == 1:
            value = self.real(call.inputs[0])
            shape = self.recording.array(value).shape
            last = self.recording.layouts[value] == "channels_last" and max(shape[1:-1], default=1) > 1
            if last and self.recording.array(call.outputs[0]).shape == (shape[0], math.prod(shape[1:])):
                self.flat[call.outputs[0]] = shape[1:]
        elif call.kind == "activation" and self.real(call.inputs[0]) in self.flat:
            self.flat[call.outputs[0]] = self.flat[self.real(call.inputs[0])]

    def _unit(self, call: Call) -> Unit:
        weights = {name: np.asarray(self.recording.array(value)) for name, value in call.weights.items()}
        inputs, settings = tuple(map(self.real, call.inputs)), dict(call.settings)
        calls: tuple[Call, ...] = (call,)
        if call.kind in WINDOWED and len(inputs) == 1:
            pad = self.maker.get(inputs[0])
            folded = self._folded(call.kind, settings, pad) if pad and self.readers.get(inputs[0]) == 1 else None
            if folded and pad:
                calls, settings, inputs = (pad, call), folded, tuple(map(self.real, pad.inputs))
        if call.kind in CONVOLUTIONS and call.outputs[0] in self.crops:
            crop = self.crops[call.outputs[0]]
            return Unit(
                (*calls, crop), call.kind, _cropped(call.kind, settings, crop), inputs, crop.outputs[0], weights
            )
        if call.kind in ("dense", "layer_norm") and inputs and self._is_channels_last(inputs[0]):
            settings["channels"] = 1
        if whole := self._written_out.get(call.number):
            settings = {"form": whole.form, "parameters": {}}
            return Unit(whole.calls, "activation", settings, (whole.input,), call.outputs[0])
        return Unit(calls, call.kind, settings, inputs, call.outputs[0], weights)

    def _is_channels_last(self, value: int) -> bool:
        return self.recording.layouts[value] == "channels_last" and self.recording.array(value).ndim > 2

    @staticmethod
    def _folded(kind: str, settings: dict[str, Any], pad: Call) -> dict[str, Any] | None:
        """Return the settings of a convolution or pool with the pads before it, None if they are not its own."""
        if pad.kind != "pad" or len(pad.settings["pads"]) != len(settings["pads"]) + 2:
            return None
        first, more = pad.settings["pads"][:2], pad.settings["pads"][2:]
        own = any(map(any, settings["pads"]))
        if any(map(any, first)) or (own and (kind != "conv" or min(map(min, more)) < 0)):
            return None
        zero = pad.settings["mode"] == "constant" and pad.settings["value"] == 0
        pads = [[b + p, a + q] for (b, a), (p, q) in zip(settings["pads"], more, strict=True)]
        if kind == "conv":
            plain = zero or (not own and pad.settings["mode"] != "constant")
            mode = {} if zero else {"mode": pad.settings["mode"]}
            return {**settings, "pads": pads, **mode} if plain else None
        if kind == "avg_pool":
            return {**settings, "pads": pads, "count_include_pad": True} if zero else None
        return (
            {**settings, "pads": pads, "value": pad.settings["value"]} if pad.settings["mode"] == "constant" else None
        )


def _cropped(kind: str, settings: dict[str, Any], crop: Call) -> dict[str, Any]:
    """Return the settings of a convolution whose output is cropped, as one that does not make what is left out."""
    more, stride = crop.settings["pads"][2:], settings["stride"]
    steps = [-1] * len(stride) if kind == TRANSPOSED else stride
    pairs = zip(settings["pads"], more, steps, strict=True)
    return {**settings, "pads": [[b + p * step, a + q * step] for (b, a), (p, q), step in pairs]}


def way(graph: Graph, value: int, known: set[int]) -> tuple[list[int], list[Call]]:
    """Return the values at which the way to a value begins, which are known ones, and the calls on it, in order."""
    begins: list[int] = []
    calls: dict[int, Call] = {}
    stack = [graph.real(value)]
    while stack:
        at = stack.pop()
        call = graph.maker.get(at)
        if at in known or call is None:
            begins += [at] if at not in begins else []
            continue
        if call.number not in calls:
            calls[call.number] = call
            stack += map(graph.real, call.inputs)
    return begins, [calls[number] for number in sorted(calls)]
