"""Measurements that are not as predicted, as a condition that fails a run, and as something to expect.

On 8, padding 1 at stride 2 reads -1,0,1 first; a torch that read 0,1,2 first would be shifted, and not as predicted.
"""

import re
from pathlib import Path

import pytest
from convparity import Policy, load_expectations
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.policy.gate import read_gate

ROOT = Path(__file__).parents[3]
STEM = make_case(input=[8, 8], kernel=3, stride=2, padding=1, id="stem")
SOURCE = "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"
AFTER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
ENTRY = '[[expect]]\nadapter = "torch"\nverdict = "shifted"\nreason = "known"\n'


@pytest.fixture
def shifted(observed_run):
    run = observed_run(STEM)
    run.saw(STEM, source=SOURCE, shape=[1, 1, 4, 4], digest="other", declared=[1, 1, 4, 4])
    run.probed(STEM, AFTER, AFTER)
    return run.report()


@pytest.fixture
def agreeing(observed_run):
    """As above, but with the numbers of the reference."""
    run = observed_run(STEM)
    run.agreed(STEM, source=SOURCE)
    return run.report()


def held(report, tmp_path, text="", fail_on="all,unforeseen"):
    path = tmp_path / "expectations.toml"
    path.write_text(text)
    return report.held_against(Policy(read_gate([fail_on]), tuple(load_expectations([path])))).failures


@pytest.mark.parametrize(
    ("fail_on", "kinds"),
    [("shifted", ["divergence"]), ("unforeseen", ["unforeseen"]), ("all,unforeseen", ["divergence", "unforeseen"])],
)
def test_a_gate_fails_a_verdict_that_is_not_as_predicted(shifted, tmp_path, fail_on, kinds):
    failures = held(shifted, tmp_path, fail_on=fail_on)
    assert [failure.kind for failure in failures] == kinds
    if "unforeseen" in kinds:
        assert "shifted, where it was agrees (4,4), predicted by the model of torch 2.13.0" in failures[-1].said


def test_an_entry_about_the_verdict_alone_does_not_expect_an_unforeseen_one(shifted, tmp_path):
    assert [failure.kind for failure in held(shifted, tmp_path, ENTRY)] == ["unforeseen"]


@pytest.mark.parametrize("entries", [ENTRY + "unforeseen = true\n", ENTRY + "\n" + ENTRY + "unforeseen = true\n"])
def test_an_entry_about_an_unforeseen_verdict_expects_it(shifted, tmp_path, entries):
    assert held(shifted, tmp_path, entries) == []


def test_an_entry_that_says_the_contrary_no_longer_holds(shifted, tmp_path):
    failures = held(shifted, tmp_path, ENTRY + "unforeseen = false\n")
    assert [failure.kind for failure in failures] == ["divergence", "unforeseen", "expectation"]
    assert "expected shifted, as predicted, because known; is shifted, not as predicted" in failures[-1].said


def test_an_entry_is_stale_once_the_measurement_is_as_predicted(agreeing, tmp_path):
    (failure,) = held(agreeing, tmp_path, ENTRY + "unforeseen = true\n")
    assert "no longer occurs" in failure.said
    assert "expected shifted, not as predicted, is agrees" in failure.said


def test_only_a_file_that_speaks_of_predictions_may_expect_agreement(tmp_path):
    path = tmp_path / "expectations.toml"
    path.write_text(ENTRY.replace("shifted", "agrees") + "unforeseen = true\n")
    assert load_expectations([path])[0].verdicts == ("agrees",)
    for text in (ENTRY.replace("shifted", "agrees"), ENTRY + "unforeseen = 1\n"):
        path.write_text(text)
        with pytest.raises(InputError, match=r'verdict: "agrees" is not known|unforeseen: 1 is not allowed'):
            load_expectations([path])


def test_every_shipped_expectation_against_the_predictions_links_to_a_finding():
    headings = re.findall(r"^## (.*)$", (ROOT / "docs/findings.md").read_text(), re.MULTILINE)
    anchors = {"docs/findings.md#" + re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in headings}
    entries = [entry for entry in load_expectations(sorted((ROOT / "expectations").glob("*.toml"))) if entry.unforeseen]
    assert len(entries) > 20
    assert {entry.place: entry.link for entry in entries if entry.link not in anchors} == {}
