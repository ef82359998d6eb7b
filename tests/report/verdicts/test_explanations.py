"""The sentences, each worked out by hand from the request and the observation."""

import numpy as np
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import make_arrays, make_input, make_weights
from convparity.cases.reference import Reference, digest, refer
from convparity.cases.text import first_line, shape_text
from convparity.report.verdicts.explanations import declared_otherwise, reason
from convparity.report.verdicts.judging import judge

NOTE = "Keras has no explicit padding"
TEXTBOOK = make_case(id="layer-4", input=[8, 8], kernel=[3, 5], padding=[0, 1], stride=[3, 4])
STRIDE_2 = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)


def read(case, maps):
    """The output of a layer of one channel that reads these elements."""
    x, w = (array[0, 0].astype(float) for array in make_arrays(case))
    y = np.zeros([1, 1, *map(len, maps)])
    for place in np.ndindex(y.shape[2:]):
        for tap in np.ndindex(case.kernel):
            source = tuple(axis[o][t] for axis, o, t in zip(maps, place, tap, strict=True))
            y[(0, 0, *place)] += w[tap] * x[source] if min(source) >= 0 else 0
    return y


@pytest.fixture
def explain(observed_run):
    """The reason for an observation of a case, on the way that a report takes."""

    def why(case, maps=None, expect=None, reference=None, separable=True, exact=True, probe_error="", **fields):
        run = observed_run(case)
        reference = reference or refer(case)
        shape = [*(reference.shape or (1, 1))[:2], *map(len, maps or ())]
        found = digest(read(case, maps)) if maps and expect == "shifted" and separable and not case.pools else "x"
        ran = {"shape": shape, "digest": found} if fields.get("outcome", "ran") == "ran" else {}
        observation = run.saw(case, **{**ran, **fields})
        if maps:
            run.probed(case, *maps, separable=separable, exact=exact)
        if probe_error:
            run.saw(case, want="sampling", outcome="raised", error=probe_error)
        verdict = judge(case, reference, observation)
        assert verdict == expect
        return reason(case, reference, observation, run.results.environments["torch"], verdict)

    return why


def test_the_last_layer_of_the_chapter(explain):
    sentence = explain(TEXTBOOK, [[[0, 1, 2], [3, 4, 5]], [[0, 1, 2, 3, 4]]], "shape", words="'valid'", note=NOTE)
    assert sentence == (
        "Keras has no explicit padding; as written ('valid') it pads the width (0,0) instead of (1,1): "
        "floor((8-5+0+4)/4) = 1 column instead of floor((8-5+2+4)/4) = 2; columns 6 to 8 of the input are never read"
    )


def test_the_shift_of_same_at_stride_2(explain):
    later = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
    assert explain(STRIDE_2, [later, later], "shifted", words="'same'", note=NOTE) == (
        "Keras has no explicit padding; as written ('same') it pads the height and width (0,1) instead of (1,1): "
        "its windows lie 1 px below and 1 px right of the requested ones"
    )


def test_a_difference_on_axes_of_different_sizes_is_stated_once(explain):
    asked = case_of((4, 3, (1, 1), 1, 1), (5, 3, (1, 1), 1, 1))
    rows = [[1, 0, -1], [2, 1, 0], [3, 2, 1], [-1, 3, 2]]
    columns = [[1, 0, -1], [2, 1, 0], [3, 2, 1], [4, 3, 2], [-1, 4, 3]]
    assert explain(asked, [rows, columns], "shifted") == (
        "it pads the height and width (1,1) as requested; applies the kernel mirrored"
    )


def case_of(*axes):
    """A case from (n, k, (before, after), stride, dilation) of each axis."""
    n, k, p, s, d = (list(numbers) for numbers in zip(*axes, strict=True))
    return make_case(id="layer", input=n, kernel=k, padding=[list(pad) for pad in p], stride=s, dilation=d)


