"""A run as JUnit XML: each environment is a test suite, and each case as written is a test in it.

Failures that belong to no case of an environment, and reasons not to rely on the run, are in a suite of their own. The
dialect is that of Jenkins' xUnit plugin and of pytest, which GitLab and the actions for GitHub read too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from junitparser import Error, Skipped
from junitparser import Failure as Failed
from junitparser.xunit2 import JUnitXml, TestCase, TestSuite

from ...cases.case import Case
from ...cases.text import printable, shape_text
from .. import output_file
from ..findings.report import Divergence, Report
from ..findings.told import divergence
from ..policy.failures import Failure
from ..results.file import Environment
from ..verdicts.verdict import kind
from . import FINDINGS, Detail

LONGEST = 10**9  # seconds; a larger number is from an edited file, and not a decimal in XML
NAME = 300  # characters of the name of a test that belongs to no case
LIMIT = 2000  # characters of a line; ``printable`` has removed those that XML does not allow


def write(report: Report, path: Path, detail: Detail = FINDINGS) -> None:
    """Write the report as JUnit XML. Raise OSError where that fails."""
    content = io.BytesIO()
    junit(report).write(content)
    output_file.write(path, content.getvalue())


def junit(report: Report) -> JUnitXml:
    """Return the report as JUnit XML.

    A failure of the run is a failure, a waived divergence is skipped, and a reason not to rely on the run is an error.
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
    for label, messages in faults.items():  # environments that did not even start
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
    diverges = report.divergence(verdict) if verdict else None
    explanation = "\n".join(_explanation(diverges)) if diverges else ""
    waiver = report.waived.get((case.id, environment.label)) if diverges else None
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
    """Return all failures of one test as one, since readers of JUnit expect one failure per test."""
    first, *others = failures
    failed = Failed(printable(first.sentence, LIMIT), kind(first.row) if first.row else first.title)
    lines = [f"{failure.title}: {printable(failure.sentence, LIMIT)}" for failure in others]
    failed.text = "\n".join(filter(None, [*lines, explanation]))
    return failed


def _explanation(one: Divergence) -> Iterator[str]:
    told, verdict = divergence(one), one.verdict
    yield printable(told.layer, LIMIT)
    yield f"{kind(verdict)}: {printable(told.why, LIMIT)}"
    if verdict.observation.source:
        yield f"as written: {printable(verdict.observation.source, LIMIT)}"
    if verdict.literal:
        yield f"literal: {printable(verdict.literal.line, LIMIT)}"
    yield f"requested: {_shape(verdict.expected_shape)}"
    yield f"returned: {_shape(verdict.shape)}"
    if told.sizes:
        yield told.sizes
    yield from (port.line for port in told.ports)
    for line in verdict.observation.error.splitlines()[:20]:
        yield printable(line, LIMIT)


def _shape(shape: tuple[int, ...] | None) -> str:
    return "no shape" if shape is None else f"the shape {shape_text(shape)}"
