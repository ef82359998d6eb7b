"""Results files merged: nothing lost or counted twice, in whatever order; conflicts shown; nothing believed."""

import copy
import io
import itertools
import json
import random

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.cases.reference import References
from convparity.report.findings.report import Report
from convparity.report.formats import html, terminal
from convparity.report.results.merging import read_results
from convparity.report.verdicts.run import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
OTHER = make_case(id="layer-4", input=[8, 8], kernel=[3, 5], padding=[0, 1], stride=[3, 4])
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
END = {"kind": "end"}


@pytest.fixture
def write(tmp_path):
    """Writes the lines of a run to a file of a name."""

    def to(name, run, ended=True):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in [*run.lines, *([END] if ended else [])]))
        return path

    return to


@pytest.fixture
def observed(observed_run):
    """The run of one job: what one environment did with cases."""

    def one(label="torch", version="2.13.0", cases=(LAYER,), **fields):
        run = observed_run(*cases, environments=(label,), version=version)
        for case in cases:
            reference = References()[case]
            right = {"shape": list(reference.shape), "declared": list(reference.shape), "digest": reference.digest}
            run.saw(case, label, **{"dtype": "float32", **right, **fields})
        return run

    return one


@pytest.fixture
def shifting(observed_run):
    """The run of a job in which the layer shifts."""
    run = observed_run(LAYER, environments=("keras",))
    run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4], dtype="float32", words="'same'")
    run.probed(LAYER, LATER, LATER, environment="keras")
    return run


def test_the_jobs_of_a_matrix_are_merged(write, observed, shifting):
    results = read_results([write("a", observed()), write("b", shifting)])
    assert (list(results.cases), sorted(results.environments)) == (["layer-3"], ["keras", "torch"])
    assert (results.notes, results.conflicts, results.ended) == ([], [], True)
    verdicts = {v.environment.label: v.verdict for v in Report(Run(results)).verdicts}
    assert verdicts == {"torch": "agrees", "keras": "shifted"}


def test_repeated_observations_count_once(write, observed, shifting, observed_run):
    fault = observed_run(LAYER, environments=())
    fault.add(kind="fault", environment="mxnet", message="cannot serve")
    first = [write("a", observed()), write("b", shifting), write("c", fault)]
    again = [write("d", observed(seconds=9.0)), write("e", shifting), write("f", fault)]  # another time is no conflict
    results = read_results([*first, *again, *first])
    assert len(results.observations) == 2
    assert results.faults == [("mxnet", "cannot serve")]
    assert (results.notes, results.conflicts) == ([], [])
    assert Report(Run(results)).to_json() == Report(Run(read_results(first))).to_json()


def test_a_sampling_of_one_file_joins_the_values_of_another(write, shifting):
    whole, values = write("whole", shifting), write("values", shifting)
    text = values.read_text().splitlines(keepends=True)
    for seconds in (-1, 1):  # one of them sorts before the whole one
        rest = [line for line in text if '"sampling": {' not in line]
        values.write_text("".join(rest).replace('"outcome":', f'"seconds": {seconds}, "outcome":'))
        for files in ([whole, values], [values, whole]):
            results = read_results(files)
            assert results.conflicts == []
            assert [v.verdict for v in Report(Run(results)).verdicts] == ["shifted"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"digest": "0" * 32}, "digest of the values"),
        ({"shape": [1, 1, 4, 5]}, "shape (1,1,4,4) and (1,1,4,5)"),
        ({"outcome": "raised", "error": "no", "shape": None}, "outcome raised and ran"),
        ({"dtype": "float64"}, "dtype"),
        ({"declared": [1, 1, 5, 4]}, "inferred shape (1,1,4,4) and (1,1,5,4)"),
    ],
)
def test_observations_that_conflict_are_shown_and_exit_with_3(write, observed, changed, what):
    files = [write("a", observed()), write("b", observed(**changed))]
    reports = [Report(Run(read_results(order))) for order in (files, files[::-1])]
    for report in reports:
        assert report.exit_status == 3
        (note,) = report.results.notes
        assert note.startswith("conflicting observations of layer-3 in torch (as written, on 8x8): ")
        assert what in note
        out = io.StringIO()
        terminal.show(report, Console(file=out, width=300))
        assert note in out.getvalue()
    assert reports[0].to_json() == reports[1].to_json()
    assert reports[0].results.notes == reports[1].results.notes


