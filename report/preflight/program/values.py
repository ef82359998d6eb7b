"""What a name stands for while source is followed: a number, a layer, the output of one, or something unknown.

Numbers, texts, None, tuples, lists and dicts stand for themselves.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from .files import File


class Unknown:
    """A value that is not known without running the code, and the source text of it, if there is any."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Tensor:
    """The output of a layer, by the number of its application, from 0; -1 is the model's input.

    ``known`` says whether it has the shape of that output, which a reshape or a slice for example changes.
    """

    of: int = -1
    known: bool = True


@dataclass(frozen=True)
class Named:
    """Something of another file, by the dotted name that it has here, such as ``nn.Conv2d``."""

    name: str


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer that was made: its call as a line of its own, and the number of that line in the file, from 1."""

    line: str
    number: int
    name: str
    file: File | None


@dataclass(eq=False)
class Box:
    """A container of layers, such as ``nn.Sequential`` or ``nn.ModuleList``."""

    items: dict[str, Any]

    def add(self, value: object, name: str = "") -> None:
        """Put a value at the end."""
        self.items[name or str(len(self.items))] = value


@dataclass
class Scope:
    """The names of a function, of a comprehension or of a file, and the scope around it."""

    names: dict[str, Any]
    around: Scope | None = None
    file: File | None = None

    def find(self, name: str) -> Any:
        """Return what a name stands for; something of another file if it is not assigned here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        return Named(name)


@dataclass(frozen=True, eq=False)
class Module:
    """Another file of the project, with the names that it defines."""

    scope: Scope


@dataclass(frozen=True, eq=False)
class Function:
    """A function or a method of the file; ``self`` is what it is bound to, and ``of`` the class that defines it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    self: Any = None
    of: Class | None = None


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the file. ``bases`` are classes of the file or of others."""

    node: ast.ClassDef
    scope: Scope
    bases: tuple[Any, ...]

    def method(self, name: str) -> tuple[ast.FunctionDef, Class] | None:
        """Return a method by its name and the class that has it, this one or the first of its bases; else None."""
        for part in self.node.body:
            if isinstance(part, ast.FunctionDef) and part.name == name:
                return part, self
        inherited = (base.method(name) for base in self.bases if isinstance(base, Class))
        return next((found for found in inherited if found), None)

    def outside(self) -> list[str]:
        """Return the names of the bases that are of other files."""
        own = [base.name.rpartition(".")[2] for base in self.bases if isinstance(base, Named)]
        return own + [name for base in self.bases if isinstance(base, Class) for name in base.outside()]


@dataclass(eq=False)
class Instance:
    """An object of a class of the file."""

    of: Class
    attributes: dict[str, Any] = field(default_factory=dict)
    box: Box | None = None  # its layers, if its class is a Sequential


@dataclass(frozen=True, eq=False)
class Bound:
    """A method of a list, a dict, a container, a tensor or a base, or one that an object's class lacks."""

    owner: Any
    name: str


@dataclass(frozen=True, eq=False)
class Super:
    """An object as the bases of the class ``of`` see it: the value of ``super()``."""

    owner: Any
    of: Class


@dataclass(frozen=True, eq=False)
class Partial:
    """A callable with some arguments, as ``functools.partial`` returns it."""

    callee: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


@dataclass(frozen=True, eq=False)
class ArgScope:
    """An arg_scope of slim: the keyword arguments that it sets, by the name of the function."""

    of: dict[str, dict[str, Any]]


def plain(value: object) -> bool:
    """Return whether a value is a number, a text, a truth value, None, or a tuple or list of these."""
    if isinstance(value, (list, tuple)):
        return all(map(plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def tensors(value: object) -> list[Tensor]:
    """Return the tensors in a value, those in lists, tuples and dicts included."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [one for item in value for one in tensors(item)] if isinstance(value, (list, tuple)) else []
