"""Everything that could change an observation, apart from the case itself: what the cache keeps it under."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .cases.case import Case
from .environments import EnvironmentSpec, Installed, variables_of
from .worker_process import Limits

# Variables that frameworks, their libraries of kernels, the dynamic linker and Python read.
READ = re.compile(
    "TF_|XLA_|JAX_|KERAS_|FLAX_|TORCH|PYTORCH_|ATEN_|MXNET_|ONNX|ORT_|ONEDNN_|DNNL_|OMP_|GOMP_|KMP_|MKL_|OPENBLAS_|"
    "BLIS_|NPY_|CUDA_|NVIDIA_|CUDNN_|CUBLAS_|LD_|DYLD_|PYTHON"
)
# What Linux says of a processor that decides which kernels run on it; on x86, then on ARM.
OF_THE_PROCESSOR = {"model name", "flags", "CPU implementer", "CPU variant", "CPU part", "Features"}


def of_environment(spec: EnvironmentSpec, installed: Installed, limits: Limits) -> dict[str, Any]:
    """What an adapter's observations in an interpreter depend on."""
    return {
        "adapter": spec.adapter,
        "code": sources("adapters", "cases", "report.results/comparison.py"),
        "installed": installed.identity,
        "variables": variables(spec, os.environ),
        "keras.json": _keras_configuration(),
        "processor": processor(),
        "limits": [limits.timeout, limits.memory],
    }


def of_run(cases: Sequence[Case], positions: Sequence[int] | None, choices: Sequence[object]) -> dict[str, Any]:
    """What a whole report depends on, apart from its environments; ``choices`` are those of the run."""
    return {
        "code": OWN,
        "made by": [sys.version, np.__version__],
        "cases": [[case.id, case.key, case.hostile] for case in cases],
        "positions": positions and list(positions),
        "choices": choices,
    }


def of_references() -> dict[str, Any]:
    """What the reference of a case depends on."""
    return {"cases": REFERENCE, "numpy": np.__version__}


def sources(*places: str) -> str:
    """A digest of convparity's own code: its version, and all modules of a package or one, as in ``cases/case.py``.

    The package ``.`` is convparity itself, without those inside.
    """
    digest = blake2b(__version__.encode(), digest_size=16)
    for place in places:
        package, _, module = place.partition("/")
        found = resources.files(f"{__package__}.{package}".rstrip(".")).iterdir()
        for file in sorted(found, key=lambda file: file.name):
            if file.name == module or (not module and file.name.endswith(".py")):
                digest.update(f"\0{package}/{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


FLOORS = ("results", "verdicts", "policy", "findings", "formats")
# As this process runs it, whatever becomes of the files.
REFERENCE = sources("cases")
OWN = sources(".", "adapters", "cases", "report", *(f"report.{floor}" for floor in FLOORS))


def variables(spec: EnvironmentSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that an environment's process gets and that could change what its framework does."""
    return {name: value for name, value in environ.items() if READ.match(name)} | variables_of(spec)


def _keras_configuration() -> str:
    folder = Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"))
    try:
        return (folder / "keras.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def processor_name() -> str:
    """The model of the first processor, for people to read."""
    names = [line.partition(":")[2].strip() for line in processor() if line.startswith(("model name", "CPU part"))]
    return names[0] if names else platform.machine()


@cache
def processor() -> list[str]:
    """The model of the first processor and what it can do."""
    said = [platform.machine(), platform.processor()]
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    except OSError:
        return said
    return said + [line for line in first.splitlines() if line.split(":")[0].strip() in OF_THE_PROCESSOR]
