"""The script that shows how two releases of a framework differ in a layer: the framework, NumPy and nothing else.

The same script runs in both before it is handed out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..cases.case import Case
from ..cases.text import printable
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..runs.reproducing import Outcome, differ, run, script, side, small


def reproduced(case: Case, specs: Sequence[EnvironmentSpec], install: Sequence[str], what: str) -> str:
    """Return the script for a case in two environments of one adapter; empty if its results do not differ.

    A small layer like the case is tried first. ``install`` is what pip installs for each, ``what`` the change in words.
    Raise InputError if the case has no script, and HarnessFault if none can be run.
    """
    environments = ready(specs)
    for tried in dict.fromkeys((small(case), case)):
        one = side(tried, specs[0].adapter)
        text = script(tried, [one])
        outcomes = run(text, [one, one], environments)
        if differ(outcomes):
            told = [what if tried is case else "", *_heading(tried, install, outcomes)]
            return "".join(f"# {printable(line, 1000)}\n" for line in told if line) + text
    return ""


def _heading(case: Case, install: Sequence[str], outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines that say what the script shows, and with what it ran."""
    yield f"Two releases do not do the same in this layer: {printable(case.describe())}."
    for packages, outcome in zip(install, outcomes, strict=True):
        yield f"After pip install {packages}:"
        yield f"  {outcome}"
