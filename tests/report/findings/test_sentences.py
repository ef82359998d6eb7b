"""The line to write in another framework, in sentences. Pads and shapes are worked out by hand."""

import pytest
from convparity.adapters.expression import read
from convparity.report.findings.sentences import sentences

STEM = "layers.Conv2D(64, 7, strides=2, padding='same', activation='relu', name='stem')"


def said(line, input, *adapters):
    """Return the answer for a line as one text, without the sentence that nothing was run."""
    asked = read(line, input)
    lines = list(sentences(asked.case, asked.dressing, asked.asides, adapters))
    assert lines[-2].startswith("Predicted by ")
    return "\n".join(lines[:-2]).rstrip()


def test_the_line_to_write_comes_first_and_the_line_that_people_write_after_it():
    """At 224, 'same' pads 111*2 + 7 - 224 = 5: two before and three after; padding=3 pads three and three."""
    assert said(STEM, (3, 224, 224), "torch").splitlines() == [
        "In PyTorch, write",
        "",
        "    stem = nn.Sequential(nn.ZeroPad2d((2, 3, 2, 3)), nn.Conv2d(3, 64, 7, stride=2), nn.ReLU())",
        "",
        "and not",
        "",
        "    stem = nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.ReLU())",
        "",
        "The second line has the right shape, (112,112), but it pads the height and width (3,3) instead of (2,3): its "
        "windows lie 1 px above and 1 px left of the requested ones.",
        "It differs at every even height and width; at odd ones the two agree.",
        "nn.Conv2d(3, 64, 7, stride=2, padding='same', bias=False) raises an error: padding='same' is not supported "
        "for strided convolutions.",
    ]


def test_a_line_that_is_the_same_at_this_size_says_at_which_it_is_not():
    """At 225, 'same' pads 112*2 + 7 - 225 = 6: three on each side."""
    text = said(STEM, (3, 225, 225), "torch")
    assert "    stem = nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.ReLU())" in text
    assert "its output is (113,113)" in text
    assert "At other input sizes it may be another one: it differs at every even height and width" in text
    assert "and not" not in text


def test_a_line_that_is_the_same_everywhere_has_no_second_line():
    assert said("layers.Conv2D(64, 3, padding='same')", (3, 224, 224), "torch") == (
        "In PyTorch, write\n\n    nn.Conv2d(3, 64, 3, padding='same')\n\n"
        "This is the same layer: its output is (224,224), from the same elements."
    )


def test_where_a_framework_has_no_word_there_is_no_second_line():
    """A causal kernel of 3 with dilation 2 reads 4 elements before."""
    assert said("layers.Conv1D(64, 3, padding='causal', dilation_rate=2)", (3, 224), "torch") == (
        "In PyTorch, write\n\n    nn.Sequential(nn.ZeroPad1d((4, 0)), nn.Conv1d(3, 64, 3, dilation=2))\n\n"
        "Torch has no word for 'causal'."
    )


def test_a_line_with_another_shape_is_named():
    """(224 - 1) * 2 - 2 + 3 + 1 = 448, and without the output padding 447."""
    line = "nn.ConvTranspose2d(3, 64, 3, stride=2, padding=1, output_padding=1)"
    text = said(line, (3, 224, 224), "flax")
    assert "    nn.ConvTranspose(64, (3, 3), strides=2, padding=((1, 2), (1, 2)), transpose_kernel=True)" in text
    assert "The second line is not the same layer: it crops the height and width (1,1) instead of (1,0): " in text
    assert text.endswith("\nFlax has no output padding.")


def test_each_framework_has_an_answer_of_its_own():
    text = said("layers.Conv2D(8, 3)", (3, 8, 8), "torch", "mxnet", "onnxruntime")
    assert [line for line in text.splitlines() if line.startswith("In ")] == [
        "In PyTorch, write",
        "In MXNet, write",
        "In ONNX Runtime, write",
    ]


@pytest.mark.parametrize("adapter", ["tensorflow", "keras-torch", "keras-jax"])
def test_an_activation_that_the_framework_lacks_is_named(adapter):
    text = said("nn.Sequential(nn.Conv2d(3, 8, 3), nn.Mish(), nn.Hardtanh())", (3, 8, 8), adapter)
    assert "Hardtanh is left aside." in text
