"""Adapters of one's own: a file named on the command line, or a module that an installed package points to.

The file travels to the worker among convparity's own adapters, and is loaded under the same name here, where its
framework may be missing: a class says what its adapter needs without importing it, and a function needs nothing said.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import types
from importlib import metadata
from pathlib import Path

from .adapters import adapter
from .cases.errors import InputError
from .cases.text import did_you_mean, printable

GROUP = "convparity.adapters"  # of entry points: NAME = "module"
_FILES: dict[str, Path] = {}
_BROKEN: dict[str, str] = {}  # what is wrong with entry points, by the names of their adapters


def use(file: str | Path, name: str | None = None) -> str:
    """Make an adapter of a Python file known, and return its name: the file's own, or the one given.

    Raises InputError where there is no such file, it cannot be read as Python, or it holds no adapter.
    """
    path = Path(file)
    name = name or path.stem.replace("_", "-")
    try:
        tree = ast.parse(path.read_bytes())  # which may say its encoding
    except SyntaxError as error:
        place = f"{path}:{max(error.lineno or 1, 1)}:{max(error.offset or 1, 1)}"  # the file as a whole has none
        raise InputError([f"{place}: not Python: {printable(error.msg)}"]) from None
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or printable(str(error))
        raise InputError([f"{path}: cannot be read: {what}; an adapter is a Python file"]) from None
    ours = Path(adapter.__file__).with_name(f"{adapter.module_name(name)}.py")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or ours.exists():
        allowed = "small letters, digits and _, and none of ours; rename it"
        raise InputError([f"{path}: {printable(name)!r} cannot be an adapter's name; allowed is {allowed}"])
    defined = {getattr(node, "name", "") for node in tree.body} | {
        target.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    if not defined & {"run", "ADAPTER"}:
        raise InputError([f"{path}: holds no adapter; write def run(case, x, weights), or a class and ADAPTER = it"])
    _load(name, path, is_function="ADAPTER" not in defined)
    _FILES[name] = path.absolute()
    return name


def _load(name: str, path: Path, is_function: bool) -> None:
    """Load an adapter's file as a module of ``convparity.adapters``."""
    full = f"{adapter.__package__}.{adapter.module_name(name)}"
    spec = importlib.util.spec_from_file_location(full, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[full]
        if not is_function or isinstance(error, SystemExit):
            hint = "a class imports its framework by its `imports`, and not when the file is loaded"
            if isinstance(error, SystemExit):
                hint = "an adapter's file must not leave the process; put the call under if __name__ == '__main__'"
            raise InputError(
                [f"{path}: cannot be loaded: {type(error).__name__}: {printable(str(error))}; {hint}"]
            ) from None
        stand_in = types.ModuleType(full)  # its framework is in another environment, where it will be loaded whole
        stand_in.__dict__["run"] = None
        sys.modules[full] = stand_in
    try:
        _check(adapter.adapter_class(name))
    except InputError as error:
        del sys.modules[full]
        raise InputError([f"{path}: {problem}" for problem in error.problems]) from None


def _check(found: object) -> None:
    """Refuse what is no adapter class, or lacks what every one says."""
    if not (isinstance(found, type) and issubclass(found, adapter.Adapter)):
        base = f"{adapter.__name__}.Adapter"
        raise InputError([f"ADAPTER is {printable(repr(found))}; it has to be a subclass of {base}"])
    lacking = [name for name in adapter.Adapter.__annotations__ if not hasattr(found, name)]
    if lacking:
        raise InputError([f"ADAPTER is {found.__name__}, which lacks {', '.join(lacking)}; see docs/adapters.md"])


def files() -> dict[str, Path]:
    """The files of the adapters of one's own that are known, by name."""
    for point in metadata.entry_points(group=GROUP):
        name = point.name.replace("_", "-")
        if name not in _FILES and name not in _BROKEN:
            try:
                found = importlib.util.find_spec(point.value.partition(":")[0])
                if found is None or found.origin is None:
                    raise ModuleNotFoundError(f"no module {point.value}")
                use(found.origin, name)
            except (Exception, SystemExit) as error:  # somebody's package, which only matters to who asks for it
                why = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
                _BROKEN[name] = f"entry point {GROUP} {printable(point.name)} cannot be used: {printable(why, 400)}"
    return dict(_FILES)


def names() -> tuple[str, ...]:
    """Every adapter there is: ours, and those of one's own."""
    return (*adapter.NAMES, *files())


def why_not(name: str) -> str:
    """Why a name is that of no adapter; empty where it is one."""
    known = names()
    if name in known:
        return ""
    unknown = f"{printable(name)!r} is not an adapter; allowed is {', '.join(known)}{did_you_mean(name, known)}"
    return _BROKEN.get(name, unknown)
