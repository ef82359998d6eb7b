"""What a hunt looks at: twins that differ, measurements that no model predicts, and deaths; but no conventions."""

import pytest
from convparity.report.findings.sightings import seen_again, sightings, twins

BACKENDS = ("tensorflow", "keras-torch", "keras-jax")


def seen(report, groups=()):
    return [(one.label, one.kind, one.twins) for one in sightings(report, groups)]


def test_backends_and_environments_of_one_adapter_are_twins():
    found = twins([("a", "torch"), ("tf", "tensorflow"), ("b", "torch"), ("k", "keras-jax"), ("ort", "onnxruntime")])
    assert found == [("a", "b"), ("tf", "k")]


def test_a_convention_is_not_seen_and_a_death_is(shifted_run):
    assert seen(shifted_run.report()) == []  # 'same' reads other elements in Keras, which nobody is surprised by
    case = shifted_run.case(id="dies")
    shifted_run.observed("torch", case, outcome="crashed", signal="SIGFPE")
    assert seen(shifted_run.report()) == [("torch", "crashed", ())]


def test_the_twin_that_diverges_is_seen_and_names_the_others(run):
    case = run.case()
    for label in BACKENDS:
        run.environment(label, label)
    run.agrees("tensorflow", case)
    run.agrees("keras-jax", case)
    run.observed("keras-torch", case, outcome="raised", error="ValueError: no")
    report = run.report()
    (one,) = sightings(report, [BACKENDS])
    assert (one.label, one.kind, one.twins) == ("keras-torch", "rejects", ("tensorflow", "keras-jax"))
    assert one.needs_twins
    assert seen(report) == []  # the rows alone were not run from the lines that the model predicts
    assert seen_again(report, [BACKENDS], case, one) == one
    assert seen_again(report, [], case, one) is None


def test_twins_that_do_the_same_or_cannot_express_a_layer_are_not_seen(run):
    case = run.case()
    for label in BACKENDS:
        run.environment(label, label)
    run.agrees("tensorflow", case)
    run.agrees("keras-jax", case)
    run.observed("keras-torch", case, outcome="inexpressible", reason="no words")
    assert seen(run.report(), [BACKENDS]) == []


@pytest.mark.parametrize("other", ["'max_pool' of 'Long', 7 of 9", "'pool' of 'Int', 3 of 5"])
def test_errors_that_differ_in_numbers_and_names_have_one_cause(run, other):
    run.environment("mine", "my-own")
    first, second = run.case(id="first"), run.case(id="second", input=[9, 9])
    wrapped = "Exception encountered when calling Layer.call().\n\n"
    run.observed("mine", first, outcome="raised", error=f"{wrapped}RuntimeError: 'max_pool' of 'Char', 1 of 2")
    run.observed("mine", second, outcome="raised", error=f"{wrapped}RuntimeError: {other}")
    one, another = sightings(run.report(), [])
    assert one.key == another.key == ("conv", "rejects", "RuntimeError: '...' of '...', N of N")


def test_a_declared_shape_that_is_not_returned_is_seen_where_the_verdict_agrees(run):
    run.environment("torch")
    case = run.case()
    run.agrees("torch", case, declared=[1, 1, 9, 9])
    assert seen(run.report()) == [("torch", "misdeclares", ())]
