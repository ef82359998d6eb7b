"""Every verdict, from a reference and an observation that were both written down by hand."""

from dataclasses import replace

import numpy as np
import pytest
from convparity.cases.arithmetic import axes
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays
from convparity.cases.operations.axis import Axis
from convparity.cases.reference import Answer, Reference, digest, evaluate
from convparity.report.results.file import Environment
from convparity.report.verdicts.judging import judge, misdeclares, needs_sampling, reference_maps
from convparity.report.verdicts.verdict import Verdict

# 3x3, stride 2, padding 1 on 8x8: four windows per axis. Keras' 'same' has as many, all one pixel on.
LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
ASKED = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
FLIPPED = [window[::-1] for window in ASKED]
SHAPE = [1, 1, 4, 4]

AXES = (Axis(8, 3, 1, 1, 2, 1),) * 2
RIGHT = Reference(Answer(AXES, (1, 1, 4, 4), digest="right", decisive=True))
UNDECIDED = Reference(Answer(AXES, (1, 1, 4, 4), digest="right", decisive=False))
TOO_LARGE = Reference(Answer(AXES, (1, 1, 4, 4)))
ROUNDED = Reference(Answer(AXES, (1, 1, 4, 4), digest="right", decisive=True, exact=False))
NO_ANSWER = Reference(None, "stride is 0")
IMAGE, KERNEL = make_arrays(LAYER)
IN_REVERSE = digest(evaluate(LAYER, AXES, IMAGE, KERNEL[:, :, ::-1, ::-1]))


def probe(*maps, separable=True, exact=True):
    return {"maps": maps, "separable": separable, "exact": exact}


MEASURED = {"sampling": probe(ASKED, ASKED)}


@pytest.fixture
def observe(observed_run):
    """An observation: the line of the values, and, where given, that of the probe."""

    def add(outcome="ran", shape=SHAPE, digest="right", sampling=None, probe_error="", **fields):
        run = observed_run(LAYER)
        ran = {"ran": {"shape": shape, "digest": digest}, "inferred": {"shape": shape}}.get(outcome, {})
        observation = run.saw(LAYER, outcome=outcome, **ran, **fields)
        if sampling:
            run.saw(LAYER, want="sampling", shape=[2, 9, 4, 4], sampling=sampling)
        if probe_error:
            run.saw(LAYER, want="sampling", outcome="out of memory", error=probe_error)
        return observation

    return add


