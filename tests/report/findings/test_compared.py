"""Two lines compared by arithmetic. Pads, shapes and sizes are worked out by hand from the documented conventions."""

import pytest
from convparity.cases.errors import InputError
from convparity.report.findings.compared import compare

KERAS = "layers.Conv2D(32, 3, strides=2, padding='same')"
TORCH = "nn.Conv2d(3, 32, 3, stride=2, padding=1)"
IMAGE = (3, 224, 224)
PREDICTED = {"basis": "predicted", "shape": [112, 112], "refusal": None, "asides": []}


def test_the_usual_port_of_a_keras_layer_differs():
    """At an even size 'same' pads 112*2 - 2 + 3 - 224 = 1, after the input; torch pads 1 on both sides."""
    found = compare(KERAS, TORCH, IMAGE)
    assert not found.same
    assert found.pads() == {
        "height": {"first": [0, 1], "second": [1, 1]},
        "width": {"first": [0, 1], "second": [1, 1]},
    }
    assert found.to_json() == {
        "format": 1,
        "basis": "predicted",
        "same": False,
        "verdict": "shifted",
        "first": {"line": KERAS, "framework": "Keras", **PREDICTED},
        "second": {"line": TORCH, "framework": "PyTorch", **PREDICTED},
        "pads": found.pads(),
        "reason": "pads the height and width (1,1) instead of (0,1): its windows lie 1 px above and 1 px left of the "
        "first's",
        "sizes": "differs at every even height and width; at odd ones the two agree",
        "write": "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2))",
        "input": [3, 224, 224],
        "aside": None,
    }


def test_without_an_input_it_is_said_which_one_was_used():
    found = compare(KERAS, TORCH)
    assert (found.verdict, found.to_json()["input"]) == ("shifted", [3, 64, 64])
    assert found.to_json()["aside"] == str(found).splitlines()[-1]
    assert "so this is for 3x64x64; --input gives another" in str(found)


@pytest.mark.parametrize("lines", [(KERAS, TORCH), (TORCH, KERAS)])
def test_channels_that_are_missing_are_those_that_a_line_says(lines):
    found = compare(*lines, (224, 224))
    assert (found.verdict, found.to_json()["input"], found.aside) == ("shifted", [3, 224, 224], "")
    assert compare(*lines, (225, 225)).same


def test_other_weights_are_not_called_another_shape():
    found = compare("nn.Conv2d(3, 8, 3)", "nn.Conv2d(3, 9, 3)", (3, 8, 8))
    assert found.heading.startswith("not the same layer: another operation, or other weights")
    assert "The second has weights of the shape (9,3,3,3)" in str(found)


def test_at_an_odd_size_they_are_the_same_layer():
    """At 225, 'same' pads 113*2 - 2 + 3 - 225 = 2: one on each side."""
    found = compare(KERAS, TORCH, (3, 225, 225))
    assert (found.same, found.reason, found.write) == (True, "", "")
    assert found.sizes == "differs at every even height and width; at odd ones the two agree"


@pytest.mark.parametrize(
    ("first", "second", "input", "verdict", "words"),
    [
        (TORCH, "nn.Conv2d(3, 32, 5, stride=2, padding=2)", IMAGE, "shape", "(32,3,5,5)"),
        ("nn.MaxPool2d(2)", "nn.AvgPool2d(2)", IMAGE, "shape", "avg_pool instead of max_pool"),
        ("nn.MaxPool2d(3, 2)", "nn.MaxPool2d(3, 2, ceil_mode=True)", IMAGE, "shape", "112 rows"),
        ("nn.AvgPool2d(3, 1, 1)", "nn.AvgPool2d(3, 1, 1, count_include_pad=False)", IMAGE, "values", "divides by 2"),
        (KERAS, "nn.Conv2d(3, 32, 3, stride=2, padding='same')", IMAGE, "rejects", "needs stride 1"),
        ("nn.Conv2d(3, 32, 3, stride=2, padding='same')", KERAS, IMAGE, "accepts", "where the first has none"),
        ("nn.Conv2d(3, 4, 300)", "nn.Conv2d(3, 4, 300, bias=False)", IMAGE, "agrees", ""),
        (
            "nn.ConvTranspose2d(3, 4, 3, stride=2)",
            "nnx.ConvTranspose(3, 4, (3, 3), strides=2, padding='VALID')",
            IMAGE,
            "shifted",
            "applies the kernel mirrored",
        ),
        (
            "nnx.ConvTranspose(3, 4, (3, 3), strides=2, padding='VALID')",
            "linen.ConvTranspose(4, (3, 3), strides=(2, 2), padding='VALID')",
            IMAGE,
            "agrees",
            "",
        ),
    ],
)
def test_each_pair_of_lines_gets_its_verdict(first, second, input, verdict, words):
    found = compare(first, second, input)
    assert found.verdict == verdict
    assert words in f"{found.reason} {found.first.refusal} {found.second.refusal}"
    assert found.same == (verdict == "agrees")


def test_the_line_to_write_is_for_the_seconds_framework():
    """The VAE's downsampling pads only after; Keras's 'same' is that, and 'valid' after a pad is what others write."""
    asked = "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))"
    found = compare(asked, "layers.Conv2D(8, 3, strides=2)", IMAGE)
    assert found.write == ("keras.Sequential([layers.ZeroPadding2D(((0, 1), (0, 1))), layers.Conv2D(8, 3, strides=2)])")
    assert compare(asked, found.write, IMAGE).same
    assert compare(asked, found.write, (3, 17, 18)).same


def test_the_comparison_is_written_in_sentences():
    lines = str(compare(KERAS, TORCH, IMAGE)).splitlines()
    assert lines[0] == (
        "not the same layer: the shapes match, but the second reads other elements (predicted; nothing was run)"
    )
    assert lines[1] == (
        "Write instead, in PyTorch: nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2))"
    )
    assert lines[3:5] == [f"first   Keras    (112,112)  {KERAS}", f"second  PyTorch  (112,112)  {TORCH}"]
    assert "Differs at every even height and width; at odd ones the two agree." in lines


def test_a_line_that_cannot_be_read_is_one_error_with_a_caret():
    with pytest.raises(InputError, match=r"nn\.Conv2d\(3, 32, k\)\n *\^"):
        compare(KERAS, "nn.Conv2d(3, 32, k)", IMAGE)
