"""Transposed convolutions that are asked for an output size: ONNX's output_shape, and output_size of PyTorch's calls.

The values are those of raw runs of onnxruntime 1.32.0 and torch 2.13.0, on 1, 2, 3 with a kernel of 1, 2, 3 and so on.
"""

import numpy as np
import pytest
from convparity.adapters.expression import read, rebuild
from convparity.adapters.onnx.calls import of_node
from convparity.cases import reference
from convparity.cases.arithmetic import axes
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError


def node(*, kernel=4, stride=2, **attributes):
    said = "".join(f", {name}={value!r}" for name, value in attributes.items())
    start = "helper.make_node('ConvTranspose', ['x', 'w'], ['y']"
    return f"{start}, kernel_shape=[{kernel}], strides=[{stride}]{said})"


def call(kernel, padding, size, **more):
    said = "".join(f", {name}={value!r}" for name, value in more.items())
    return f"nn.ConvTranspose1d(1, 1, {kernel}, stride=2, padding={padding}{said})(x, output_size={size})"


WHOLE = [1, 2, 5, 8, 9, 14, 9, 12]
RAW = [
    (node(output_shape=[7]), [2, 5, 8, 9, 14, 9, 12]),
    (node(output_shape=[7], auto_pad="NOTSET"), [2, 5, 8, 9, 14, 9, 12]),
    (node(output_shape=[7], auto_pad="VALID"), [2, 5, 8, 9, 14, 9, 12]),
    (node(output_shape=[7], auto_pad="SAME_LOWER"), [2, 5, 8, 9, 14, 9, 12]),
    (node(output_shape=[7], auto_pad="SAME_UPPER"), [1, 2, 5, 8, 9, 14, 9]),
    (node(output_shape=[7], pads=[0, 1]), [2, 5, 8, 9, 14, 9, 12]),
    (node(output_shape=[5]), [5, 8, 9, 14, 9]),
    (node(output_shape=[5], auto_pad="SAME_UPPER"), [2, 5, 8, 9, 14]),
    (node(output_shape=[6], auto_pad="SAME_UPPER"), [2, 5, 8, 9, 14, 9]),
    (node(output_shape=[8]), WHOLE),
    (node(output_shape=[9]), [*WHOLE, 0]),
    (node(output_shape=[9], auto_pad="SAME_UPPER"), [*WHOLE, 0]),
    (node(output_shape=[6], output_padding=[1]), [5, 8, 9, 14, 9, 12]),
    (node(output_shape=[8], output_padding=[1]), [2, 5, 8, 9, 14, 9, 12, 0]),
    (node(output_shape=[6], output_padding=[1], auto_pad="SAME_UPPER"), [2, 5, 8, 9, 14, 9]),
    (node(kernel=3, dilations=[2], output_shape=[8]), [0, 4, 0, 10, 0, 12, 0, 9]),
    (node(output_shape=None), WHOLE),
    (call(4, 1, [6]), [2, 5, 8, 9, 14, 9]),
    (call(4, 1, [7]), [2, 5, 8, 9, 14, 9, 12]),
    (call(3, 1, [6]), [2, 5, 4, 9, 6, 9]),
    (call(3, 1, [5], output_padding=1), [2, 5, 4, 9, 6]),
    (call(4, 0, [1, 1, 9]), [*WHOLE, 0]),
    (call(4, 0, None), WHOLE),
    ("up = nn.ConvTranspose1d(1, 1, 4, 2, 1); y = torch.relu(up(x, [7]))", [2, 5, 8, 9, 14, 9, 12]),
]


@pytest.mark.parametrize(("text", "values"), RAW)
def test_an_output_size_leaves_the_elements_that_were_measured(text, values):
    case = read(text, (1, 1, 3)).case
    x, w = (np.arange(1.0, 1 + size)[None, None] for size in (3, case.kernel[0]))
    assert reference.evaluate(case, axes(case), x, w)[0, 0].tolist() == values


@pytest.mark.parametrize("text", [text for text, _ in RAW])
def test_the_line_that_is_run_asks_for_the_same_size(text):
    line = rebuild(text, (1, 1, 3)).line.source
    assert read(line, (1, 1, 3)).case == read(text, (1, 1, 3)).case
    asked = "output_size=" in text or "[7]" in text
    assert not asked or "output_size=" in line or "output_shape=[" in line


