"""Whatever an adapter returns, it is judged, explained and written in every format, and its results are read again."""

import io
import json

import numpy as np
import pytest
from convparity.adapters.adapter import Result
from convparity.adapters.worker import probe, serve
from convparity.adapters.worker.protocol import Task
from convparity.cases.catalog.validate import make_case
from convparity.cases.reference import References
from convparity.report.findings.diff import Diff
from convparity.report.findings.expectations_update import update
from convparity.report.findings.explained import Explained
from convparity.report.findings.report import Report
from convparity.report.formats import FORMATS, notebook, terminal
from convparity.report.formats.annotations import commands
from convparity.report.policy.failures import Policy
from convparity.report.policy.gate import Gate
from convparity.report.policy.lock import Lock, broken
from convparity.report.results.comparison import compared
from convparity.report.results.file import Results, Room, read_file
from convparity.report.verdicts.residues import sizes_to_run
from convparity.report.verdicts.run import Run
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rich.console import Console

CASES = [
    make_case(id="conv", input=[5, 4], kernel=[3, 2], padding=1, stride=2),
    make_case(
        id="wrapped", input=[5], kernel=3, padding=2, padding_mode="circular", in_channels=2, groups=2, out_channels=2
    ),
    make_case(id="same", input=[6], kernel=3, stride=2, padding="same"),
    make_case(id="no-answer", input=[2], kernel=3, padding=3, padding_mode="reflect"),
    make_case(id="transposed", op="conv_transpose", input=[4], kernel=3, stride=2, output_padding=1),
    make_case(id="max", op="max_pool", input=[5, 4], kernel=2, ceil_mode=True),
    make_case(id="average", op="avg_pool", input=[6], kernel=3, stride=2, padding=1, dtype="float16"),
    make_case(id="large", op="avg_pool", input=[2**15], kernel=2**15 - 1, stride=1),
]
LABELS = ("one", "two")
ABOUT = {"python": "3.11.7", "timeout": 30.0, "memory": 2**32}
NUMBERS = st.one_of(st.integers(-3, 9).map(float), st.floats(width=32))
SAMPLING_NUMBERS = st.one_of(st.integers(0, 9).map(float), st.floats(allow_nan=False, allow_infinity=False))


@pytest.fixture(scope="module")
def references():
    return References()


@st.composite
def outputs(draw, case, batch, channels):
    """An array that a layer may return: mostly of the right rank, of whatever sizes and numbers."""
    right = [batch, channels, *(draw(st.integers(1, 6)) for _ in case.input)]
    shape = draw(st.one_of(st.just(right), st.just(right), st.lists(st.integers(0, 5), min_size=0, max_size=5)))
    if draw(st.booleans()):
        elements = st.integers(0, max(case.input)).map(float) if draw(st.booleans()) else NUMBERS
        few = draw(st.lists(elements, min_size=1, max_size=5))
        return np.resize(np.array(few, np.float32), shape)
    return (
        draw(arrays.arrays(np.float32, shape, elements=st.floats(width=32)))
        if np.prod(shape) < 200
        else np.zeros(shape)
    )


def task(n, case, spelling, want, sizes):
    return Task(n=n, case=case.to_json(), input=list(sizes), spelling=spelling, want=want)


@st.composite
def returned(draw, case):
    """The lines of a results file about a layer whose adapter returns arrays of any kind, as a worker makes them."""
    lines = []
    for spelling in ("as written", "port"):
        y = draw(outputs(case, case.batch, case.out_channels))
        dtype = draw(st.sampled_from([case.dtype, case.dtype, "float32", "int64", ""]))
        reply = serve.observed(task(0, case, spelling, "values", case.input), [Result(y, dtype)])
        lines.append((spelling, "values", case.input, reply))
        for sizes in [case.input, *sizes_to_run(case)] if spelling == "as written" and case.id != "large" else []:
            sibling = probe.on_size(probe.sibling(case), sizes)
            y = draw(outputs(sibling, sibling.batch, sibling.out_channels))
            reply = serve.observed(task(0, case, spelling, "sampling", sizes), [Result(y, dtype)])
            lines.append((spelling, "sampling", sizes, reply))
    return lines


