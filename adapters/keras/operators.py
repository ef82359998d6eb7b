"""Operators between tensors of the backend, such as ``x + y`` in a subclassed model, observed like functions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

# Each operator with the function of keras.ops that it is, if there is one, and the operator that is applied: x += y is
# made as x = x + y, so that the recorded x stays unchanged.
OPERATORS = {
    "__add__": ("add", "__add__"),
    "__radd__": ("add", "__radd__"),
    "__iadd__": ("add", "__add__"),
    "__sub__": ("subtract", "__sub__"),
    "__rsub__": ("rsub", "__rsub__"),
    "__isub__": ("subtract", "__sub__"),
    "__mul__": ("multiply", "__mul__"),
    "__rmul__": ("multiply", "__rmul__"),
    "__imul__": ("multiply", "__mul__"),
    "__truediv__": ("divide", "__truediv__"),
    "__rtruediv__": ("rdivide", "__rtruediv__"),
    "__itruediv__": ("divide", "__truediv__"),
    "__matmul__": ("matmul", "__matmul__"),
    "__neg__": ("negative", "__neg__"),
    "__pow__": ("power", "__pow__"),
    "__getitem__": ("getitem", "__getitem__"),
}
Function = Callable[..., Any]


@contextlib.contextmanager
def watched(tensor: type, observed: Callable[[str, Function], Function]) -> Iterator[None]:
    """Put ``observed(name, function)`` in the place of each operator of a class of tensors."""
    before = {operator: vars(tensor).get(operator) for operator in OPERATORS}
    wrapped = {}
    for operator, (name, applied) in OPERATORS.items():
        if hasattr(tensor, applied):
            wrapped[operator] = observed(name, getattr(tensor, applied))
    try:
        for operator, function in wrapped.items():
            setattr(tensor, operator, function)
        yield
    finally:
        for operator in wrapped:
            if before[operator] is None:
                delattr(tensor, operator)
            else:
                setattr(tensor, operator, before[operator])
