"""A run as a whole: what is one finding, what comes first, what is counted, and how the run ends."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.report import DANGER, Report
from convparity.report.results.file import Results
from convparity.report.verdicts.run import Run
from convparity.report.verdicts.verdict import VERDICTS

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
LARGER = make_case(id="larger", input=[10, 10], kernel=3, padding=1, stride=2)
TEXTBOOK = make_case(id="layer-4", input=[8, 8], kernel=[3, 5], padding=[0, 1], stride=[3, 4])
NO_ANSWER = make_case(id="stride-0", input=[8, 8], kernel=3, stride=0, hostile=True)
# Windows of 3 at stride 2 from element 0 on: what Keras' 'same' reads at even sizes instead of padding 1.
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
LATER_ON_10 = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, 8], [8, 9, -1]]
SAME = {"words": "'same'", "note": "Keras has no explicit padding"}


def shifts(run, case, environment, maps, **fields):
    run.saw(case, environment, shape=[1, 1, *[len(maps)] * 2], digest="x", **{**SAME, **fields})
    run.probed(case, maps, maps, environment=environment)


def findings(report):
    return [(c.verdict, c.environments, [case.id for case in c.cases]) for c in report.clusters]


def test_environments_that_do_the_same_and_cases_of_one_cause_are_one_finding(observed_run):
    run = observed_run(LAYER, LARGER, environments=("torch", "keras", "flax"))
    for case, maps in [(LAYER, LATER), (LARGER, LATER_ON_10)]:
        run.agreed(case, "torch")
        shifts(run, case, "keras", maps)
        shifts(run, case, "flax", maps)
    report = run.report()
    assert findings(report) == [("shifted", ("flax", "keras"), ["layer-3", "larger"])]
    assert report.clusters[0].cause == "windows lie 1 px below and 1 px right of the requested ones ('same')"
    example = report.clusters[0].example
    assert (example.verdict.case.id, example.verdict.environment.label) == ("layer-3", "flax")
    assert (example.silent, example.shift, example.ported) == (True, "1 px below and 1 px right of", False)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"words": "'SAME'"}, id="said otherwise"),
        pytest.param({"maps": [[-1, -1, 0], [0, 1, 2], [2, 3, 4], [4, 5, 6]]}, id="shifted the other way"),
    ],
)
def test_a_different_cause_gives_another_finding(observed_run, other):
    run = observed_run(LAYER, environments=("keras", "other"))
    shifts(run, LAYER, "keras", LATER)
    shifts(run, LAYER, "other", other.pop("maps", LATER), **other)
    assert sorted(findings(run.report())) == [
        ("shifted", ("keras",), ["layer-3"]),
        ("shifted", ("other",), ["layer-3"]),
    ]


@pytest.mark.parametrize(
    ("case", "windows", "fate"),
    [
        # Of 5, windows of 2: 1-2, 3-4, and the third holds 5 alone.
        (
            make_case(op="max_pool", input=[5], kernel=2, ceil_mode=True),
            [[0, 1], [2, 3]],
            "leaves out the last window, which hangs over the end",
        ),
        # Of 7 padded by 1, windows of 2 start at -1, 2, 5 and 8; the last would hold padding only.
        (
            make_case(op="max_pool", input=[7], kernel=2, stride=3, padding=1, ceil_mode=True),
            [[-1, 0], [2, 3], [5, 6], [-1, -1]],
            "keeps a last window that starts in the padding",
        ),
        # Of 5, windows of 1 start at 1 and 4; the next would start at 7.
        (
            make_case(op="max_pool", input=[5], kernel=1, stride=3, ceil_mode=True),
            [[0], [3], [-1]],
            "keeps a last window that starts beyond the input",
        ),
    ],
)
def test_a_finding_says_whether_the_last_window_was_kept(observed_run, case, windows, fate):
    run = observed_run(case)
    run.saw(case, shape=[1, 1, len(windows)], digest="x")
    run.probed(case, windows)
    assert [cluster.cause for cluster in run.report().clusters] == [fate]


def test_a_case_that_diverges_in_fewer_environments_is_another_finding(observed_run):
    run = observed_run(LAYER, LARGER, environments=("keras", "flax"))
    shifts(run, LAYER, "keras", LATER)
    shifts(run, LAYER, "flax", LATER)
    shifts(run, LARGER, "keras", LATER_ON_10)
    run.agreed(LARGER, "flax")
    assert findings(run.report()) == [
        ("shifted", ("flax", "keras"), ["layer-3"]),
        ("shifted", ("keras",), ["larger"]),
    ]


def test_error_texts_that_differ_in_numbers_only_are_one_cause(observed_run):
    run = observed_run(LAYER, LARGER, TEXTBOOK)
    for case, error in [(LAYER, "no size 8"), (LARGER, "no size 10"), (TEXTBOOK, "no words")]:
        run.saw(case, outcome="raised", error=error)
    assert findings(run.report()) == [
        ("rejects", ("torch",), ["layer-3", "larger"]),
        ("rejects", ("torch",), ["layer-4"]),
    ]


def test_numbers_of_one_axis_and_of_several_are_one_cause(observed_run):
    flat = make_case(id="flat", input=[8], kernel=3)
    run = observed_run(LAYER, flat)
    run.saw(LAYER, outcome="raised", error="negative padding=((-1, 2), (0, -1)), of the input")
    run.saw(flat, outcome="raised", error="negative padding=((-1, 2),), of the input")
    (cluster,) = run.report().clusters
    assert [case.id for case in cluster.cases] == [LAYER.id, "flat"]


def test_the_example_has_more_than_one_tap_where_any_has(observed_run):
    points = make_case(id="points", input=[8, 8], kernel=1, padding=1, stride=2)
    run = observed_run(points, LAYER, LARGER)
    for case in (points, LAYER, LARGER):
        run.saw(case, outcome="raised", error=f"ValueError: no size {case.input[0]}")
    (cluster,) = run.report().clusters
    assert (cluster.example.verdict.case.id, cluster.cause) == ("layer-3", "raises ValueError: no size 8")
    assert [case.id for case in cluster.cases] == ["points", "layer-3", "larger"]


def test_the_distance_of_a_shift_is_not_a_size(observed_run):
    by_two = make_case(id="by-two", input=[8, 8], kernel=5, padding=2)
    run = observed_run(LAYER, by_two)
    shifts(run, LAYER, "torch", LATER)
    first = [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [2, 3, 4, 5, 6], [3, 4, 5, 6, 7]]
    shifts(run, by_two, "torch", [*first, [4, 5, 6, 7, -1], [5, 6, 7, -1, -1], [6, 7, *[-1] * 3], [7, *[-1] * 4]])
    assert [cluster.cause for cluster in run.report().clusters] == [
        "windows lie 1 px below and 1 px right of the requested ones ('same')",
        "windows lie 2 px below and 2 px right of the requested ones ('same')",
    ]


def every_verdict(run_class):
    """One case for each verdict, and one that only misdeclares; the least dangerous first, and one that agrees."""
    cases = {
        verdict: make_case(id=verdict, input=[8, 8], kernel=3, padding=1, stride=2, batch=i + 2)
        for i, verdict in enumerate([*reversed(DANGER), "agrees", "misdeclares"])
    }
    cases["accepts"] = make_case(id="accepts", input=[2, 2], kernel=3)
    run = run_class(*cases.values())
    for verdict, case in cases.items():
        if verdict in ("shifted", "values", "shape"):
            windows = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]] if verdict == "values" else LATER
            windows = windows[:3] if verdict == "shape" else windows
            run.saw(case, shape=[case.batch, 1, *[len(windows)] * 2], digest="x")
            run.probed(case, windows, windows)
        elif verdict == "unproven":
            run.saw(case, shape=[case.batch, 1, 4, 4], digest="x")
            run.saw(case, want="sampling", outcome="raised", error="RuntimeError: no")
        elif verdict == "accepts":
            run.saw(case, shape=[1, 1, 0, 0], digest="x")
        elif verdict in ("agrees", "misdeclares"):
            declared = [case.batch, 1, 4, 4 if verdict == "agrees" else 3]
            run.agreed(case, declared=declared)
        else:
            run.saw(case, outcome="raised" if verdict == "rejects" else verdict)
    return run


def test_the_most_dangerous_comes_first(observed_run):
    report = every_verdict(observed_run).report()
    assert [cluster.verdict for cluster in report.clusters] == [
        "shifted",
        "values",
        "shape",
        "accepts",
        "unproven",
        "crashed",
        "timed out",
        "out of memory",
        "rejects",
        "inexpressible",
        "misdeclares",
    ]
    assert all(cluster.cases[0].id == cluster.verdict for cluster in report.clusters)
    assert report.counts == {**dict.fromkeys(VERDICTS, 1), "agrees": 2}
    assert (report.divergent_cases, report.missing, report.exit_status) == (11, 0, 1)


def test_among_equally_dangerous_findings_the_one_with_most_cases_comes_first(observed_run):
    run = observed_run(TEXTBOOK, LAYER, LARGER)
    for case, error in [(TEXTBOOK, "one"), (LAYER, "two"), (LARGER, "two")]:
        run.saw(case, outcome="raised", error=error)
    assert [len(cluster.cases) for cluster in run.report().clusters] == [2, 1]


def test_rows_are_in_the_order_of_the_catalog_then_of_the_labels(observed_run):
    run = observed_run(TEXTBOOK, LAYER, environments=("torch", "flax"))
    run.agreed(LAYER, "torch")
    run.agreed(LAYER, "flax")
    run.saw(TEXTBOOK, "flax", shape=[1, 1, 2, 1], digest="x")
    run.agreed(TEXTBOOK, "flax", spelling="port")
    report = run.report()
    assert [(v.case.id, v.environment.label, v.spelling, v.verdict) for v in report.verdicts] == [
        ("layer-4", "flax", "as written", "shape"),
        ("layer-4", "flax", "port", "agrees"),
        ("layer-3", "flax", "as written", "agrees"),
        ("layer-3", "torch", "as written", "agrees"),
    ]
    assert report.missing == 1  # layer-4 in torch
    assert report.divergences[0].ported
    data = report.to_json()
    assert (data["format"], len(data["verdicts"])) == (1, 4)
    assert report.verdict(LAYER, report.environments[0]).verdict == "agrees"
    assert report.verdict("layer-4", "torch") is None


def test_sizes_for_which_a_divergence_holds(observed_run):
    run = observed_run(LAYER)
    shifts(run, LAYER, "torch", LATER)
    assert run.report().divergences[0].holds is None  # the odd sizes were not run
    odd = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7], [7, 8, -1]]
    run.probed(LAYER, odd, odd, input=[9, 9])
    holds = run.report().divergences[0].holds
    assert (holds.general, holds.text.split(" (")[0]) == (
        True,
        "differs at every even height and width; at odd ones the two agree",
    )


def test_the_sizes_of_one_layer_are_not_those_of_another(observed_run):
    """Layers that differ in channels only share what is worked out; those with other requested pads do not."""
    wider = make_case(id="wider", input=[8, 8], kernel=3, padding=1, stride=2, in_channels=2)
    other = make_case(id="other", input=[8, 8], kernel=3, padding=2, stride=2)
    odd = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, 8], [8, -1, -1]]
    run = observed_run(LAYER, wider, other)
    for case in (LAYER, wider, other):
        run.saw(case, shape=[1, 1, 4, 4], digest="x")
        run.probed(case, LATER, LATER)
        run.probed(case, odd, odd, input=[9, 9])
    first, second, third = (divergence.holds for divergence in run.report().divergences)
    assert first is second
    assert third is not first


@pytest.fixture
def run_of(observed_run):
    """Runs that end in different ways."""

    def run(how):
        run = observed_run(LAYER, environments=() if how == "no environment" else ("torch",))
        if how.startswith("diverges"):
            run.saw(LAYER, shape=[1, 1, 3, 3], digest="x", declared=[1, 1, 3, 3])
        elif how == "misdeclares":
            run.agreed(LAYER, declared=[1, 1, 4, 3])
        elif how != "no environment":
            run.agreed(LAYER)
        if how == "a port that does not agree":
            run.saw(LAYER, spelling="port", shape=[1, 1, 3, 3], digest="x")
        if "fault" in how:
            run.add(kind="fault", environment="mxnet", message="environment 'mxnet' cannot serve")
        return Report(Run(run.results, complete="stopped" not in how))

    return run


@pytest.mark.parametrize(
    ("how", "status", "kinds"),
    [
        ("agrees", 0, []),
        ("diverges", 1, ["shape"]),
        ("misdeclares", 1, ["misdeclares"]),
        ("a port that does not agree", 1, []),
        ("a fault", 3, []),
        ("diverges, and a fault", 3, ["shape"]),
        ("no environment", 3, []),
        ("agrees, and stopped", 3, []),
        ("diverges, and stopped", 3, ["shape"]),
    ],
)
def test_each_run_has_its_exit_status_and_findings(run_of, how, status, kinds):
    report = run_of(how)
    assert report.exit_status == status
    assert [cluster.verdict for cluster in report.clusters] == kinds


def test_a_stopped_run_is_not_reported_as_the_same(run_of):
    assert run_of("agrees").headline == "The layer is as requested in torch."
    headline = run_of("agrees, and stopped").headline
    assert headline == "No difference in what was observed, but not everything was observed."


def test_a_false_declaration_is_reported_beside_the_verdict(run_of, observed_run):
    (verdict,) = run_of("misdeclares").verdicts
    assert (verdict.verdict, verdict.misdeclares, verdict.reason) == (
        "agrees",
        True,
        "its own shape inference says (1,1,4,3), and it returned (1,1,4,4)",
    )
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="raised", error="ValueError: no", declared=[1, 1, 4, 4])
    assert run.report().verdicts[0].reason == (
        "raises where the answer has the shape (4,4): ValueError: no; "
        "its own shape inference says (1,1,4,4), and it raised"
    )


def test_a_layer_that_both_the_framework_and_the_reference_refuse_agrees(observed_run):
    run = observed_run(NO_ANSWER)
    run.saw(NO_ANSWER, outcome="raised", error="RuntimeError: non-positive stride is not supported")
    assert (run.report().clusters, run.report().exit_status) == ([], 0)


def test_other_sizes_and_probes_alone_are_no_rows(observed_run):
    run = observed_run(LAYER)
    run.probed(LAYER, LATER, LATER, input=[9, 9])
    assert (run.report().verdicts, run.report().missing) == ([], 1)


def test_an_empty_run():
    report = Report(Run(Results()))
    assert (report.verdicts, report.clusters, report.missing, report.exit_status) == ([], [], 0, 3)


def test_an_error_that_all_layers_share_is_about_their_environment(observed_run):
    layers = [make_case(id=f"layer-{n}", input=[n, n], kernel=3) for n in range(5, 10)]
    run = observed_run(*layers, environments=("torch", "flax"))
    for layer in layers:
        run.saw(layer, "torch", outcome="raised", error="ImportError: libx.so: cannot open\nmore")
        run.saw(layer, "flax", outcome="raised", error=f"ValueError: not {layer.input[0]}")
    (note,) = run.report().notes
    assert note == (
        "environment 'torch' may be broken: all 5 layers that it was given raised the same error, "
        "so its verdicts are not about these layers: ImportError: libx.so: cannot open"
    )
    run.agreed(layers[0], "torch")
    assert run.report().notes == []


def test_an_error_that_a_few_layers_share_gives_no_note(observed_run):
    layers = [make_case(id=f"layer-{n}", input=[n, n], kernel=3) for n in range(5, 9)]
    run = observed_run(*layers)
    for layer in layers:
        run.saw(layer, outcome="raised", error="NotImplementedError: no")
    assert run.report().notes == []