@pytest.mark.parametrize(
    ("reference", "seen", "verdict"),
    [
        pytest.param(RIGHT, {}, "agrees", id="equal values that prove the sampling"),
        pytest.param(RIGHT, {"sampling": probe(ASKED, ASKED)}, "agrees", id="equal values and sampling"),
        pytest.param(UNDECIDED, {"sampling": probe(ASKED, ASKED)}, "agrees", id="equal values that prove nothing"),
        pytest.param(UNDECIDED, {"sampling": probe(LATER, LATER)}, "shifted", id="equal values of other elements"),
        pytest.param(RIGHT, {"sampling": probe(LATER, LATER)}, "shifted", id="a measurement outranks the values"),
        pytest.param(RIGHT, {"digest": "x", "sampling": probe(ASKED, LATER)}, "shifted", id="shifted along the width"),
        pytest.param(RIGHT, {"digest": "x", "sampling": probe(LATER, ASKED)}, "shifted", id="shifted along the height"),
        pytest.param(RIGHT, {"digest": IN_REVERSE, "sampling": probe(FLIPPED, FLIPPED)}, "shifted", id="flipped"),
        pytest.param(
            RIGHT, {"digest": "x", "sampling": probe(FLIPPED, FLIPPED)}, "values", id="flipped in the probe only"
        ),
        pytest.param(RIGHT, {"digest": "x", "sampling": probe(ASKED, ASKED, separable=False)}, "shifted", id="groups"),
        pytest.param(RIGHT, {"digest": "x", "sampling": probe(ASKED, ASKED)}, "values", id="other values"),
        pytest.param(RIGHT, {"digest": "0", "sampling": probe(ASKED, ASKED)}, "values", id="a digest that sorts first"),
        pytest.param(RIGHT, {"digest": "x", "probe_error": "MemoryError"}, "unproven", id="other values, not measured"),
        pytest.param(
            RIGHT, {"digest": "x", "sampling": probe(LATER, LATER, exact=False)}, "values", id="inexact probe"
        ),
        pytest.param(RIGHT, {"shape": [1, 1, 4, 3], "digest": "x"}, "shape", id="another width"),
        pytest.param(RIGHT, {"shape": [2, 1, 4, 4], "digest": "x"}, "shape", id="another batch"),
        pytest.param(RIGHT, {"shape": [1, 4, 4, 1], "digest": "x"}, "shape", id="channels last"),
        pytest.param(RIGHT, {"shape": [4, 4], "digest": "x"}, "shape", id="another rank"),
        pytest.param(
            RIGHT, {"shape": [1, 1, 4, 3], "sampling": probe(ASKED, ASKED[:3])}, "shape", id="shape, measured"
        ),
        pytest.param(
            TOO_LARGE, {"digest": "x", "sampling": probe(ASKED, ASKED)}, "agrees", id="too large: same sampling"
        ),
        pytest.param(TOO_LARGE, {"digest": "x", "sampling": probe(ASKED, LATER)}, "shifted", id="too large: shifted"),
        pytest.param(
            TOO_LARGE, {"digest": "x", "probe_error": "MemoryError"}, "unproven", id="too large: the shape only"
        ),
        pytest.param(ROUNDED, {"digest": "x", "off": 1.0, "against": "right"}, "agrees", id="off by the tolerance"),
        pytest.param(ROUNDED, {"digest": "x", "off": 0.5, "against": "right"}, "agrees", id="within the tolerance"),
        pytest.param(
            ROUNDED, {**MEASURED, "digest": "x", "off": 1.01, "against": "right"}, "values", id="beyond the tolerance"
        ),
        *(
            pytest.param(
                ROUNDED,
                {**MEASURED, "digest": "x", "off": 0.5, "against": other},
                "values",
                id=f"near another, {other}",
            )
            for other in ("y", "0")
        ),
        pytest.param(
            ROUNDED, {**MEASURED, "digest": "x", "against": "right"}, "values", id="by how much was not measured"
        ),
        pytest.param(
            RIGHT, {**MEASURED, "digest": "x", "off": 0.5, "against": "right"}, "values", id="only equal values will do"
        ),
        pytest.param(RIGHT, {"dtype": "float32"}, "agrees", id="the dtype that was asked for"),
        pytest.param(RIGHT, {"dtype": "float64"}, "values", id="equal values of another dtype"),
        pytest.param(RIGHT, {"dtype": "bfloat16"}, "values", id="equal values of a narrower dtype"),
        pytest.param(RIGHT, {"outcome": "inferred", "shape": SHAPE}, "agrees", id="inferred, the same shape"),
        pytest.param(RIGHT, {"outcome": "inferred", "shape": [1, 1, 4, 3]}, "shape", id="inferred, another shape"),
        pytest.param(NO_ANSWER, {"outcome": "inferred", "shape": SHAPE}, "accepts", id="inferred where no answer is"),
        pytest.param(RIGHT, {"outcome": "refused"}, "rejects", id="inference refuses"),
        pytest.param(NO_ANSWER, {"outcome": "refused"}, "agrees", id="no answer: inference refuses"),
        pytest.param(RIGHT, {"outcome": "raised"}, "rejects", id="raises"),
        pytest.param(NO_ANSWER, {"outcome": "raised"}, "agrees", id="no answer: raises"),
        pytest.param(NO_ANSWER, {"shape": [1, 1, 8, 8]}, "accepts", id="no answer: answers"),
        pytest.param(NO_ANSWER, {"shape": [1, 1, 0, 8]}, "accepts", id="no answer: an empty array"),
        pytest.param(NO_ANSWER, {"outcome": "crashed"}, "crashed", id="no answer: dies"),
        *(
            pytest.param(RIGHT, {"outcome": outcome}, outcome, id=outcome)
            for outcome in ("inexpressible", "crashed", "timed out", "out of memory")
        ),
    ],
)
def test_each_observation_gets_its_verdict(observe, reference, seen, verdict):
    assert judge(LAYER, reference, observe(**seen)) == verdict


@pytest.mark.parametrize(
    ("reference", "seen", "needed"),
    [
        pytest.param(RIGHT, {}, False, id="proven by equal values"),
        pytest.param(UNDECIDED, {}, True, id="equal values prove nothing here"),
        pytest.param(RIGHT, {"digest": "x"}, True, id="other values"),
        pytest.param(RIGHT, {"shape": [1, 1, 4, 3], "digest": "x"}, True, id="another shape"),
        pytest.param(TOO_LARGE, {}, True, id="no values to compare with"),
        pytest.param(UNDECIDED, {"sampling": probe(LATER, LATER)}, False, id="measured already"),
        pytest.param(UNDECIDED, {"probe_error": "MemoryError"}, False, id="tried already"),
        pytest.param(NO_ANSWER, {}, False, id="nothing to compare with"),
        pytest.param(RIGHT, {"outcome": "raised"}, False, id="nothing ran"),
        pytest.param(RIGHT, {"outcome": "timed out"}, False, id="nothing came back"),
    ],
)
def test_only_observations_without_a_proof_need_a_sampling(observe, reference, seen, needed):
    assert needs_sampling(LAYER, reference, observe(**seen)) is needed


