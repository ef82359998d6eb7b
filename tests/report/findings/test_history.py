"""What changed over several releases, of runs made of literal lines: where, how often, and what is left out."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.history import History, Release
from convparity.report.findings.report import Report
from convparity.report.formats import html
from convparity.report.formats.payload import payload
from convparity.report.verdicts.run import Run

STEM = make_case(id="stem", input=[8, 8], kernel=3, padding=1, stride=2)
UP = make_case(id="up", op="conv_transpose", input=[4], kernel=3, stride=2, padding="same")
MOVED = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # windows of STEM that begin one pixel later


@pytest.fixture
def history(observed_run):
    """The history of releases 3.9, 3.10, ...: for each, a word for what STEM does, or its problem; UP always agrees."""

    def made(*stories, **options):
        releases = [Release(f"3.{9 + n}", f"keras==3.{9 + n}", told or "") for n, (_, told) in enumerate(stories)]
        run = observed_run(STEM, UP, environments=())
        for n, (does, told) in enumerate(stories):
            label = releases[n].label
            if told:
                run.add(kind="fault", environment=label, message=told)
                continue
            packages = {"keras": releases[n].version, "jax": "0.4" if n < 2 else "0.5", "numpy": "2"}
            run.add(kind="environment", label=label, adapter="keras-jax", packages=packages, details={})
            run.agreed(UP, label)
            if does == "agrees":
                run.agreed(STEM, label)
            elif does == "moved":
                run.saw(STEM, label, shape=[1, 1, 4, 4], digest="moved")
                run.probed(STEM, MOVED, MOVED, environment=label)
            elif does == "raises":
                run.saw(STEM, label, outcome="raised", error="ValueError: no")
        return History(run.report(), "keras", releases, **options)

    return made


def test_each_change_is_told_at_its_release_and_what_did_not_change_is_a_number(history):
    found = history(("agrees", None), ("moved", None), ("moved", None), ("raises", None))
    assert [(step.title, [change.either.case.id for change in step.changes]) for step in found.steps] == [
        ("3.9 -> 3.10", ["stem"]),
        ("3.11 -> 3.12", ["stem"]),
    ]
    first, second = found.changes
    assert (first.silent, second.silent) == (True, False)
    assert first.what == (
        "agrees -> silent shift; pads (1,1) -> (0,1); its windows lie 1 px below and 1 px right of where they did"
    )
    assert second.what.startswith("silent shift -> rejects; shape (1,1,4,4) -> nothing")
    assert (found.changed, found.unchanged, found.exit_status) == (1, 1, 1)
    assert found.headline == "1 of 2 layers changed over 4 releases of keras, 3.9 to 3.12: in 3.10 and 3.12."
    lines = str(found).splitlines()
    assert lines[1:5] == [
        "  3.9   observed",
        "  3.10  1 layer changed",
        "  3.11  the same",
        "  3.12  1 layer changed",
    ]
    assert "  CHANGED  keras==3.10  3x3, stride 2, padding 1 on 8x8" in lines
    assert "    every shape is (4,4) before and after: a shape test passes on both" in lines


def test_other_packages_that_changed_with_a_release_are_named(history):
    found = history(("agrees", None), ("agrees", None), ("moved", None))
    (step,) = found.steps
    assert step.packages == ("jax 0.4 -> 0.5",)
    assert "3.10 -> 3.11: 1 layer changed; other packages too: jax 0.4 -> 0.5" in str(found).splitlines()


def test_a_release_that_cannot_be_observed_is_a_row_and_the_ones_around_it_are_compared(history):
    found = history(("agrees", None), (None, "it cannot be installed"), ("moved", None))
    assert [step.title for step in found.steps] == ["3.9 -> 3.11"]
    assert "  3.10  not observed: it cannot be installed" in str(found).splitlines()
    assert found.exit_status == 1
    assert history(("agrees", None), (None, "no"), ("agrees", None)).exit_status == 0
    named = history(("agrees", None), (None, "no"), ("agrees", None), strict=True)
    assert named.exit_status == 3


def test_a_case_that_one_release_did_not_run_is_compared_with_the_release_before(history):
    found = history(("agrees", None), ("did not run", None), ("moved", None))
    assert [step.title for step in found.steps] == ["3.9 -> 3.11"]


def test_nothing_changed_is_said_and_less_than_two_releases_are_an_error(history):
    same = history(("moved", None), ("moved", None))
    assert same.headline == "Nothing changed in 2 layers over 2 releases of keras, 3.9 to 3.10."
    assert (same.exit_status, same.changes) == (0, [])
    alone = history(("agrees", None), (None, "no"))
    assert alone.exit_status == 3
    assert alone.headline.startswith("Fewer than two releases of keras were observed")


def test_a_stopped_run_and_an_error_of_an_observed_release_are_told(history):
    found = history(("agrees", None), ("agrees", None))
    found.report.results.faults.append(("keras==3.9", "it read other elements twice"))
    assert found.exit_status == 3
    assert "error: it read other elements twice" in str(found)
    stopped = Report(Run(history(("agrees", None), ("moved", None)).report.results, complete=False, interrupted=True))
    halted = History(stopped, "keras", [Release("3.9", "keras==3.9"), Release("3.10", "keras==3.10")])
    assert halted.exit_status == 130
    assert "the run was stopped before the end" in str(halted)


def test_the_page_has_a_column_for_each_release_in_the_order_of_versions_and_the_changes_as_findings(history):
    found = history(("agrees", None), ("moved", None), (None, "it has no wheel"), ("agrees", None))
    made = payload(found)
    assert [one["label"] for one in made["environments"]] == ["keras==3.9", "keras==3.10", "keras==3.12"]
    assert made["kind"] == "history"
    assert [(one["verdict"], one["environments"], one["silent"]) for one in made["findings"]] == [
        ("changed", [0, 1], True),
        ("changed", [1, 2], True),
    ]
    assert made["notes"][0] == "3.11 was not observed: it has no wheel"
    cells = made["cells"]["change"]
    changed = [number for number, value in enumerate(cells["of"]) if cells["values"][value] == "changed"]
    assert changed == [2, 4]  # environment * cases + case: STEM in 3.10 and in 3.12
    assert html.render(found) == found.to_html()
