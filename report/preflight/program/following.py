"""Follows the source of a model from layer to layer, as Python would run it, without running any of it.

Numbers, texts and lists that the file spells out are known, and so are the loops and conditions over them, the file's
own functions and classes, and containers of layers. All else is unknown: a loop over it is taken once, and so are both
sides of a condition on it. The work is bounded.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from . import arithmetic, outside
from .calls import line, spelled
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
    Tensor,
    Unknown,
    tensors,
)

APPLY = ("forward", "call", "__call__", "hybrid_forward")
MOST_STEPS = 200_000
DEEPEST = 40  # calls inside each other
MOST_APPLIED = 4000
TENSORS = {"x", "X", "inputs", "input", "inp", "input_tensor", "img", "image", "images", "data", "tensor"}


class TooLong(Exception):
    """The source goes on for longer than it is followed."""


@dataclass(frozen=True)
class Applied:
    """A layer where it is applied: its line, the number of that line in the file, from 1, and its input.

    The input is the output of the layer of the number ``after``; -1 is the model's input. Without a line, several
    outputs are made one: beside each other along the ``channels``, or added, where the ``largest`` gives the sizes.
    """

    line: str
    number: int
    after: tuple[int, ...]
    join: Literal["", "channels", "largest"] = ""


class Return(Exception):
    """A function returns a value."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Break(Exception):
    """A loop ends."""


class Continue(Exception):
    """A loop goes on with its next item."""


