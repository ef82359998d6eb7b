"""Bisecting with interpreters that play releases of a framework: what is tried, found, skipped and said."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.environments.find import EnvironmentSpec
from convparity.releases import bisecting
from convparity.releases.bisecting import bisected
from convparity.releases.observing import observed
from convparity.releases.series import Candidate, Series
from convparity.runs.settings import Settings
from packaging.version import Version

from ..interpreter import READY, Interpreter

CASE = make_case(id="stem", input=[8, 8], kernel=3, op="conv")
REFUSED = "answer['error'] = 'ValueError: no'"
RAN = "answer.update(outcome='ran', shape=[1, 1, 6, 5], dtype='float32', digest='d')"  # due are 6 by 6


@pytest.fixture
def candidates(tmp_path):
    """Releases 2.0, 2.1, ...: for each, the code of what it does, or why it cannot be observed."""

    def made(*stories, folder="a"):
        found = []
        (tmp_path / folder).mkdir()
        for n, story in enumerate(stories):
            version = Version(f"2.{n}")
            label = f"torch=={version}"
            if "answer" not in story:
                spec = EnvironmentSpec(label, "torch", "", "a test", problem=story)
            else:
                interpreter = Interpreter(tmp_path / folder / str(version))
                interpreter.does(story)
                interpreter.says(**{**READY, "packages": {"torch": str(version)}})
                spec = EnvironmentSpec(label, "torch", str(interpreter.python), "a test")
            found.append(Candidate(version, spec))
        return found

    return made


@pytest.fixture(autouse=True)
def unscripted(monkeypatch):
    """No script: what plays a framework cannot run one."""

    def refused(*_):
        raise InputError(["CASE: no line"])

    monkeypatch.setattr(bisecting, "reproduced", refused)


def found_in(releases):
    return bisected(CASE, Series("torch"), releases, Settings(cache=False))


def test_the_first_release_that_does_otherwise_is_found_without_running_them_all(candidates, capsys):
    found = found_in(candidates(*[REFUSED] * 6, *[RAN] * 3))
    assert (found.before, found.after, found.tried) == ("2.5", "2.6", 5)
    text = str(found)
    assert text.startswith("It changed in torch 2.6; 2.5 does as 2.0 does.")
    assert "rejects -> shape; shape nothing -> (1,1,6,5)" in text
    assert "5 of 9 releases were observed:" in text
    assert "no script: CASE: no line" in text
    assert "torch 2.8: shape" in capsys.readouterr().err.splitlines()  # as it goes


def test_releases_that_cannot_be_made_are_passed_over_and_named(candidates):
    found = found_in(candidates(REFUSED, REFUSED, "it cannot be installed: no", RAN, RAN))
    assert (found.before, found.after, found.skipped) == ("2.1", "2.3", ["2.2"])
    assert "or in 2.2, between the two, which could not be observed" in str(found)
    assert "2.2  not observed: " in str(found)
    assert "it cannot be installed: no" in str(found)


def test_the_same_at_both_ends_is_told_and_so_is_another_change_after(candidates):
    found = found_in(candidates(REFUSED, RAN, REFUSED))
    assert (found.change, found.after, found.tried) == (None, None, 2)
    assert "torch 2.0 and 2.2 do the same" in str(found)
    again = found_in(candidates(REFUSED, RAN, RAN.replace("6, 5", "6, 4"), folder="b"))
    assert again.after == "2.1"
    assert "2.2 does otherwise again: shape (1,1,6,5) -> (1,1,6,4)" in str(again)


def test_one_release_is_too_few(candidates):
    found = found_in(candidates(REFUSED, "no", "no"))
    assert found.change is None
    assert str(found).startswith("Fewer than two releases of torch could be observed")


def test_a_history_of_the_same_releases_has_every_change(candidates):
    releases = candidates(REFUSED, RAN, "it cannot be installed: no", REFUSED)
    history = observed([CASE], releases, "torch", Settings(cache=False))
    assert [step.title for step in history.steps] == ["2.0 -> 2.1", "2.1 -> 2.3"]
    assert [one.version for one in history.missing] == ["2.2"]
    assert "it cannot be installed: no" in history.missing[0].problem
