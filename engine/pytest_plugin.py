"""The pytest plugin: catalogs named ``*.cases.toml`` are collected as tests, one for each case and environment.

Everything except pytest is imported when the first catalog is collected, so that other test suites are not slowed down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cases.case import Case
    from .environments.find import EnvironmentSpec
    from .report.findings.report import Report
    from .report.policy.expectations import Expectation

SUFFIX = ".cases.toml"
# Markers with an effect, which an environment's label must not set.
OTHERS = ("filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail", "xdist_group")

_specs: pytest.StashKey[list[EnvironmentSpec]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    what = "an adapter and a Python interpreter that has its framework"
    default = "(default: [tool.convparity.environments] in pyproject.toml)"
    form = "[LABEL:]ADAPTER=PYTHON"
    group = parser.getgroup("convparity", "catalogs of convolution layers (*.cases.toml)")
    group.addoption("--convparity-env", action="append", metavar=form, help=f"{what}; can be repeated {default}")
    parser.addini("convparity_env", f"{form}, one per line: {what} {default}", type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "convparity: a layer of a catalog, in one environment")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return CatalogFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class CatalogFile(pytest.File):
    """A catalog. Its selected cases are run together when the first result is needed."""

    def collect(self) -> Iterator[pytest.Item]:
        from .cases.catalog.catalog import load_catalog
        from .cases.text import printable

        self.reports: dict[tuple[str, str], Report] = {}
        catalog, specs = load_catalog(self.path), _environments(self.config)
        self.expectations = _expectations(self.path.parent)
        for case in catalog:
            for spec in specs:
                name = f"{printable(case.id, 1000)}-{printable(spec.label)}"
                item: LayerItem = LayerItem.from_parent(self, name=name, case=case, spec=spec)
                for marker in ("convparity", case.op, spec.label):
                    item.add_marker(_registered(self.config, marker))
                if self.config.pluginmanager.hasplugin("xdist"):
                    item.add_marker(pytest.mark.xdist_group(f"{self.nodeid}-{spec.label}"))
                yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from .cases.errors import HarnessFault, InputError

        if isinstance(excinfo.value, HarnessFault | InputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def report(self, item: LayerItem) -> Report:
        """Return the report with an item's verdict. Raise HarnessFault and InputError as a run does."""
        key = item.spec.label, item.case.id
        if key not in self.reports:
            self._run(item)
        return self.reports[key]

    def _run(self, needed: LayerItem) -> None:
        """Run the selected items of this catalog; on a worker of pytest-xdist, only those of one environment."""
        from .report.policy.failures import Policy
        from .runs.execution import run_in

        chosen: dict[str, list[LayerItem]] = {}
        for item in self.session.items:
            if isinstance(item, LayerItem) and item.parent is self:
                chosen.setdefault(item.spec.label, []).append(item)
        if hasattr(self.config, "workerinput"):
            chosen = {needed.spec.label: chosen[needed.spec.label]}
        alike: dict[tuple[Case, ...], list[EnvironmentSpec]] = {}
        for items in chosen.values():
            alike.setdefault(tuple(item.case for item in items), []).append(items[0].spec)
        for cases, specs in alike.items():
            report = run_in(cases, specs)
            if not report.complete:
                raise KeyboardInterrupt
            # Partial, because other catalogs, other workers or -k may account for the rest.
            report = report.held_against(Policy(expectations=tuple(self.expectations), partial=True))
            self.reports.update({(spec.label, case.id): report for spec in specs for case in cases})


class LayerItem(pytest.Item):
    """One case in one environment. If it cannot be run at all, that is an error of the setup and not a failure."""

    parent: CatalogFile

    def __init__(self, *, case: Case, spec: EnvironmentSpec, **given: Any) -> None:
        super().__init__(**given)
        self.case, self.spec = case, spec

    def setup(self) -> None:
        from .cases.errors import HarnessFault, InputError

        try:
            report = self.parent.report(self)
        except (HarnessFault, InputError) as error:
            pytest.fail(f"error: {error}", pytrace=False)
        if report.verdict(self.case, self.spec.label) is None:
            faults = [message for label, message in report.results.faults if label == self.spec.label]
            errors = faults or ["the layer was not run"]
            pytest.fail("\n".join(f"error: {message}" for message in errors), pytrace=False)

    def runtest(self) -> None:
        from .report.findings.explained import row_lines
        from .report.findings.words import word
        from .report.verdicts.verdict import kind

        report = self.parent.report(self)
        verdict = report.verdict(self.case, self.spec.label)
        assert verdict is not None  # ensured by setup
        assert report.expected is not None  # ensured by CatalogFile._run
        waived = report.waived.get((self.case.id, self.spec.label))
        wrong = report.expected.failures_of((self.case.id, self.spec.label, verdict.spelling))
        if waived and not wrong:
            pytest.xfail(waived)
        if verdict.diverges and not waived:
            wrong = [f"{word(kind(verdict))}: {self.case.describe()}", *row_lines(report, verdict), *wrong]
        if wrong:
            pytest.fail("\n".join(wrong), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def _environments(config: pytest.Config) -> list[EnvironmentSpec]:
    """Return the environments of the option, else of the ini file, else those ``convparity run`` finds; look once."""
    if _specs not in config.stash:
        from .environments.find import resolve

        if asked := config.getoption("--convparity-env"):
            config.stash[_specs] = resolve(asked, origin="--convparity-env")
        else:
            folder = config.inipath.parent if config.inipath else None
            config.stash[_specs] = resolve(config.getini("convparity_env"), origin="convparity_env", folder=folder)
    return config.stash[_specs]


def _expectations(folder: Path) -> list[Expectation]:
    """Return the expectations that ``convparity run`` would use in the folder of a catalog."""
    from .adapters.own.loading import Adapters
    from .environments.project import project_expectations
    from .report.policy.expectations_file import load_expectations

    return load_expectations(project_expectations(folder), Adapters().names)


def _registered(config: pytest.Config, name: str) -> str:
    """Return a marker name that ``-m`` accepts, after registering it for ``--strict-markers``."""
    marker = re.sub(r"\W", "_", name)
    if not marker[:1].isalpha() or marker in OTHERS:
        marker = f"env_{marker}"
    if f"{marker}:" not in {line.split(" ")[0] for line in config.getini("markers")}:
        config.addinivalue_line("markers", f"{marker}: set by convparity")
    return marker
