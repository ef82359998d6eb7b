"""The first sentences of a report. Numbers of layers are counted by hand from the runs that are made up here."""

import pytest

from ..policies import waiving

KERAS = ("keras-jax", "keras-torch", "tensorflow")
SAME_ON_8 = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # what 'same' reads, instead of a pad on either side


@pytest.fixture
def made(run):
    """Makes a run of layers in environments: {label: what it does with each layer}."""

    def make(*does, adapters=None):
        cases = [run.case(id=f"layer-{number + 1}", batch=number + 1) for number in range(len(does[0][1]))]
        for label, each in does:
            run.environment(label, (adapters or {}).get(label, label))
            for case, what in zip(cases, each, strict=True):
                act(run, label, case, what)
        return run.report()

    return make


def act(run, label, case, what):
    if what == "shifts":
        run.reads(label, case, SAME_ON_8, SAME_ON_8)
    elif what == "shape":
        run.reads(label, case, SAME_ON_8[:3], SAME_ON_8[:3])
    elif what == "raises":
        run.observed(label, case, outcome="raised", error="ValueError: no")
    elif what == "cannot":
        run.observed(label, case, outcome="inexpressible", reason="there is no such word", source="")
    else:
        run.agrees(label, case)


def test_environments_of_one_framework_are_named_once_and_every_shape_is_given(made):
    does = ["shifts", "shifts", "agrees"]
    report = made(*((label, does) for label in KERAS), ("torch", ["agrees"] * 3))
    assert report.headline == "Keras reads other pixels in 2 of 3 layers. Every shape matches."
    assert report.summary == []


def test_where_only_some_environments_of_a_framework_differ_they_are_named_by_their_labels(made):
    report = made(("keras-torch", ["shifts", "agrees"]), ("tensorflow", ["agrees", "agrees"]))
    assert report.headline == "keras-torch reads other pixels in 1 of 2 layers. Every shape matches."


def test_two_versions_of_a_framework_are_one_if_both_differ(made):
    adapters = {"old": "torch", "new": "torch"}
    report = made(("old", ["shifts", "agrees"]), ("new", ["agrees", "shifts"]), adapters=adapters)
    assert report.headline == "PyTorch reads other pixels in 2 of 2 layers. Every shape matches."


def test_frameworks_with_the_same_number_are_together_and_the_most_come_first(made):
    report = made(
        ("torch", ["shifts", "agrees", "agrees"]),
        ("mxnet", ["agrees", "shifts", "agrees"]),
        ("tensorflow", ["shifts", "shifts", "agrees"]),
    )
    assert report.headline == (
        "Keras reads other pixels in 2 of 3 layers, MXNet and PyTorch in 1. Every shape matches."
    )


def test_other_kinds_follow_and_what_cannot_be_written_is_counted_apart(made):
    report = made(
        ("torch", ["shifts", "shape", "raises", "cannot"]),
        ("flax", ["agrees", "agrees", "raises", "cannot"]),
        ("onnxruntime", ["agrees", "shape", "agrees", "agrees"]),
    )
    assert report.headline == "PyTorch reads other pixels in 1 of 4 layers. Every shape matches there."
    assert report.summary == [
        "ONNX Runtime and PyTorch give another output shape in 1 layer.",
        "Flax and PyTorch raise an error in 1 layer.",
        "1 layer cannot be written in Flax or PyTorch.",
    ]


def test_a_run_in_which_nothing_differs_but_words_are_missing_says_only_that(made):
    report = made(("torch", ["cannot", "cannot", "agrees"]), ("flax", ["agrees"] * 3))
    assert report.headline == "2 of 3 layers cannot be written in PyTorch."
    assert report.summary == []


def test_the_headline_gives_the_first_of_many_names(made):
    report = made(*((name, ["raises", "agrees"]) for name in ("e", "d", "c", "b", "a")))
    assert report.headline == "a, b, c and 2 others raise an error in 1 of 2 layers."


def test_the_headline_of_a_single_layer_has_no_number(made):
    assert made(("torch", ["shifts"])).headline == "PyTorch reads other pixels in this layer. Every shape matches."


def test_expected_divergences_are_not_in_the_headline(made):
    report = made(("torch", ["shifts", "shifts", "agrees"]), ("flax", ["agrees"] * 3))
    some = waiving(report, {("layer-1", "torch"): "known"})
    assert some.headline == "PyTorch reads other pixels in 1 of 3 layers. Every shape matches."
    assert some.summary == ["1 layer differs only as expected."]
    every = waiving(report, {("layer-1", "torch"): "known", ("layer-2", "torch"): "known"})
    assert every.headline == "2 of 3 layers differ only as expected."
    assert every.summary == []