PLAIN = (2, 1, (0, 0), 1, 1)  # an axis on which nothing goes wrong; it reads
AS_ASKED = [[0], [1]]


@pytest.mark.parametrize(
    ("asked", "got", "expect", "sentence"),
    [
        pytest.param(
            (4, 3, (1, 1), 1, 1),
            [[1, 0, -1], [2, 1, 0], [3, 2, 1], [-1, 3, 2]],
            "shifted",
            "it pads the width (1,1) as requested; applies the kernel mirrored",
            id="a flipped kernel",
        ),
        pytest.param(
            (8, 3, (1, 1), 2, 1),
            [[1, 0, -1], [3, 2, 1], [5, 4, 3], [7, 6, 5]],
            "shifted",
            "it pads the width (1,1) as requested; applies the kernel mirrored",
            id="a flipped kernel, where no window reaches the trailing pad",
        ),
        pytest.param(
            (5, 2, (0, 0), 2, 1),
            [[0, 1], [1, 2], [2, 3], [3, 4]],
            "shape",
            "it pads the width (0,0) as requested: floor((5-2+0+1)/1) = 4 columns instead of floor((5-2+0+2)/2) = 2; "
            "steps by 1 instead of 2",
            id="the stride ignored",
        ),
        pytest.param(
            (5, 2, (0, 0), 1, 2),
            [[0, 1], [1, 2], [2, 3], [3, 4]],
            "shape",
            "it pads the width (0,0) as requested: floor((5-2+0+1)/1) = 4 columns instead of floor((5-3+0+1)/1) = 3; "
            "spreads its taps by 1 instead of 2",
            id="the dilation ignored",
        ),
        pytest.param(
            (7, 2, (0, 0), 3, 2),
            [[0, 1], [3, 4]],
            "shifted",
            "it pads the width (0,0) as requested; spreads its taps by 1 instead of 2; "
            "columns 3, 6 of the input are never read",
            id="the dilation ignored under a stride: the shape is right",
        ),
        pytest.param(
            (6, 3, (0, 0), 1, 1),
            [[1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, -1]],
            "shifted",
            "it pads the width (-1,1) instead of (0,0): its windows lie 1 px right of the requested ones; "
            "column 1 of the input is never read",
            id="cropped in front",
        ),
        pytest.param(
            (4, 2, (0, 1), 1, 1),
            [[-1, 0], [0, 1], [1, 2], [2, 3]],
            "shifted",
            "it pads the width (1,0) instead of (0,1): its windows lie 1 px left of the requested ones",
            id="the odd pad on the other side",
        ),
        pytest.param(
            (3, 3, (1, 1), 1, 1),
            [[1, 0, 1], [0, 1, 2], [1, 2, 1]],
            "shifted",
            "it pads the width (1,1) with its own elements mirrored instead of (1,1) with zeros",
            id="reflected",
        ),
        pytest.param(
            (3, 3, (1, 1), 1, 1),
            [[2, 0, 0], [0, 1, 2], [1, 2, 1]],
            "shifted",
            "it reads the width in a way that no pads, stride and dilation explain; expected (1,1)",
            id="a map of nobody's",
        ),
        pytest.param(
            (2, 2, (0, 2), 1, 2),
            [[-1, 0], [-1, 1]],
            "shifted",
            "it reads other elements along the width, too few to tell its pads; expected (0,2)",
            id="one tap never leaves the padding, so the dilation is unknown",
        ),
        pytest.param(
            (8, 3, (1, 1), 2, 1),
            [[-1, 0, 1], [1, 2, 3], [3, 4, 5]],
            "shape",
            "it pads the width (1,-1) instead of (1,1): floor((8-3+0+2)/2) = 3 columns instead of "
            "floor((8-3+2+2)/2) = 4; columns 7 to 8 of the input are never read",
            id="one window fewer: at least one column was cropped",
        ),
        pytest.param(
            (11, 1, (0, 0), 2, 1),
            [[1], [3], [5], [7], [9], [-1]],
            "shifted",
            "it pads the width (-1,1) instead of (0,0): its windows lie 1 px right of the requested ones; "
            "columns 1, 3, 5 and 3 more ranges of the input are never read",
            id="many unread columns",
        ),
    ],
)
def test_a_difference_along_one_axis_is_one_sentence(explain, asked, got, expect, sentence):
    assert explain(case_of(PLAIN, asked), [AS_ASKED, got], expect) == sentence


