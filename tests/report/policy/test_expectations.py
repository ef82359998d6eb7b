"""The divergences that expectations waive, and the entries that fail a run."""

from datetime import date

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.policy.expectations_file import load_expectations

from ..policies import held

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
SECOND = make_case(id="layer-5", input=[8, 8], kernel=3, padding=1, stride=2, in_channels=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # pads (0,1): 8 elements, kernel 3, stride 2, by hand
EARLIER = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]  # pads (1,1) or (1,0), as requested


@pytest.fixture
def expect(tmp_path, monkeypatch):
    """The expectations of a text, as those of a file e.toml."""
    monkeypatch.chdir(tmp_path)

    def read(text):
        (tmp_path / "e.toml").write_text(text)
        return load_expectations(["e.toml"])

    return read


def entry(fields, verdict="'shifted'", reason="why not"):
    return f"[[expect]]\n{fields}\nverdict = {verdict}\nreason = '{reason}'\n"


@pytest.fixture
def shifted(observed_run):
    """A run in which two layers are shifted in these environments, and agree in the others."""

    def run(*labels, environments=("keras", "torch"), cases=(LAYER, SECOND), maps=(LATER, LATER)):
        run = observed_run(*cases, environments=environments)
        for case in cases:
            for label in environments:
                if label in labels:
                    shape = [1, 1, 4, 4]
                    run.saw(case, label, shape=shape, declared=shape, digest="x", words="'same'")
                    run.probed(case, *maps, environment=label)
                else:
                    run.agreed(case, label)
        return run

    return run


def test_an_expected_divergence_is_waived_with_its_reason_and_link(shifted, expect):
    report = shifted("keras").report()
    assert report.exit_status == 1
    report = held(
        report, expectations=expect(entry("case = 'layer-*'\nenvironment = 'keras'\nlink = 'https://x.example'"))
    )
    checked = report.expected
    assert report.waived == {
        ("layer-3", "keras"): "why not (https://x.example)",
        ("layer-5", "keras"): "why not (https://x.example)",
    }
    assert (checked.failures, checked.notes, report.exit_status) == ([], [], 0)
    assert [cluster.waived for cluster in report.clusters] == [True]


@pytest.mark.parametrize(
    ("fact", "holds"),
    [
        ("onednn = true", True),
        ("onednn = false", False),
        ("onednn = 1", False),  # another value than true
        ("isa = ['avx', 'avx2']", True),
        ("isa = ['avx', 'avx512_core']", False),
        ("onednn = true, isa = 'avx'", False),  # all have to hold
        ("threads = 1", False),  # of which it said nothing
    ],
)
def test_an_entry_is_about_environments_of_its_facts(shifted, expect, fact, holds):
    run = shifted("keras")
    run.results.environments["keras"].details["facts"] = {"onednn": True, "isa": "avx2"}
    report = run.report()
    report = held(report, expectations=expect(entry(f"case = 'layer-*'\nfacts = {{ {fact} }}")))
    assert report.exit_status == (0 if holds else 1)
    assert set(report.waived) == ({("layer-3", "keras"), ("layer-5", "keras")} if holds else set())


def test_an_unexpected_divergence_still_fails_and_is_a_finding_of_its_own(shifted, expect):
    report = shifted("keras").report()
    report = held(report, expectations=expect(entry("case = 'layer-3'")))
    assert report.exit_status == 1
    assert [(cluster.waived, [case.id for case in cluster.cases]) for cluster in report.clusters] == [
        (True, ["layer-3"]),
        (False, ["layer-5"]),
    ]


def test_another_verdict_than_expected_says_what_was_expected_and_why(shifted, expect):
    report = shifted("keras").report()
    report = held(report, expectations=expect(entry("case = 'layer-3'\nenvironment='keras'", "['shape', 'rejects']")))
    failures = report.expected.failures
    assert failures[0] == "e.toml:1: layer-3 in keras: expected shape or rejects, because why not; is shifted"
    assert not report.waived


@pytest.mark.parametrize(
    ("pads", "said"),
    [
        ([[0, 1], [0, 1]], None),
        ([[1, 0], [1, 0]], "expected shifted, pads (1,0),(1,0), because why not; is shifted, pads (0,1),(0,1)"),
        ([[0, 1]], "expected shifted, pads (0,1), because why not; is shifted, pads (0,1),(0,1)"),
        ([[0, 0], [0, 0]], "expected shifted, pads (0,0),(0,0), because why not; is shifted, pads (0,1),(0,1)"),
        ([[0, 2], [0, 2]], None),  # no window starts in it: the second of the two is out of reach of stride 2
        ([[0, 3], [0, 3]], "expected shifted, pads (0,3),(0,3), because why not; is shifted, pads (0,1),(0,1)"),
    ],
)
def test_pads_have_to_be_those_measured(shifted, expect, pads, said):
    report = shifted("keras", cases=[LAYER]).report()
    report = held(report, expectations=expect(entry(f"environment = 'keras'\npads = {pads}")))
    failures = report.expected.failures
    assert failures[:1] == ([f"e.toml:1: layer-3 in keras: {said}"] if said else [])
    assert report.exit_status == (1 if said else 0)


def test_the_first_entry_that_fits_the_verdict_counts(shifted, expect):
    report = shifted("keras", cases=[LAYER]).report()
    entries = expect(
        entry("environment = 'keras'\npads = [[1, 0], [1, 0]]", reason="wrong")
        + entry("environment = 'keras'", reason="right")
        + entry("environment = 'keras'", reason="late")
    )
    report = held(report, expectations=entries)
    assert report.waived == {("layer-3", "keras"): "right"}


