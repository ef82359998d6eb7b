"""Checks an adapter with the ``conformance`` catalog: small layers of every operation, padding and dtype."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..adapters.own.loading import Adapters
from ..cases.catalog.catalog import load_catalog
from ..cases.errors import HarnessFault, InputError
from ..cases.text import count, printable
from ..environments.find import find_one, parse_environment
from ..environments.ready import with_option
from ..report.findings.report import Report
from . import execution
from .settings import Settings


@dataclass(frozen=True)
class Checked:
    """The outcome of a check: the lines to print, and how many things are wrong."""

    lines: list[str]
    wrong: int


def check(adapter: str, python: str | None = None, with_: Sequence[str] = ()) -> Checked:
    """Return the outcome of running the catalog in one environment of an adapter, given by name or as a file.

    The environment is that of an interpreter, or one that convparity makes for ``with_``, or else one that is found.

    A case is right if the layer as written or its port agrees with the reference. It is missing if there is no port and
    the adapter cannot express it, or raises for a dtype other than float32. Otherwise it is wrong.
    Raise InputError for bad input, HarnessFault if the adapter cannot run.
    """
    adapters = Adapters([adapter] if Path(adapter).suffix == ".py" else ())
    name = next(iter(adapters.given), adapter)
    if python and (why := adapters.why_not(name)):
        raise InputError([f"NAME: {why}"])
    specs = with_option(with_, adapters)
    if (len(specs) + bool(python)) > 1 or any(spec.adapter != name for spec in specs):
        raise InputError([f"--with: expected one environment, of {printable(name)!r}, and no --env"])
    if python:
        specs = [parse_environment(f"{name}={python}", adapters=adapters)]
    specs = specs or [find_one(name, "NAME", adapters)]
    report = execution.run_in(load_catalog("conformance").cases, specs, settings=Settings(cache=False))
    if not report.complete:
        raise KeyboardInterrupt  # part of a catalog says nothing about the adapter
    if report.results.faults:
        raise HarnessFault("\n".join(message for _, message in report.results.faults))
    missing: Counter[str] = Counter()
    wrong = []
    for case in report.cases:
        for what, why in _trouble(report, case.id):
            if what == "missing":
                missing[why] += 1
            else:
                wrong.append(f"{what:<8} {printable(case.describe())}: {why}")
    lacking = [f"missing  {count(number, 'case')}: {why}" for why, number in sorted(missing.items())]
    right = len(report.cases) - missing.total() - len(wrong)
    head = f"{name}: {right} of {len(report.cases)} right, {missing.total()} missing, {len(wrong)} wrong"
    return Checked([*wrong, *lacking, head], len(wrong))


def _trouble(report: Report, case_id: str) -> Iterator[tuple[str, str]]:
    (environment,) = report.environments
    written, port = (report.verdict(case_id, environment, spelling) for spelling in ("as written", "port"))
    assert written is not None
    if written.verdict == "agrees":
        if written.misdeclares:
            yield "wrong", printable(written.reason, 400)
    elif port is None or port.verdict != "agrees":
        other_type = written.verdict == "rejects" and written.case.dtype != "float32"
        if port is None and (written.verdict == "inexpressible" or other_type):
            yield "missing", f"{written.case.dtype} raises" if other_type else printable(written.reason, 400)
        else:
            judged = port or written
            yield "wrong", f"{judged.verdict}{' by the port' if port else ''}: {printable(judged.reason, 400)}"
