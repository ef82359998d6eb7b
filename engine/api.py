"""The Python interface: what the command does, with objects instead of files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .adapters.adapter import NAMES, Adapter, adapter_class
from .cases.case import Case
from .cases.catalog import Catalog, load_catalog
from .cases.errors import HarnessFault, InputError
from .cases.layer_expression import layer_case
from .cases.reference import References
from .cases.text import did_you_mean
from .environments import EnvironmentSpec, resolve
from .progress import showing_progress
from .report import results as results_file
from .report.assessment import Report
from .runner import run_cases
from .select import select
from .worker_process import Limits

if TYPE_CHECKING:
    from .report.explained import Explained

DEFAULT_LIMITS = Limits()

Environments = Mapping[str, str] | Iterable[str] | None


def run(
    *catalogs: str | Path | Catalog | Case,
    environments: Environments = None,
    select_by: str | None = None,
    output: str | Path | None = None,
    timeout: float = 30.0,
    memory: float = 4.0,
    jobs: int | None = None,
    only_as_written: bool = False,
    resume: bool = False,
) -> Report:
    """Take cases through every environment and hold what they did against the reference.

    ``catalogs`` are files, names of catalogs that ship, or cases. ``environments`` maps ``"[LABEL:]ADAPTER"`` to
    interpreters, or lists ``"[LABEL:]ADAPTER=PYTHON"``; without it they are looked for as ``convparity envs`` shows.
    ``output`` is the results file to write, and with ``resume`` to go on with: nothing that is in it is run again.
    ``timeout`` is in seconds and ``memory`` in GB beyond the import, for each case. With ``only_as_written`` neither
    ports nor other input sizes are run. Ctrl-C stops the run and returns what there is; ``report.complete`` tells.

    Raises InputError for bad input, HarnessFault where there is no environment or the results cannot be written. An
    environment that cannot serve is a fault in ``report.results.faults``.
    """
    if timeout <= 0 or memory <= 0:
        raise InputError([f"timeout is {timeout} and memory {memory}; both have to be above 0"])
    limits = Limits(timeout, int(memory * 2**30))
    if resume and output is None:
        raise InputError(["--resume needs the results file to go on with: -o RESULTS"])
    cases = _cases(catalogs, select_by)
    return run_in(cases, specs(environments), output, limits, jobs, only_as_written, resume)


def run_in(
    cases: tuple[Case, ...],
    environments: list[EnvironmentSpec],
    output: str | Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    jobs: int | None = None,
    only_as_written: bool = False,
    resume: bool = False,
) -> Report:
    """:func:`run` with everything resolved."""
    path = Path(output) if output else _scratch_file()
    references = References()
    earlier = results_file.reopen(path) if resume and path.exists() else None
    try:
        file = path.open("a" if earlier else "w", encoding="utf-8")
    except OSError as error:
        raise InputError([f"{path}: cannot be written: {error.strerror}"]) from None
    try:
        with file, showing_progress() as progress:
            results, complete = run_cases(
                cases, environments, file, references, limits, jobs, progress, only_as_written, earlier
            )
    except OSError as error:
        raise HarnessFault(f"{path}: cannot be written: {error.strerror}; what it holds is kept") from None
    if not complete:
        results.notes.append(
            f"stopped before the end; what was observed is kept, to report or to go on with by --resume -o {path}"
        )
    elif not output:
        path.unlink()
    return Report(results, references, complete)


def specs(environments: Environments = None) -> list[EnvironmentSpec]:
    """The environments that a request means. Raises InputError where it cannot be understood."""
    if isinstance(environments, Mapping):
        environments = [f"{name}={python}" for name, python in environments.items()]
    return resolve(environments or ())


def read_results(*paths: str | Path) -> Report:
    """The report of results files that were written by :func:`run` or ``convparity observe``."""
    return Report(results_file.read_results(paths))


def explain(
    layer: str | Case, input: tuple[int, ...] | None = None, environments: Environments = None, run: bool = False
) -> Explained:
    """One layer, worked out by the formula; with ``environments``, or ``run`` for those found, what each does with it.

    ``layer`` is a layer expression of any framework, as a string, with ``input`` (H, W) or (C, H, W); or a case.
    Raises InputError where the expression cannot be understood.
    """
    from .report.explained import Explained

    if isinstance(layer, str):
        if input is None:
            raise InputError(["input is missing; a layer expression needs (H, W) or (C, H, W)"])
        layer = layer_case(layer, input)
    report = run_in((layer,), specs(environments)) if run or environments is not None else None
    return Explained(layer, report)


def adapter(name: str) -> Adapter:
    """The adapter of a framework installed in this interpreter, for its ``comp_conv2d``.

    Raises InputError for an unknown name, ImportError where the framework is missing.
    """
    if name not in NAMES:
        raise InputError([f"{name!r} is not an adapter; allowed is {', '.join(NAMES)}{did_you_mean(name, NAMES)}"])
    return adapter_class(name)()


def _cases(catalogs: tuple[str | Path | Catalog | Case, ...], select_by: str | None) -> tuple[Case, ...]:
    cases: dict[str, Case] = {}
    for item in catalogs:
        found = [item] if isinstance(item, Case) else item if isinstance(item, Catalog) else load_catalog(item)
        for case in found:
            cases.setdefault(case.key, case)
    if not cases:
        raise InputError(["no cases; name a catalog, such as textbook"])
    return select(cases.values(), select_by)


def _scratch_file() -> Path:
    """Where a run without ``-o`` keeps its observations, so that stopping it loses nothing."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("convparity")) / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(".jsonl", dir=folder)
    os.close(handle)
    return Path(name)
