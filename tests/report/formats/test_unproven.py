"""A layer of which nothing but the shape was compared is in every report, with the reason, and fails the run."""

import io
import json
import xml.etree.ElementTree as ET

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.diff import Diff
from convparity.report.formats import FORMATS, notebook
from convparity.report.formats.annotations import commands
from convparity.report.formats.payload import payload
from convparity.report.formats.terminal import show
from convparity.report.policy.gate import Gate
from convparity.report.policy.lock import Lock, broken
from rich.console import Console

from ..policies import held, waiving

LARGE = make_case(id="large", op="max_pool", input=[2**27], kernel=2**26 + 1)
REASON = "no number could be compared: windows of 67108865 elements are too large to compute values of"
UNMEASURED = "which elements it reads could not be measured (MemoryError: too many)"


@pytest.fixture
def report(observed_run):
    run = observed_run(LARGE)
    run.saw(LARGE, shape=[1, 1, 1], declared=[1, 1, 1], dtype="float32", digest="x")
    run.saw(LARGE, want="sampling", outcome="out of memory", error="MemoryError: too many")
    return run.report()


def terminal(report, folder):
    out = io.StringIO()
    show(report, Console(file=out, width=1000))
    return out.getvalue()


def markdown(report, folder):
    (written,) = (form for form in FORMATS if form.name == "markdown")
    written.write(report, folder / "m.md")
    return (folder / "m.md").read_text()


def junit(report, folder):
    (written,) = (form for form in FORMATS if form.name == "junit")
    written.write(report, folder / "j.xml")
    (failure,) = ET.parse(folder / "j.xml").iter("failure")
    return failure.get("message") + "".join(failure.itertext())


SHOWN = {
    "terminal": terminal,
    "markdown": markdown,
    "junit": junit,
    "json": lambda report, folder: json.dumps(report.to_json()),
    "page": lambda report, folder: json.dumps(payload(report)),
    "annotations": lambda report, folder: "".join(commands(report)),
    "notebook": lambda report, folder: notebook.report_html(report),
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_unproven_layer_is_shown_with_the_reason(report, tmp_path, name):
    said = SHOWN[name](report, tmp_path)
    assert "unproven" in said.lower()
    assert REASON in said
    assert UNMEASURED in said


def test_an_unproven_layer_fails_the_run_unless_it_is_expected(report):
    assert (report.exit_status, report.counts) == (1, {"unproven": 1})
    assert held(report, Gate(fail_on=("unproven",))).exit_status == 1
    assert held(report, Gate(fail_on=("values",))).exit_status == 0
    assert waiving(report, {("large", "torch"): "too large to compare"}).exit_status == 0
    assert report.headline == "PyTorch is unproven in this layer."


def test_a_lock_and_a_comparison_distinguish_unproven_from_agreement(report, observed_run):
    other = observed_run(LARGE)
    other.saw(LARGE, outcome="raised", error="ValueError: too large")
    lock = Lock.of(report.run)
    assert "unproven" in lock.text()
    (was,) = broken(lock, other.report().run)
    assert "unproven" in str(was)
    assert "unproven -> rejects" in str(Diff(report, other.report()))
