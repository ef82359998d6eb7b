"""Finds environments: which interpreters can run which adapters, and where each was found."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any

from ..adapters.adapter import Adapter
from ..adapters.own.loading import Adapters, OwnAdapter
from ..adapters.registry import NAMES, adapter_class
from ..adapters.running import USUAL, handed_on, on_cpu
from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable, shown
from .aliases import adapter_named
from .interpreters import command, inherited
from .managed.request import Request, request
from .project import Mistake, mistaken, project_setting
from .ways_on import NOTHING_FOUND, ways_on

LOOK = resources.files("convparity") / "environments" / "installed.py"
FORM = "[LABEL:]ADAPTER"
TABLE = "[tool.convparity.environments]"
LOOK_TIMEOUT = 30  # seconds for an interpreter to list its packages
# One thread each is faster on small layers, and results do not depend on the number of cores.
PINNED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONIOENCODING": "utf-8",
}
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}  # pinned too, for environments that run on the CPU


@dataclass(frozen=True)
class Installed:
    """The packages that an adapter needs and an interpreter has, according to the metadata of their distributions.

    ``identity`` is everything about them that could change an observation, unless ``changes`` gives a reason why it
    cannot be known.
    """

    packages: dict[str, str]
    identity: dict[str, Any]
    changes: str


@dataclass(frozen=True)
class EnvironmentSpec:
    """A Python interpreter for an adapter, with the environment ``variables`` that it is started with.

    ``choices`` are its mode, device and provider, where they are not the usual ones (:mod:`..adapters.running`).
    ``installed`` is the finding in the interpreter, if it was looked at. With ``request``, convparity makes the
    environment before a run (:mod:`convparity.environments.ready`), and ``problem`` says why it could not. ``machine``
    is what observations depend on where it was looked at, if that is another machine than this.
    """

    label: str
    adapter: str
    python: str
    origin: str
    installed: Installed | None = field(default=None, compare=False, repr=False)
    own: OwnAdapter | None = field(default=None, compare=False, repr=False)  # set if the adapter is the user's own
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)
    request: Request | None = None
    problem: str = ""
    machine: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> type[Adapter]:
        """The class of the adapter, which does not import its framework."""
        return self.own.kind if self.own else adapter_class(self.adapter)


def parse_environment(
    text: str, origin: str = "--env", folder: Path | None = None, adapters: Adapters | None = None
) -> EnvironmentSpec:
    """Return the environment for a text of the form ``[LABEL:]ADAPTER=PYTHON``.

    PYTHON is the path of an interpreter or of the folder of an environment, relative to ``folder``, by default the
    current one, or the name of an interpreter on the PATH. ``adapters`` are those that the text may name, by default
    ours and those that are installed. Raise InputError if the text is of another form or the adapter is unknown.
    """
    name, _, python = text.partition("=")
    adapters = adapters or Adapters()
    label, adapter = _label_and_adapter(name, adapters, origin)
    if not python or not label:
        raise InputError([f"{origin}: {printable(text)!r} is not {FORM}=PYTHON, such as torch=.venv/bin/python"])
    return _spec(adapters, label, adapter, python, origin, folder)


def _label_and_adapter(name: str, adapters: Adapters, origin: str) -> tuple[str, str]:
    """Return the label and the adapter in ``[LABEL:]ADAPTER``; two empty strings if it is of another form."""
    label, colon, adapter = name.rpartition(":")
    adapter = adapter_named(adapter, adapters, origin)
    return (label or adapter, adapter) if adapter and (label or not colon) else ("", "")


def _spec(
    adapters: Adapters, label: str, adapter: str, python: str, origin: str, folder: Path | None = None
) -> EnvironmentSpec:
    if why := adapters.why_not(adapter):
        raise InputError([f"{origin}: {why}"])
    return EnvironmentSpec(label, adapter, _interpreter(python, folder), origin, own=adapters.own.get(adapter))


def _interpreter(python: str, folder: Path | None) -> str:
    """Return the absolute path of an interpreter, even of one that does not exist, which fails when it is started.

    A name without a slash is looked for on the PATH only, whatever the current folder holds, and stays a name if it is
    not found. It is a path if it begins with a dot, as ``.venv`` does, or ``~``. Symbolic links are not resolved,
    because the interpreter of a virtual environment is one.
    """
    if not os.path.dirname(python) and not python.startswith((".", "~")):
        return _on_path(python) or python
    path = (folder or Path.cwd()) / os.path.expanduser(python)
    for inside in ("bin/python", "Scripts/python.exe", "python.exe"):
        if os.path.isfile(path / inside):
            return str((path / inside).absolute())
    return str(path.absolute())


def _on_path(name: str) -> str | None:
    """Return the absolute path of a command on the PATH, but not where the PATH names just the current folder."""
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if place not in ("", os.curdir)]
    found = shutil.which(name, path=os.pathsep.join(places)) if places else None
    return str(Path(found).absolute()) if found else None


def resolve(
    asked: Iterable[str],
    adapters: Adapters | None = None,
    origin: str = "--env",
    folder: Path | None = None,
    made: Iterable[EnvironmentSpec] = (),
) -> list[EnvironmentSpec]:
    """Return the environments to use: the requested ones, else those of the project, else those that can be found.

    ``made`` are requested environments that convparity makes. ``origin`` is where the others were asked for, and their
    paths are relative to ``folder``, by default the current one.
    Each adapter in a file of ``adapters`` that has no environment gets this interpreter.

    Raise InputError for requests that cannot be understood and for a label given to two environments, HarnessFault if
    nothing was asked for and nothing is found.
    """
    specs = list(made)
    problems: list[str] = []
    adapters = adapters or Adapters()
    for text in asked:
        try:
            if "=" in text:
                specs.append(parse_environment(text, origin, folder, adapters))
            else:
                specs += [spec for spec in _chosen(text, adapters, origin) if spec not in specs]
        except InputError as error:
            problems += error.problems
    labels = [spec.label for spec in specs]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        problems.append(
            f"{origin}: two environments are labelled {label!r}; give each its own label, as in LABEL:ADAPTER=PYTHON"
        )
    if problems:
        raise InputError(problems)
    specs = specs or from_project(adapters) or look_around()
    served = {spec.adapter for spec in specs}
    specs += [_spec(adapters, name, name, sys.executable, "--adapter") for name in adapters.given if name not in served]
    if not specs:
        raise HarnessFault(ways_on(NOTHING_FOUND))
    return specs


def _chosen(text: str, adapters: Adapters, origin: str) -> list[EnvironmentSpec]:
    """Return those of the environments that would be used by default whose label or adapter this text names.

    A pattern such as ``keras-*`` names several. Raise InputError if it names none.
    """
    known = from_project(adapters) or look_around()
    word = text if any(spec.label == text for spec in known) else adapter_named(text, adapters, origin)
    chosen = [spec for spec in known if fnmatchcase(spec.label, word)] or [s for s in known if s.adapter == word]
    if not chosen:
        labels = ", ".join(printable(spec.label, 40) for spec in known) or "there are none here"
        what = f"is not {FORM}=PYTHON, such as torch=.venv/bin/python, nor an environment of this project ({labels})"
        raise InputError([f"{origin}: {printable(text)!r} {what}"])
    return chosen


def find_one(text: str, origin: str, adapters: Adapters | None = None) -> EnvironmentSpec:
    """Return the environment named by ``[LABEL:]ADAPTER[=PYTHON]`` or by the label of an environment of the project.

    Without PYTHON the interpreter is the one that is found for the adapter, or else this one.
    ``origin`` is where the text was given. Raise InputError if it cannot be understood.
    """
    adapters = adapters or Adapters()
    if "=" in text:
        return parse_environment(text, origin, adapters=adapters)
    known = from_project(adapters) or look_around()
    for spec in known:
        if spec.label == text:
            return spec
    label, adapter = _label_and_adapter(text, adapters, origin)
    if not label:
        raise InputError([f"{origin}: {printable(text)!r} is not {FORM}[=PYTHON], such as torch"])
    for spec in known:
        if spec.adapter == adapter:
            return replace(spec, label=label)
    return replace(_spec(adapters, label, adapter, sys.executable, origin), origin="this interpreter")


def from_project(adapters: Adapters | None = None) -> list[EnvironmentSpec]:
    """Return the environments of ``[tool.convparity.environments]`` in the nearest pyproject.toml that has this table.

    An entry is ``LABEL = "PYTHON"``, where the label is an adapter or a word for one, or
    ``LABEL = { adapter = "...", python = "..." }``, optionally with ``variables = { NAME = "VALUE" }``, and with a
    ``mode``, a ``device`` or a ``provider``. Paths are relative to the file. With ``packages = ["..."]``, convparity
    makes the environment, on the version of Python that ``python`` names, if any.
    """
    found = project_setting("environments")
    return _from_table(*found, adapters or Adapters()) if found else []


def _from_table(table: object, file: Path, adapters: Adapters) -> list[EnvironmentSpec]:
    origin = f"{os.path.relpath(file)} {TABLE}"
    allowed = (
        'expected ADAPTER = "PYTHON", LABEL = { adapter = "ADAPTER", python = "PYTHON" } or '
        'LABEL = { packages = ["PACKAGE==VERSION"] }, optionally with variables = { NAME = "VALUE" }, mode = "MODE", '
        'device = "DEVICE" and provider = "PROVIDER"'
    )
    if not isinstance(table, dict):
        raise mistaken(file, [Mistake(("environments",), f".environments: {shown(table)} is not a table; {allowed}")])
    specs, mistakes = [], []
    for label, entry in table.items():
        keys = ("environments", label)
        fields = {"adapter": label, "python": entry} if isinstance(entry, str) else entry
        if isinstance(fields, dict) and "packages" in fields:
            fields = {"adapter": label, **fields}
        if not _is_entry(fields):
            what = f"{printable(label, 60)}: {shown(entry)} is not an environment; {allowed}"
            mistakes.append(Mistake(keys, f".environments: {what}"))
            continue
        fields = {**fields, "adapter": adapter_named(fields["adapter"], adapters, origin)}
        if why := adapters.why_not(fields["adapter"]):
            at = (*keys, "adapter") if isinstance(entry, dict) else keys
            mistakes.append(Mistake(at, f".environments: {why}", isinstance(entry, str)))
        else:
            try:
                spec = _entry(adapters, label, fields, origin, file.parent)
            except InputError as error:
                mistakes += [Mistake((*keys, "packages"), problem) for problem in error.problems]
                continue
            choices = {name: fields[name] for name in USUAL if name in fields}
            mistakes += [Mistake((*keys, name), f".environments: {why}") for name, why in not_allowed(spec, choices)]
            spec = replace(spec, choices=choices, variables=fields.get("variables", {}))
            mistakes += _of_variables((*keys, "variables"), spec)
            specs.append(spec)
    if mistakes:
        raise mistaken(file, mistakes)
    return specs


def _entry(adapters: Adapters, label: str, fields: dict[str, Any], origin: str, folder: Path) -> EnvironmentSpec:
    """Return the environment of an entry. Raise InputError for packages that cannot be used."""
    adapter = fields["adapter"]
    if "packages" not in fields:
        return _spec(adapters, label, adapter, fields["python"], origin, folder)
    wanted = request(label, adapter, fields["packages"], fields.get("python", ""), ".environments")
    return EnvironmentSpec(label, adapter, "", origin, own=adapters.own.get(adapter), request=wanted)


def _is_entry(fields: object) -> bool:
    """Return whether an entry names an adapter and an interpreter or packages, and else only variables and choices."""
    allowed = {"adapter", "python", "packages", "variables", *USUAL}
    if not isinstance(fields, dict) or not set(fields) <= allowed or not {"python", "packages"} & set(fields):
        return False
    words = [fields.get("adapter"), fields.get("python", "any"), *_listed(fields.get("packages", []))]
    words += [fields[name] for name in USUAL if name in fields]
    return all(isinstance(word, str) and word for word in words) and isinstance(fields.get("variables", {}), dict)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [None]


def not_allowed(spec: EnvironmentSpec, choices: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names of the choices that an adapter does not have, each with a sentence that says what it has."""
    for name, choice in choices.items():
        patterns = spec.kind.choices.get(name, ())
        if not any(fnmatchcase(choice, pattern) for pattern in patterns):
            has = f"expected {', '.join(patterns)}" if patterns else f"{spec.adapter} has no choice of its {name}"
            yield name, f"{name}: {printable(choice, 60)!r} cannot be chosen; {has}"


