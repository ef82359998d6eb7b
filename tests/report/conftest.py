"""Runs made of literal lines of a results file, as the worker and the runner write them; and windows slid by hand."""

import base64
import zlib

import numpy as np
import pytest
from convparity.cases.reference import References
from convparity.report.findings.report import Report
from convparity.report.results.file import Results
from convparity.report.verdicts import run as judged


def slide(n, k, before, after, stride, dilation=1, flipped=False):
    """The windows over labels 0..n-1 among padding, -1, all by list slicing: no formula."""
    labels = [-1] * max(before, 0) + list(range(n)) + [-1] * max(after, 0)
    labels = labels[max(-before, 0) : max(len(labels) - max(-after, 0), 0)]
    windows = []
    while len(labels) > dilation * (k - 1):
        window = labels[: dilation * (k - 1) + 1 : dilation]
        windows.append(window[::-1] if flipped else window)
        labels = labels[stride:]
    return windows


class Run:
    """A results file in memory, line by line."""

    def __init__(self, *cases, environments=("torch",), version="2.9.0"):
        self.results = Results()
        self.lines = []
        self.add(kind="header", convparity="0.1.0", format=1)
        for case in cases:
            self.add(kind="case", case=case.to_json())
        for label in environments:
            details = {"python": "3.11.7", "timeout": 30.0, "memory": 4 * 2**30}
            self.add(kind="environment", label=label, adapter="torch", packages={"torch": version}, details=details)

    def add(self, **line):
        self.lines.append(line)
        self.results.add(line)

    def saw(self, case, environment="torch", spelling="as written", want="values", input=None, **fields):
        """One observation line; ``values`` may be an array. Returns what the results now hold of it."""
        sizes = tuple(input or case.input)
        fields = {"outcome": "ran", "source": "nn.Conv2d(1, 1, 3)", "words": "", "note": "", "log": "", **fields}
        if isinstance(fields.get("values"), np.ndarray):
            packed = zlib.compress(fields["values"].astype("<f4").tobytes())
            fields["values"] = base64.b64encode(packed).decode()
        where = {"environment": environment, "case": case.id, "input": list(sizes), "spelling": spelling, "want": want}
        self.add(kind="observation", **where, **fields)
        return self.results.observation(environment, case, spelling, sizes)

    def probed(self, case, *maps, separable=True, exact=True, **fields):
        """The line of a probe that read off these maps, one for each axis."""
        found = {"maps": [list(map(list, axis)) for axis in maps], "separable": separable, "exact": exact}
        outputs = [len(axis) for axis in maps]
        return self.saw(case, want="sampling", shape=[2, 9, *outputs], sampling=found, **fields)

    def agreed(self, case, environment="torch", **fields):
        """The line of a layer that did what was requested."""
        reference = References()[case]
        shape = list(reference.shape)
        return self.saw(case, environment, shape=shape, digest=reference.digest, **{"declared": shape, **fields})

    def report(self):
        return Report(judged.Run(self.results))


@pytest.fixture
def observed_run():
    """Starts a run: ``observed_run(case, ..., environments=(...))``."""
    return Run


@pytest.fixture(scope="session")
def observed_windows():
    """The windows that a layer reads along one axis: ``(n, k, before, after, stride, dilation, flipped)``."""
    return slide
