"""The methods of tensors, containers, lists and bases while source is followed."""

from __future__ import annotations

import ast
import math
from typing import Any

from . import outside, shapes
from .attributes import Attributes
from .containers import fill, in_box, in_list, in_text
from .lines import line
from .values import UNKNOWN, Bound, Box, Class, Function, Instance, Layer, Super, Tensor, tensors

FLATTENED = "torch.flatten(x, 1)"  # the line of whatever flattens
APPLY = ("forward", "call", "__call__", "hybrid_forward")


class Methods(Attributes):
    """The results of methods that the file does not define."""

    def _method(self, bound: Bound, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None) -> Any:
        owner, name, values = bound.owner, bound.name, [value for _, value in arguments]
        if isinstance(owner, Super):
            named = {key: one for key, (_, one) in keywords.items()}
            return self._of_base(owner.owner, owner.of, name, values, named)
        if isinstance(owner, Tensor):
            if node is not None and outside.is_layer(f"x.{name}") and isinstance(node.func, ast.Attribute):
                file = self.file_of(node)
                text = line(file, node, f"x.{name}", arguments, keywords, True)
                return self.emit(text, node.lineno, name, [owner], file)
            if node and self.channels_last is False and self._flattens(owner, name, values, keywords):
                return self.emit(FLATTENED, node.lineno, "flatten", [owner], self.file_of(node))
            if node and (pool := outside.mean(name, reduced_axes(values, keywords))):
                return self.emit(pool, node.lineno, pool.partition("(")[0], [owner], self.file_of(node))
            if name in shapes.RETURNED_BY or name == "dim":
                return self._of_shape(owner, name, values)
            more, known = tensors(values), name in shapes.KEEP
            return self.joined([owner, *more], "largest", known)
        box = owner.box if isinstance(owner, Instance) else owner
        if isinstance(box, Box):
            return in_box(box, owner, name, values)
        if isinstance(owner, (list, dict)):
            return in_list(owner, name, values)
        if isinstance(owner, tuple):
            return list(owner) if name == "as_list" else UNKNOWN
        if isinstance(owner, str):
            return in_text(owner, name, values)
        return owner if isinstance(owner, (Instance, Layer)) else UNKNOWN

    def _flattens(self, tensor: Tensor, name: str, values: list[Any], keywords: dict[str, Any]) -> bool:
        """Return whether a method of PyTorch's tensors, or a function, makes one axis of all but the batch."""
        if name == "flatten":
            given = {"start_dim": values[0] if values else 0, "end_dim": values[1] if len(values) > 1 else -1}
            given |= {key: value for key, (_, value) in keywords.items()}
            return given == {"start_dim": 1, "end_dim": -1}
        if name not in ("view", "reshape"):
            return False
        shape = values[0] if len(values) == 1 and isinstance(values[0], (tuple, list)) else values
        if len(shape) != 2:
            return False
        known = self.shape(tensor)
        sizes = known[1:] if isinstance(known, tuple) else ()
        whole = math.prod(sizes) if sizes and all(isinstance(size, int) for size in sizes) else None
        return bool(shape[1] == (-1 if shape[0] != -1 else whole))

    def _of_shape(self, tensor: Tensor, name: str, values: list[Any]) -> Any:
        """Return the result of a function or a method that returns the shape, one of its sizes, or the rank."""
        shape = self.shape(tensor)
        if not isinstance(shape, tuple):
            return UNKNOWN
        if name == "dim":
            return len(shape)
        axis = values[0] if values else None
        return shape[axis] if isinstance(axis, int) and -len(shape) <= axis < len(shape) else shape

    def _of_base(self, owner: Any, of: Class, name: str, values: list[Any], named: dict[str, Any]) -> Any:
        """Return the result of ``super().name(...)`` in a method of a class."""
        for base in of.bases:
            if isinstance(base, Class) and (found := base.method(name)):
                bound = Function(found[0], found[1].scope, owner, found[1])
                return self.call(bound, *_bare(values, named))
        if isinstance(owner, Instance) and owner.box is not None:
            if name == "__init__":
                fill(owner.box, values)
            elif name in APPLY:
                return self.call(owner.box, *_bare(values, named))
            else:
                return in_box(owner.box, owner, name, values)
        return UNKNOWN


def _bare(values: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments as pairs without a node."""
    return [(None, one) for one in values], {name: (None, one) for name, one in named.items()}


def reduced_axes(values: list[Any], keywords: dict[str, Any]) -> Any:
    """Return the axes of a call that reduces some; None if it names none."""
    named = [value for key, (_, value) in keywords.items() if key in ("dim", "axis", "axes")]
    return next(iter([*named, *values]), None)
