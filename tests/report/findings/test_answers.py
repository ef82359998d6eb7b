"""The first lines of an explanation: what to write in other frameworks. The lines are worked out by hand."""

import pytest
from convparity.adapters.expression import read
from convparity.report.findings.answers import answers

KERAS = "layers.Conv2D(32, 3, strides=2, padding='same')"


def written(line, input):
    """The line to write in each framework, by its title."""
    lines = list(answers(read(line, input)))
    if not lines:
        return {}
    assert lines[0] == "Write instead (predicted; nothing was run):"
    assert lines[-1] == ""
    return dict(line.strip().split("  ", 1) for line in lines[1:-1])


def test_a_line_of_keras_has_an_answer_in_each_of_the_other_frameworks():
    """'same' at stride 2 pads (0,1) at even sizes, which padding= of PyTorch cannot say."""
    found = written(KERAS, (3, 224, 224))
    assert list(found) == ["PyTorch", "Flax", "MXNet", "ONNX Runtime"]
    assert found["PyTorch"].strip() == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2))"
    assert found["Flax"].strip() == "nn.Conv(32, (3, 3), strides=2, padding='SAME')"


@pytest.mark.parametrize(
    ("line", "titles"),
    [
        ("nn.MaxPool2d(3, stride=2, padding=1)", ["Keras", "Flax", "MXNet", "ONNX Runtime"]),
        ("helper.make_node('MaxPool', ['x'], ['y'], kernel_shape=[2, 2])", ["PyTorch", "Keras", "Flax", "MXNet"]),
        ("nn.Conv2d(4, 8, 3, stride=2, padding='same')", []),  # PyTorch raises
    ],
)
def test_the_lines_own_framework_and_lines_that_raise_have_no_answer(line, titles):
    assert list(written(line, (4, 8, 8))) == titles