def _of_variables(at: tuple[str, ...], spec: EnvironmentSpec) -> Iterator[Mistake]:
    """Yield the mistakes in the variables of an entry."""
    pinned = _pinned(spec)
    for name, value in spec.variables.items():
        shown_name = printable(name, 60)
        if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or name.startswith("PYTHON"):
            allowed = "names of letters, digits and _ that are not Python's own (PYTHON...)"
            what = f"{shown_name}: cannot be set; expected {allowed}"
            yield Mistake((*at, name), f".environments: {what}", True)
        elif name in pinned:
            what = f"{shown_name}: cannot be set; convparity sets it to {pinned[name]!r} itself"
            yield Mistake((*at, name), f".environments: {what}", True)
        elif not isinstance(value, str) or "\0" in value:
            yield Mistake((*at, name), f".environments: {shown_name}: {shown(value)} is not a string in quotes")


def variables_of(spec: EnvironmentSpec) -> dict[str, str]:
    """Return the environment variables to set for an environment's process: its own and those that are pinned."""
    return {**spec.variables, **_pinned(spec)}


def _pinned(spec: EnvironmentSpec) -> dict[str, str]:
    """Return the variables that an environment cannot set itself."""
    gpu = NO_GPU if on_cpu(spec.choices) else {}
    return {**PINNED, **gpu, **spec.kind.variables_for(spec.choices), **handed_on(spec.choices)}


