"""Layers worked out on paper, and the same by the formula."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.operations.axis import Axis
from convparity.report.verdicts.formula import windows, work_out

TEXTBOOK = make_case(input=[8, 8], kernel=[3, 5], padding=[0, 1], stride=[3, 4])

ABOUT_P = "p is the total of both sides; a framework's padding= is one side. Elements count from 1."


def test_the_last_layer_of_the_chapter():
    assert work_out(TEXTBOOK) == [
        "3x5, stride (3,4), padding (0,1) on 8x8",
        "",
        "height  p = 0 + 0 = 0  floor((8-3+0+3)/3) = 2  reads 1-3 | 4-6",
        "width   p = 1 + 1 = 2  floor((8-5+2+4)/4) = 2  reads pad, 1-4 | 4-8",
        "",
        "output (2,2) by floor((n - k + p + s) / s)",
        ABOUT_P,
    ]


def test_columns_line_up_and_dilation_has_its_formula():
    case = make_case(input=[224, 7], kernel=[7, 3], padding=[[3, 3], [-1, 0]], stride=[2, 1], dilation=[1, 2])
    assert work_out(case)[2:6] == [
        "height  p = 3 + 3 = 6    floor((224-7+6+2)/2) = 112  reads 3 pad, 1-4 | pad, 1-6 | 2-8 | ... | 220-224, 2 pad",
        "width   p = -1 + 0 = -1  floor((7-5-1+1)/1) = 2      reads 2, 4, 6 | 3, 5, 7",
        "",
        "output (112,2) by floor((n - e + p + s) / s), e = d(k-1) + 1",
    ]


def test_a_transposed_convolution_on_paper():
    """Input i, from 0, writes outputs 2i-1 to 2i+1: output 0 is made from element 1, output 1 from elements 1 and 2."""
    case = make_case(op="conv_transpose", input=[4], kernel=3, stride=2, padding=1, output_padding=1)
    assert work_out(case)[2:] == [
        "width  p = 1 + 1 = 2  (4-1)*2-2+3+1 = 8  made from 1 | 1-2 | 2 | ... | 4",
        "",
        "output (8) by (n - 1)s - p + k + output padding",
        "p is the total that is cropped from both sides of the output. Elements count from 1.",
    ]
    apart = make_case(op="conv_transpose", input=[2], kernel=1, stride=3)
    assert work_out(apart)[2] == "width  p = 0 + 0 = 0  (2-1)*3+1 = 4  made from 1 | nothing | nothing | 2"


def test_pools_and_padding_modes_say_what_their_padding_is():
    pool = make_case(op="max_pool", input=[5], kernel=2, stride=3, padding=1, ceil_mode=True)
    assert work_out(pool)[2:] == [
        "width  p = 1 + 1 = 2  ceil((5-2+2)/3)+1 = 3, less one that starts in the padding: 2  reads pad, 1 | 3-4",
        "",
        "output (2) by ceil((n - k + p) / s) + 1",
        ABOUT_P,
        "Padding counts as minus infinity.",
    ]
    mean = make_case(op="avg_pool", input=[6], kernel=3, padding="same")
    assert work_out(mean)[-1] == "Padding is not counted in the averages."
    # As PyTorch has it: on ones, the last average of the first is 1, and of the second 1/2.
    over = make_case(op="avg_pool", input=[9], kernel=4, stride=2, ceil_mode=True)
    assert work_out(over)[2].endswith("reads 1-4 | 3-6 | 5-8 | 7-9, over")
    assert work_out(over)[-1] == "Padding is counted in the averages; elements beyond the end never are."
    both = make_case(op="avg_pool", input=[4], kernel=4, stride=3, padding=1, ceil_mode=True)
    assert work_out(both)[2].endswith("reads pad, 1-3 | 3-4, pad, over")
    spread = make_case(op="max_pool", input=[6], kernel=3, stride=2, dilation=3, padding=1, ceil_mode=True)
    assert work_out(spread)[2].endswith("reads pad, 3, 6 | 2, 5, over")
    mirror = make_case(input=[5], kernel=3, padding=1, padding_mode="reflect")
    assert work_out(mirror)[2].endswith("reads 2-1, 2 | 1-3 | 2-4 | ... | 4-5, 4")
    assert work_out(mirror)[-1] == "The padding is its own elements mirrored."


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (
            make_case(input=[1, 8], kernel=5, padding=1),
            "no window fits: the kernel spans 5, the padded height is 3",
        ),
        (make_case(input=[8, 8], kernel=3, stride=0, hostile=True), "stride is 0"),
        (make_case(input=[8, 8], kernel=3, padding="[b]mirror", hostile=True), "padding is '[b]mirror'"),
    ],
)
def test_a_layer_without_output_gives_the_reason(case, reason):
    assert work_out(case) == [case.describe(), "", f"no output: {reason}"]


@pytest.mark.parametrize(
    ("axis", "text"),
    [
        pytest.param(Axis(8, 3, 0, 0, 3, 1), "reads 1-3 | 4-6", id="the chapter's rows"),
        pytest.param(Axis(8, 5, 1, 1, 4, 1), "reads pad, 1-4 | 4-8", id="the chapter's columns"),
        pytest.param(Axis(8, 3, 1, 1, 2, 1), "reads pad, 1-2 | 2-4 | 4-6 | 6-8", id="four windows are all shown"),
        pytest.param(Axis(5, 1, 0, 0, 1, 1), "reads 1 | 2 | 3 | ... | 5", id="five are not"),
        pytest.param(Axis(224, 7, 3, 3, 2, 1), "reads 3 pad, 1-4 | pad, 1-6 | 2-8 | ... | 220-224, 2 pad", id="a stem"),
        pytest.param(Axis(7, 3, 0, 0, 1, 2), "reads 1, 3, 5 | 2, 4, 6 | 3, 5, 7", id="dilation"),
        pytest.param(Axis(2, 3, 2, 2, 1, 2), "reads pad, 1, pad | pad, 2, pad", id="dilation over both edges"),
        pytest.param(Axis(1, 3, 2, 2, 1, 1), "reads 2 pad, 1 | pad, 1, pad | 1, 2 pad", id="runs of padding"),
        pytest.param(Axis(0, 2, 1, 1, 1, 1), "reads 2 pad", id="nothing but padding"),
        pytest.param(Axis(6, 3, -1, -1, 1, 1), "reads 2-4 | 3-5", id="crop"),
        pytest.param(Axis(5, 2, -2, 1, 1, 1), "reads 3-4 | 4-5 | 5, pad", id="crop in front, pad behind"),
    ],
)
def test_the_windows_of_an_axis_are_written_out(axis, text):
    assert windows(axis) == text