def test_other_elements_read_are_a_conflict(write, shifting, observed_run):
    earlier = observed_run(LAYER, environments=("keras",))
    earlier.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4], dtype="float32", words="'same'")
    earlier.probed(LAYER, LATER, [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]], environment="keras")
    (conflict,) = read_results([write("a", shifting), write("b", earlier)]).conflicts
    assert conflict.endswith("elements read 1|2|3 and 1|2|3 and 1|2|3 and pad|1|2")


def test_rounding_is_no_conflict(write, observed):
    """Two machines may add a mean up in another order, and both be as near as rounding allows."""
    pool = make_case(id="pool", op="avg_pool", input=[6, 6], kernel=3)
    near = [observed(cases=(pool,), digest=digit * 32, off=0.4, against="a" * 32) for digit in "01"]
    far = observed(cases=(pool,), digest="2" * 32, off=7.0, against="a" * 32)
    assert read_results([write("a", near[0]), write("b", near[1])]).conflicts == []
    assert len(read_results([write("a", near[0]), write("c", far)]).conflicts) == 1


def test_a_measurement_supersedes_an_inference(write, observed, observed_run):
    inferred = observed_run(LAYER, environments=())
    details = {"timeout": 30.0, "memory": 1, "shapes_only": True}
    inferred.add(kind="environment", label="torch", adapter="torch", packages={"torch": "2.13.0"}, details=details)
    inferred.saw(LAYER, want="shape", outcome="inferred", shape=[1, 1, 9, 9])
    files = [write("inferred", inferred), write("ran", observed())]
    for order in (files, files[::-1]):
        report = Report(Run(read_results(order)))
        assert ([v.verdict for v in report.verdicts], report.results.notes) == (["agrees"], [])


def test_only_the_first_of_many_conflicts_are_reported(write, observed):
    cases = tuple(make_case(input=[8, 8 + n], kernel=3) for n in range(25))
    results = read_results([write("a", observed(cases=cases)), write("b", observed(cases=cases, digest="0" * 32))])
    assert len(results.conflicts) == 25
    assert (len(results.notes), results.notes[-1]) == (21, "and 5 more conflicting observations")


def test_one_label_of_several_versions_gets_the_version(write, observed):
    files = [write(v, observed(version=v)) for v in ("2.12.0", "2.13.0", "2.0.0")] + [write("x", observed("flax", "1"))]
    for order in itertools.permutations(files):
        results = read_results(order)
        assert sorted(results.environments) == ["flax", "torch 2.0.0", "torch 2.12.0", "torch 2.13.0"]
        assert len(Report(Run(results)).verdicts) == 4
        assert results.conflicts == []


def test_files_of_different_machines_are_merged_with_a_note(write, observed, shifting):
    def on(isa, **run):
        made = observed(**run)
        made.lines = [
            {**line, "details": {**line["details"], "facts": {"threads": 1, "isa": isa}}} if "label" in line else line
            for line in made.lines
        ]
        return made

    files = [write("a", on("avx2")), write("b", on("avx512_core")), write("c", on("avx2", cases=(OTHER,)))]
    for order in itertools.permutations(files):
        results = read_results(order)
        assert list(results.environments) == ["torch"]
        assert results.notes == [
            "torch was observed on different machines, with isa avx2 and avx512_core: its rows may mix them"
        ]
    assert read_results(files[::2]).notes == []


def test_labels_that_the_version_does_not_distinguish(write, observed_run):
    def run(label, adapter, **packages):
        made = observed_run(LAYER, environments=())
        made.add(kind="environment", label=label, adapter=adapter, packages=packages, details={})
        made.add(kind="fault", environment=label, message=str(packages))
        return made

    numpys = [write(f"n{v}", run("torch", "torch", torch="2.13.0", numpy=v)) for v in ("1.26", "2.1")]
    other = [write("t", run("cpu", "torch", torch="2.13.0")), write("m", run("cpu", "mxnet", mxnet="1.9.1"))]
    results = read_results([*numpys, *other])
    assert sorted(results.environments) == [
        "cpu (mxnet) 1.9.1",
        "cpu (torch) 2.13.0",
        "torch 2.13.0 numpy 1.26",
        "torch 2.13.0 numpy 2.1",
    ]
    assert [label for label, _ in results.faults] == [
        "torch 2.13.0 numpy 1.26",
        "torch 2.13.0 numpy 2.1",
        "cpu (torch) 2.13.0",
        "cpu (mxnet) 1.9.1",
    ]


