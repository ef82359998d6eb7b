"""Measurements held against predictions. On 8, padding 1 at stride 2 reads -1,0,1 first; 'same' pads (0,1) there."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.results.observation import Observation
from convparity.report.verdicts.foresight import unforeseen

PADDED_1 = make_case(input=[8, 8], kernel=3, stride=2, padding=1, id="stem")
SAME = make_case(input=[8, 8], kernel=3, stride=2, padding="same", id="stem")
ONE_EACH = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
AFTER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
SOURCE = "nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)"  # as written in torch for both


@pytest.fixture
def seen(observed_run):
    """The report on a layer in torch that was measured to read these elements along each axis."""

    def seen(case, maps, source=SOURCE):
        run = observed_run(case)
        run.saw(case, source=source, shape=[1, 1, 4, 4], digest="other", declared=[1, 1, 4, 4])
        run.probed(case, maps, maps)
        return run.report()

    return seen


def test_a_shift_that_the_model_does_not_have_is_unforeseen(seen):
    report = seen(PADDED_1, AFTER)
    row = report.verdict("stem", "torch")
    assert row.verdict == "shifted"
    assert row.unforeseen == "agrees (4,4), predicted by the model of torch 2.13.0"
    assert row.to_json()["unforeseen"] == row.unforeseen
    assert report.notes == [
        "unforeseen: 1 measurement differs from the prediction, 1 in torch; `explain` and --json say how"
    ]


def test_a_shift_that_the_model_has_is_foreseen(seen):
    report = seen(SAME, ONE_EACH)
    row = report.verdict("stem", "torch")
    assert (row.verdict, row.unforeseen, report.notes) == ("shifted", "", [])


def test_a_shift_that_differs_from_the_models_is_unforeseen(seen):
    """As if torch padded 2 before."""
    twice = [[-1, -1, 0], [0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert seen(SAME, twice).verdict("stem", "torch").unforeseen.startswith("other elements, predicted by the model")


def test_a_line_other_than_the_predicted_one_is_not_judged(seen):
    assert seen(PADDED_1, AFTER, "net(x)").verdict("stem", "torch").unforeseen == ""


@pytest.mark.parametrize(
    ("layer", "outcome", "said"),
    [
        ({}, "raised", "agrees (1,1), predicted"),
        ({}, "crashed", "agrees (1,1), predicted"),
        ({}, "timed out", ""),
        ({}, "out of memory", ""),
        ({"hostile": False}, "timed out", "agrees (1,1), predicted"),
        ({"stride": 2**17}, "raised", ""),
    ],
)
def test_a_hostile_layer_is_compared_but_for_its_limits_and_for_numbers_beyond_real_layers(
    observed_run, layer, outcome, said
):
    case = make_case(**{"input": [8, 8], "kernel": 3, "stride": 9, "hostile": True, "id": "stride-9", **layer})
    run = observed_run(case)
    stride = case.stride[0]
    run.saw(case, source=f"nn.Conv2d(1, 1, 3, stride={stride}, bias=False)", outcome=outcome, error="no")
    assert run.report().verdict("stride-9", "torch").unforeseen.startswith(said)
    assert bool(run.report().verdict("stride-9", "torch").unforeseen) is bool(said)


def test_a_line_of_another_rank_is_no_prediction_for_a_hostile_layer():
    """Flax takes a kernel of three numbers on an image as a layer along three axes, of which the batch is one."""
    case = make_case(input=[8, 8], kernel=[3, 3, 3], hostile=True, id="three")
    found = Observation("flax", "three", (8, 8), "as written", "ran", shape=(0, 1, 6, 6))
    found.source = "nn.Conv(1, (3, 3, 3), padding=0, use_bias=False)"
    assert unforeseen(case, "flax", "accepts", found) == ""


@pytest.mark.parametrize(("facts", "said"), [({}, "rejects, predicted"), ({"mode": "compiled"}, "")])
def test_a_compiled_layer_needs_no_kernel_of_the_frameworks_own(facts, said):
    """torch 2.13 has no MaxPool1d of int8; compiled, it runs."""
    case = make_case(op="max_pool", input=[9], kernel=3, stride=2, dtype="int8", id="narrow")
    found = Observation("torch", "narrow", (9,), "as written", "ran", shape=(1, 1, 4))
    found.source = "nn.MaxPool1d(3, stride=2)"
    told = unforeseen(case, "torch", "agrees", found, facts)
    assert told.startswith(said)
    assert bool(told) is bool(said)
