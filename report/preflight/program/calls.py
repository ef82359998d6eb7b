"""Calls while source is followed: of the file's own functions, classes and objects, and of names of other files."""

from __future__ import annotations

import ast
from typing import Any

from ....adapters.reading.literals import dotted
from . import arithmetic, outside, shapes
from .attributes import Attributes
from .containers import fill, in_box, in_list, in_text
from .lines import line, spelled
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
    Tensor,
    Unknown,
    plain,
    tensors,
)

APPLY = ("forward", "call", "__call__", "hybrid_forward")


class Return(Exception):
    """A function returns a value."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Calls(Attributes):
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
            if node and (pool := outside.mean(name, _axes(values, keywords))):
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

    def _reduced(self, function: Function, values: list[Any]) -> Any:
        """Return the result of ``functools.reduce`` on a sequence that is known."""
        try:
            made, *items = [*values[1:], *arithmetic.items(values[0])]
        except (TypeError, ValueError):
            return UNKNOWN
        for item in items:
            made = self.call(function, [(None, made), (None, item)], {})
        return made

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
                return self._function(Function(found[0], found[1].scope, owner, found[1]), values, named)
        if isinstance(owner, Instance) and owner.box is not None:
            if name == "__init__":
                fill(owner.box, values)
            elif name in APPLY:
                return self.apply(owner.box, values, named)
            else:
                return in_box(owner.box, owner, name, values)
        return UNKNOWN

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
        if last in outside.FROZEN and values:
            return Partial(values[0], tuple(values[1:]), named)
        if last == "reduce" and len(values) > 1 and isinstance(values[0], Function):
            return self._reduced(values[0], values[1:])
        if name == "isinstance" and len(values) == 2:
            return arithmetic.is_of_type(*values)
        if name in ("getattr", "setattr", "hasattr") and len(values) > 1 and isinstance(values[1], str):
            return self._attribute_by_name(name, values)
        if name in arithmetic.FUNCTIONS or name.rpartition(".")[0] in ("math", "np", "numpy", "copy"):
            return arithmetic.called(last, values, named)
        if last in outside.CHANNELS | outside.ADDED and found:
            return self.emit("", 0, name, found)
        if outside.is_layer(name) or last in outside.CHANNELS | outside.ADDED:
            number = node.lineno if node else 0
            applied = bool(values) and (isinstance(values[0], Tensor) or last[:1].islower())
            if applied and not isinstance(values[0], Tensor):  # an input that is not known
                arguments, found = [(arguments[0][0], self.latest()), *arguments[1:]], [self.latest()]
            file = self.file_of(node) if node else None
            text = spelled(name, values, named)
            if node and file:
                text = line(file, node, name, arguments, keywords, applied)
            if applied:
                return self.emit(text, number, name, found, file)
            return Layer(text, number, name, file)
        if node and found and (pool := outside.mean(name, _axes(values[1:], keywords))):
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


def _named_unknown(node: ast.expr, value: Any) -> Any:
    """Return a value; one that is not known, and has no text yet, with that of its node."""
    return Unknown(ast.unparse(node)) if isinstance(value, Unknown) and not value.text else value


def _axes(values: list[Any], keywords: dict[str, Any]) -> Any:
    """Return the axes of a call that reduces some; None if it names none."""
    named = [value for key, (_, value) in keywords.items() if key in ("dim", "axis", "axes")]
    return next(iter([*named, *values]), None)