def test_a_name_that_no_longer_diverges_is_stale_although_others_do(shifted, expect):
    run = shifted("keras", cases=[LAYER])
    run.add(kind="case", case=SECOND.to_json())
    run.agreed(SECOND, "keras")
    run.agreed(SECOND, "torch")
    report = run.report()
    report = held(report, expectations=expect(entry("case = ['layer-3', 'layer-5']\nenvironment = 'keras'")))
    checked = report.expected
    assert checked.failures == ["e.toml:1: no longer occurs: layer-5 in keras: expected shifted, is agrees: why not"]
    assert report.exit_status == 1


def test_a_pattern_promises_one_divergence_in_each_environment(shifted, expect):
    run = shifted("keras", cases=[LAYER], environments=("keras", "torch", "flax"))
    run.add(kind="case", case=SECOND.to_json())
    for label in ("keras", "torch", "flax"):
        run.agreed(SECOND, label)
    report = held(run.report(), expectations=expect(entry("case = 'layer-*'\nenvironment = 'keras'")))
    fine = report.expected
    assert not fine.fails
    report = held(run.report(), expectations=expect(entry("stride = 2\nenvironment = ['keras', 'flax']")))
    stale = report.expected.failures
    assert stale == ["e.toml:1: no longer occurs: stride 2 in flax: expected shifted, is agrees: why not"]


def test_an_entry_without_a_match_fails_a_whole_run_and_is_a_note_in_a_part(shifted, expect):
    entries = expect(entry("case = ['layer-*', 'stem']\nenvironment = 'keras'"))
    line = "e.toml:1: matches nothing: no case of this run is stem"
    report = shifted("keras").report()
    report = held(report, expectations=entries)
    assert report.expected.failures == [line]
    assert report.exit_status == 1
    report = held(report, expectations=entries, partial=True)
    part = report.expected
    note = "this is part of a run: 1 of the expectations' names and patterns matches nothing in it"
    assert (part.failures, part.notes, report.exit_status) == ([], [note], 0)


def test_in_a_part_of_a_run_a_pattern_is_not_judged_and_a_name_is(shifted, expect):
    report = shifted().report()
    report = held(report, expectations=expect(entry("case = 'layer-*'")), partial=True)
    assert not report.expected.fails
    report = held(report, expectations=expect(entry("case = 'layer-3'")), partial=True)
    assert report.expected.fails


def test_where_not_everything_was_observed_it_is_a_part_of_a_run(shifted, expect):
    run = shifted(cases=[LAYER])
    run.add(kind="case", case=SECOND.to_json())
    report = held(run.report(), expectations=expect(entry("case = 'stem'")))
    assert report.expected.notes


def test_an_entry_of_an_environment_that_is_not_in_the_run_is_not_judged(shifted, expect):
    report = shifted().report()
    entries = expect(entry("case = 'stem'\nenvironment = 'keras-jax'") + entry("case = 'layer-3'\nadapter = 'flax'"))
    report = held(report, expectations=entries)
    assert not report.expected.failures
    assert report.exit_status == 0


@pytest.mark.parametrize(
    ("condition", "about"), [("torch = '<2.14'", True), ("torch = '>=2.14'", False), ("keras = '>=3'", False)]
)
def test_a_condition_on_versions_says_which_environments_are_meant(observed_run, expect, condition, about):
    run = observed_run(LAYER, version="2.9.0+cpu")
    run.saw(LAYER, outcome="raised", error="ValueError: no")
    report = run.report()
    report = held(report, expectations=expect(entry(f"packages = {{ {condition} }}", "'rejects'")))
    assert (report.exit_status == 0) is about


def test_an_expired_entry_fails_from_the_day_after(shifted, expect):
    report = shifted("keras").report()
    entries = expect(entry("environment = 'keras'\nexpires = 2030-01-31"))
    report = held(report, expectations=entries, today=date(2030, 1, 31))
    assert not report.expected.fails
    report = held(report, expectations=entries, today=date(2030, 2, 1))
    assert report.expected.failures == ["e.toml:1: expired on 2030-01-31: why not"]
    assert report.exit_status == 1


def test_a_port_is_expected_as_a_port(observed_run, expect):
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="raised", error="ValueError: no")
    run.saw(LAYER, spelling="port", outcome="raised", error="ValueError: no")
    report = run.report()
    written = entry("case = 'layer-3'", "'rejects'")
    report = held(report, expectations=expect(written))
    assert report.exit_status == 1
    report = held(report, expectations=expect(written + entry("case = 'layer-3'\nspelling = 'port'", "'rejects'")))
    assert report.exit_status == 0


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        ("op = 'conv'", True),
        ("op = { any = ['max_pool', 'conv'] }", True),
        ("op = 'max_pool'", False),
        ("rank = 2", True),
        ("rank = { any = [1, 3] }", False),
        ("kernel = 3", True),
        ("kernel = [3, 3]", True),
        ("kernel = [3, 5]", False),
        ("stride = { any = [1, [2, 2]] }", True),
        ("padding = 'numbers'", True),
        ("padding = 'same'", False),
        ("padding = 1", True),
        ("padding = [1, 1]", True),
        ("padding = [[1, 1], [1, 1]]", True),
        ("padding = [[1, 1], [0, 1]]", False),
        ("dilation = 2", False),
        ("padding_mode = 'zeros'", True),
        ("output_padding = 0", False),
        ("groups = 1", True),
        ("dtype = 'float16'", False),
        ("input = [8, 8]", True),
        ("ceil_mode = false", True),
        ("case = 'Layer-3'", False),
        ("case = 'lay[ef]r-?'", True),
    ],
)
def test_parameters_are_spelled_as_in_a_catalog(expect, field, matches):
    (expectation,) = expect(entry(field))
    assert any(expectation.matches(LAYER, pattern) for pattern in expectation.patterns) is matches
