"""Run against run: what is a change, what is none, and how it is said."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.diff import Diff
from convparity.report.formats.payload import payload

UP = make_case(id="up", op="conv_transpose", input=[4], kernel=3, stride=2, padding="same")
STEM = make_case(id="stem", input=[8, 8], kernel=3, padding=1, stride=2)
ASKED = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]


def adjoint(crop, outputs=8, n=4, kernel=3, stride=2):
    """The elements that each output is made from, tap by tap: input i writes output i*stride - crop + tap."""
    rows = [[-1] * kernel for _ in range(outputs)]
    for i in range(n):
        for tap in range(kernel):
            if 0 <= (output := i * stride - crop + tap) < outputs:
                rows[output][tap] = i
    return rows


@pytest.fixture
def keras(observed_run):
    """A run of one version of Keras: a transposed convolution that crops so much in front, on two backends."""

    def run(version, crop, **fields):
        made = observed_run(UP, environments=("jax", "torch"), version=version)
        made.agreed(UP, "jax")
        if crop == 0:
            made.agreed(UP, "torch", **fields)
        else:
            made.saw(UP, "torch", shape=[1, 1, 8], digest="moved", **fields)
            made.probed(UP, adjoint(crop), environment="torch")
        return made.report()

    return run


def test_a_crop_that_moved_under_the_same_shape_is_a_change(keras):
    diff = Diff(keras("3.14.1", 1), keras("3.15.1", 0))
    (change,) = diff.changes
    assert (change.kind, change.silent, change.either.environment.label) == ("changed", True, "torch")
    assert change.what == ("silent shift -> agrees; crops (1,0) -> (0,1); its outputs lie 1 px right of where they did")
    assert diff.packages == ["torch 3.14.1 -> 3.15.1 in jax and torch"]
    assert diff.unmoved(UP) == ["jax"]
    assert (diff.unchanged, diff.exit_status) == (1, 1)
    assert "a shape test passes on both" in str(diff)


def test_changed_facts_of_an_environment_are_listed(keras):
    old, new = keras("3", 0), keras("3", 0)
    old.results.environments["torch"].details["facts"] = {"onednn": True, "threads": 1}
    new.results.environments["torch"].details["facts"] = {"onednn": False, "threads": 1}
    diff = Diff(old, new)
    assert diff.facts == ["onednn True -> False in torch"]
    assert str(diff).splitlines()[0] == "onednn True -> False in torch"
    assert diff.exit_status == 0  # it is no behaviour


def test_pads_that_moved_under_the_same_verdict_are_a_change(keras):
    diff = Diff(keras("1", 1), keras("2", -1))
    (change,) = diff.changes
    assert change.what == "crops (1,0) -> (-1,2); its outputs lie 2 px right of where they did"
    assert diff.headline == "1 of 1 layer changed. Every shape is as before."


def test_time_texts_and_sources_are_no_change(keras):
    old = keras("1", 1, seconds=1.0, log="noise", source="one", words="'same'")
    new = keras("2", 1, seconds=9.0, log="", source="other", words="'SAME'")
    diff = Diff(old, new)
    assert diff.changes == []
    assert (diff.unchanged, diff.exit_status) == (2, 0)
    assert diff.headline == "Nothing changed in 1 layer."


def seen(observed_run, **fields):
    run = observed_run(STEM)
    run.saw(STEM, **{"shape": [1, 1, 4, 4], "dtype": "float32", **fields})
    if fields.get("outcome", "ran") == "ran" and fields.get("shape", [4])[-1] == 4:
        run.probed(STEM, ASKED, ASKED)
    return run.report()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ({"digest": "x"}, {"digest": "y"}, "different numbers from the same elements"),
        ({"digest": "x"}, {"digest": "x", "dtype": "float64"}, "returns float32 -> float64"),
        ({"digest": "x"}, {"outcome": "raised", "shape": None}, "values -> rejects; shape (1,1,4,4) -> nothing"),
        (
            {"digest": "x", "declared": [1, 1, 4, 3]},
            {"digest": "x", "declared": [1, 1, 4, 2]},
            "declares (1,1,4,3) -> (1,1,4,2)",
        ),
        (
            {"digest": "x", "shape": [1, 1, 4, 3], "declared": [1, 1, 4, 3]},
            {"digest": "x", "shape": [1, 1, 4, 3], "declared": [1, 1, 4, 4]},
            "misdeclares now; declares (1,1,4,3) -> (1,1,4,4)",
        ),
        (
            {"digest": "x", "shape": [1, 1, 4, 3], "declare_error": "cannot infer"},
            {"digest": "x", "shape": [1, 1, 4, 3]},
            "no longer misdeclares",
        ),
        ({"outcome": "raised", "shape": None, "error": "one"}, {"outcome": "raised", "shape": None, "error": "2"}, ""),
    ],
)
def test_each_change_is_described(observed_run, old, new, what):
    changes = Diff(seen(observed_run, **old), seen(observed_run, **new)).changes
    assert [change.what for change in changes] == [what] * bool(what)


def test_averages_within_their_tolerance_are_no_change(observed_run):
    mean = make_case(id="mean", op="avg_pool", input=[8, 8], kernel=3)
    reports = []
    for digest in ("one", "other"):
        run = observed_run(mean)
        reference = run.report().references[mean]
        run.saw(mean, shape=list(reference.shape), dtype="float32", digest=digest, off=0.5, against=reference.digest)
        reports.append(run.report())
    assert Diff(*reports).changes == []


def test_cases_are_matched_by_their_parameters(observed_run):
    renamed = make_case(
        id="renamed", **{k: v for k, v in STEM.to_json().items() if k in ("input", "kernel")}, stride=2, padding=1
    )
    old, new = observed_run(STEM), observed_run(renamed)
    old.agreed(STEM)
    new.agreed(renamed)
    assert Diff(old.report(), new.report()).changes == []


def test_cases_of_the_same_parameters_are_each_compared(observed_run):
    cases = [make_case(id=id, input=[9, 9], kernel=3) for id in ("one", "two")]
    runs = [observed_run(*cases) for _ in range(2)]
    for run in runs:
        for case in cases:
            run.agreed(case)
    diff = Diff(*(run.report() for run in runs))
    assert (diff.changes, diff.unchanged) == ([], 2)


@pytest.fixture
def repeated(observed_run):
    """A run of a layer under these ids, of which some raise."""

    def run(*ids, raising=(), label="torch"):
        cases = [make_case(id=id, input=[9, 9], kernel=3) for id in ids]
        made = observed_run(*cases, environments=(label,))
        for case in cases:
            if case.id in raising:
                made.saw(case, label, outcome="raised", error="no")
            else:
                made.agreed(case, label)
        return made.report()

    return run


def test_a_layer_of_several_ids_is_compared_with_its_own_id_where_there_is_one(repeated):
    assert Diff(repeated("one", "two", raising=["one"]), repeated("one", "two", raising=["one"])).changes == []
    assert Diff(repeated("one"), repeated("one", "two")).changes == []
    assert Diff(repeated("a", "b"), repeated("one", "two")).changes == []
    (change,) = Diff(repeated("one", "two"), repeated("one", "two", raising=["one"])).changes
    assert (change.kind, change.either.case.id) == ("changed", "one")


def test_a_removed_layer_with_several_ids_is_listed_under_each(repeated, observed_run):
    new = observed_run(STEM)
    new.agreed(STEM)
    diff = Diff(repeated("one", "two"), new.report())
    assert [(change.kind, change.either.case.id) for change in diff.changes] == [
        ("added", "stem"), ("gone", "one"), ("gone", "two")
    ]  # fmt: skip


def test_a_page_has_a_row_for_each_id_of_a_layer(repeated):
    made = payload(Diff(repeated("one", "two"), repeated("one", "two", raising=["two"])))
    assert made["cases"]["id"] == ["one", "two"]
    change = made["cells"]["change"]
    assert [change["values"][i] for i in change["of"]] == ["", "changed", "", "changed"]
    (finding,) = made["findings"]
    assert (finding["example"], finding["cases"]) == (1, [1])


def test_windows_of_a_pool_that_hold_the_same_elements_have_not_moved(observed_run):
    """Over 2 elements, padded by (2,1): the second window holds both, with padding before or after."""
    pool = make_case(id="pool", op="max_pool", input=[2], kernel=3, stride=2, padding=[[2, 1]])
    old, new = observed_run(pool), observed_run(pool)
    old.saw(pool, shape=[1, 1, 2], digest="wrong")
    old.probed(pool, [[-1, -1, 0], [-1, 0, 1]])
    new.agreed(pool)
    (change,) = Diff(old.report(), new.report()).changes
    assert change.what == "values -> agrees; different numbers from the same elements"


def test_the_only_environments_are_compared_whatever_their_labels(observed_run):
    old, new = observed_run(STEM, environments=("before",)), observed_run(STEM, environments=("after",))
    old.agreed(STEM, "before")
    new.saw(STEM, "after", outcome="raised", error="no")
    diff = Diff(old.report(), new.report())
    assert [change.what for change in diff.changes] == ["agrees -> rejects; shape (1,1,4,4) -> nothing"]
    assert diff.headline == "1 of 1 layer changed."


def test_added_and_removed_layers_are_counted(observed_run):
    other = make_case(id="other", input=[9, 9], kernel=3)
    old, new = observed_run(STEM), observed_run(other)
    old.agreed(STEM)
    new.agreed(other)
    diff = Diff(old.report(), new.report())
    assert [(change.kind, change.either.case.id) for change in diff.changes] == [("added", "other"), ("gone", "stem")]
    assert diff.headline == "1 of 2 layers added, 1 gone."


def test_a_run_with_errors_gives_no_comparison(observed_run):
    old, new = observed_run(STEM), observed_run(STEM)
    old.agreed(STEM)
    new.add(kind="fault", environment="torch", message="torch cannot be imported")
    diff = Diff(old.report(), new.report())
    assert diff.exit_status == 3
    assert "later run: error: torch cannot be imported" in str(diff)
    assert Diff(new.report(), old.report()).exit_status == 3
    assert Diff(observed_run(environments=()).report(), old.report()).exit_status == 3


def test_an_incomplete_run_says_so_beside_the_removed_layers(observed_run):
    old, new = observed_run(STEM), observed_run(STEM)
    old.agreed(STEM)
    stopped = new.report()
    stopped.results.notes.append("new.jsonl: its run was stopped\x1b[2J before the end")
    diff = Diff(old.report(), stopped)
    assert diff.exit_status == 1
    text = str(diff).splitlines()
    assert text[0] == "later run: not everything was observed: 0 of 1 pairs of layer and environment were observed"
    assert text[1].startswith("later run: new.jsonl: its run was stopped")
    assert "\x1b" not in text[1]


def test_a_page_of_two_whole_runs_with_different_cases_lacks_nothing(observed_run):
    old, new = observed_run(STEM), observed_run(UP)
    old.agreed(STEM)
    new.agreed(UP)
    assert payload(Diff(old.report(), new.report()))["notes"] == []


def test_a_page_names_the_gaps_of_each_run(observed_run):
    old, new = observed_run(STEM, UP), observed_run(STEM)
    old.agreed(STEM)
    new.agreed(STEM)
    made = payload(Diff(old.report(), new.report()))
    pairs = "1 of 2 pairs of layer and environment were observed"
    assert made["notes"] == [f"earlier run: not everything was observed: {pairs}"]


def test_a_port_that_is_not_needed_any_more_is_not_gone(observed_run):
    old, new = observed_run(STEM), observed_run(STEM)
    old.agreed(STEM)
    old.agreed(STEM, spelling="port")
    new.agreed(STEM)
    assert Diff(old.report(), new.report()).changes == []


def test_cases_that_changed_for_one_reason_are_one_cluster(observed_run):
    larger = make_case(id="larger", input=[9, 9], kernel=3)
    old, new = observed_run(STEM, larger), observed_run(STEM, larger)
    for case in (STEM, larger):
        old.agreed(case)
        new.saw(case, outcome="raised", error="no")
    (cluster,) = Diff(old.report(), new.report()).clusters
    assert [case.id for case in cluster.cases] == ["stem", "larger"]


def test_the_page_shows_both_runs_side_by_side(keras):
    made = payload(Diff(keras("3.14.1", 1), keras("3.15.1", 0)))
    labels = [environment["label"] for environment in made["environments"]]
    assert labels == ["jax (earlier)", "jax (later)", "torch (earlier)", "torch (later)"]
    assert [environment["version"] for environment in made["environments"]] == ["3.14.1", "3.15.1", "3.14.1", "3.15.1"]
    change = made["cells"]["change"]
    assert [change["values"][i] for i in change["of"]] == ["", "", "changed", "changed"]
    (finding,) = made["findings"]
    assert (finding["verdict"], finding["silent"], finding["environments"]) == ("changed", True, [2, 3])
    assert made["kind"] == "diff"
