"""The base class of the recorders: it writes the calls of a model as they happen, and can apply each of them again.

A subclass is one framework. It arranges that :meth:`Recorder.observe` is called instead of each layer and function, and
describes each call (:class:`Told`). Replaying needs no model: each call is kept with everything but its inputs.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from .layouts import LAST, after_permute, channels_first_places
from .recording import Call, Writer

Weights = Mapping[str, np.ndarray]
LAYER_LIMIT = 100_000  # calls; a model that makes more does not end


class NotAModel(TypeError):
    """Something that is no model of the framework, or that cannot be called: one sentence."""


@dataclass
class Told:
    """A call in the terms of ``kinds.py``; ``inputs`` are its tensors, None for all that are no parameters."""

    kind: str = "other"
    settings: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, Any] = field(default_factory=dict)
    inputs: list[Any] | None = None
    layout: str = ""
    later: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mended:
    """The changes with which a recorded call is made again.

    ``inputs`` are the values that it reads. ``turns`` change the first of them one after the other, ``source`` takes
    the place of the call if it is not empty, and ``after`` are changes of the result; each is a line of source, of a
    layer or in terms of ``x``. ``weights`` are those of the source's layer, or else of the call's.
    """

    inputs: tuple[int, ...]
    turns: tuple[str, ...] = ()
    source: str = ""
    after: tuple[str, ...] = ()
    weights: Weights = field(default_factory=dict)


@dataclass(frozen=True)
class _Slot:
    """The place of an input in the arguments of a kept call."""

    number: int


@dataclass(frozen=True)
class _Kept:
    """A call that can be made again."""

    function: Callable[..., Any]
    arguments: Any


class Recorder:
    """Records one model on one input. ``progress`` is called with the number of calls so far."""

    inference: str = ""  # how the model is kept from training, as the report says it
    interface: str = ""  # that the model is written in, where a framework has several
    random = False  # whether the model is recorded with random weights in place of its own

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        self.adapter, self.progress = adapter, progress
        self.writer = Writer(folder)
        self.calls: list[Call] = []
        self._kept: list[_Kept] = []
        self._known: dict[int, tuple[Callable[[], Any], int]] = {}  # by identity, while the tensor lives
        self._by_content: dict[bytes, int] = {}
        self._weights: dict[int, tuple[Any, int]] = {}
        self._inputs = 0  # values that are inputs of the model, which are the first ones

    # The parts that a framework defines.

    def is_model(self, thing: Any) -> bool:
        """Return whether this is a model of the framework."""
        raise NotImplementedError

    def is_tensor(self, thing: Any) -> bool:
        """Return whether this is an array of the framework that holds numbers."""
        raise NotImplementedError

    def is_parameter(self, tensor: Any) -> bool:
        """Return whether a tensor belongs to the model, rather than to its input."""
        raise NotImplementedError

    def to_numpy(self, tensor: Any) -> np.ndarray:
        """Return the numbers of a tensor, in one of the dtypes of a recording."""
        raise NotImplementedError

    def to_tensor(self, array: np.ndarray) -> Any:
        """Return an array as a tensor that the model accepts."""
        raise NotImplementedError

    def run(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        """Return the output of a model, while every call in it is observed."""
        raise NotImplementedError

    def randomised(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        """Return the model with random weights in place of its own; None where that is not done."""
        return None

    def load(self, path: Path) -> Any:
        """Return the model in a file of data."""
        raise NotAModel(f"{path}: {self.adapter.title} does not read such files")

    # The parts that all have in common.

    def record(self, model: Any, inputs: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> None:
        """Run a model on inputs in its own layout and write the recording.

        Raise NotAModel, or what the model raises.
        """
        tensors = {name: self.to_tensor(array) for name, array in inputs.items()}
        if self.random and (changed := self.randomised(model, tensors)) is not None:
            model, about = changed, {**about, "weights": "random"}
        numbers = [self._new(tensor, self.default_layout(tensor)) for tensor in tensors.values()]
        self._inputs = len(numbers)
        outputs = [self._value(tensor) for tensor in self._tensors(self.run(model, tensors))]
        if not self.calls:
            raise NotAModel("the model called no layer and no function that can be observed")
        more = {"inference": self.inference, "adapter": self.adapter.name, "packages": self.adapter.packages()}
        if self.interface:
            more["interface"] = self.interface
        self.writer.finish({**about, **more, "input_names": list(inputs)}, numbers, outputs, self.calls)

    def default_layout(self, tensor: Any) -> str:
        """Return the layout of a tensor of which nothing else is known."""
        return ("channels_last" if self.adapter.channels_last else "channels_first") if tensor.ndim > 3 else ""

    def observe(self, function: Callable[..., Any], arguments: Any, told: Callable[[Any], Told], **where: str) -> Any:
        """Return ``function(*args, **kwargs)`` for ``arguments`` (args, kwargs), and record the call.

        ``told`` gets the arguments before the call. Nothing is recorded if the function returns no tensor.
        """
        call = told(arguments)
        chosen = call.inputs
        inputs = [t for t in self._tensors(arguments) if not self.is_parameter(t)] if chosen is None else chosen
        numbers = [self._value(tensor) for tensor in inputs]  # now, because the function may overwrite its input
        self._learn_layout(numbers, call.layout)
        if numbers and not self.adapter.channels_last and self.writer.layouts[numbers[0]] == LAST:
            call.settings = _canonical(call.kind, call.settings, inputs[0].ndim)
        result = function(*arguments[0], **arguments[1])
        outputs = list(self._tensors(result))
        if not outputs:
            return result
        layout = call.layout or self._layout_after(call, numbers, outputs[0])
        recorded = Call(
            len(self.calls),
            call.kind,
            where.get("name", ""),
            where.get("path", ""),
            where.get("source", ""),
            tuple(numbers),
            tuple(self._new(tensor, layout) for tensor in outputs),
            call.settings,
            {name: self._weight(tensor) for name, tensor in call.weights.items() if tensor is not None},
            layout,
            call.later,
        )
        self.calls.append(recorded)
        slots = {id(tensor): _Slot(number) for number, tensor in enumerate(inputs)}
        self._kept.append(_Kept(function, self._mapped(arguments, lambda t: slots.get(id(t), t))))
        if len(self.calls) > LAYER_LIMIT:
            raise NotAModel(f"the model makes more than {LAYER_LIMIT} calls")
        self.progress(len(self.calls))
        return result

    def _learn_layout(self, values: list[int], layout: str) -> None:
        """Give an input of the model, whose rank does not tell its layout, that of the layer which reads it."""
        if layout and values and values[0] < self._inputs and not self.writer.layouts[values[0]]:
            self.writer.layouts[values[0]] = layout

    def _layout_after(self, call: Told, inputs: list[int], output: Any) -> str:
        """Return the layout of a result: that of an input of the same rank, or else the default of its rank."""
        axes = call.settings.get("axes")
        if call.kind == "permute" and axes and inputs:
            return after_permute(self.writer.layouts[inputs[0]], axes)
        layouts = list(filter(None, (self.writer.layouts[value] for value in inputs)))
        return layouts[0] if layouts and output.ndim > 2 else self.default_layout(output)

    def _new(self, tensor: Any, layout: str) -> int:
        array = self.to_numpy(tensor)
        number = self.writer.add(array, layout)
        try:
            holds: Callable[[], Any] = weakref.ref(tensor)
        except TypeError:
            holds = _nothing  # then it is known by its content
        self._known[id(tensor)] = holds, number
        self._by_content[_digest(array)] = number
        return number

    def _value(self, tensor: Any) -> int:
        holds, number = self._known.get(id(tensor), (_nothing, -1))
        if holds() is tensor:
            return number
        found = self._by_content.get(_digest(self.to_numpy(tensor)))
        return self._new(tensor, self.default_layout(tensor)) if found is None else found

    def _weight(self, weight: Any) -> int:
        if id(weight) not in self._weights or isinstance(weight, np.ndarray):
            array = weight if isinstance(weight, np.ndarray) else self.to_numpy(weight)
            self._weights[id(weight)] = weight, self.writer.add(array)
        return self._weights[id(weight)][1]

    def _tensors(self, tree: Any) -> Iterator[Any]:
        if self.is_tensor(tree):
            yield tree
        elif isinstance(tree, Mapping):
            for part in tree.values():
                yield from self._tensors(part)
        elif isinstance(tree, (list, tuple)):
            for part in tree:
                yield from self._tensors(part)

    def _mapped(self, tree: Any, change: Callable[[Any], Any]) -> Any:
        if self.is_tensor(tree) or isinstance(tree, _Slot):
            return change(tree)
        if isinstance(tree, Mapping):
            return {name: self._mapped(part, change) for name, part in tree.items()}
        if isinstance(tree, (list, tuple)):
            parts = [self._mapped(part, change) for part in tree]
            return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
        return tree

    def replay(
        self,
        numbers: Iterable[int],
        given: Mapping[int, np.ndarray],
        wanted: Iterable[int],
        mended: Mapping[int, Mended],
    ) -> dict[int, np.ndarray]:
        """Return values after making calls again, in order, with some values given and others as they were recorded.

        ``mended`` are calls that are made in another way, by their numbers.
        """
        now = {value: self.to_tensor(array) for value, array in given.items()}
        order, wanted = sorted(set(numbers)), set(wanted)
        read = {number: mended[number].inputs if number in mended else self.calls[number].inputs for number in order}
        last = {value: number for number in order for value in read[number]}
        for number in order:
            call = self.calls[number]
            tensors = [now[v] if v in now else self.to_tensor(self.writer.read(v)) for v in read[number]]
            result = self._made(number, tensors, mended.get(number, Mended(())))
            now.update(zip(call.outputs, self._tensors(result)))
            for value in read[number]:
                if last[value] <= number and value not in wanted:
                    now.pop(value, None)
        return {value: self.to_numpy(now[value]) for value in wanted}

    def _made(self, number: int, tensors: list[Any], change: Mended) -> Any:
        for turn in change.turns:
            tensors = [self.line(turn, tensors[0], {}), *tensors[1:]]
        if change.source:
            result = self.line(change.source, tensors[0], change.weights)
        else:
            args, kwargs = self._mapped(self._kept[number].arguments, _filling(tensors))
            result = self.again(self._kept[number].function, args, kwargs)
        for line in change.after:  # a node of ONNX returns a list
            result = self.line(line, next(self._tensors(result)), {})
        return result

    def line(self, source: str, x: Any, weights: Weights) -> Any:
        """Return the result of a line of source on a tensor: its value, or that of the layer that it is."""
        made = eval(source, {**self.adapter.namespace, "x": x})  # of numbers and words that convparity wrote
        if self.is_tensor(made):
            return made
        return made(x) if inspect.isfunction(made) else self.applied(made, x, weights)

    def applied(self, layer: Any, x: Any, weights: Weights) -> Any:
        """Return the output of a layer on a tensor, with these weights in the terms of a recording."""
        raise NotImplementedError

    def again(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Return the result of a call that is made again."""
        return function(*args, **kwargs)


