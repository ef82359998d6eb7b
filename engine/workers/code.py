"""Lists the modules that are sent to a worker, and the modules of convparity that a cached observation depends on.

A worker gets these folders: ``cases/`` without the reading of catalogs, the part of ``adapters/`` that every adapter
shares, the worker itself, and the adapter's own folder without the signatures of layers and functions, which only serve
to read layers from text.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable

from .. import __version__
from ..adapters.registry import OWN, folder

COMMON = ("cases", "cases/operations", "adapters", "adapters/worker", f"adapters/{OWN}")
READ_ONLY_HERE = {  # modules in these folders that only the controller runs
    "adapters": {
        "layers.py",
        "expression.py",
        "signature.py",
        "needs.py",
        "padding_forms.py",
        "prediction.py",
        "dressing.py",
        "dressed.py",
        "ported.py",
        "carrying.py",
        "scripts.py",
        "program_check.py",
        "windowless.py",
    },
    f"adapters/{OWN}": {"loading.py"},
}
FOR_MODELS = ("adapters/models",)
# In an adapter's folder and the worker's.
MODEL_MODULES = {"recorder.py", "calls.py", "exported.py", "files.py", "models.py", "operators.py"}
MODEL_MODULES |= {"filling.py", "writing.py"}
SIGNATURES = {"signatures.py", "functions.py", "dressing.py", "applying.py", "windowless.py", "across_channels.py"}
SIGNATURES |= {"litert_signatures.py", "litert_applying.py", "onnx_signatures.py", "onnx_applying.py"}
# Applied before an observation is asked for, and when it arrives.
CONTROLLING = ("runs/lines.py", "report/results/comparison.py", "report/results/observation.py")


def travelling(adapter: str, models: bool = False) -> list[str]:
    """Return the modules that an adapter's worker runs, as paths below convparity such as ``cases/case.py``.

    With ``models``, these are also the modules that record models, which no observation of a case depends on.
    """
    own = folder(adapter)
    folders = (*COMMON, *(FOR_MODELS if models else ()), *([f"adapters/{own}"] if own else []))
    modules = ["__init__.py"]
    for name in folders:
        left_out = {*SIGNATURES, *READ_ONLY_HERE.get(name, ()), *(() if models else MODEL_MODULES)}
        modules += [path for path in modules_in(name) if path.rpartition("/")[2] not in left_out]
    return modules


def modules_in(folder: str) -> Iterator[str]:
    """Yield the modules and programs in a folder below convparity, without those in its subfolders."""
    names = (file.name for file in _place(folder).iterdir())
    yield from sorted(f"{folder}/{name}".lstrip("/") for name in names if name.endswith((".py", ".js")))


def text(module: str) -> bytes:
    """Return the source of a module, given as its path below convparity."""
    return _place(module).read_bytes()


def digest(modules: Iterator[str] | list[str]) -> str:
    """Return a digest of convparity's version and the sources of modules."""
    found = blake2b(__version__.encode(), digest_size=16)
    for module in modules:
        found.update(f"\0{module}\0".encode() + text(module))
    return found.hexdigest()


def of_observations(adapter: str) -> str:
    """Return a digest of our own code that an adapter's observations depend on."""
    return digest([*travelling(adapter), *CONTROLLING])


def of_references() -> str:
    """Return a digest of our own code that the references of cases depend on."""
    return digest([*modules_in("cases"), *modules_in("cases/operations")])


def of_everything() -> str:
    """Return a digest of all of our own code."""
    return digest(sorted(_all("")))


def _all(folder: str) -> Iterator[str]:
    yield from modules_in(folder)
    for inside in _place(folder).iterdir():
        if inside.is_dir() and not inside.name.startswith("__"):
            yield from _all(f"{folder}/{inside.name}".lstrip("/"))


def _place(path: str) -> Traversable:
    """Return a file or folder of the package, wherever it is installed."""
    place: Traversable = resources.files("convparity")
    for part in filter(None, path.split("/")):
        place = place / part
    return place
