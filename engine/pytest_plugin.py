"""The pytest plugin: catalogs named ``*.cases.toml`` are tests, one for each case and environment.

Everything but pytest is imported when the first catalog is collected, so that other people's test suites pay nothing.
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
OTHERS = ("filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail", "xdist_group")  # markers that act

_specs: pytest.StashKey[list[EnvironmentSpec]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    where = "an interpreter that has a framework; default: [tool.convparity.environments] of pyproject.toml"
    form = "[LABEL:]ADAPTER=PYTHON"
    group = parser.getgroup("convparity", "catalogs of convolution layers (*.cases.toml)")
    group.addoption("--convparity-env", action="append", metavar=form, help=f"{where}. Repeat for several.")
    parser.addini("convparity_env", f"{form}, one a line: {where}", type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "convparity: a layer of a catalog, in one environment")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return CatalogFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class CatalogFile(pytest.File):
    """A catalog. Its cases are run together, when the first of them is needed; only those that are selected are."""

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
        """The report that has an item's verdict. Raises HarnessFault and InputError as a run does."""
        key = item.spec.label, item.case.id
        if key not in self.reports:
            self._run(item)
        return self.reports[key]

    def _run(self, needed: LayerItem) -> None:
        """Run the selected items of this catalog; on a worker of pytest-xdist, those of one environment."""
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
            # Other catalogs, workers and -k have the rest.
            report = report.held_against(Policy(expectations=tuple(self.expectations), partial=True))
            self.reports.update({(spec.label, case.id): report for spec in specs for case in cases})


class LayerItem(pytest.Item):
    """One case in one environment. That it cannot be run at all is an error of the setup, and no failure."""

    parent: CatalogFile

    def __init__(self, *, case: Case, spec: EnvironmentSpec, **given: Any) -> None:
        super().__init__(**given)
        self.case, self.spec = case, spec

    def setup(self) -> None:
        from .cases.errors import HarnessFault, InputError

        try:
            report = self.parent.report(self)
        except (HarnessFault, InputError) as error:
            pytest.fail(f"harness fault: {error}", pytrace=False)
        if report.verdict(self.case, self.spec.label) is None:
            faults = [message for label, message in report.results.faults if label == self.spec.label]
            pytest.fail("\n".join(f"harness fault: {message}" for message in faults or ["was not run"]), pytrace=False)

    def runtest(self) -> None:
        from .report.findings.explained import row_lines
        from .report.findings.words import word
        from .report.verdicts.verdict import kind

        report = self.parent.report(self)
        verdict = report.verdict(self.case, self.spec.label)
        assert verdict is not None  # by setup
        assert report.expected is not None  # by CatalogFile._run
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
    """The environments, looked for once: of the option, else of the ini file, else as ``convparity run`` finds them."""
    if _specs not in config.stash:
        from .environments.find import resolve

        if asked := config.getoption("--convparity-env"):
            config.stash[_specs] = resolve(asked, origin="--convparity-env")
        else:
            folder = config.inipath.parent if config.inipath else None
            config.stash[_specs] = resolve(config.getini("convparity_env"), origin="convparity_env", folder=folder)
    return config.stash[_specs]


def _expectations(folder: Path) -> list[Expectation]:
    """What ``convparity run`` in the folder of a catalog would expect to diverge."""
    from .adapters.own.loading import Adapters
    from .environments.project import project_expectations
    from .report.policy.expectations_file import load_expectations

    return load_expectations(project_expectations(folder), Adapters().names)


def _registered(config: pytest.Config, name: str) -> str:
    """A marker that ``-m`` can name, known to ``--strict-markers``."""
    marker = re.sub(r"\W", "_", name)
    if not marker[:1].isalpha() or marker in OTHERS:
        marker = f"env_{marker}"
    if f"{marker}:" not in {line.split(" ")[0] for line in config.getini("markers")}:
        config.addinivalue_line("markers", f"{marker}: of convparity")
    return marker