def test_axes_that_differ_in_different_ways_have_a_clause_each(explain):
    case = case_of((4, 2, (0, 1), 1, 1), (8, 5, (1, 1), 4, 1))
    assert explain(case, [[[-1, 0], [0, 1], [1, 2], [2, 3]], [[0, 1, 2, 3, 4]]], "shape") == (
        "it pads the height (1,0) instead of (0,1): its windows lie 1 px above the requested ones, "
        "and pads the width (0,0) instead of (1,1): floor((8-5+0+4)/4) = 1 column instead of "
        "floor((8-5+2+4)/4) = 2; columns 6 to 8 of the input are never read"
    )


@pytest.mark.parametrize(
    ("seen", "expect", "sentence"),
    [
        pytest.param(
            {"shape": [2, 1, 4, 4]},
            "shape",
            "it returned the shape (2,1,4,4) (N, C, spatial) instead of (1,1,4,4)",
            id="another batch",
        ),
        pytest.param(
            {"shape": [1, 1, 3, 3], "words": "1"},
            "shape",
            "as written (1) it gave (3,3) instead of (4,4); which elements it reads could not be measured "
            "(the output is too large, or the case has no probe)",
            id="another shape, not measured",
        ),
        pytest.param(
            {"shape": [1, 1, 3, 3], "probe_error": "\nMemoryError: the probe\nmore"},
            "shape",
            "it gave (3,3) instead of (4,4); which elements it reads could not be measured (MemoryError: the probe)",
            id="another shape, the probe failed",
        ),
        pytest.param(
            {"outcome": "raised", "error": "\n  ValueError: padding must be a word  \nTraceback"},
            "rejects",
            "raises where the answer has the shape (4,4): ValueError: padding must be a word",
            id="rejects",
        ),
        pytest.param(
            {"outcome": "crashed", "signal": "SIGABRT", "log": "\nCheck failed: x > 0\nStack:"},
            "crashed",
            "its process died with SIGABRT: Check failed: x > 0",
            id="crashed",
        ),
        pytest.param(
            {"outcome": "crashed", "signal": "exit status 1"},
            "crashed",
            "its process died with exit status 1",
            id="crashed without a word",
        ),
        pytest.param({"outcome": "timed out"}, "timed out", "no answer within 30 s", id="timed out"),
        pytest.param(
            {"outcome": "out of memory", "error": "MemoryError: 1 TiB"},
            "out of memory",
            "needs more than 4 GB beyond what its import took: MemoryError: 1 TiB",
            id="out of memory, its own error",
        ),
        pytest.param(
            {"outcome": "out of memory"},
            "out of memory",
            "needs more than 4 GB beyond what its import took",
            id="out of memory, ended from outside",
        ),
        pytest.param(
            {"outcome": "inexpressible", "reason": "one number per axis pads both sides alike"},
            "inexpressible",
            "one number per axis pads both sides alike",
            id="inexpressible",
        ),
    ],
)
def test_every_other_outcome_has_a_sentence(explain, seen, expect, sentence):
    assert explain(STRIDE_2, expect=expect, **seen) == sentence


def test_agreeing_needs_no_reason(explain):
    assert explain(STRIDE_2, expect="agrees", shape=[1, 1, 4, 4], digest=refer(STRIDE_2).digest) == ""