@pytest.mark.parametrize(
    ("mode", "seen", "needed"),
    [
        pytest.param("reflect", {"shape": [1, 1, 4, 4]}, True, id="elements that there are not: which were used?"),
        pytest.param("reflect", {"shape": [1, 1, 0, 4]}, False, id="an empty answer reads nothing"),
        pytest.param("reflect", {"outcome": "raised"}, False, id="nothing ran"),
        pytest.param("zeros", {"shape": [1, 1, 4, 4]}, False, id="zeros do not run out"),
    ],
)
def test_padding_that_runs_out_of_elements_is_measured(observe, mode, seen, needed):
    case = make_case(input=[8, 8], kernel=3, padding=9, padding_mode=mode)
    assert needs_sampling(case, Reference(None, "too few elements"), observe(**seen)) is needed


def test_values_within_the_tolerance_prove_the_sampling(observe):
    assert not needs_sampling(LAYER, ROUNDED, observe(digest="x", off=1.0, against="right"))
    assert needs_sampling(LAYER, ROUNDED, observe(digest="x", off=2.0, against="right"))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param({"declared": SHAPE}, False, id="did as declared"),
        pytest.param({"declared": [1, 1, 4, 3]}, True, id="did otherwise"),
        pytest.param({"declared": [1, 1, 4, 5]}, True, id="did less"),
        pytest.param({"shape": [2, 1, 4, 4], "declared": SHAPE}, True, id="another batch"),
        pytest.param(
            {"declared": None, "declare_error": "ValueError: no"}, True, id="inference refuses what then runs"
        ),
        pytest.param({"declared": None, "declare_error": ""}, False, id="was not asked, as for a port"),
        pytest.param({"outcome": "raised", "declared": SHAPE}, True, id="raises what it had declared"),
        pytest.param(
            {"outcome": "raised", "declared": [1, 1, 2**14, 2**13]}, True, id="as large as the reference goes"
        ),
        pytest.param({"outcome": "raised", "declared": [1, 1, 2**14, 2**13 + 1]}, False, id="too large to run"),
        pytest.param({"outcome": "raised", "declared": [1, 1, 0, 4]}, True, id="declares an empty output and raises"),
        pytest.param({"outcome": "raised", "declared": None, "declare_error": "no"}, False, id="refuses twice"),
        pytest.param({"outcome": "inexpressible"}, False, id="was not run"),
        pytest.param({"outcome": "crashed", "declared": SHAPE}, False, id="died, which is a verdict of its own"),
        pytest.param({"outcome": "timed out", "declared": SHAPE}, False, id="took too long"),
    ],
)
def test_only_a_false_declared_shape_is_misdeclared(observe, seen, expected):
    assert misdeclares(observe(**seen)) is expected


def test_the_reference_has_a_map_for_each_axis():
    one_row = (Axis(1, 3, 1, 1, 1, 1), Axis(4, 2, 0, 0, 2, 1))
    maps = reference_maps(Reference(Answer(one_row, ())))
    assert [axis.tolist() for axis in maps] == [[[-1, 0, -1]], [[0, 1], [2, 3]]]
    cropped = (Axis(4, 2, -1, 0, 1, 1),)
    assert [axis.tolist() for axis in reference_maps(Reference(Answer(cropped, ())))] == [[[1, 2], [2, 3]]]
    assert reference_maps(NO_ANSWER) == ()


def test_where_one_axis_reads_padding_only_the_other_cannot_be_told(observe):
    """Two taps 10 apart, 5 on either side of a single row: no column is ever seen through them."""
    only_padding = Reference(Answer((Axis(1, 2, 5, 5, 1, 10), Axis(2, 1, 0, 0, 1, 1)), (1, 1, 1, 2), "right"))
    unseen = [[[-1, -1]], [[-1], [-1]]]
    assert [axis.tolist() for axis in reference_maps(only_padding)] == unseen
    assert judge(LAYER, only_padding, observe(shape=[1, 1, 1, 2], sampling=probe(*unseen))) == "agrees"
    assert judge(LAYER, only_padding, observe(shape=[1, 1, 1, 2], sampling=probe([[-1, -1]], [[0], [1]]))) == "shifted"


