"""Disagreements that expectations describe, and what a policy says is new."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.news import news
from convparity.report.policy.expectations import Expectation
from convparity.report.policy.failures import Policy
from convparity.report.policy.gate import Gate

CASES = [make_case(id=f"layer-{n}", input=[n, n], kernel=3, padding=1, stride=2) for n in (8, 10)]
LABELS = ("a", "b", "c")
AGREES, REJECTS, ACCEPTED = "agrees", "rejects", "shape"


def expect(*labels, verdict=REJECTS, index=0, cases=("layer-8",)):
    return Expectation("e.toml", index + 1, index, (verdict,), "known", cases, environments=labels)


@pytest.fixture
def judged(observed_run):
    """The report of layers of which each environment agrees, rejects or has another shape, under a policy."""

    def judged(*does, expectations=None, agree=(LABELS,), fail_on=None):
        run = observed_run(*CASES[: len(does)], environments=LABELS)
        for case, each in zip(CASES, does, strict=False):
            for label, what in zip(LABELS, each, strict=True):
                if what == REJECTS:
                    run.saw(case, label, outcome="raised", error="ValueError: no")
                elif what == ACCEPTED:
                    run.saw(case, label, shape=[1, 1, 3, 3], declared=[1, 1, 3, 3], digest="x")
                else:
                    run.agreed(case, label)
        entries = None if expectations is None else tuple(expectations)
        return run.report().held_against(Policy(Gate(agree=agree, fail_on=fail_on), entries))

    return judged


def test_a_disagreement_fails_until_an_entry_describes_the_side_that_differs(judged):
    assert [failure.kind for failure in judged((AGREES, REJECTS, AGREES)).failures] == ["disagreement"]
    known = judged((AGREES, REJECTS, AGREES), expectations=[expect("b")])
    assert (known.failures, known.held.expected_disagreements) == ([], 1)


def test_the_entry_is_stale_once_they_agree(judged):
    fixed = judged((AGREES, AGREES, AGREES), expectations=[expect("b")])
    assert [failure.kind for failure in fixed.failures] == ["expectation"]
    assert fixed.held.expected_disagreements == 0


def test_one_entry_for_two_sides_describes_no_difference(judged):
    either = [
        Expectation("e.toml", 1, 0, (REJECTS, ACCEPTED), "known", ("layer-8",), environments=("a", "b", "c")),
    ]
    report = judged((REJECTS, ACCEPTED, REJECTS), expectations=either)
    assert [failure.kind for failure in report.failures] == ["disagreement"]
    each = [expect("a", "c"), expect("b", verdict=ACCEPTED, index=1)]
    assert judged((REJECTS, ACCEPTED, REJECTS), expectations=each).failures == []


def test_two_sides_that_nobody_describes_disagree(judged):
    report = judged((REJECTS, ACCEPTED, AGREES), expectations=[expect("a")])
    assert [failure.kind for failure in report.failures] == ["disagreement"]


def test_another_layer_that_disagrees_in_the_same_way_is_not_covered(judged):
    does = ((AGREES, REJECTS, AGREES), (AGREES, REJECTS, AGREES))
    report = judged(*does, expectations=[expect("b")])
    assert [failure.kind for failure in report.failures] == ["disagreement"]
    assert "layer-10" in report.failures[0].sentence
    assert "and 1 more" not in report.failures[0].sentence


def test_the_news_tells_a_pass_from_a_failure_and_counts_layers(judged):
    does = ((AGREES, REJECTS, AGREES), (AGREES, REJECTS, AGREES))
    one, both = [expect("b")], [expect("b", cases=("layer-8", "layer-10"))]
    assert news(judged(*does, agree=())) == ""
    assert news(judged(*does, agree=(), expectations=one)) == "FAILS: 1 new, 1 expected, of 2 layers."
    assert news(judged(*does, agree=(), expectations=both)) == "PASSES: nothing new, 2 expected, of 2 layers."
    assert news(judged(*does)) == "FAILS: 2 layers may diverge, disagreement (1)."
    assert news(judged(*does, agree=(), fail_on=frozenset({"shape"}))) == "PASSES: 2 layers may diverge."
    assert news(judged(*does, agree=(), fail_on=frozenset({"rejects"}))) == "FAILS: 2 of 2 layers fail."
