"""The answers of the page in the browser. Pads and shapes are worked out by hand."""

import json

import pytest
from convparity.adapters.registry import USUAL
from convparity.report.live.answer import answer, answered
from convparity.report.live.examples import EXAMPLES

STEM = "layers.Conv2D(64, 7, strides=2, padding='same')"
PORT = "nn.Conv2d(3, 64, 7, stride=2, padding=3)"


def test_a_line_is_answered_for_every_framework_with_the_windows_to_draw():
    """At 224, 'same' pads 111*2 + 7 - 224 = 5: two before and three after; padding=3 pads three and three."""
    found = answered(STEM, "", "3x224x224", "")
    assert (found["kind"], found["framework"], found["shape"]) == ("layer", "Keras", [112, 112])
    assert [row["adapter"] for row in found["frameworks"]] == list(USUAL)
    assert found["formula"][0] == {
        "axis": "height",
        "pads": "p = 2 + 3 = 5",
        "formula": "floor((224-7+5+2)/2) = 112",
        "windows": "reads 2 pad, 1-5 | 1-7 | 3-9 | ... | 221-224, 3 pad",
    }
    torch = found["frameworks"][0]
    assert (torch["verdict"], torch["shape"]) == ("shifted", [112, 112])
    assert torch["answer"][:3] == [
        "In PyTorch, write",
        "",
        "    nn.Sequential(nn.ZeroPad2d((2, 3, 2, 3)), nn.Conv2d(3, 64, 7, stride=2))",
    ]
    assert [one["before"] for one in found["maps"]] == [2, 2]
    assert [one["before"] for one in torch["maps"]] == [3, 3]


def test_the_question_and_the_answer_are_json():
    question = {"line": STEM, "second": "", "input": "3x8x8", "to": "torch"}
    found = json.loads(answer(json.dumps(question)))
    assert [row["adapter"] for row in found["frameworks"]] == ["torch"]


def test_two_lines_are_compared_with_the_windows_of_both():
    found = answered(STEM, PORT, "3x224x224", "")
    assert (found["kind"], found["verdict"], found["same"]) == ("pair", "shifted", False)
    assert found["heading"].startswith("not the same layer: the shapes match")
    assert found["write"] == "nn.Sequential(nn.ZeroPad2d((2, 3, 2, 3)), nn.Conv2d(3, 64, 7, stride=2))"
    assert [side["maps"][0]["before"] for side in found["sides"]] == [2, 3]
    same = answered(STEM, PORT, "3x225x225", "")  # 'same' pads 112*2 + 7 - 225 = 6: three on each side
    assert (same["verdict"], same["write"]) == ("agrees", None)
    assert same["remarks"] == ["Differs at every even height and width; at odd ones the two agree."]


def test_layers_of_another_kind_are_compared_without_windows():
    found = answered("nn.Conv2d(3, 8, 3)", "nn.MaxPool2d(3)", "3x8x8", "")
    assert [side["maps"] for side in found["sides"]] == [[], []]


def test_a_batch_norm_is_answered_in_sentences():
    found = answered("layers.BatchNormalization()", "", "64x8x8", "torch")
    assert found == {
        "kind": "lines",
        "lines": [
            "In PyTorch, write",
            "",
            "    nn.BatchNorm2d(64, eps=0.001, momentum=0.01)",
            "",
            "and not",
            "",
            "    nn.BatchNorm2d(64)",
            "",
            "Its epsilon is 1e-05 by default, where the line means 0.001.",
            "Its momentum is 0.1 by default, where the line means 0.01; here it is the weight of the new statistics. "
            "It shows in training only.",
        ],
    }


@pytest.mark.parametrize(
    ("line", "second", "input", "lines"),
    [
        (
            "nn.Conv2d(3, 8, 3, padding=one)",
            "",
            "3x8x8",
            ["padding: one is not a literal", "nn.Conv2d(3, 8, 3, padding=one)", " " * 27 + "^"],
        ),
        ("nn.Conv2d(3, 8, 3)", "", "3x8x", ["input: '3x8x' is not a list of numbers; write 3, 3x5 or 3,5"]),
        ("nn.Conv2d(3, 8, 3)", "nn.Linear(3)", "3x8x8", ["layer: nn.Linear slides no window"]),
        ("", "", "3x8x8", ["layer: the text is empty"]),
        ("nn.Conv2d(3, 8, 3)", "", "5x8x8", ["in_channels: 3 does not fit an input of 5x8x8; expected 5"]),
    ],
)
def test_what_cannot_be_read_is_told_as_the_terminal_tells_it(line, second, input, lines):
    found = answered(line, second, input, "")
    assert found["kind"] == "problems"
    (problem,) = found["problems"]
    assert len(problem.split("\n")) in (1, 3)
    for told, expected in zip(problem.split("\n"), lines, strict=False):
        assert told.startswith(expected)


def test_a_layer_that_has_no_output_is_answered_without_windows():
    found = answered("nn.Conv2d(3, 8, 9)", "", "3x8x8", "")
    assert (found["shape"], found["formula"], found["maps"]) == (None, [], [])
    assert found["result"] == ["no output: no window fits: the kernel spans 9, the padded height is 8"]


def test_every_example_is_answered():
    for one in EXAMPLES:
        found = answered(one.line, one.second, one.input, one.to)
        assert found["kind"] in ("layer", "pair", "lines"), one.title
