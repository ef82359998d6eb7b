"""The values of expressions while source is followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from . import arithmetic
from .state import State
from .values import UNKNOWN, Box, Function, Instance, Named, Scope, Tensor, Unknown, tensors


class Expressions(State):
    """The values of all expressions but calls and attributes: those that are not known here are unknown."""

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of an expression, after following the layers that it applies."""
        self.step()
        handler = getattr(self, f"_of_{type(node).__name__}", None)
        return handler(node, scope) if handler else UNKNOWN

    def each(self, node: ast.expr, scope: Scope) -> list[Any]:
        value = self.value(node, scope)
        try:
            return arithmetic.items(value)
        except TypeError:
            return arithmetic.items(value.box) if isinstance(value, Instance) and value.box else [UNKNOWN]

    def _of_Constant(self, node: ast.Constant, scope: Scope) -> Any:
        return node.value if isinstance(node.value, (bool, int, float, str)) or node.value is None else UNKNOWN

    def _of_Name(self, node: ast.Name, scope: Scope) -> Any:
        return scope.find(node.id)

    def _of_Tuple(self, node: ast.Tuple, scope: Scope) -> Any:
        return tuple(self.items_of(node.elts, scope))

    def _of_List(self, node: ast.List, scope: Scope) -> Any:
        return list(self.items_of(node.elts, scope))

    def items_of(self, nodes: Sequence[ast.expr], scope: Scope) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from self.each(node.value, scope)
            else:
                yield self.value(node, scope)

    def _of_Dict(self, node: ast.Dict, scope: Scope) -> Any:
        made = {}
        for key, value in zip(node.keys, node.values, strict=True):
            found = self.value(value, scope)
            name = self.value(key, scope) if key is not None else None
            if key is None and isinstance(found, dict):
                made.update(found)
            elif isinstance(name, (str, int, float)):
                made[name] = found
        return made

    def _of_JoinedStr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = []
        for part in node.values:
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part, scope)
            if not isinstance(value, (str, int)):
                return UNKNOWN
            parts.append(str(value))
        return "".join(parts)

    def _of_BinOp(self, node: ast.BinOp, scope: Scope) -> Any:
        return self.combined(node.op, self.value(node.left, scope), self.value(node.right, scope))

    def combined(self, op: ast.operator, one: Any, other: Any) -> Any:
        found = [*tensors(one), *tensors(other)] if not isinstance(one, (list, tuple)) else []
        if found:
            return self.joined(found, "largest")
        if isinstance(one, Unknown) or isinstance(other, Unknown) or isinstance(one, Named) or isinstance(other, Named):
            return UNKNOWN
        return arithmetic.binary(op, one, other)

    def _of_UnaryOp(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            known = arithmetic.truth(value)
            return UNKNOWN if known is None else not known
        if isinstance(value, (int, float)) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return -value if isinstance(node.op, ast.USub) else value
        return value if isinstance(value, Tensor) else UNKNOWN

    def _of_Compare(self, node: ast.Compare, scope: Scope) -> Any:
        values = [self.value(part, scope) for part in (node.left, *node.comparators)]
        held = [arithmetic.compared(op, *pair) for op, pair in zip(node.ops, pairwise(values), strict=True)]
        return UNKNOWN if any(isinstance(one, Unknown) for one in held) else all(held)

    def _of_BoolOp(self, node: ast.BoolOp, scope: Scope) -> Any:
        value: Any = UNKNOWN
        for part in node.values:
            value = self.value(part, scope)
            known = arithmetic.truth(value)
            if known is None and not isinstance(value, Named):
                return UNKNOWN
            if (known is not False) == isinstance(node.op, ast.Or):
                return value
        return value

    def _of_IfExp(self, node: ast.IfExp, scope: Scope) -> Any:
        known = arithmetic.truth(self.value(node.test, scope))
        if known is not None:
            return self.value(node.body if known else node.orelse, scope)
        sides = [self.value(node.body, scope), self.value(node.orelse, scope)]
        return next((one for one in sides if tensors(one)), sides[0])

    def _of_Lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        return Function(node, scope)

    def _of_ListComp(self, node: ast.ListComp, scope: Scope) -> Any:
        return self._comprehension([node.elt], node.generators, Scope({}, scope))

    _of_GeneratorExp = _of_ListComp

    def _of_DictComp(self, node: ast.DictComp, scope: Scope) -> Any:
        pairs = self._comprehension([node.key, node.value], node.generators, Scope({}, scope))
        return {key: value for key, value in pairs if isinstance(key, (str, int))}

    def _comprehension(self, parts: list[ast.expr], generators: list[ast.comprehension], scope: Scope) -> list[Any]:
        if not generators:
            values = [self.value(part, scope) for part in parts]
            return [values[0] if len(values) == 1 else tuple(values)]
        made: list[Any] = []
        first, *others = generators
        for item in self.each(first.iter, scope):
            self.assign(first.target, item, scope)
            if all(arithmetic.truth(self.value(one, scope)) is not False for one in first.ifs):
                made += self._comprehension(parts, others, scope)
        return made

    def _of_Subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner = self.value(node.value, scope)
        if isinstance(owner, Tensor):
            return replace(owner, known=False)
        if isinstance(owner, Instance) and owner.box:
            owner = owner.box
        if isinstance(node.slice, ast.Slice):
            ends = [
                None if end is None else self.value(end, scope)
                for end in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            at: Any = (
                slice(*ends) if all(end is None or isinstance(end, int) for end in ends) and ends[2] != 0 else UNKNOWN
            )
        else:
            at = self.value(node.slice, scope)
        try:
            if isinstance(owner, Box):
                return owner.items[at] if isinstance(at, str) else arithmetic.items(owner)[at]
            return owner[at] if isinstance(owner, (list, tuple, dict, str)) else UNKNOWN
        except (KeyError, IndexError, TypeError):
            return UNKNOWN
