"""Adapters of one's own: a file named on the command line, or a module that an installed package points to.

The file is read once. Its text travels to the worker among convparity's own adapters, and is loaded here too, where its
framework may be missing: a class says what its adapter needs without importing it, and a function needs nothing said.
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

from ...cases.errors import InputError
from ...cases.text import did_you_mean, printable
from .. import registry
from ..adapter import Adapter
from ..function_adapter import adapter_in

GROUP = "convparity.adapters"  # of entry points: NAME = "module"


@dataclass(frozen=True)
class OwnAdapter:
    """An adapter of one's own: its name, the text of its file, and the adapter that this made here."""

    name: str
    text: bytes
    kind: type[Adapter]

    @classmethod
    def load(cls, file: str | Path, name: str | None = None) -> OwnAdapter:
        """Load the adapter in a Python file, which is called as the file is or by the name given.

        Raises InputError where there is no such file, it cannot be read as Python, or it holds no adapter.
        """
        path = Path(file)
        name = name or path.stem.replace("_", "-")
        try:
            text = path.read_bytes()
            tree = ast.parse(text)  # which may say its encoding
        except SyntaxError as error:
            place = f"{path}:{max(error.lineno or 1, 1)}:{max(error.offset or 1, 1)}"  # the file as a whole has none
            raise InputError([f"{place}: not Python: {printable(error.msg)}"]) from None
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or printable(str(error))
            raise InputError([f"{path}: cannot be read: {what}; an adapter is a Python file"]) from None
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in registry.NAMES:
            allowed = "small letters, digits and _, and none of ours; rename it"
            raise InputError([f"{path}: {printable(name)!r} cannot be an adapter's name; allowed is {allowed}"])
        defined = _defined(tree)
        if not defined & {"run", "ADAPTER"}:
            raise InputError(
                [f"{path}: holds no adapter; write def run(case, x, weights), or a class and ADAPTER = it"]
            )
        return cls(name, text, _kind(name, path, text, is_function="ADAPTER" not in defined))


class Adapters:
    """The adapters that a request may name: ours, those of its files, and those that installed packages point to."""

    def __init__(self, files: Iterable[str | Path] = ()) -> None:
        """Load the files. Raises InputError where one of them holds no adapter."""
        self.given = {own.name: own for own in map(OwnAdapter.load, files)}
        self._broken: dict[str, str] = {}  # what is wrong with entry points, by the names of their adapters

    @cached_property
    def own(self) -> dict[str, OwnAdapter]:
        """The adapters of one's own, by name."""
        return {**self._installed(), **self.given}

    @property
    def names(self) -> tuple[str, ...]:
        """Every adapter there is: ours, then those of one's own."""
        return (*registry.NAMES, *self.own)

    def why_not(self, name: str) -> str:
        """Return why a name is that of no adapter; empty where it is one."""
        if name in registry.NAMES or name in self.own:
            return ""
        allowed = f"{', '.join(self.names)}{did_you_mean(name, self.names)}"
        return self._broken.get(name, f"{printable(name)!r} is not an adapter; allowed is {allowed}")

    def kind(self, name: str) -> type[Adapter]:
        """Return the adapter of a name, its framework not yet imported. Raises KeyError for an unknown name."""
        return self.own[name].kind if name in self.own else registry.adapter_class(name)

    def _installed(self) -> dict[str, OwnAdapter]:
        """Load the adapters of the entry points, but for those that cannot be used, or that a file goes before."""
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
            except (Exception, SystemExit) as error:  # somebody's package, which only matters to who asks for it
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
    """Run an adapter's file as a module beside ours, and return the adapter in it."""
    full = f"{__package__}.{registry.file_name(name)}"
    module = types.ModuleType(full)
    module.__file__, module.__package__ = str(path), __package__
    before = sys.modules.get(full)
    sys.modules[full] = module  # where dataclasses and the like look for it while it runs
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        if not is_function or isinstance(error, SystemExit):
            hint = "a class imports its framework by its `imports`, and not when the file is loaded"
            if isinstance(error, SystemExit):
                hint = "an adapter's file must not leave the process; put the call under if __name__ == '__main__'"
            what = f"{type(error).__name__}: {printable(str(error))}"
            raise InputError([f"{path}: cannot be loaded: {what}; {hint}"]) from None
        module = types.ModuleType(full)  # its framework is in another environment, where it will be loaded whole
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
    """Refuse what is no adapter class, or lacks what every one says. Raises InputError."""
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        base = f"{Adapter.__module__}.Adapter"
        raise InputError([f"ADAPTER is {printable(repr(found))}; it has to be a subclass of {base}"])
    lacking = [name for name in Adapter.__annotations__ if not hasattr(found, name)]
    if lacking:
        raise InputError([f"ADAPTER is {found.__name__}, which lacks {', '.join(lacking)}; see docs/adapters.md"])
    return found
