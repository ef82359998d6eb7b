"""What several results files say together, of runs made of literal lines: columns, cells, findings, histories."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.matrix.column import headings
from convparity.report.matrix.history import history, sentence
from convparity.report.matrix.index import Cell, Matrix

STEM = make_case(id="stem", input=[8, 8], kernel=3, padding=1, stride=2)
POINT = make_case(id="point", input=[8, 8], kernel=1, stride=2)
MOVED = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # windows of STEM that begin one pixel later
CATALOGS = {"stem": ("networks", STEM.key), "point": ("networks", "another layer of this name")}


@pytest.fixture
def run_of(observed_run):
    """The report of one environment, which does with STEM, and with POINT if at all, what a word says."""

    def made(version, stem, point="agrees", adapter="keras-jax", label="", **packages):
        label = label or f"{adapter}=={version}"
        run = observed_run(STEM, *([POINT] if point else []), environments=())
        held = {adapter: version, **packages}
        run.add(kind="environment", label=label, adapter=adapter, packages=held, details={})
        for case, does in ((STEM, stem), (POINT, point)):
            if does == "agrees":
                run.agreed(case, label)
            elif does == "moved":
                run.saw(case, label, shape=[1, 1, 4, 4], digest="moved")
                run.probed(case, MOVED, MOVED, environment=label)
            elif does == "raises":
                run.saw(case, label, outcome="raised", error=f"ValueError: no to {case.kernel[0]}")
        return run.report()

    return made


def matrix_of(*reports):
    made = Matrix(CATALOGS)
    for number, report in enumerate(reports):
        made.add(report, f"file-{number}.jsonl", f"reports/{number}.html")
    return made


def test_columns_are_in_the_order_of_adapters_and_of_the_numbers_in_versions(run_of):
    found = matrix_of(
        run_of("3.10", "agrees"),
        run_of("0.12.8", "agrees", adapter="flax"),
        run_of("3.9", "agrees"),
        run_of("2.1", "agrees", adapter="torch"),
    )
    assert [(one.adapter, one.version) for one in found.columns] == [
        ("torch", "2.1"),
        ("keras-jax", "3.9"),
        ("keras-jax", "3.10"),
        ("flax", "0.12.8"),
    ]


def test_columns_of_one_version_are_told_apart_by_what_differs(run_of):
    found = matrix_of(
        run_of("3.9", "agrees", label="old", jax="0.4"),
        run_of("3.9", "agrees", label="keras-jax", jax="0.4"),
        run_of("3.9", "agrees", label="keras-jax==3.9,jax==0.5", jax="0.5"),
    )
    names = headings(found.columns)
    assert {one.label: names[one] for one in found.columns} == {
        "old": "3.9 (old)",
        "keras-jax": "3.9 jax 0.4",
        "keras-jax==3.9,jax==0.5": "3.9 jax 0.5",
    }


def test_a_cell_counts_the_verdicts_of_its_catalog_and_links_to_the_reports(run_of):
    found = matrix_of(run_of("3.9", "moved", "raises"), run_of("3.10", "moved"))
    assert found.catalogs == ["networks", "other layers"]  # POINT has the id of a layer that ships, and is another one
    older, newer = found.columns
    assert found.cell("networks", older) == Cell({"shifted": 1}, ("reports/0.html",))
    assert found.cell("other layers", older) == Cell({"rejects": 1}, ("reports/0.html",))
    assert found.cell("other layers", newer) == Cell({"agrees": 1}, ("reports/1.html",))


def test_a_finding_is_the_same_in_all_versions_whatever_the_order_of_files(run_of):
    reports = [run_of("3.9", "agrees"), run_of("3.10", "moved"), run_of("3.11", "moved"), run_of("3.12", "agrees")]
    (finding,) = matrix_of(*reports).findings
    assert (finding.verdict, finding.adapters, finding.cases) == ("shifted", ("keras-jax",), ("stem",))
    assert finding.cause == "windows lie 1 px below and 1 px right of the requested ones"
    again = matrix_of(*reversed(reports))
    assert [one.name for one in again.findings] == [finding.name]
    assert finding.name.startswith("shifted-keras-jax-")
    found = history(again, finding)
    assert [(one.state, one.told) for one in found] == [
        ("no", "none of 1 layer; 1 agrees"),
        ("yes", "1 of 1 layer"),
        ("yes", "1 of 1 layer"),
        ("no", "none of 1 layer; 1 agrees"),
    ]
    assert sentence(found, headings(again.columns)) == "keras-jax: not in 3.9, in 3.10 to 3.11, not in 3.12"


def test_layers_that_differ_for_the_same_reason_in_other_frameworks_are_another_finding(run_of):
    found = matrix_of(run_of("3.9", "raises", "raises"), run_of("2.1", "raises", adapter="torch"))
    assert {one.adapters: one.cases for one in found.findings} == {
        ("keras-jax",): ("point",),
        ("torch", "keras-jax"): ("stem",),
    }
    # Numbers are no part of a cause: both layers raise for one reason.
    assert {one.cause for one in found.findings} == {"raises ValueError: no to N"}
    assert len({one.name for one in found.findings}) == 2


def test_the_example_has_a_window_and_is_shown_in_the_newest_version_that_has_it(run_of):
    found = matrix_of(run_of("3.10", "raises", "raises"), run_of("3.9", "raises", "raises"), run_of("3.11", "agrees"))
    (finding,) = found.findings
    assert found.example(finding) == "stem"
    column, part, case = found.shown(finding, "keras-jax")
    assert (column.version, part.source, case) == ("3.10", "file-0.jsonl", "stem")


def test_a_version_that_did_not_run_the_layers_has_nothing_to_say(run_of):
    found = matrix_of(run_of("3.9", "agrees", "raises"), run_of("3.10", "agrees", point=""))
    (finding,) = found.findings
    assert [one.state for one in history(found, finding)] == ["yes", "not run"]
    assert sentence(history(found, finding), headings(found.columns)) == "keras-jax: in 3.9"


def test_the_parts_of_a_run_are_one_column_and_the_same_layers_twice_are_an_error(run_of):
    found = matrix_of(run_of("3.9", "moved", point=""), run_of("3.9", "", "raises"))
    (column,) = found.columns
    assert found.cell("networks", column).links == ("reports/0.html",)
    assert found.cell("other layers", column).links == ("reports/1.html",)
    with pytest.raises(InputError) as raised:
        matrix_of(run_of("3.9", "moved"), run_of("3.9", "moved"))
    assert raised.value.problems == [
        "file-1.jsonl: observes 2 layers in keras-jax 3.9 that file-0.jsonl observes as well, such as stem of "
        "networks; give one of the two files"
    ]


def test_an_id_of_two_different_cases_is_an_error(run_of, observed_run):
    other = observed_run(make_case(id="stem", input=[8, 8], kernel=5)).report()
    with pytest.raises(InputError, match=r"file-1\.jsonl: the id stem names two different cases; .* in file-0"):
        matrix_of(run_of("3.9", "agrees"), other)


def test_a_run_that_was_stopped_is_noted(run_of, observed_run):
    run = observed_run(STEM)
    run.add(kind="fault", environment="torch", message="it does not import")
    (note,) = [one for one in matrix_of(run.report()).notes if "does not import" in one]
    assert note.startswith("file-0.jsonl: ")