def test_padding_that_a_framework_cannot_express_is_named_where_it_accepts_or_rejects(explain):
    """Padding in numbers, of which Keras has none: it was given 'valid', and answered that."""
    seen = {"note": "Keras has no explicit padding", "words": "'valid'"}
    lead = "Keras has no explicit padding; as written ('valid') it "
    said = explain(STRIDE_2, expect="accepts", reference=Reference(None, "empty"), shape=[1, 1, 3, 3], **seen)
    assert said == f"{lead}returns an array of shape (3,3) where there is no answer: empty"
    said = explain(STRIDE_2, expect="rejects", outcome="raised", error="ValueError: no", **seen)
    assert said == f"{lead}raises where the answer has the shape (4,4): ValueError: no"


def test_an_axis_without_elements_has_none_that_its_padding_could_repeat(explain):
    """Such as PaddlePaddle, which returns an output for it."""
    case = make_case(input=[0], kernel=[3], padding=[2], padding_mode="reflect", hostile=True)
    said = explain(case, [[[-1, -1, -1], [-1, -1, -1]]], "accepts", shape=[1, 1, 2])
    assert said.endswith("; it pads an axis that has no element to repeat")


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ([1, 1, 8, 8], "returns an array of shape (8,8) where there is no answer: stride is 0"),
        ([1, 1, 0, 8], "returns an empty array of shape (0,8) where there is no answer: stride is 0"),
    ],
)
def test_a_framework_that_accepts_an_impossible_layer_is_explained(explain, shape, sentence):
    assert explain(STRIDE_2, expect="accepts", reference=Reference(None, "stride is 0"), shape=shape) == sentence


RIGHT = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]


@pytest.mark.parametrize(
    ("maps", "shape", "expect", "sentence"),
    [
        ([RIGHT, RIGHT], [1, 1, 4, 4], "shifted", "it reads elements that no sampling per axis explains"),
        ([LATER, LATER], [1, 1, 4, 4], "shifted", "it reads elements that no sampling per axis explains"),
        (
            [RIGHT[:3], RIGHT],
            [1, 1, 3, 4],
            "shape",
            "it gave (3,4) instead of (4,4), and reads elements that no sampling per axis explains",
        ),
    ],
)
def test_maps_that_are_not_the_whole_story_explain_nothing(explain, maps, shape, expect, sentence):
    """Two groups that read differently, for one: what the maps say of the first is not what the layer does."""
    assert explain(STRIDE_2, maps, expect, separable=False, shape=shape) == sentence


def test_an_inexact_probe_explains_nothing(explain):
    assert explain(STRIDE_2, [LATER[:3], LATER], "shape", exact=False, shape=[1, 1, 3, 4]) == (
        "it gave (3,4) instead of (4,4), and with one-hot kernels it returns numbers that are not elements of the input"
    )


POINT = make_case(id="point", input=[2, 2], kernel=1)  # the answer is the input times one weight


def off_by(*changes):
    values = (make_input(POINT) * make_weights(POINT).item()).astype(np.float64)
    for (row, column), change in changes:
        values[0, 0, row, column] += change
    return values


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            [((0, 1), 1), ((1, 1), -5)],
            "unexplained, only in column 2 of the output: 2 of 4 numbers differ, by 5 at most",
        ),
        (
            [((0, 1), 0.5)],
            "unexplained, only in row 1 and column 2 of the output: 1 of 4 numbers differ, by 0.5 at most",
        ),
        (
            [((0, 1), np.nan), ((1, 0), 3)],
            "it returns NaN in 1 of 4 numbers: 2 of 4 numbers differ, by nan at most",
        ),
    ],
)
@pytest.mark.parametrize(
    ("probe", "lead"),
    [
        ({"maps": [AS_ASKED, AS_ASKED]}, "reads the requested elements; "),
        (
            {"maps": [AS_ASKED, AS_ASKED], "exact": False},
            "with one-hot kernels it returns numbers that are not elements of the input; ",
        ),
        (
            {"probe_error": "RuntimeError: no"},
            "which elements it reads could not be measured (RuntimeError: no); ",
        ),
    ],
)
def test_other_values_are_explained(explain, changes, found, probe, lead):
    got, asked = off_by(*changes), off_by()
    first = f"; the first, at (0,0,0,1), is {got[0, 0, 0, 1]:g} instead of {asked[0, 0, 0, 1]:g}"
    expect = "unproven" if "probe_error" in probe else "values"
    if found.startswith("it ") and lead.startswith("with one-hot"):
        lead = ""  # the cause explains that too
    assert explain(POINT, expect=expect, shape=[1, 1, 2, 2], values=got, **probe) == lead + found + first


