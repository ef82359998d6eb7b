"""The identity that the cache stores observations under: everything but the case that could change an observation."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..cases.case import Case
from ..environments.find import EnvironmentSpec, Installed, installed, variables_of
from ..environments.interpreters import inherited
from ..workers import code
from ..workers.limits import Limits
from ..workers.surroundings import keras_configuration
from .store import Cache, Shelf

# Environment variables that frameworks, their kernel libraries, the dynamic linker and Python read.
READ = re.compile(
    "TF_|XLA_|JAX_|KERAS_|FLAX_|TORCH|PYTORCH_|ATEN_|MXNET_|ONNX|ORT_|OV_|OPENVINO_|MLX_|PADDLE_|FLAGS_|NODE_|ONEDNN_|DNNL_|"
    "OMP_|GOMP_|KMP_|MKL_|"
    "OPENBLAS_|BLIS_|NPY_|CUDA_|NVIDIA_|CUDNN_|CUBLAS_|LD_|DYLD_|PYTHON"
)
# The fields of /proc/cpuinfo that decide which kernels run on a processor: first those of x86, then those of ARM.
OF_THE_PROCESSOR = {"model name", "flags", "CPU implementer", "CPU variant", "CPU part", "Features"}


def of_environment(spec: EnvironmentSpec, found: Installed, limits: Limits) -> dict[str, Any]:
    """Return everything that an adapter's observations in an interpreter depend on."""
    return {**(spec.machine or of_machine(spec, found)), "limits": [limits.timeout, limits.memory]}


def of_machine(spec: EnvironmentSpec, found: Installed) -> dict[str, Any]:
    """Return what an adapter's observations in an interpreter of this machine depend on, apart from the limits."""
    return {
        "adapter": spec.adapter,
        "code": code.of_observations(spec.adapter),
        "installed": found.identity,
        "variables": variables(spec, os.environ),
        "keras.json": keras_configuration(),
        "processor": processor(),
        "platform": platform.platform(),
    }


def of_run(cases: Sequence[Case], positions: Sequence[int] | None, choices: Sequence[object]) -> dict[str, Any]:
    """Return everything that a whole report depends on, apart from its environments.

    ``choices`` are the settings of the run that matter.
    """
    return {
        "code": EVERYTHING,
        "made by": [sys.version, np.__version__],
        "cases": [[case.id, case.key, case.hostile] for case in cases],
        "positions": positions and list(positions),
        "choices": choices,
    }


def of_references() -> dict[str, Any]:
    """Return everything that the reference of a case depends on."""
    return {"cases": REFERENCE, "numpy": np.__version__}


# Computed on import, because the files may change while this process runs.
REFERENCE, EVERYTHING = code.of_references(), code.of_everything()


def variables(spec: EnvironmentSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment's process that could change what its framework does."""
    return {name: value for name, value in inherited(environ).items() if READ.match(name)} | variables_of(spec)


def processor_name(spec: EnvironmentSpec) -> str:
    """Return the model name of the first processor of an environment's machine, for people to read."""
    said = spec.machine["processor"] if spec.machine else processor()
    names = [line.partition(":")[2].strip() for line in said if line.startswith(("model name", "CPU part"))]
    return names[0] if names else said[0]


@cache
def processor() -> list[str]:
    """Return the model and the features of the first processor."""
    said = [platform.machine(), platform.processor()]
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    except OSError:
        return said
    return said + [line for line in first.splitlines() if line.split(":")[0].strip() in OF_THE_PROCESSOR]


class Shelves:
    """The shelves of environments by label, without those of environments that may change without notice."""

    def __init__(self, cache: Cache, specs: Sequence[EnvironmentSpec], limits: Limits) -> None:
        """Find the shelves, after looking in parallel at all interpreters that have not been looked at."""
        self.references = cache.shelf("references", of_references())
        self.environments: dict[str, Shelf] = {}
        unknown = list({spec.python for spec in specs if spec.installed is None})
        with ThreadPoolExecutor() as pool:
            looks = dict(zip(unknown, pool.map(installed, unknown), strict=True))
        for spec in specs:
            found = spec.installed or looks[spec.python].get(spec.adapter)
            # A user's own adapter may import anything, such as code that is being worked on.
            if found and not found.changes and spec.own is None:
                identity = of_environment(spec, found, limits)
                self.environments[spec.label] = cache.shelf("environment", identity)
