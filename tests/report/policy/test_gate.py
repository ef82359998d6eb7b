"""The failures of a run under a gate, when not every divergence is one."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.policy.gate import check_labels, read_gate

from ..policies import held

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
SECOND = make_case(id="layer-5", input=[8, 8], kernel=3, padding=1, stride=2, in_channels=2)
HALF = make_case(id="half", op="conv_transpose", input=[4, 4], kernel=3, stride=2, padding=1, output_padding=1)
AVERAGE = make_case(id="average", op="avg_pool", input=[9], kernel=3, stride=3)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # pads (0,1): 8 elements, kernel 3, stride 2, by hand
EARLIER = [[-1, -1, 0], [0, 1, 2], [2, 3, 4], [4, 5, 6]]  # pads (2,0)
SHAPE = [1, 1, 4, 4]


def shifts(run, label, case=LAYER, maps=LATER, digest="later"):
    run.saw(case, label, shape=SHAPE, declared=SHAPE, digest=digest)
    run.probed(case, maps, maps, environment=label)


def told(run, *groups):
    report = run.report()
    report = held(report, read_gate(agree=groups))
    return [(found.words, [case.id for case in found.cases]) for found in report.disagreements], report.exit_status


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [(["shape,values"], 0), (["shape", "shifted"], 1), (["all"], 1), ([" shifted , values "], 1), (["misdeclares"], 0)],
)
def test_only_the_verdicts_that_are_named_fail_a_run(observed_run, fail_on, status):
    run = observed_run(LAYER)
    shifts(run, "torch")
    report = run.report()
    report = held(report, read_gate(fail_on))
    assert report.exit_status == status
    assert len(report.clusters) == 1  # it is told all the same


@pytest.mark.parametrize(("fail_on", "status"), [("misdeclares", 1), ("shape", 0)])
def test_a_false_declaration_is_a_kind_of_its_own(observed_run, fail_on, status):
    run = observed_run(LAYER)
    run.agreed(LAYER, declared=[1, 1, 5, 5])
    report = run.report()
    report = held(report, read_gate([fail_on]))
    assert report.exit_status == status


def test_all_unknown_names_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        read_gate(["shap,values", "agrees"], ["torch"])
    assert [line.split(" is ")[0] for line in caught.value.problems] == [
        "--fail-on: 'shap'",
        "--fail-on: 'agrees'",
        "--agree: 'torch'",
    ]
    assert "did you mean 'shape'?" in caught.value.problems[0]


def test_missing_labels_are_reported_with_the_existing_ones():
    with pytest.raises(
        InputError, match=r"'tensorfow' is not an environment of this run; expected tensorflow, torch; did"
    ):
        check_labels(read_gate(agree=["tensorfow,torch"]), ["tensorflow", "torch"])


def test_a_convention_that_all_share_is_no_disagreement(observed_run):
    run = observed_run(LAYER, environments=("a", "b"))
    shifts(run, "a")
    shifts(run, "b")
    assert run.report().exit_status == 1
    assert told(run, "a,b") == ([], 0)


def test_other_pads_under_one_verdict_are_named(observed_run):
    run = observed_run(LAYER, SECOND, environments=("a", "b", "c"))
    for case in (LAYER, SECOND):
        shifts(run, "a", case)
        shifts(run, "b", case, EARLIER, "earlier")
        shifts(run, "c", case)
    assert told(run, "a,b,c") == ([("pads (0,1) in a and c, (2,0) in b", ["layer-3", "layer-5"])], 1)
    assert told(run, "a,c") == ([], 0)


def test_a_disagreement_of_a_transposed_convolution_names_its_crops(observed_run):
    # Of 4 elements, stride 2, kernel 3: element v writes outputs 2v + tap, 9 of them; one at either end is cropped.
    written = [[(o - t) // 2 if (o - t) in (0, 2, 4, 6) else -1 for t in range(3)] for o in range(9)]
    late, early = written[:-1], written[1:]
    run = observed_run(HALF, environments=("keras-torch", "tensorflow"))
    for label, maps in (("keras-torch", early), ("tensorflow", late)):
        run.saw(HALF, label, shape=[1, 1, 8, 8], declared=[1, 1, 8, 8], digest=label)
        run.probed(HALF, maps, maps, environment=label)
    assert told(run, "keras-torch,tensorflow")[0] == [("crops (1,0) in keras-torch, (0,1) in tensorflow", ["half"])]


def test_other_shapes_and_other_verdicts_are_named(observed_run):
    run = observed_run(LAYER, SECOND, environments=("a", "b"))
    run.agreed(LAYER, "a")
    run.saw(LAYER, "b", shape=[1, 1, 3, 3], declared=[1, 1, 3, 3], digest="x")
    run.agreed(SECOND, "a")
    run.saw(SECOND, "b", outcome="raised", error="ValueError: no")
    assert told(run, "a,b")[0] == [
        ("gives (4,4) in a, (3,3) in b", ["layer-3"]),
        ("agrees in a, rejects in b", ["layer-5"]),
    ]


def test_other_exact_values_are_a_disagreement(observed_run):
    run = observed_run(LAYER, environments=("a", "b"))
    shifts(run, "a", digest="x")
    shifts(run, "b", digest="y")
    assert told(run, "a,b") == ([("returns some numbers in a, others in b", ["layer-3"])], 1)


def test_rounding_and_unknown_values_are_no_disagreement(observed_run):
    run = observed_run(AVERAGE, LAYER, environments=("a", "b"))
    for label in ("a", "b"):  # within the tolerance that averages have
        reference = run.agreed(AVERAGE, "a").digest
        run.saw(AVERAGE, label, shape=[1, 1, 3], declared=[1, 1, 3], digest=label, off=0.5, against=reference)
    shifts(run, "a")
    assert told(run, "a,b") == ([], 0)


def test_fail_on_and_agree_apply_together(observed_run):
    run = observed_run(LAYER, environments=("a", "b"))
    shifts(run, "a")
    shifts(run, "b")
    report = run.report()
    report = held(report, read_gate(["shifted"], ["a,b"]))
    assert report.exit_status == 1
    report = held(report, read_gate(["shape"], ["a,b"]))
    assert report.exit_status == 0