def test_other_values_that_were_not_kept(explain):
    assert explain(POINT, [AS_ASKED, AS_ASKED], "values") == "reads the requested elements; the numbers differ"


def test_a_different_type_is_named(explain):
    found = explain(POINT, [AS_ASKED, AS_ASKED], "values", dtype="float64")
    assert found == "computes in another type: it returns float64 instead of float32"


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (
            {"shape": [1, 1, 4, 4], "declared": [1, 1, 4, 3]},
            "its own shape inference says (1,1,4,3), and it returned (1,1,4,4)",
        ),
        (
            {"shape": [1, 1, 4, 4], "declared": None, "declare_error": "ValueError: too\nlong"},
            "its own shape inference refuses (ValueError: too), and it returned (1,1,4,4)",
        ),
        ({"outcome": "raised", "declared": [1, 1, 0, 4]}, "its own shape inference says (1,1,0,4), and it raised"),
    ],
)
def test_a_false_declaration_is_explained(observed_run, seen, sentence):
    assert declared_otherwise(observed_run(STRIDE_2).saw(STRIDE_2, **seen)) == sentence


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31mred\x1b]0;title\x07" + "A" * 5000,
        "\x00" * 5000,
        "\u202egnp.exe " * 50,
        "\r\n\x85\u2028\x9b31m" * 40,
        "\ud800" * 300,
    ],
)
@pytest.mark.parametrize(
    ("outcome", "field", "expect"),
    [("raised", "error", "rejects"), ("crashed", "log", "crashed"), ("out of memory", "error", "out of memory")],
)
def test_hostile_text_comes_out_printable_and_short(explain, hostile, outcome, field, expect):
    sentence = explain(STRIDE_2, expect=expect, outcome=outcome, **{field: hostile})
    assert sentence.isprintable()
    assert len(sentence) < 2100  # 200 characters, of which an escape takes at most ten


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("\n \n", ""),
        ("\n  one  \ntwo", "one"),
        ("\nTraceback (most recent call last):\n  File x\nValueError: no \n\n", "ValueError: no"),
        ("a\x1b[0m", "a\\x1b[0m"),
        ("x" * 201, "x" * 199 + "…"),
        ("x" * 200, "x" * 200),
    ],
)
def test_the_first_line_of_an_error_is_found(text, line):
    assert first_line(text) == line


@pytest.mark.parametrize(("sizes", "text"), [((2, 1), "(2,1)"), ((4,), "(4)"), ((), "()"), (None, "nothing")])
def test_a_shape_is_written_in_brackets(sizes, text):
    assert shape_text(sizes) == text


def test_pads_do_not_contradict_what_is_never_read(observed_run, observed_windows):
    """AlexNet's first layer on 'valid': 54 windows end at 53*4+11 = 223; element 224 is unread, nothing is padded."""
    case = make_case(input=[224, 224], kernel=11, stride=4, padding=2)
    run = observed_run(case)
    windows = observed_windows(224, 11, 0, 0, 4)
    run.saw(case, shape=[1, 1, 54, 54], digest="x")
    run.probed(case, windows, windows)
    (verdict,) = run.report().verdicts
    assert "pads the height and width (0,0) instead of (2,2)" in verdict.reason
    assert "floor((224-11+0+4)/4) = 54" in verdict.reason
    assert "row and column 224 of the input are never read" in verdict.reason
