"""The modes in which environments run, as ``--mode`` asks for them: one environment for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..adapters.registry import NAMES, adapter_class
from ..adapters.running import EAGER, MODES
from ..cases.errors import InputError
from ..cases.text import did_you_mean, printable
from .find import EnvironmentSpec


def in_modes(specs: Sequence[EnvironmentSpec], text: str | None) -> list[EnvironmentSpec]:
    """Return environments in each of the modes in a text such as ``eager,compiled``; None leaves them as they are.

    The label of one that is not eager ends with its mode. Environments without modes, and those whose mode
    pyproject.toml chooses, stay as they are. Raise InputError for an unknown mode, and if no environment has modes.
    """
    if text is None:
        return list(specs)
    modes = [word.strip() for word in text.split(",")]
    for mode in modes:
        if mode not in MODES:
            has = f"expected {' or '.join(MODES)}, or both with a comma{did_you_mean(mode, MODES)}"
            raise InputError([f"--mode: {printable(mode, 60)!r} is not a mode; {has}"])
    if not any("mode" in spec.kind.choices for spec in specs):
        have = " and ".join(name for name in NAMES if "mode" in adapter_class(name).choices)
        labels = ", ".join(printable(spec.label, 40) for spec in specs)
        raise InputError([f"--mode: none of these environments has modes ({labels}); {have} have"])
    return [one for spec in specs for one in _in_each(spec, list(dict.fromkeys(modes)))]


def _in_each(spec: EnvironmentSpec, modes: Sequence[str]) -> Iterator[EnvironmentSpec]:
    if "mode" not in spec.kind.choices or "mode" in spec.choices:
        yield spec
        return
    for mode in modes:
        label = spec.label if mode == EAGER else f"{spec.label}-{mode}"
        yield replace(spec, label=label, choices={**spec.choices, "mode": mode})
