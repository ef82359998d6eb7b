"""How a framework runs layers where an environment has a choice: its mode, its device, its execution provider.

The controller checks a choice and hands it to a worker as an environment variable, so that it is recorded, and told
apart in the cache, as other variables are.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

EAGER, COMPILED = "eager", "compiled"
CPU = "cpu"
USUAL = {"mode": EAGER, "device": CPU, "provider": "CPUExecutionProvider"}
VARIABLES = {"mode": "CONVPARITY_MODE", "device": "CONVPARITY_DEVICE", "provider": "CONVPARITY_PROVIDER"}

MODES = (EAGER, COMPILED)
TORCH_DEVICES = (CPU, "cuda", "cuda:*", "mps", "xpu")  # patterns
JAX_DEVICES = (CPU, "cuda", "rocm", "tpu")


class Unavailable(Exception):
    """What an environment chose is not to be had on this machine, or in this build of the framework."""


def chosen(name: str) -> str:
    """Return what this worker's environment chose as its mode, device or provider, or else the usual one."""
    return os.environ.get(VARIABLES[name]) or USUAL[name]


def handed_on(choices: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that tell a worker what its environment chose."""
    return {VARIABLES[name]: choice for name, choice in choices.items() if choice != USUAL[name]}


def on_cpu(choices: Mapping[str, str]) -> bool:
    """Return whether layers run on the CPU with these choices."""
    return all(choices.get(name, USUAL[name]) == USUAL[name] for name in ("device", "provider"))


def accelerated() -> bool:
    """Return whether this worker's environment chose another device or provider than the CPU."""
    return not on_cpu({name: chosen(name) for name in ("device", "provider")})


def use_torch_device(torch: Any, device: str) -> None:
    """Let PyTorch make its tensors and layers on a device. Raise Unavailable if it cannot use it."""
    if device == CPU:
        return
    try:
        torch.empty(1, device=device)
    except Exception as error:  # an AssertionError where the build has no such devices
        raise unavailable(device, f"PyTorch {torch.__version__}", error) from None
    torch.set_default_device(device)


def unavailable(device: str, framework: str, error: Exception) -> Unavailable:
    """Return that a framework cannot use a device, with the error that it raises."""
    why = str(error).strip().partition("\n")[0] or f"it raises {type(error).__name__}"
    what = "choose another device, or install a build that has it"
    return Unavailable(f"device {device!r}: {framework} cannot use it here; {what} ({why})")
