"""Calls while source is followed, of the file's own functions, classes and objects."""

from __future__ import annotations

import ast
from typing import Any

from ....adapters.reading.literals import dotted
from . import arithmetic, outside
from .containers import fill
from .elsewhere import Elsewhere
from .methods import APPLY
from .state import DEEPEST, TooLong
from .values import (
    UNKNOWN,
    Bound,
    Box,
    Class,
    Function,
    Instance,
    Layer,
    Named,
    Partial,
    Scope,
    Super,
    Unknown,
    plain,
    tensors,
)


class Return(Exception):
    """A function returns a value."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Calls(Elsewhere):
    """The results of calls."""

    def _of_Call(self, node: ast.Call, scope: Scope) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            function = scope.find(" of")
            return Super(scope.find(" self"), function) if isinstance(function, Class) else UNKNOWN
        callee = self.value(node.func, scope)
        arguments: list[tuple[ast.expr | None, Any]] = []
        for part in node.args:
            if isinstance(part, ast.Starred):
                arguments += [(None, one) for one in self.each(part.value, scope)]
            else:
                arguments.append((part, _named_unknown(part, self.value(part, scope))))
        keywords: dict[str, tuple[ast.expr | None, Any]] = {}
        for keyword in node.keywords:
            value = _named_unknown(keyword.value, self.value(keyword.value, scope))
            if keyword.arg is not None:
                keywords[keyword.arg] = keyword.value, value
            elif isinstance(value, dict):
                keywords |= {str(key): (None, one) for key, one in value.items()}
        result = self.call(callee, arguments, keywords, node)
        values = [value for _, value in arguments]
        by_size = dotted(node.func).rpartition(".")[2] == outside.PADDED_BY_SIZE and len(values) == 2
        if by_size and not plain(result) and plain(values[1]):
            return Named(f"{outside.PADDED_BY_SIZE}(x, {values[1]!r})")
        return result

    def call(self, callee: Any, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None = None) -> Any:
        """Return the result of a call. Arguments are pairs of a node, None for none, and a value."""
        values, named = [value for _, value in arguments], {key: value for key, (_, value) in keywords.items()}
        if isinstance(callee, Partial):
            more = [(None, value) for value in callee.arguments]
            set_ = {key: (None, value) for key, value in callee.keywords.items()}
            return self.call(callee.callee, [*more, *arguments], {**set_, **keywords}, node)
        if isinstance(callee, Function):
            return self._function(callee, values, named)
        if isinstance(callee, Class):
            return self._instance(callee, values, named)
        if isinstance(callee, (Instance, Box, Layer)):
            return self.apply(callee, values, named)
        if isinstance(callee, Named):
            return self._outside(callee.name, arguments, keywords, node)
        if isinstance(callee, Bound):
            return self._method(callee, arguments, keywords, node)
        found = tensors([values, named])
        if not found:
            return UNKNOWN
        self.pass_over(node)
        return self.joined(found, "largest", known=False)

    def _function(self, function: Function, values: list[Any], named: dict[str, Any]) -> Any:
        if self.depth >= DEEPEST:
            raise TooLong
        own = Scope({" self": function.self, " of": function.of}, function.scope)
        if function.self is not None:
            values = [function.self, *values]
        self._bind(function, values, named, own)
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, own)
            self.through(function.node.body, own)
        except Return as returned:
            return returned.value
        finally:
            self.depth -= 1
        return None

    def _bind(self, function: Function, values: list[Any], named: dict[str, Any], scope: Scope) -> None:
        given = function.node.args
        names = [one.arg for one in (*given.posonlyargs, *given.args)]
        scope.names.update(dict.fromkeys((*names, *(one.arg for one in given.kwonlyargs)), UNKNOWN))
        for name, default in zip(names[len(names) - len(given.defaults) :], given.defaults, strict=True):
            scope.names[name] = self.value(default, function.scope)
        for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            if value is not None:
                scope.names[one.arg] = self.value(value, function.scope)
        scope.names.update(zip(names, values, strict=False))
        scope.names.update({name: value for name, value in named.items() if name in scope.names})
        if given.vararg:
            scope.names[given.vararg.arg] = tuple(values[len(names) :])
        if given.kwarg:
            scope.names[given.kwarg.arg] = {name: value for name, value in named.items() if name not in scope.names}

    def _instance(self, of: Class, values: list[Any], named: dict[str, Any]) -> Instance:
        made = Instance(of)
        if any(name in outside.BOXES for name in of.outside()):
            made.box = Box({})
        fields = self._fields(of, made)
        if start := of.method("__init__"):
            self._function(Function(start[0], start[1].scope, made, start[1]), values, named)
        else:
            if made.box is not None:
                fill(made.box, values)
            made.attributes.update(zip(fields, values, strict=False))
            made.attributes.update({name: value for name, value in named.items() if name in fields})
        for name in ("setup", "build"):
            if found := of.method(name):
                self._function(Function(found[0], found[1].scope, made, found[1]), [], {})
        return made

    def _fields(self, of: Class, made: Instance) -> list[str]:
        """Set the fields that the bodies of a class and its bases declare, and return their names in order."""
        names = [name for base in of.bases if isinstance(base, Class) for name in self._fields(base, made)]
        for part in of.node.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                names.append(part.target.id)
                made.attributes[part.target.id] = self.value(part.value, of.scope) if part.value else UNKNOWN
            elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                made.attributes[part.targets[0].id] = self.value(part.value, of.scope)
        return names

    def apply(self, what: Any, values: list[Any], named: dict[str, Any]) -> Any:
        """Return the output of a layer, a container or an object that is applied to values."""
        self.used[id(what)] = what
        if isinstance(what, Layer):
            return self.emit(what.line, what.number, what.name, tensors([values, named]), what.file)
        if isinstance(what, Instance):
            for name in APPLY:
                if found := what.of.method(name):
                    own = Function(found[0], found[1].scope, what, found[1])
                    return self._function(own, [Named("F"), *values] if name == "hybrid_forward" else values, named)
        box = what.box if isinstance(what, Instance) else what
        x: Any = values[0] if values and tensors(values[0]) else self.latest()
        without = list(what.attributes.values()) if isinstance(what, Instance) else []
        for item in arithmetic.items(box) if box else without:
            if isinstance(item, (Layer, Box, Instance, Function, Class, Partial)):
                x = self.call(item, [(None, x)], {})
        return x


def _named_unknown(node: ast.expr, value: Any) -> Any:
    """Return a value; one that is not known, and has no text yet, with that of its node."""
    return Unknown(ast.unparse(node)) if isinstance(value, Unknown) and not value.text else value
