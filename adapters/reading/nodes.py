"""Reads a list of ONNX nodes: the steps from each tensor to the next, by their names."""

from __future__ import annotations

import ast
from typing import Any

from ...cases.case import Pads
from ..layers import BY_OP_TYPE, LEFT_NODES, SAME_NODES
from ..padding_forms import MODE_NAMES
from . import lookup
from .literals import literal, number
from .scaling import factor_of
from .source import Source
from .steps import Core, Left, Pad, Scale, Steps


class NodeList:
    """The steps and the constants that tensors stand for, so far; a tensor that no node makes is the input."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tensors: dict[str, Steps] = {}
        self.constants: dict[str, Any] = {}
        self.ends: dict[str, tuple[str, int, tuple[int, ...]]] = {}  # gathered of a tensor, along an axis, by places

    def read(self, calls: list[ast.Call]) -> Steps:
        """Return the steps to the output of the last node. Raises InputError."""
        made = []
        for call in calls:
            made.append(self._node(call))
            for name in _strings(_argument(call, 2, "outputs")):
                self.tensors[name] = made[-1]
        for call, steps in zip(calls, made):
            if any(not any(step is other for other in made[-1]) for step in steps):
                what = f"{self.source.quoted(call)} is not used by the last node; expected a chain from x to y"
                raise self.source.error(f"layer: {what}", call)
        return made[-1]

    def _node(self, call: ast.Call) -> Steps:
        op_type = lookup.op_type(call)
        name = op_type.value if isinstance(op_type, ast.Constant) else None
        inputs = _strings(_argument(call, 1, "inputs"))
        data = self.tensors.get(inputs[0], ()) if inputs else ()
        if name == "Constant":
            self._constant(call)
            return ()
        if name == "Gather" and self._gathered(call, inputs):
            return data
        if name == "Concat" and (found := self._mirrored(call, inputs)):
            return (*self.tensors.get(found[0], ()), found[1])
        if name == "Pad":
            return (*data, self._pad(call, inputs))
        if name in ("Mul", "Div") and len(inputs) == 2 and (scale := self._scale(call, name, inputs[1])):
            return (*data, scale)
        if name in SAME_NODES:
            return data
        if name in LEFT_NODES:
            return (*data, Left(call, str(name)))
        if name not in BY_OP_TYPE:
            known = (*BY_OP_TYPE, "Pad", "Constant", *SAME_NODES)
            if op_type is not None:
                what = f"{self.source.quoted(op_type)} is not handled by this version"
                allowed = " or ".join(map(repr, known))
                raise self.source.error(f"op_type: {what}; expected {allowed}, or an activation", op_type)
        return (*data, Core(call, lookup.bound(self.source, call)))

    def _constant(self, call: ast.Call) -> None:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        value: Any = None
        if "value_ints" in given:
            value = literal(self.source, "value_ints", given["value_ints"], "a list of whole numbers")
        elif "value_float" in given:
            value = number(given["value_float"])
        elif isinstance(tensor := given.get("value"), ast.Call) and len(tensor.args) == 4:
            value = literal(self.source, "value", tensor.args[3], "a list of numbers")
            if isinstance(value, tuple) and len(value) == 1:
                value = value[0]
        for name in _strings(_argument(call, 2, "outputs")):
            self.constants[name] = value

    def _gathered(self, call: ast.Call, inputs: list[str]) -> bool:
        """Keep an end of a tensor in reverse, and return whether it is one."""
        axis, places = _attribute(call, "axis"), self.constants.get(inputs[1]) if len(inputs) == 2 else None
        places = (places,) if isinstance(places, int) else places
        ends = isinstance(places, tuple) and places in (_first(len(places)), _last(len(places)))
        if not ends or axis is None or places is None:
            return False
        for name in _strings(_argument(call, 2, "outputs")):
            self.ends[name] = inputs[0], axis, places
        return True

    def _mirrored(self, call: ast.Call, inputs: list[str]) -> tuple[str, Pad] | None:
        """Return the tensor that is put between its own ends in reverse, and that padding; None for any other."""
        whole = [name for name in inputs if name not in self.ends]
        axis = _attribute(call, "axis")
        if len(whole) != 1 or axis is None or len(inputs) not in (2, 3):
            return None
        at = inputs.index(whole[0])
        ends = [self.ends[name] for name in inputs if name != whole[0]]
        sides = [places for _, _, places in ends]
        right = all(places == _first(len(places)) for places in sides[:at])
        right = right and all(places == _last(len(places)) for places in sides[at:])
        if not right or at > 1 or {(data, along) for data, along, _ in ends} != {(whole[0], axis)}:
            return None
        before, after = sum(map(len, sides[:at])), sum(map(len, sides[at:]))
        return whole[0], Pad(call, ((before, after),), axis, "symmetric")

    def _scale(self, call: ast.Call, name: str, by: str) -> Scale | None:
        """Return the step of a product or quotient with a constant; None if the other tensor is none."""
        times = factor_of(self.constants.get(by), name == "Div")
        return None if times is None else Scale(call, times)

    def _pad(self, call: ast.Call, inputs: list[str]) -> Pad:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        sides = self.constants.get(inputs[1]) if len(inputs) > 1 else None
        if "pads" in given:  # before opset 11
            sides = literal(self.source, "pads", given["pads"], "a list of whole numbers")
        if not isinstance(sides, tuple) or len(sides) % 2 or not all(isinstance(side, int) for side in sides):
            what = "the pads are not known; expected a Constant with value_ints before it, two for each axis"
            raise self.source.error(f"pads: {what}", call)
        half = len(sides) // 2
        pads: Pads = tuple(zip(sides[:half], sides[half:]))
        fill = self.constants.get(inputs[2], None) if len(inputs) > 2 else 0.0
        if not isinstance(fill, (int, float)):
            raise self.source.error("constant_value: it is not known; expected a Constant before it", call)
        mode = given.get("mode")
        word = mode.value if isinstance(mode, ast.Constant) else "constant" if mode is None else None
        if word not in ("constant", "reflect", "edge", "wrap") or (mode is not None and word is None):
            assert mode is not None
            what = f"{self.source.quoted(mode)} is not known; expected 'constant', 'reflect', 'edge' or 'wrap'"
            raise self.source.error(f"mode: {what}", mode)
        return Pad(call, pads, 0, MODE_NAMES[word], float(fill))


def _first(count: int) -> tuple[int, ...]:
    """Return the places of the first elements, in reverse."""
    return tuple(range(count))[::-1]


def _last(count: int) -> tuple[int, ...]:
    """Return the places of the last elements, in reverse."""
    return tuple(-1 - place for place in range(count))


def _attribute(call: ast.Call, name: str) -> int | None:
    found = next((number(keyword.value) for keyword in call.keywords if keyword.arg == name), None)
    return found if isinstance(found, int) else None


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return call.args[place] if place < len(call.args) else next(iter(named), None)


def _strings(node: ast.expr | None) -> list[str]:
    items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    return [item.value if isinstance(item, ast.Constant) and isinstance(item.value, str) else "" for item in items]