@st.composite
def claimed(draw, case):
    """The lines of a results file with samplings of any kind, which the reader admits."""
    rank, outcome = len(case.input), {"outcome": "ran", "dtype": case.dtype}
    shape = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
    lines = [("as written", "values", case.input, {**outcome, "shape": shape, "digest": draw(st.sampled_from("xy"))})]
    for sizes in [case.input, *sizes_to_run(case)]:
        counts = [draw(st.integers(1, 5)) for _ in range(rank)]
        maps = [
            draw(arrays.arrays(np.int64, (count, draw(st.integers(1, 7))), elements=st.integers(-1, n - 1))).tolist()
            for n, count in zip(sizes, counts, strict=True)
        ]
        found = {"maps": maps, "separable": draw(st.booleans()), "exact": draw(st.booleans())}
        if draw(st.booleans()):
            found["divisors"] = [[draw(SAMPLING_NUMBERS) for _ in range(count)] for count in counts]
        if draw(st.booleans()):
            found["pad_value"] = draw(SAMPLING_NUMBERS)
        if draw(st.booleans()):
            found["uneven"] = [draw(st.integers(0, rank - 1)), *(draw(st.integers(0, 9)) for _ in range(2)), 2.0]
        lines.append(("as written", "sampling", sizes, {**outcome, "shape": shape, "sampling": found}))
    return lines


def written(case, references, *by_environment):
    """The results file of the observations in each environment, as the runner writes it."""
    lines = [{"kind": "header", "convparity": "0.1.0", "format": 1}, {"kind": "case", "case": case.to_json()}]
    for label in LABELS:
        lines.append(
            {"kind": "environment", "label": label, "adapter": "torch", "packages": {"torch": "2"}, "details": ABOUT}
        )
    for label, observations in zip(LABELS, by_environment, strict=True):
        for spelling, want, sizes, reply in observations:
            reply = compared(case, references[case], dict(reply)) if want == "values" else dict(reply)
            reply.pop("n", None)
            where = {"environment": label, "case": case.id, "input": list(sizes), "spelling": spelling, "want": want}
            lines.append({"kind": "observation", **where, "source": "nn.X()", **reply})
    return "".join(json.dumps(line) + "\n" for line in [*lines, {"kind": "end"}])


def assert_reported(case, texts, folder, references):
    """``texts`` are two results files, with the same observations in other environments."""
    reports = []
    for text in texts:
        (folder / "r.jsonl").write_text(text)
        read, arrived = read_file(folder / "r.jsonl", Room(2**28)), Results()
        for line in text.splitlines():
            arrived.add(json.loads(line))
        assert read.observations.keys() == arrived.observations.keys()
        report, again = Report(Run(arrived, references)), Report(Run(read, references))
        assert_written(case, report, folder)
        assert str(Diff(report, again)) == str(Diff(again, report))
        assert Diff(report, again).exit_status == 0
        (folder / "l.lock").write_text(Lock.of(report.run).text())
        assert broken(Lock.read(folder / "l.lock"), again.run) == []
        reports.append(again)
    diff = Diff(*reports)
    assert list(diff.lines())
    diff.to_html()
    diff.to_json()


def assert_written(case, report, folder):
    assert report.exit_status in (0, 1)
    for verdict in report.verdicts:
        assert (verdict.reason == "") == (not verdict.diverges), verdict
        notebook.verdict_html(verdict)
    for form in FORMATS:
        form.write(report, folder / form.name)
    commands(report)
    terminal.show(report, Console(file=io.StringIO()))
    notebook.report_html(report)
    notebook.explained_html(Explained(case, report))
    assert isinstance(report.held_against(Policy(Gate(agree=(LABELS,)))).failures, list)
    (folder / "e.toml").write_text("")
    assert update(folder / "e.toml", report).changed == any(row.diverges for row in report.verdicts)


WIDE = {"maps": [[[0, 1, 2, 3], [2, 3, 4, 5], [1, 3, 4, 5]]], "separable": True, "exact": True}
WIDE_POOL = [
    ("as written", "values", (6,), {"outcome": "ran", "dtype": "float16", "shape": [1, 1, 3], "digest": "x"}),
    ("as written", "sampling", (6,), {"outcome": "ran", "dtype": "float32", "shape": [1, 1, 3], "sampling": WIDE}),
]
ANY = settings(deadline=None, max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_any_array_gives_a_report(case, references, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")

    @ANY
    @given(returned(case), returned(case))
    def check(one, two):
        assert_reported(
            case, [written(case, references, *pair) for pair in ((one, two), (two, one))], folder, references
        )

    check()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_any_sampling_gives_a_report(case, references, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")

    @ANY
    @given(claimed(case), claimed(case))
    def check(one, two):
        assert_reported(
            case, [written(case, references, *pair) for pair in ((one, two), (two, one))], folder, references
        )

    if case.id == "average":
        check = example(WIDE_POOL, WIDE_POOL)(check)
    check()