def _canonical(kind: str, settings: dict[str, Any], rank: int) -> dict[str, Any]:
    """Return settings that count axes from a value whose channels are last, as they are with its channels first."""
    ours = channels_first_places(rank)
    if kind == "mean" and max(settings["axes"]) < rank:
        return {**settings, "axes": sorted(ours[axis] for axis in settings["axes"])}
    if kind == "concat":
        return {**settings, "axis": ours[settings["axis"]]}
    if kind == "pad" and len(settings["pads"]) == rank > 2:
        pads = settings["pads"]
        return {**settings, "pads": [pads[0], pads[-1], *pads[1:-1]]}
    return settings


def _nothing() -> None:
    """Stand for a reference to a tensor that is gone, or that no weak reference can hold."""


def _filling(tensors: list[Any]) -> Callable[[Any], Any]:
    return lambda thing: tensors[thing.number] if isinstance(thing, _Slot) else thing


def _digest(array: np.ndarray) -> bytes:
    about = f"{array.dtype.name}{array.shape}".encode()
    return hashlib.blake2b(np.ascontiguousarray(array).data, key=about[:64], digest_size=16).digest()


def calling_line(packages: tuple[str, ...]) -> str:
    """Return the line of the user's code that led here, as ``file.py:12``: the innermost outside of some packages."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not (module + ".").startswith(tuple(package + "." for package in (*packages, "convparity"))):
            name = frame.f_code.co_filename
            return "" if name.startswith("<") else f"{name.replace(chr(92), '/').rpartition('/')[2]}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