class Follower:
    """The state while one file is followed: the layers that were applied, and the work that is left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.applied: list[Applied] = []
        self.file = Scope({})
        self._steps, self._depth = MOST_STEPS, 0
        self._used: set[int] = set()  # containers and objects that were applied

    # Statements

    def through(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Follow statements in order."""
        for statement in body:
            self._step()
            handler = getattr(self, f"_{type(statement).__name__}", None)
            if handler:
                handler(statement, scope)

    def _step(self) -> None:
        self._steps -= 1
        if self._steps < 0 or len(self.applied) > MOST_APPLIED:
            raise TooLong

    def _Expr(self, node: ast.Expr, scope: Scope) -> None:
        self.value(node.value, scope)

    def _Assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self._assign(target, value, scope)

    def _AnnAssign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self._assign(node.target, self.value(node.value, scope), scope)

    def _AugAssign(self, node: ast.AugAssign, scope: Scope) -> None:
        one, other = self.value(node.target, scope), self.value(node.value, scope)
        self._assign(node.target, self._combined(node.op, one, other), scope)

    def _Return(self, node: ast.Return, scope: Scope) -> None:
        raise Return(self.value(node.value, scope) if node.value else None)

    def _Break(self, node: ast.Break, scope: Scope) -> None:
        raise Break

    def _Continue(self, node: ast.Continue, scope: Scope) -> None:
        raise Continue

    def _FunctionDef(self, node: ast.FunctionDef, scope: Scope) -> None:
        scope.names[node.name] = Function(node, scope)

    def _ClassDef(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.names[node.name] = Class(node, scope, tuple(self.value(base, scope) for base in node.bases))

    def _Import(self, node: ast.Import, scope: Scope) -> None:
        for one in node.names:
            name = one.asname or one.name.partition(".")[0]
            scope.names[name] = Named(outside.usual(one.name, name) if one.asname else name)

    def _ImportFrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        for one in node.names:
            name = one.asname or one.name
            module = f"{node.module}.{one.name}"
            scope.names[name] = Named(outside.usual(module, name) if module in outside.MODULES else one.name)

    def _If(self, node: ast.If, scope: Scope) -> None:
        known = arithmetic.truth(self.value(node.test, scope))
        if known is not None:
            self.through(node.body if known else node.orelse, scope)
            return
        if ast.unparse(node.test).startswith("__name__"):
            return
        for side in (node.body, node.orelse):
            if not any(isinstance(part, ast.Raise) for part in side):
                self._perhaps(side, scope)

    def _perhaps(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Follow statements that may not be run, so that what comes after them is followed as well."""
        with suppress(Return, Break, Continue):
            self.through(body, scope)

    def _For(self, node: ast.For, scope: Scope) -> None:
        for item in self._each(node.iter, scope):
            self._step()
            self._assign(node.target, item, scope)
            try:
                self.through(node.body, scope)
            except Break:
                break
            except Continue:
                continue

    def _While(self, node: ast.While, scope: Scope) -> None:
        for _ in range(MOST_APPLIED):
            known = arithmetic.truth(self.value(node.test, scope))
            if known is False:
                break
            try:
                self.through(node.body, scope)
            except Break:
                break
            except Continue:
                pass
            if known is None:
                break

    def _With(self, node: ast.With, scope: Scope) -> None:
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, scope)
        self.through(node.body, scope)

    def _Try(self, node: ast.Try, scope: Scope) -> None:
        self.through([*node.body, *node.orelse, *node.finalbody], scope)

    def _each(self, node: ast.expr, scope: Scope) -> list[Any]:
        value = self.value(node, scope)
        try:
            return arithmetic.items(value)
        except TypeError:
            return arithmetic.items(value.box) if isinstance(value, Instance) and value.box else [UNKNOWN]

    def _assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope.names[target.id] = value
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value, scope)
            if isinstance(owner, Instance):
                owner.attributes[target.attr] = value
        elif isinstance(target, ast.Subscript):
            owner, at = self.value(target.value, scope), self.value(target.slice, scope)
            if isinstance(owner, dict) and isinstance(at, (str, int)):
                owner[at] = value
            elif isinstance(owner, Box):
                owner.add(value, str(at) if isinstance(at, (str, int)) else "")
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value, scope)

    def _unpack(self, targets: Sequence[ast.expr], value: Any, scope: Scope) -> None:
        known = isinstance(value, (list, tuple)) and len(value) == len(targets)
        plain = not any(isinstance(one, ast.Starred) for one in targets)
        for i, target in enumerate(targets):
            to = target.value if isinstance(target, ast.Starred) else target
            self._assign(to, value[i] if known and plain else UNKNOWN, scope)

    # Expressions

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of an expression, after following the layers that it applies."""
        self._step()
        handler = getattr(self, f"_of_{type(node).__name__}", None)
        return handler(node, scope) if handler else UNKNOWN

    def _of_Constant(self, node: ast.Constant, scope: Scope) -> Any:
        return node.value if isinstance(node.value, (bool, int, float, str)) or node.value is None else UNKNOWN

    def _of_Name(self, node: ast.Name, scope: Scope) -> Any:
        return scope.find(node.id)

    def _of_Tuple(self, node: ast.Tuple, scope: Scope) -> Any:
        return tuple(self._items(node.elts, scope))

    def _of_List(self, node: ast.List, scope: Scope) -> Any:
        return list(self._items(node.elts, scope))

    def _items(self, nodes: Sequence[ast.expr], scope: Scope) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from self._each(node.value, scope)
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
        return self._combined(node.op, self.value(node.left, scope), self.value(node.right, scope))

    def _combined(self, op: ast.operator, one: Any, other: Any) -> Any:
        found = [*tensors(one), *tensors(other)] if not isinstance(one, (list, tuple)) else []
        if found:
            return self._joined(found, "largest")
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
        for item in self._each(first.iter, scope):
            self._assign(first.target, item, scope)
            if all(arithmetic.truth(self.value(one, scope)) is not False for one in first.ifs):
                made += self._comprehension(parts, others, scope)
        return made

    def _of_Subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner = self.value(node.value, scope)
        if isinstance(owner, Tensor):
            return owner
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

    def _of_Attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        owner = self.value(node.value, scope)
        return self.attribute(owner, node.attr)

    def attribute(self, owner: Any, name: str) -> Any:
        """Return an attribute of a value."""
        if isinstance(owner, Named):
            return Named(f"{owner.name}.{name}")
        if isinstance(owner, Instance):
            return self._of_instance(owner, name)
        if isinstance(owner, Class):
            found = owner.method(name)
            return Function(found[0], found[1].scope, None, found[1]) if found else UNKNOWN
        if isinstance(owner, Box) and name in owner.items:
            return owner.items[name]
        if isinstance(owner, (Box, Tensor, list, dict, Layer, str, Bound)):
            return (
                UNKNOWN
                if isinstance(owner, Tensor) and name in ("shape", "ndim", "dtype", "device")
                else Bound(owner, name)
            )
        return UNKNOWN

    def _of_instance(self, owner: Instance, name: str) -> Any:
        if name in owner.attributes:
            return owner.attributes[name]
        if found := owner.of.method(name):
            method, of = found
            decorators = {ast.unparse(one) for one in method.decorator_list}
            bound = Function(method, of.scope, None if "staticmethod" in decorators else owner, of)
            return self.call(bound, [], {}) if "property" in decorators else bound
        return Bound(owner, name)

    # Calls

    def _of_Call(self, node: ast.Call, scope: Scope) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            function = scope.find(" of")
            return Bound(scope.find(" self"), function) if isinstance(function, Class) else UNKNOWN
        callee = self.value(node.func, scope)
        arguments: list[tuple[ast.expr | None, Any]] = []
        for part in node.args:
            if isinstance(part, ast.Starred):
                arguments += [(None, one) for one in self._each(part.value, scope)]
            else:
                arguments.append((part, self.value(part, scope)))
        keywords: dict[str, tuple[ast.expr | None, Any]] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                keywords[keyword.arg] = keyword.value, value
            elif isinstance(value, dict):
                keywords |= {str(key): (None, one) for key, one in value.items()}
        return self.call(callee, arguments, keywords, node)

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
        return self._joined(found, "largest") if found else UNKNOWN

    def _function(self, function: Function, values: list[Any], named: dict[str, Any]) -> Any:
        if self._depth >= DEEPEST:
            raise TooLong
        own = Scope({" self": function.self, " of": function.of}, function.scope)
        if function.self is not None:
            values = [function.self, *values]
        self._bind(function, values, named, own)
        self._depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, own)
            self.through(function.node.body, own)
        except Return as returned:
            return returned.value
        finally:
            self._depth -= 1
        return None

    def _bind(self, function: Function, values: list[Any], named: dict[str, Any], scope: Scope) -> None:
        given = function.node.args
        names = [one.arg for one in (*given.posonlyargs, *given.args)]
        scope.names.update(dict.fromkeys((*names, *(one.arg for one in given.kwonlyargs)), UNKNOWN))
        for name, default in zip(names[len(names) - len(given.defaults) :], given.defaults, strict=True):
            scope.names[name] = self.value(default, function.scope)
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            if default is not None:
                scope.names[one.arg] = self.value(default, function.scope)
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
        self._used.add(id(what))
        if isinstance(what, Layer):
            return self._emit(what.line, what.number, what.name, tensors([values, named]))
        if isinstance(what, Instance):
            for name in APPLY:
                if found := what.of.method(name):
                    own = Function(found[0], found[1].scope, what, found[1])
                    return self._function(own, [Named("F"), *values] if name == "hybrid_forward" else values, named)
        box = what.box if isinstance(what, Instance) else what
        found = tensors([values, named])
        x: Any = found[0] if found else self.latest()
        for item in arithmetic.items(box) if box else (what.attributes.values() if isinstance(what, Instance) else ()):
            if isinstance(item, (Layer, Box, Instance, Function, Class, Partial, Named)):
                x = self.call(item, [(None, x)], {}) if not isinstance(item, Named) else x
        return x

    def latest(self) -> Tensor:
        """Return the output of the layer that was applied last, which stands for one that is not known."""
        return Tensor(len(self.applied) - 1)

    def applied_once(self, what: Any) -> bool:
        """Return whether a container or an object was applied."""
        return id(what) in self._used

    def _emit(self, text: str, number: int, name: str, found: Sequence[Tensor]) -> Tensor:
        last = name.rpartition(".")[2]
        if last in outside.CHANNELS | outside.ADDED:
            return (
                self._joined(found, "channels" if last in outside.CHANNELS else "largest") if found else self.latest()
            )
        before = found[0] if found else self.latest()
        self.applied.append(Applied(text, number, (before.of,)))
        return self.latest()

    def _attribute_by_name(self, name: str, values: list[Any]) -> Any:
        """Return the result of ``getattr``, ``setattr`` or ``hasattr``."""
        owner, attribute, *more = values
        if name == "setattr" and isinstance(owner, Instance) and more:
            owner.attributes[attribute] = more[0]
        if name != "getattr":
            return UNKNOWN
        found = self.attribute(owner, attribute)
        return more[0] if more and isinstance(found, (Bound, Unknown)) else found

    def _joined(self, found: Sequence[Tensor], how: Literal["channels", "largest"]) -> Tensor:
        """Return several tensors made one."""
        numbers = tuple(one.of for one in found)
        if how == "largest":
            numbers = tuple(dict.fromkeys(numbers))
        if len(numbers) == 1:
            return Tensor(numbers[0])
        self.applied.append(Applied("", 0, numbers, how))
        return self.latest()

    def _method(self, bound: Bound, arguments: list[Any], keywords: dict[str, Any], node: ast.Call | None) -> Any:
        owner, name, values = bound.owner, bound.name, [value for _, value in arguments]
        if isinstance(name, Class):  # super() itself
            return UNKNOWN
        if isinstance(owner, Bound) and isinstance(owner.name, Class):
            return self._of_base(
                owner.owner, owner.name, name, values, {key: one for key, (_, one) in keywords.items()}
            )
        if isinstance(owner, Tensor):
            if node is not None and outside.is_layer(f"x.{name}") and isinstance(node.func, ast.Attribute):
                text = line(self.text, node, f"x.{name}", arguments, keywords, True)
                return self._emit(text, node.lineno, name, [owner])
            more = tensors(values)
            return self._joined([owner, *more], "largest") if more else owner
        box = owner.box if isinstance(owner, Instance) else owner
        if isinstance(box, Box):
            return _in_box(box, owner, name, values)
        if isinstance(owner, (list, dict)):
            return _in_list(owner, name, values)
        return owner if isinstance(owner, (Instance, Layer)) else UNKNOWN

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
                return _in_box(owner.box, owner, name, values)
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
        if name in ("getattr", "setattr", "hasattr") and len(values) > 1 and isinstance(values[1], str):
            return self._attribute_by_name(name, values)
        if name in arithmetic.FUNCTIONS or name.rpartition(".")[0] in ("math", "np", "numpy", "copy"):
            return arithmetic.called(last, values, named)
        if last in outside.CHANNELS | outside.ADDED and found:
            return self._emit("", 0, name, found)
        if outside.is_layer(name) or last in outside.CHANNELS | outside.ADDED:
            number = node.lineno if node else 0
            applied = bool(values) and isinstance(values[0], Tensor)
            text = line(self.text, node, name, arguments, keywords, applied) if node else spelled(name, values, named)
            if applied:
                return self._emit(text, number, name, found)
            return Layer(text, number, name)
        if found:
            return self._joined(found, "largest")
        held = [one for one in values if isinstance(one, (Layer, Box, Instance, Class, Function, Partial))]
        return held[0] if len(held) == 1 else UNKNOWN


def fill(box: Box, values: Sequence[Any]) -> None:
    """Put the arguments of a container into it: layers, lists of layers, and pairs of a name and a layer."""
    for value in values:
        if isinstance(value, Box):
            for name, item in value.items.items():
                box.add(item, "" if name.isdigit() else name)
        elif isinstance(value, dict):
            for name, item in value.items():
                box.add(item, str(name))
        elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            box.add(value[1], value[0])
        elif isinstance(value, (list, tuple)):
            fill(box, value)
        elif not isinstance(value, (Unknown, str)) and value is not None:
            box.add(value)


def _in_box(box: Box, owner: Any, name: str, values: list[Any]) -> Any:
    if name in ("add", "append", "extend", "register"):
        fill(box, values)
    elif name in ("add_module", "register_module") and len(values) == 2:
        box.add(values[1], str(values[0]))
    elif name in ("children", "modules", "values", "layers"):
        return arithmetic.items(box)
    elif name in ("items", "named_children"):
        return list(box.items.items())
    elif name == "keys":
        return list(box.items)
    return owner


def _in_list(owner: Any, name: str, values: list[Any]) -> Any:
    """Return the result of a method of a list or a dict, which is really called: the items are only kept in it."""
    if name not in ("append", "extend", "insert", "pop", "reverse", "items", "keys", "values", "get", "update", "copy"):
        return UNKNOWN
    if any(isinstance(one, Unknown) for one in values) and name != "append":
        return UNKNOWN
    try:
        found = getattr(owner, name)(*values)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return UNKNOWN
    return list(found) if name in ("items", "keys", "values") else found
