"""The functions, layers and containers of other files while source is followed."""

from __future__ import annotations

import ast
from typing import Any

from . import arithmetic, outside, shapes
from .arg_scopes import entered, set_by
from .containers import fill
from .lines import line, spelled
from .methods import FLATTENED, Methods, reduced_axes
from .state import MOST_APPLIED
from .values import UNKNOWN, Box, Class, Function, Instance, Layer, Named, Partial, Tensor, tensors


class Elsewhere(Methods):
    """The results of calls of names that the file does not define."""

    def _outside(self, name: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None) -> Any:
        values, last = [value for _, value in arguments], name.rpartition(".")[2]
        named = {key: value for key, (_, value) in keywords.items()}
        found = tensors([values, named])
        if last in outside.BOXES:
            box = Box({})
            fill(box, values or list(named.values()))
            return box
        if last in outside.MADE_INPUT:
            return Tensor()
        if last == "Model" and found:  # of Keras, from its inputs to its outputs
            return found[-1]
        if last == "arg_scope" and values:
            return entered(values[0], named, self.arg_scopes[-1])
        if last in outside.FROZEN and values:
            return Partial(values[0], tuple(values[1:]), named)
        if last == "reduce" and len(values) > 1 and isinstance(values[0], Function):
            return self._reduced(values[0], values[1:])
        if last == "repeat" and len(values) > 2 and isinstance(values[0], Tensor) and isinstance(values[1], int):
            return self._repeated(arguments, keywords, node)
        if name == "isinstance" and len(values) == 2:
            return arithmetic.is_of_type(*values)
        if name in ("getattr", "setattr", "hasattr") and len(values) > 1 and isinstance(values[1], str):
            return self._attribute_by_name(name, values)
        if name in arithmetic.FUNCTIONS or name.rpartition(".")[0] in ("math", "np", "numpy", "copy"):
            return arithmetic.called(last, values, named)
        if last in outside.CHANNELS | outside.ADDED and found:
            return self.emit("", 0, name, found)
        if outside.is_layer(name) or last in outside.CHANNELS | outside.ADDED:
            return self._layer(name, arguments, keywords, node)
        if name == "torch.flatten" and node and found and self._flattens(found[0], last, values[1:], keywords):
            return self.emit(FLATTENED, node.lineno, last, found, self.file_of(node))
        if node and found and (pool := outside.mean(name, reduced_axes(values[1:], keywords))):
            return self.emit(pool, node.lineno, pool.partition("(")[0], found, self.file_of(node))
        if found and last in shapes.RETURNED_BY:
            return self._of_shape(found[0], last, values[1:])
        if found:
            if last not in shapes.NEUTRAL:
                self.pass_over(node)
            return self.joined(found, "largest", last in shapes.KEEP)
        if last in shapes.BEFORE_A_MODEL:
            return Named("identity")
        if last == "image_data_format":
            return "channels_last"
        held = [one for one in values if isinstance(one, (Layer, Box, Instance, Class, Function, Partial))]
        return held[0] if len(held) == 1 else UNKNOWN

    def _layer(self, name: str, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None) -> Any:
        """Return a layer that is made, or the output of a function of the kind that is applied."""
        set_ = set_by(self.arg_scopes[-1], name, len(arguments), list(keywords))
        keywords = {**keywords, **{key: (None, value) for key, value in set_.items()}}
        values, named = [value for _, value in arguments], {key: value for key, (_, value) in keywords.items()}
        found, number = tensors([values, named]), node.lineno if node else 0
        applied = bool(values) and (isinstance(values[0], Tensor) or name.rpartition(".")[2][:1].islower())
        if applied and not isinstance(values[0], Tensor):  # an input that is not known
            arguments, found = [(arguments[0][0], self.latest()), *arguments[1:]], [self.latest()]
        file = self.file_of(node) if node else None
        text = spelled(name, values, named)
        if node and file:
            text = line(file, node, name, arguments, keywords, applied)
        return self.emit(text, number, name, found, file) if applied else Layer(text, number, name, file)

    def _repeated(self, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None) -> Any:
        """Return the output of slim's ``repeat``, which applies a function so many times, one after the other."""
        (_, made), (_, times), (_, function), *rest = arguments
        for _ in range(min(times, MOST_APPLIED)):
            made = self.call(function, [(None, made), *rest], keywords, node)
        return made

    def _reduced(self, function: Function, values: list[Any]) -> Any:
        """Return the result of ``functools.reduce`` on a sequence that is known."""
        try:
            made, *items = [*values[1:], *arithmetic.items(values[0])]
        except (TypeError, ValueError):
            return UNKNOWN
        for item in items:
            made = self.call(function, [(None, made), (None, item)], {})
        return made
