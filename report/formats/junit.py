"""A run as JUnit XML: an environment is a test suite, and each case as written is a test in it.

What fails the run and belongs to no case of an environment, or keeps it from being relied on, is in a suite of its own.
The flavour is that of Jenkins' xUnit plugin and of pytest, which GitLab and the actions for GitHub read too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from junitparser import Error, Skipped
from junitparser import Failure as Failed
from junitparser.xunit2 import JUnitXml, TestCase, TestSuite

from ...cases.case import Case
from ...cases.text import printable, shape_text
from ..findings.report import Divergence, Report
from ..findings.words import port_line
from ..policy.failures import Failure
from ..results.file import Environment
from ..verdicts.verdict import kind

LONGEST = 10**9  # seconds, above which a file was edited, and a number is no decimal in XML
NAME = 300  # characters of the name of what belongs to no case
LIMIT = 2000  # characters of a line; what XML has no characters for, ``printable`` has taken out


def write(report: Report, path: Path) -> None:
    """Write the report as JUnit XML."""
    junit(report).write(str(path))


def junit(report: Report) -> JUnitXml:
    """The report as JUnit XML: what fails the run is a failure, a waived divergence skipped, a doubt an error.

    A divergence that does not fail the run is a pass, with its explanation as the output.
    """
    failing: dict[tuple[str | None, str | None], list[Failure]] = {}
    for failure in report.failures:
        failing.setdefault((failure.case, failure.environment), []).append(failure)
    faults: dict[str, list[str]] = {}
    for label, message in report.results.faults:
        faults.setdefault(label, []).append(message)
    xml = JUnitXml("convparity")
    for environment in report.environments:
        suite = _suite(environment.label)
        for name, value in _properties(environment):
            suite.add_property(name, value)
        tests = [
            _test(report, case, environment, failing.pop((case.id, environment.label), [])) for case in report.cases
        ]
        suite.add_testcases([*tests, *_errors(environment.label, faults.pop(environment.label, []))])
        xml.add_testsuite(suite)
    for label, messages in faults.items():  # of environments that did not even start
        suite = _suite(label)
        suite.add_testcases(list(_errors(label, messages)))
        xml.add_testsuite(suite)
    suite = _suite("convparity")
    suite.add_testcases([_doubt(message) for message in report.run.doubts_of_the_whole])
    suite.add_testcases([_of_no_case(failure) for group in failing.values() for failure in group])
    if len(suite):
        xml.add_testsuite(suite)
    xml.update_statistics()
    return xml


def _suite(label: str) -> TestSuite:
    return TestSuite(printable(label, LIMIT))


def _properties(environment: Environment) -> Iterator[tuple[str, str]]:
    yield "adapter", printable(environment.adapter, LIMIT)
    for package, version in environment.packages.items():
        yield f"version of {printable(package, LIMIT)}", printable(version, LIMIT)


def _errors(label: str, faults: list[str]) -> Iterator[TestCase]:
    for number, message in enumerate(faults, 1):
        test = TestCase(f"error {number}", printable(label, LIMIT), 0.0)
        test.result = Error(printable(message, LIMIT), "error")
        yield test


def _doubt(message: str) -> TestCase:
    test = TestCase(printable(message, NAME), "convparity.run", 0.0)
    test.result = Error(printable(message, LIMIT), "not to be relied on")
    return test


def _of_no_case(failure: Failure) -> TestCase:
    test = TestCase(printable(failure.sentence, NAME), f"convparity.{failure.kind}", 0.0)
    test.result = _failed([failure], "")
    return test


def _test(report: Report, case: Case, environment: Environment, failures: list[Failure]) -> TestCase:
    verdict = report.verdict(case, environment)
    seconds = verdict.observation.seconds if verdict else 0.0
    test = TestCase(
        printable(case.id, LIMIT),
        printable(f"{environment.label}.{case.op}", LIMIT),
        round(seconds, 3) if 0 <= seconds < LONGEST else 0.0,
    )
    divergence = report.divergence(verdict) if verdict else None
    explanation = "\n".join(_explanation(divergence)) if divergence else ""
    waiver = report.waived.get((case.id, environment.label)) if divergence else None
    if failures:
        test.result = _failed(failures, explanation)
    elif verdict is None:
        test.result = Skipped("not observed", "not observed")
    elif waiver is not None:
        skipped = Skipped(printable(waiver, LIMIT), "waived")
        skipped.text = explanation
        test.result = skipped
    elif explanation:
        test.system_out = f"does not fail this run\n{explanation}"
    return test


def _failed(failures: list[Failure], explanation: str) -> Failed:
    """All that fails the run in one test: a reader of JUnit takes one failure of a test."""
    first, *others = failures
    failed = Failed(printable(first.sentence, LIMIT), kind(first.row) if first.row else first.title)
    lines = [f"{failure.title}: {printable(failure.sentence, LIMIT)}" for failure in others]
    failed.text = "\n".join(filter(None, [*lines, explanation]))
    return failed


def _explanation(divergence: Divergence) -> Iterator[str]:
    verdict = divergence.verdict
    yield printable(verdict.case.describe(), LIMIT)
    yield f"{kind(verdict)}: {printable(verdict.reason, LIMIT)}"
    if verdict.observation.source:
        yield f"as written: {printable(verdict.observation.source, LIMIT)}"
    yield f"asked for: {_shape(verdict.expected_shape)}"
    yield f"came out: {_shape(verdict.shape)}"
    if divergence.holds:
        yield divergence.holds.text
    yield port_line(divergence)
    for line in verdict.observation.error.splitlines()[:20]:
        yield printable(line, LIMIT)


def _shape(shape: tuple[int, ...] | None) -> str:
    return "no shape" if shape is None else f"the shape {shape_text(shape)}"
