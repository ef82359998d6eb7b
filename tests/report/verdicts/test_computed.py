"""Two layers compared by arithmetic alone. Expected texts and sizes are worked out by hand."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.report.verdicts.computed import Comparison, Computed

STEM = {"input": (224, 224), "kernel": 3, "stride": 2, "in_channels": 3, "out_channels": 32}


def compared(asked, mirrored=False, refusal="", **got):
    return Comparison(make_case(**asked), Computed(make_case(**{**asked, **got}), mirrored, refusal))


def test_padding_1_for_same_at_stride_2():
    """'same' pads 112*2 - 2 + 3 - 224 = 1 after an even input, and (1,1) around an odd one."""
    found = compared({**STEM, "padding": "same"}, padding=1)
    assert found.verdict == "shifted"
    assert found.shape == found.expected_shape == (1, 32, 112, 112)
    assert found.reason == (
        "it pads the height and width (1,1) instead of (0,1): its windows lie 1 px above and 1 px left of the "
        "requested ones"
    )
    assert found.sizes == "differs at every even height and width; at odd ones the two agree"


def test_the_same_layer_agrees_at_every_size():
    found = compared({**STEM, "padding": "same"}, padding=[[0, 1], [0, 1]])
    assert (found.verdict, found.axes, found.reason) == ("agrees", (), "")
    assert found.sizes == "differs at every odd height and width; at even ones the two agree"


ONE = {"input": [8], "kernel": 3}
TWO = {"input": [2], "kernel": 3}
UP = {"op": "conv_transpose", "input": [4], "kernel": 3, "stride": 2, "padding": "same"}


@pytest.mark.parametrize(
    ("asked", "got", "verdict", "words"),
    [
        (
            {"input": (8, 8), "kernel": (3, 5), "padding": (0, 1), "stride": (3, 4)},
            {"padding": "valid"},
            "shape",
            "1 column",
        ),
        (ONE, {"kernel": 3, "dilation": 2}, "shape", "spreads its taps by 2 instead of 1"),
        (
            {"input": [8], "kernel": 3, "padding": 1},
            {"padding_mode": "reflect"},
            "shifted",
            "its own elements mirrored",
        ),
        (TWO, {}, "agrees", ""),
        (TWO, {"padding": 1}, "accepts", "where there is no answer: no window fits"),
        (
            {"input": [2], "kernel": 3, "padding": 1},
            {"padding": 0},
            "rejects",
            "raises where the answer has the shape (2)",
        ),
        ({"op": "max_pool", "input": [9], "kernel": 2}, {"ceil_mode": True}, "shape", "5 columns instead of"),
        ({**ONE, "dtype": "float16"}, {"dtype": "float32"}, "values", "float32 instead of float16"),
        (
            {"op": "avg_pool", "input": [8], "kernel": 3, "stride": 1, "padding": 1},
            {"count_include_pad": False},
            "values",
            "does not count its padding: divides by 2 instead of 3, in window 1 along the width",
        ),
        ({"op": "avg_pool", "input": [8], "kernel": 2}, {"count_include_pad": False}, "agrees", ""),
        ({"op": "avg_pool", "input": [8, 8], "kernel": 2}, {"divisor_override": 4}, "agrees", ""),
        (
            {"op": "avg_pool", "input": [8, 8], "kernel": 2},
            {"divisor_override": 3},
            "values",
            "divides by 3 instead of 4, in window 1 along the height",
        ),
        (
            {"op": "avg_pool", "input": [8], "kernel": 3, "stride": 1, "padding": 1, "count_include_pad": False},
            {"divisor_override": 3},
            "values",
            "divides by 3 instead of 2, in window 1 along the width",
        ),
        (
            UP,
            {"padding": [[0, 1]]},
            "agrees",
            "",
        ),
        (
            UP,
            {"padding": 1, "output_padding": 1},
            "shifted",
            "it crops the width (1,0) instead of (0,1): its outputs lie 1 px left of the requested ones",
        ),
    ],
)
def test_each_pair_of_computations_gets_its_verdict(asked, got, verdict, words):
    found = compared(asked, **got)
    assert found.verdict == verdict
    assert words in found.reason


def test_a_mirrored_kernel_and_a_refusal():
    layer = {"input": [8], "kernel": 3}
    assert compared(layer, mirrored=True).verdict == "shifted"
    assert "applies the kernel mirrored" in compared(layer, mirrored=True).reason
    assert compared({**layer, "kernel": 1}, mirrored=True).verdict == "agrees"
    refused = compared(layer, refusal="its padding may not be negative")
    assert refused.verdict == "rejects"
    assert refused.reason == "raises where the answer has the shape (6): its padding may not be negative"


def test_sizes_modulo_the_stride():
    """Kernel 7 at stride 4: 'same' pads (out-1)*4 + 7 - n: n % 4 = 0 needs 3, 1 needs 6, 2 needs 5 and 3 needs 4."""
    found = compared({"input": [16], "kernel": 7, "stride": 4, "padding": "same"}, padding=3)
    assert found.sizes == "differs where the width modulo 4 is 0, 2 or 3; agrees where it is 1"
