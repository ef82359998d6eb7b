"""convparity: does this convolution layer do the same thing in every framework?

This is the public API. Names are imported on first use, because the worker also imports this package, in interpreters
that have none of the controller's dependencies.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

_HOMES = {
    "adapter": "api",
    "bisect": "api",
    "compare": "api",
    "diff": "api",
    "draw": "figures",
    "explain": "api",
    "explore": "widget.explore",
    "hunt": "api",
    "load_catalog": "cases.catalog.catalog",
    "load_expectations": "report.policy.expectations_file",
    "port": "api",
    "predict": "api",
    "preflight": "api",
    "make_case": "cases.catalog.validate",
    "read_results": "api",
    "record": "api",
    "repro": "api",
    "run": "api",
    "stack": "report.preflight.stack",
    "versions": "api",
    "Bisected": "releases.bisecting",
    "Case": "cases.case",
    "Catalog": "cases.catalog.catalog",
    "Compared": "report.findings.compared",
    "ComparedModels": "report.models.result",
    "Cluster": "report.findings.report",
    "Diff": "report.findings.diff",
    "Divergence": "report.findings.report",
    "Explained": "report.findings.explained",
    "HarnessFault": "cases.errors",
    "History": "report.findings.history",
    "Hunted": "hunting.hunted",
    "InputError": "cases.errors",
    "Port": "runs.porting",
    "ModelPort": "models.porting",
    "Policy": "report.policy.failures",
    "Preflight": "report.preflight.preflight",
    "Recording": "adapters.models.recording",
    "Report": "report.findings.report",
    "Stack": "report.preflight.stack",
    "Verdict": "report.verdicts.verdict",
    "Workers": "warm",
}

_MODULES = ("figures",)

__all__ = [*sorted((*_HOMES, *_MODULES)), "__version__"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
