"""The attributes of objects, containers and names of other files while source is followed."""

from __future__ import annotations

import ast
from typing import Any

from .expressions import Expressions
from .values import UNKNOWN, Bound, Box, Class, Function, Instance, Layer, Module, Named, Scope, Super, Tensor, Unknown

SHAPE = {"shape", "_keras_shape", "_shape_val"}  # attributes of a tensor
UNSEEN = {"numel", "dtype", "device"}


class Attributes(Expressions):
    """The values of attributes."""

    def _of_Attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        owner = self.value(node.value, scope)
        return self.attribute(owner, node.attr)

    def attribute(self, owner: Any, name: str) -> Any:
        """Return an attribute of a value."""
        if isinstance(owner, Named):
            return Named(f"{owner.name}.{name}")
        if isinstance(owner, Module):
            return owner.scope.names.get(name, UNKNOWN)
        if isinstance(owner, Instance):
            return self._of_instance(owner, name)
        if isinstance(owner, Class) and name == "__name__":
            return owner.node.name
        if isinstance(owner, Class):
            found = owner.method(name)
            return Function(found[0], found[1].scope, None, found[1]) if found else self._of_class(owner, name)
        if isinstance(owner, Box) and name in owner.items:
            return owner.items[name]
        if isinstance(owner, Tensor) and name in SHAPE:
            return self.shape(owner)
        if isinstance(owner, Tensor) and name == "ndim":
            shape = self.shape(owner)
            return len(shape) if isinstance(shape, tuple) else UNKNOWN
        if isinstance(owner, int) and name == "value":  # of a dimension in TensorFlow 1
            return owner
        if isinstance(owner, (Box, Tensor, list, tuple, dict, Layer, str, Super)):
            return UNKNOWN if isinstance(owner, Tensor) and name in UNSEEN else Bound(owner, name)
        return UNKNOWN

    def _of_class(self, owner: Class, name: str) -> Any:
        """Return what the body of a class, or of one of its bases, assigns to a name."""
        for part in owner.node.body:
            targets = part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)]
            value = getattr(part, "value", None)
            if value is not None and any(isinstance(one, ast.Name) and one.id == name for one in targets):
                return self.value(value, owner.scope)
        bases = (self._of_class(base, name) for base in owner.bases if isinstance(base, Class))
        return next((found for found in bases if not isinstance(found, Unknown)), UNKNOWN)

    def _of_instance(self, owner: Instance, name: str) -> Any:
        if name in owner.attributes:
            return owner.attributes[name]
        if found := owner.of.method(name):
            method, of = found
            decorators = {ast.unparse(one) for one in method.decorator_list}
            bound = Function(method, of.scope, None if "staticmethod" in decorators else owner, of)
            return self.call(bound, [], {}) if "property" in decorators else bound
        return Bound(owner, name)

    def _attribute_by_name(self, name: str, values: list[Any]) -> Any:
        """Return the result of ``getattr``, ``setattr`` or ``hasattr``."""
        owner, attribute, *more = values
        if name == "setattr" and isinstance(owner, Instance) and more:
            owner.attributes[attribute] = more[0]
        if name != "getattr":
            return UNKNOWN
        found = self.attribute(owner, attribute)
        return more[0] if more and isinstance(found, (Bound, Unknown)) else found