ENVIRONMENT = Environment("new", "torch", {"torch": "2.9.0", "numpy": "2.4.6"})
SAME_AXIS = {"before": 1, "after": [0, 1], "stride": 2, "dilation": 1, "flipped": False, "mode": "zeros"}


def row(reference, observation, verdict):
    return Verdict(LAYER, ENVIRONMENT, "as written", verdict, False, reference, observation).to_json()


def test_the_row_of_a_shift_has_all_its_fields(observe):
    source = "nn.Conv2d(1, 1, 3, stride=2, bias=False)"
    seen = observe(digest="x", source=source, sampling=probe(ASKED, LATER))
    assert row(RIGHT, seen, "shifted") == {
        "case": "layer-3",
        "environment": "new",
        "adapter": "torch",
        "version": "2.9.0",
        "packages": {"torch": "2.9.0", "numpy": "2.4.6"},
        "basis": "measured",
        "spelling": "as written",
        "source": source,
        "literal": None,
        "verdict": "shifted",
        "misdeclares": False,
        "unforeseen": None,
        "expected_shape": [4, 4],
        "shape": [4, 4],
        "sampling": [SAME_AXIS, {**SAME_AXIS, "before": 0, "after": [1, 2]}],
        "reason": "it pads the width (0,1) instead of (1,1): its windows lie 1 px right of the requested ones",
    }


@pytest.mark.parametrize(("length", "known"), [(4095, True), (4096, False)])
def test_proven_windows_are_listed_up_to_four_million_elements(observe, length, known):
    """2048 windows of 2048 elements are 2**22; of longer layers it would be gigabytes."""
    case_axes = axes(make_case(input=[length], kernel=2048))
    reference = Reference(Answer(case_axes, (1, 1, length - 2047), digest="right", decisive=True))
    verdict = Verdict(LAYER, ENVIRONMENT, "as written", "agrees", False, reference, observe())
    assert verdict.proven
    assert (verdict.maps is not None, verdict.sampling is not None) == (known, known)
    assert verdict.pads == ((0, 0),)


@pytest.mark.parametrize(
    ("reference", "seen", "verdict", "expected"),
    [
        pytest.param(RIGHT, {}, "agrees", {"shape": [4, 4], "sampling": [SAME_AXIS] * 2}, id="proven, not measured"),
        pytest.param(UNDECIDED, {"probe_error": "no"}, "agrees", {"sampling": None}, id="neither proven nor measured"),
        pytest.param(TOO_LARGE, {"probe_error": "no"}, "agrees", {"sampling": None}, id="too large for both"),
        pytest.param(
            RIGHT,
            {"digest": "x", "sampling": probe(LATER, ASKED, exact=False)},
            "values",
            {"sampling": None},
            id="inexact",
        ),
        pytest.param(
            RIGHT,
            {"digest": "x", "sampling": probe(LATER, ASKED, separable=False)},
            "shifted",
            {"sampling": None},
            id="not per axis",
        ),
        pytest.param(
            RIGHT,
            {"digest": "x", "sampling": probe([[1, 0, 1], *ASKED[1:]], ASKED)},
            "shifted",
            {"sampling": [{**SAME_AXIS, "mode": "reflect"}, SAME_AXIS]},
            id="reflected along the height",
        ),
        pytest.param(
            RIGHT,
            {"outcome": "raised", "source": "nn.Conv2d()"},
            "rejects",
            {"expected_shape": [4, 4], "shape": None, "sampling": None, "source": "nn.Conv2d()"},
            id="raises",
        ),
        pytest.param(
            NO_ANSWER,
            {"shape": [1, 1, 0, 2]},
            "accepts",
            {"expected_shape": None, "shape": [0, 2], "sampling": None},
            id="an empty answer where there is none",
        ),
        pytest.param(NO_ANSWER, {"outcome": "raised"}, "agrees", {"shape": None, "sampling": None}, id="both refuse"),
        pytest.param(
            RIGHT, {"outcome": "inexpressible", "source": ""}, "inexpressible", {"source": None}, id="no words for it"
        ),
    ],
)
def test_a_row_has_the_facts_of_its_observation(observe, reference, seen, verdict, expected):
    found = row(reference, observe(**seen), verdict)
    assert {key: found[key] for key in expected} == expected


def test_wrong_values_and_false_declarations_diverge(observe):
    def verdict(name, declares):
        return Verdict(LAYER, ENVIRONMENT, "as written", name, declares, RIGHT, observe())

    assert [verdict(*of).diverges for of in [("agrees", False), ("agrees", True), ("values", False)]] == [
        False,
        True,
        True,
    ]


