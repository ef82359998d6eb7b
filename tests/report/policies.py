"""Reports held against a gate, expectations or both, in one word."""

import re
from dataclasses import replace

from convparity.report.findings.report import Report
from convparity.report.policy.expectations import Expectation
from convparity.report.policy.failures import Policy
from convparity.report.verdicts.run import Run
from convparity.report.verdicts.verdict import DIVERGENT


def held(report, gate=None, expectations=None, **more):
    """The report with another gate, or other expectations, which may be ``partial`` or of a ``today``."""
    gate = gate or report.policy.gate
    if expectations is None:
        return report.held_against(replace(report.policy, gate=gate))
    return report.held_against(Policy(gate, tuple(expectations), **more))


def stopped(report):
    """The report of the same observations, of a run that was stopped."""
    return Report(Run(report.results, report.references, complete=False), report.policy)


def waiving(report, why):
    """The report with the divergences of some (case id, environment label) expected, each for a reason."""
    known = [
        Expectation("e.toml", i, i, DIVERGENT, reason, cases=(re.sub(r"([*?[])", r"[\1]", id),), environments=(label,))
        for i, ((id, label), reason) in enumerate(why.items(), 1)
    ]
    return held(report, expectations=known)
