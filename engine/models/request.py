"""The request of a command: a model with the environment that runs it, and its inputs as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..adapters.models import inputs, naming
from ..adapters.models.recording import Recording, Unreadable
from ..adapters.own.loading import Adapters
from ..adapters.registry import USUAL
from ..cases.errors import InputError
from ..cases.text import printable
from ..environments.find import EnvironmentSpec, find_one, resolve
from ..environments.ready import ready, with_option

DEFAULT_MEMORY, DEFAULT_TIMEOUT = 8.0, 600.0  # GB beyond what the import takes; seconds


@dataclass(frozen=True)
class ModelRequest:
    """A model as it was named, and either the environment that runs it or the recording that it is."""

    name: str
    spec: EnvironmentSpec | None
    recording: Recording | None = None


def model(text: str, env: Sequence[str] = (), with_: Sequence[str] = ()) -> ModelRequest:
    """Return the model that a text names. ``env`` and ``with_`` are environments as in the options of that name.

    Raise InputError if the text names none, or there is no environment for it.
    """
    try:
        named = naming.parse(text)
        if isinstance(named, naming.Recorded):
            return ModelRequest(text, None, Recording(named.path))
    except (naming.BadName, Unreadable) as error:
        raise InputError([printable(str(error), 500)]) from None
    given = _given(env, with_)
    if isinstance(named, naming.ModelFile):
        return ModelRequest(text, _for_file(named, given))
    for spec in given:
        if named.label in (spec.label, spec.adapter):
            return ModelRequest(text, ready([spec])[0])
    found = find_one(named.label, text)
    if found.adapter not in USUAL:
        raise InputError([f"{text}: {found.adapter} records no models; they need one of {', '.join(USUAL)}"])
    return ModelRequest(text, ready([found])[0])


def _given(env: Sequence[str], with_: Sequence[str]) -> list[EnvironmentSpec]:
    adapters = Adapters()
    made = with_option(with_, adapters)
    return resolve(env, adapters, made=made) if env or made else []


def _for_file(named: naming.ModelFile, given: list[EnvironmentSpec]) -> EnvironmentSpec:
    known = given or resolve((), Adapters())
    for adapter in named.adapters:
        for spec in known:
            if spec.adapter == adapter:
                return ready([spec])[0]
    wanted = " or ".join(named.adapters)
    raise InputError([f"{named.path}: needs an environment of {wanted}, such as --env {named.adapters[0]}=PYTHON"])


def position(number: int) -> str:
    """Return the name of an unnamed input, from its place among the others; that of the first is empty."""
    return f"#{number + 1}" if number else ""


def input_files(texts: Iterable[str], folder: Path) -> dict[str, Path]:
    """Return the inputs that texts describe as files, by name. Raise InputError if one describes none."""
    files: dict[str, Path] = {}
    problems = []
    for number, text in enumerate(texts):
        try:
            name, array = inputs.read(text, number)
        except inputs.BadInput as error:
            problems.append(printable(str(error), 500))
            continue
        name = name or position(number)
        if name in files:
            problems.append(f"--input: two inputs are named {name!r}; give each its own name, as in NAME=1x3x8x8")
        files[name] = folder / f"input-{number}.npy"
        np.save(files[name], array, allow_pickle=False)
    if "" in files and not all(name == position(number) for number, name in enumerate(files)):
        problems.append("--input: some inputs have names and others have none; name all, or give all in order")
    if problems:
        raise InputError(problems)
    if not files:
        raise InputError([f"--input is missing; expected {inputs.FORM}"])
    return files
