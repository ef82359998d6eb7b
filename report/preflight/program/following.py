"""Follows the source of a model from layer to layer, as Python would run it, without running any of it.

Numbers, texts and lists that the file spells out are known, and so are the loops and conditions over them, the file's
own functions and classes, and containers of layers. All else is unknown: a loop over it is taken once, and so are both
sides of a condition on it. The work is bounded.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from . import arithmetic, files, outside
from .calls import Calls, Return
from .state import MOST_APPLIED
from .values import UNKNOWN, ArgScope, Box, Class, Function, Instance, Module, Named, Scope

MOST_FILES = 50


class Break(Exception):
    """A loop ends."""


class Continue(Exception):
    """A loop goes on with its next item."""


class Follower(Calls):
    """Follows one file, statement by statement."""

    def through(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Follow statements in order."""
        for statement in body:
            self.step()
            handler = getattr(self, f"_{type(statement).__name__}", None)
            if handler:
                handler(statement, scope)

    def _perhaps(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Follow statements that may not be run, so that what comes after them is followed as well."""
        with suppress(Return, Break, Continue):
            self.through(body, scope)

    def _Expr(self, node: ast.Expr, scope: Scope) -> None:
        self.value(node.value, scope)

    def _Assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _AnnAssign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _AugAssign(self, node: ast.AugAssign, scope: Scope) -> None:
        one, other = self.value(node.target, scope), self.value(node.value, scope)
        self.assign(node.target, self.combined(node.op, one, other), scope)

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
            found = self._module(one.name, 0, scope) if one.asname or "." not in one.name else None
            scope.names[name] = found or Named(outside.usual(one.name, name) if one.asname else name)

    def _ImportFrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        beside = self._module(node.module or "", node.level, scope)
        for one in node.names:
            name = one.asname or one.name
            if one.name == "*":
                scope.names.update(beside.scope.names if beside else {})
                continue
            known = beside.scope.names.get(one.name) if beside else None
            if known is None and (beside or node.level):
                known = self._module(".".join(filter(None, (node.module, one.name))), node.level, scope)
            module = f"{node.module}.{one.name}"
            usual = Named(outside.usual(module, name) if module in outside.MODULES else one.name)
            scope.names[name] = usual if known is None else known

    def _module(self, name: str, level: int, scope: Scope) -> Module | None:
        """Return the file beside the one of a scope that an import names, followed once; None if there is none."""
        top = scope
        while top.around is not None:
            top = top.around
        file = files.imported(top.file or self.root, name, level)
        if file is None or len(self.modules) >= MOST_FILES:
            return None
        if file.path not in self.modules:
            own = self.modules[file.path] = Scope({}, file=file)
            before = len(self.applied)
            with suppress(SyntaxError, ValueError, Return):
                tree = ast.parse(file.text)
                self.holds(file, tree)
                self.through(tree.body, own)
            del self.applied[before:]  # what a file does when it is imported is no part of the model
        return Module(self.modules[file.path])

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

    def _For(self, node: ast.For, scope: Scope) -> None:
        for item in self.each(node.iter, scope):
            self.step()
            self.assign(node.target, item, scope)
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
        outer = len(self.arg_scopes)
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
            if isinstance(value, ArgScope):
                self.arg_scopes.append(value)
        try:
            self.through(node.body, scope)
        finally:
            del self.arg_scopes[outer:]

    def _Try(self, node: ast.Try, scope: Scope) -> None:
        self.through([*node.body, *node.orelse, *node.finalbody], scope)

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
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
            self.assign(to, value[i] if known and plain else UNKNOWN, scope)
