"""Adapters written by users: a file named on the command line, or a module that an installed package points to.

The file is read once. Its text is sent to the worker along with convparity's own adapters. It is also loaded here,
where its framework may be missing: a class states its settings without importing it, and a function needs none.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from ...cases.errors import InputError
from ...cases.text import did_you_mean, printable
from .. import registry
from ..adapter import Adapter
from ..function_adapter import adapter_in

GROUP = "convparity.adapters"  # of entry points: NAME = "module"


@dataclass(frozen=True)
class OwnAdapter:
    """A user's adapter: its name, the text of its file, and the adapter class that was loaded from it."""

    name: str
    text: bytes
    kind: type[Adapter]

    @classmethod
    def load(cls, file: str | Path, name: str | None = None) -> OwnAdapter:
        """Return the adapter in a Python file, under the given name or else that of the file.

        Raises InputError if there is no such file, it cannot be parsed as Python, or it holds no adapter.
        """
        path = Path(file)
        name = name or path.stem.replace("_", "-")
        try:
            text = path.read_bytes()
            tree = ast.parse(text)  # from bytes, because the file may declare its encoding
        except SyntaxError as error:
            place = f"{path}:{max(error.lineno or 1, 1)}:{max(error.offset or 1, 1)}"  # some errors have no position
            raise InputError([f"{place}: not Python: {printable(error.msg)}"]) from None
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or printable(str(error))
            raise InputError([f"{path}: cannot be read: {what}; an adapter is a Python file"]) from None
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in registry.NAMES:
            allowed = "lower-case letters, digits and _, and not the name of a built-in adapter; rename it"
            raise InputError([f"{path}: {printable(name)!r} cannot be an adapter's name; expected {allowed}"])
        defined = _defined(tree)
        if not defined & {"run", "ADAPTER"}:
            raise InputError(
                [f"{path}: holds no adapter; write def run(case, x, weights), or a class and ADAPTER = it"]
            )
        return cls(name, text, _kind(name, path, text, is_function="ADAPTER" not in defined))

    @classmethod
    def again(cls, name: str, text: bytes) -> OwnAdapter:
        """Return the adapter in a text that was loaded in another process."""
        path, is_function = Path(f"{registry.file_name(name)}.py"), "ADAPTER" not in _defined(ast.parse(text))
        return cls(name, text, _kind(name, path, text, is_function))

    def __reduce__(self) -> tuple[Any, ...]:
        return self.again, (self.name, self.text)  # its class is in a module that no import finds


class Adapters:
    """The adapters that a request may name: built-in ones, those of its files, and those of installed packages."""

    def __init__(self, files: Iterable[str | Path] = ()) -> None:
        """Load the files. Raises InputError if one of them holds no adapter."""
        self.given = {own.name: own for own in map(OwnAdapter.load, files)}
        self._broken: dict[str, str] = {}  # problems with entry points, by the names of their adapters

    @cached_property
    def own(self) -> dict[str, OwnAdapter]:
        """The users' adapters, by name."""
        return {**self._installed(), **self.given}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all adapters: built-in ones first, then users' own."""
        return (*registry.NAMES, *self.own)

    def why_not(self, name: str) -> str:
        """Return the reason why there is no adapter with this name; empty if there is one."""
        if name in registry.NAMES or name in self.own:
            return ""
        alias = registry.meant(name)
        hint = f"; did you mean '{alias}'?" if alias else did_you_mean(name, self.names)
        allowed = f"{', '.join(self.names)}{hint}"
        return self._broken.get(name, f"{printable(name)!r} is not an adapter; expected {allowed}")

    def kind(self, name: str) -> type[Adapter]:
        """Return the adapter with this name, without importing its framework. Raises KeyError for an unknown name."""
        return self.own[name].kind if name in self.own else registry.adapter_class(name)

    def _installed(self) -> dict[str, OwnAdapter]:
        """Return the adapters of entry points, except those that cannot be used or that a file replaces."""
        found: dict[str, OwnAdapter] = {}
        for point in metadata.entry_points(group=GROUP):
            name = point.name.replace("_", "-")
            if name in self.given or name in found:
                continue
            try:
                spec = importlib.util.find_spec(point.value.partition(":")[0])
                if spec is None or spec.origin is None:
                    raise ModuleNotFoundError(f"no module {point.value}")
                found[name] = OwnAdapter.load(spec.origin, name)
            except (Exception, SystemExit) as error:  # a broken package matters only to requests that name it
                why = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
                told = f"entry point {GROUP} {printable(point.name)} cannot be used: {printable(why, 400)}"
                self._broken[name] = told
        return found


def _defined(tree: ast.Module) -> set[str]:
    """Return the names that a module defines at its top level."""
    return {getattr(node, "name", "") for node in tree.body} | {
        target.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _kind(name: str, path: Path, text: bytes, is_function: bool) -> type[Adapter]:
    """Run an adapter's file as a module in this package, and return the adapter in it. Raises InputError."""
    full = f"{__package__}.{registry.file_name(name)}"
    module = types.ModuleType(full)
    module.__file__, module.__package__ = str(path), __package__
    before = sys.modules.get(full)
    sys.modules[full] = module  # dataclasses and the like look it up here while it runs
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        if not is_function or isinstance(error, SystemExit):
            hint = "a class imports its framework in its `imports`, not when the file is loaded"
            if isinstance(error, SystemExit):
                hint = "an adapter's file must not exit the process; put the call under if __name__ == '__main__'"
            what = f"{type(error).__name__}: {printable(str(error))}"
            raise InputError([f"{path}: cannot be loaded: {what}; {hint}"]) from None
        module = types.ModuleType(full)  # its framework is in another environment, where the file will be loaded
        module.__dict__["run"] = None
    finally:
        if before is None:
            sys.modules.pop(full, None)
        else:
            sys.modules[full] = before
    try:
        return _checked(adapter_in(module, name))
    except InputError as error:
        raise InputError([f"{path}: {problem}" for problem in error.problems]) from None


def _checked(found: object) -> type[Adapter]:
    """Return an object if it is a complete adapter class. Raises InputError otherwise."""
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        base = f"{Adapter.__module__}.Adapter"
        raise InputError([f"ADAPTER is {printable(repr(found))}; it has to be a subclass of {base}"])
    lacking = [name for name in Adapter.__annotations__ if not hasattr(found, name)]
    if lacking:
        raise InputError([f"ADAPTER is {found.__name__}, which lacks {', '.join(lacking)}; see docs/adapters.md"])
    return found