def test_a_doubled_image_is_cropped_alike_in_both():
    """(16 - 1) * 2 + 3 is 33, one more than 32: ONNX crops it before, PyTorch crops (1,1) and adds 1 at the end."""
    attributes = "kernel_shape=[3, 3], strides=[2, 2], output_shape=[32, 32]"
    onnx = read(f"helper.make_node('ConvTranspose', ['x', 'w'], ['y'], {attributes})", (16, 16)).case
    torch = read("nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)(x, output_size=[32, 32])", (16, 16)).case
    assert onnx == make_case(op="conv_transpose", input=[16, 16], kernel=3, stride=2, padding=[[1, 0], [1, 0]])
    assert torch == make_case(op="conv_transpose", input=[16, 16], kernel=3, stride=2, padding=1, output_padding=1)
    assert [axis.pads for axis in axes(onnx)] == [axis.pads for axis in axes(torch)] == [(1, 0)] * 2


def test_more_than_onnx_runtime_adds_is_predicted_to_raise():
    """Of a stride of 2, it adds 1 to the 8, and raises for 10, also where the output padding is 1."""
    for more in ({}, {"output_padding": [1]}):
        found = read(node(output_shape=[10], **more), (1, 1, 3))
        assert found.refusal.startswith("ONNX Runtime raises: output_shape must be less than a stride above the size")
        assert read(node(output_shape=[9], **more), (1, 1, 3)).refusal == ""


def test_the_reader_says_what_holds_for_this_size_and_what_is_ignored():
    asides = " ".join(read(node(output_shape=[7], pads=[0, 1]), (3,)).asides)
    assert "for this input size only" in asides
    assert "ONNX ignores pads" in asides
    assert "ignores" not in " ".join(read(node(output_shape=[7]), (3,)).asides)
    assert "for this input size only" in " ".join(read(call(4, 1, [7]), (3,)).asides)
    assert read(call(4, 1, None), (3,)).asides == ()


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        (
            call(4, 1, [8]),
            "[8]",
            "output_size: [8] is no output size of this layer on 3, where PyTorch raises; expected 6 to",
        ),
        (call(4, 1, [5]), "[5]", "expected 6 to 7"),
        (
            call(4, 1, [1, 7]),
            "[1, 7]",
            "output_size: [1, 7] has 2 entries; expected whole numbers, a sequence of one, or",
        ),
        (call(4, 1, 7), "7)", "output_size: 7 is not allowed"),
        (call(4, 1, "skip.shape"), "skip", "output_size: skip.shape is not a literal, and nothing is evaluated; expec"),
        (
            "nn.ConvTranspose1d(1, 1, 4)(F.pad(x, (1, 1)), output_size=[7])",
            "[7]",
            "output_size: [7] is no output size of this layer on 5, where PyTorch raises; expected 8",
        ),
        (
            "nn.ConvTranspose1d(1, 1, 4)(x[:, :, 1:], output_size=[7])",
            "[7]",
            "output_size: [7] after a crop is not handled by this version; write numbers of padding",
        ),
        (
            "nn.Conv1d(1, 1, 4)(x, output_size=[7])",
            "output_size=",
            "output_size: [7] is an argument of a call of PyTorch's transposed convolutions alone; leave it out",
        ),
        (
            "nn.Sequential(nn.ConvTranspose1d(1, 1, 4), nn.ReLU())(x, output_size=[7])",
            "output_size=",
            "output_size: [7] is an argument of a call of PyTorch's transposed",
        ),
        (
            node(output_shape=[1, 1, 7]),
            "[1, 1, 7]",
            "output_shape: [1, 1, 7] has 3 entries; expected a list of one who",
        ),
        (
            node(output_shape=7),
            "7)",
            "output_shape: 7 is not allowed; expected a list of one whole number for each axis",
        ),
    ],
)
def test_an_output_size_that_does_not_fit_is_refused_at_its_place(text, at, message):
    with pytest.raises(InputError) as error:
        read(text, (1, 1, 3))
    first, shown, caret = error.value.problems[0].splitlines()
    assert message in first
    assert shown[caret.index("^") :].startswith(at)


@pytest.mark.parametrize(
    ("attributes", "pads", "output_padding"),
    [
        ({"output_shape": [7]}, [[1, 0]], [0]),
        ({"output_shape": [7], "auto_pad": b"SAME_UPPER"}, [[0, 1]], [0]),
        ({"output_shape": [7], "pads": [0, 1]}, [[1, 0]], [0]),
        ({"output_shape": [9]}, [[0, 0]], [1]),
        ({"output_shape": [8], "output_padding": [1]}, [[1, 0]], [1]),
        ({"pads": [0, 1]}, [[0, 1]], [0]),
    ],
)
def test_a_recorded_node_has_the_crops_of_its_output_shape(attributes, pads, output_padding):
    given = {"kernel_shape": [4], "strides": [2], **attributes}
    told = of_node("ConvTranspose", given, [np.zeros((1, 1, 3)), np.zeros((1, 1, 4))])
    assert (told.settings["pads"], told.settings["output_padding"]) == (pads, output_padding)
    assert "word" not in told.settings