def look_around() -> list[EnvironmentSpec]:
    """Return environments for the frameworks in this interpreter, an active environment and ``python`` on the PATH."""
    places: dict[str, str] = {sys.executable: "this interpreter"}
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(variable):
            places.setdefault(_interpreter(os.path.abspath(os.environ[variable]), None), f"${variable}")
    if on_path := _on_path("python"):
        places.setdefault(on_path, "python on the PATH")
    specs: dict[str, EnvironmentSpec] = {}
    for python, origin in places.items():
        for adapter, found in installed(python).items():
            specs.setdefault(adapter, EnvironmentSpec(adapter, adapter, python, origin, found))
    return [specs[name] for name in NAMES if name in specs]


def look(spec: EnvironmentSpec) -> Installed | None:
    """Return the packages of an environment's adapter in its interpreter; None if the framework is missing."""
    return spec.installed or installed(spec.python, {spec.adapter: spec.kind}).get(spec.adapter)


def installed(python: str, kinds: Mapping[str, type[Adapter]] | None = None) -> dict[str, Installed]:
    """Return the packages in an interpreter for each adapter that it could run, by name; {} if it does not run.

    ``kinds`` are the adapters to look for, by default all built-in ones.
    """
    classes = kinds or {name: adapter_class(name) for name in NAMES}
    wanted = {name: (found.modules, found.distributions, found.npm) for name, found in classes.items()}
    try:
        answer = subprocess.run(
            command(python, LOOK.read_text(encoding="utf-8"), json.dumps(wanted)),
            capture_output=True,
            env=inherited(os.environ),
            stdin=subprocess.DEVNULL,
            timeout=LOOK_TIMEOUT,
            check=True,
        )
        return {name: Installed(**found) for name, found in json.loads(answer.stdout).items()}
    except (OSError, subprocess.SubprocessError, TypeError, ValueError):
        return {}