def test_a_label_that_is_made_and_given_is_refused(write, observed):
    files = [write(n, observed(label, v)) for n, label, v in [("a", "torch", "1"), ("b", "torch", "2")]]
    odd = write("c", observed("torch 1", "3"))
    with pytest.raises(InputError, match="two environments of different versions are labelled torch 1"):
        read_results([*files, odd])


def test_one_id_of_two_cases_is_refused_with_both_files(write, observed):
    other = make_case(id="layer-3", input=[9, 9], kernel=3)
    first, second = write("first", observed()), write("second", observed("flax", cases=(other,)))
    with pytest.raises(InputError) as error:
        read_results([first, second])
    assert error.value.problems == [f"{second}: the id layer-3 names two different cases; the other is in {first}"]


def test_the_order_of_the_files_is_that_of_the_cases_and_of_nothing_else(write, observed, shifting):
    files = [
        write("a", observed(cases=(LAYER, OTHER))),
        write("b", shifting),
        write("c", observed(version="2.0.0", cases=(OTHER,))),
        write("d", observed(cases=(OTHER,), digest="0" * 32)),
        write("e", observed(cases=(OTHER,), digest="f" * 32)),
    ]
    rows = set()
    for order in itertools.permutations(files):
        results = read_results(order)
        verdicts = Report(Run(results)).to_json()["verdicts"]
        assert [row["case"] for row in verdicts] == sorted((r["case"] for r in verdicts), key=list(results.cases).index)
        rows.add(json.dumps([sorted(map(json.dumps, verdicts)), results.notes]))
    assert len(rows) == 1


def test_a_sampling_of_what_no_probe_can_measure_is_refused(write, observed_run):
    huge = make_case(id="huge", input=[2**31], kernel=3)
    run = observed_run(huge)
    run.saw(huge, shape=[1, 1, 2**31 - 2], digest="x")
    with pytest.raises(ValueError, match="reads outside an axis"):
        run.probed(huge, [[0, 1, 2]])
    wide = make_case(id="wide", input=[8], kernel=2**30, padding=2**30)
    run = observed_run(wide)
    run.saw(wide, shape=[1, 1, 9], digest="x")
    run.probed(wide, [[0]])
    with pytest.raises(InputError, match="a sampling of wide, which is too large to measure"):
        read_results([write("wide", run)])


# What an untrusted job may send: the lines of a real file with anything anywhere in them.

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, 2**64 + 1, -(10**400), 10**12, -1, 0]),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["ran", "raised", "inferred", "layer-3", "../../etc/passwd", "\ud800", "\x1b[31m", "eJwDAAAAAAE="]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def places(value, at=()):
    """The path of everything in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield (*at, key)
        yield from places(inside, (*at, key))


def put(value, path, new):
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = new


def reported_or_refused(files):
    """The report of files, or None where they are refused in lines that can be printed."""
    try:
        return Report(Run(read_results(files)))
    except InputError as refused:
        problems = refused.problems
    assert problems
    assert all(problem.isprintable() for problem in problems)
    return None


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_file_holds_it_is_reported_or_refused(data, write, shifting, observed, observed_run):
    pool = make_case(id="pool", op="avg_pool", input=[4, 4], kernel=3, padding=1)
    averaged = observed_run(pool, environments=("mxnet",))
    averaged.saw(pool, "mxnet", shape=[1, 1, 1, 1], digest="y", dtype="float32")
    averaged.probed(pool, [[0, 1, -1]], [[0, 1, -1]], environment="mxnet", divisors=[[2.0], [2.0]])
    lines = copy.deepcopy([*shifting.lines, *averaged.lines[1:], END])
    for _ in range(data.draw(st.integers(1, 3))):
        line = data.draw(st.sampled_from(lines[1:]))
        put(line, data.draw(st.sampled_from(list(places(line)))), copy.deepcopy(data.draw(ANYTHING)))
    hostile = write("whole", observed())
    hostile = hostile.with_name("hostile.jsonl")
    hostile.write_text("".join(json.dumps(line) + "\n" for line in lines))
    whole = hostile.with_name("whole.jsonl")
    report = reported_or_refused([whole, hostile])
    if report is None:
        return
    json.dumps(report.to_json(), allow_nan=False)
    terminal.show(report, Console(file=io.StringIO(), width=100))
    html.render(report).encode()


def test_bytes_at_random_are_refused_or_reported(write, shifting):
    path, chance = write("noise", shifting), random.Random(7)
    content = path.read_bytes()
    for _ in range(100):
        noise = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            noise[chance.randrange(len(noise))] = chance.randrange(256)
        path.write_bytes(noise)
        if report := reported_or_refused([path]):
            report.to_json()