def test_measured_maps_are_arrays(observe):
    measured = observe(sampling=probe(ASKED, LATER)).sampling.maps
    assert [(axis.shape, axis.dtype) for axis in measured] == [((4, 3), np.int64)] * 2


def test_a_mirrored_kernel_in_a_layer_too_large_to_probe_shows_in_its_values(observed_run):
    large = make_case(id="large", op="conv_transpose", input=[16, 16], kernel=64, stride=32, in_channels=2)
    run = observed_run(large)
    x, w = make_arrays(large)
    turned = evaluate(large, axes(large), x, w[:, :, ::-1, ::-1])
    fields = {"shape": list(turned.shape), "dtype": "float32", "digest": digest(turned)}
    run.saw(large, **fields)
    run.saw(large, want="sampling", outcome="out of memory", error="MemoryError: the probe would need 2 elements")
    (verdict,) = run.report().verdicts
    assert verdict.verdict == "shifted"
    assert "applies the kernel mirrored" in verdict.reason
    assert run.report().clusters[0].cause == "applies the kernel mirrored"
    for other in ("other", "0"):
        run.saw(large, **{**fields, "digest": other})
        assert run.report().verdicts[0].verdict == "unproven"


def test_a_mirrored_kernel_shows_in_values_only_where_these_are_exact_and_nothing_was_measured(observed_run):
    run = observed_run(LAYER)
    x, w = make_arrays(LAYER)
    mirrored = digest(evaluate(LAYER, AXES, x, w[:, :, ::-1, ::-1]))
    seen = run.saw(LAYER, shape=SHAPE, dtype="float32", digest=mirrored)
    assert judge(LAYER, RIGHT, seen) == "unproven"  # the probe has still to say
    run.saw(LAYER, want="sampling", outcome="out of memory", error="MemoryError")
    assert judge(LAYER, RIGHT, seen) == "shifted"
    assert judge(LAYER, ROUNDED, seen) == "unproven"
    assert judge(LAYER, TOO_LARGE, seen) == "unproven"


def test_a_pool_has_no_kernel_to_mirror(observed_run):
    pool = make_case(id="pool", op="max_pool", input=[8, 8], kernel=2)
    run = observed_run(pool)
    seen = run.saw(pool, shape=SHAPE, digest="x")
    run.saw(pool, want="sampling", outcome="out of memory", error="MemoryError")
    assert judge(pool, Reference(Answer(AXES, (1, 1, 4, 4), "right")), seen) == "unproven"


def test_a_measurement_that_is_not_exact_says_nothing_where_the_values_prove_the_sampling(observe):
    seen = observe(sampling=probe(LATER, LATER, exact=False))
    verdict = Verdict(LAYER, Environment("torch", "torch"), "as written", "agrees", False, RIGHT, seen)
    assert [axis.before for axis in verdict.sampling] == [1, 1]
    assert verdict.pads == ((1, 1), (1, 1))


POOL = make_case(id="pool", op="avg_pool", input=[4], kernel=3, stride=1, padding=1)
POOLED = np.array([[-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, -1]])


@pytest.mark.parametrize(
    ("op", "measured", "verdict"),
    [
        ("avg_pool", {"divisors": [[3.0, 3.0, 3.0, 3.0]]}, "agrees"),
        ("avg_pool", {"divisors": [[2.0, 3.0, 3.0, 2.0]]}, "values"),
        ("avg_pool", {"divisors": [[1.0, 1.0, 1.0, 1.0]]}, "values"),
        ("avg_pool", {"divisors": [[3.0, 3.0, 3.0, 3.0]], "uneven": [0, 0, 0, 2.0]}, "values"),
        ("max_pool", {}, "agrees"),
        ("max_pool", {"pad_value": 0.0}, "values"),
    ],
)
@pytest.mark.parametrize("digest", ["right", None])
def test_the_measured_value_of_padding_decides_the_verdict(observed_run, op, measured, verdict, digest):
    """Windows of 3, stride 1, on 4 padded by 1, where padding is counted: by hand, every average divides by 3."""
    case = replace(POOL, op=op)
    run = observed_run(case)
    seen = run.saw(case, shape=[1, 1, 4], dtype="float32", digest="right")
    found = {"maps": [POOLED.tolist()], "separable": True, "exact": True, **measured}
    run.saw(case, want="sampling", shape=[9, 1, 4], sampling=found)
    reference = Reference(Answer(axes(case), (1, 1, 4), digest, exact=False))
    assert judge(case, reference, seen) == verdict
