"""Lines of TensorFlow.js, and where they do another thing than they say: as measured with @tensorflow/tfjs 4.22.0."""

import pytest
from convparity.adapters.expression import read, rebuild
from convparity.adapters.javascript import is_javascript
from convparity.cases.errors import InputError


@pytest.mark.parametrize(
    ("line", "input", "weights", "sizes"),
    [
        # floor((8 - 3) / 3) + 1 for both; the width's own is floor((8 - 5) / 4) + 1 = 1
        ("(x, w) => tf.conv2d(x, w, [3, 4], 0)", (1, 8, 8), (3, 5, 1, 1), (2, 2)),
        ("(x, w) => tf.conv2d(x, w, 1, 1, 'NHWC', [1, 2])", (1, 8, 8), (3, 3, 1, 1), (8, 8)),
        ("(x) => tf.maxPool(x, [2, 4], 2, 0)", (1, 8, 8), None, (4, 4)),
        ("(x, w) => tf.conv1d(x, w, 2, 0)", (1, 8), (3, 1, 1), (8,)),
        ("(x, w) => tf.conv2d(x, w, 1, 'valid')", (1, 8, 8), (11, 11, 1, 1), (0, 0)),  # -2 and -2, whose product is 4
        ("(x) => tf.maxPool(x, 3, 1, 'valid')", (1, 2, 5), None, (0, 3)),
        ("(x) => tf.maxPool(x, 2, 3, 0, 'ceil')", (1, 6, 6), None, (3, 3)),  # at 0, 3, and 6, where the input has ended
        ("(x) => tf.pool(x, 5, 'max', 2, 2, 1)", (1, 7, 9), None, (0, 1)),  # without the padding: 7 - 9 + 1, 9 - 9 + 1
        ("(x, w) => tf.conv2dTranspose(x, w, [1, 0, 0, 1], 1, 2)", (1, 2, 2), (3, 3, 1, 1), (0, 0)),
    ],
)
def test_a_line_that_answers_with_other_sizes_says_them(line, input, weights, sizes):
    assert read(line, input, weights).sizes == sizes


@pytest.mark.parametrize(
    ("line", "input", "weights"),
    [
        ("(x, w) => tf.conv2d(x, w, [2, 2], 0)", (1, 8, 8), (3, 3, 1, 1)),
        ("(x, w) => tf.conv2d(x, w, [3, 4], 'valid')", (1, 8, 8), (3, 5, 1, 1)),
        ("(x, w) => tf.conv2d(x, w, [3, 4], [[0, 0], [0, 0], [1, 1], [0, 0]])", (1, 8, 8), (3, 5, 1, 1)),
        ("(x, w) => tf.conv1d(x, w, 1, 0)", (1, 8), (1, 1, 1)),
        ("(x) => tf.maxPool3d(x, [2, 1, 3], [1, 2, 1], 0)", (1, 4, 5, 6), None),
    ],
)
def test_a_line_that_answers_as_it_says_says_no_more(line, input, weights):
    found = read(line, input, weights)
    assert found.sizes is None
    assert not found.refusal


@pytest.mark.parametrize(
    ("line", "input", "weights", "why"),
    [
        ("(x, w) => tf.conv2d(x, w, 2, 'valid', 'NHWC', 2)", (1, 8, 8), (3, 3, 1, 1), "either strides or dilations"),
        ("(x, w) => tf.conv1d(x, w, 1, 1)", (1, 8), (3, 1, 1), "conv1d pads its row as well"),
        ("(x, w) => tf.conv2d(x, w, 1, 'valid')", (1, 8, 12), (11, 11, 1, 1), "may not have a negative size"),
        ("(x) => tf.maxPool(x, 4, 1, 'valid')", (1, 2, 2), None, "may not have a negative size"),
        ("(x) => tf.maxPool(x, 2, 2, 'same', 'ceil')", (1, 5, 5), None, "pad must be a number"),
        ("(x) => tf.pool(x, 2, 'max', 1, 2, 1, 'ceil')", (1, 8, 8), None, "pad must be a number"),
    ],
)
def test_a_line_that_tensorflowjs_refuses_is_refused(line, input, weights, why):
    assert why in read(line, input, weights).refusal


@pytest.mark.parametrize(("op", "refused"), [("maxPool", False), ("avgPool", True)])
def test_integers_have_a_maximum_and_no_average(op, refused):
    assert bool(read(f"(x) => tf.{op}(x, 2, 2, 'valid')", (1, 4, 4), dtype="int32").refusal) is refused


def test_same_along_three_axes_crops_what_a_stride_beyond_its_window_leaves():
    """3 windows of 1 with a stride of 3 take 7 of 8 elements: -1 is padded, floor(-1 / 2) of it before."""
    case = read("(x, w) => tf.conv3d(x, w, [3, 1, 1], 'same')", (1, 8, 3, 3), (1, 1, 1, 1, 1)).case
    assert case.padding == ((-1, 0), (0, 0), (0, 0))
    assert read("(x, w) => tf.conv2d(x, w, [3, 1], 'same')", (1, 8, 3), (1, 1, 1, 1)).case.padding == "same"


def test_an_average_leaves_its_padding_out_unless_it_is_dilated():
    assert not read("(x) => tf.avgPool(x, 3, 1, 'same')", (1, 6, 6)).case.counts_padding
    assert read("(x) => tf.pool(x, 3, 'avg', 'same', 2, 1)", (1, 6, 6)).case.counts_padding


@pytest.mark.parametrize(
    ("line", "framework"),
    [
        ("(x) => tf.maxPool(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]], -Infinity), 2, 2, 'valid')", "TensorFlow.js"),
        ("tf.maxPool(x, 2, 2, 'valid')", "TensorFlow.js"),
        ("const y = tf.maxPool(x, 2, 2, 'valid');", "TensorFlow.js"),
        ("tf.nn.max_pool2d(tf.pad(x, [[0, 0], [0, 0], [0, 0], [0, 0]]), 2, 2, 'VALID')", "TensorFlow"),
        ("tf.keras.layers.MaxPooling2D(2)", "Keras"),
    ],
)
def test_the_names_of_python_s_tensorflow_stay_its_own(line, framework):
    assert read(line, (1, 9, 9)).framework == framework


@pytest.mark.parametrize("text", ["lambda x: x[:, 9 // 2:]", "nn.Conv2d(1, 1, 3)  # a => b", "f('x => y')", "x = 1"])
def test_a_line_of_python_is_no_javascript(text):
    assert not is_javascript(text.partition("#")[0])


@pytest.mark.parametrize(
    ("line", "input", "weights", "rebuilt"),
    [
        (
            "const y = (input, filters) => tf.conv2d(input, filters, [1, 2], 'same');",
            (3, 8, 8),
            (3, 3, 3, 4),
            "(x, w) => tf.conv2d(x, w, [1, 2], 'same')",
        ),
        (
            "(x) => tf.maxPool(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]], -Infinity), 2, 2, 'valid')",
            (1, 9, 9),
            None,
            "(x) => tf.maxPool(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]], -Infinity), 2, 2, 'valid')",
        ),
        (
            "(x, w) => tf.conv2dTranspose(x, w, [x.shape[0], 16, 16, 2], 2, 'same')",
            (1, 8, 8),
            (3, 3, 2, 1),
            "(x, w) => tf.conv2dTranspose(x, w, [x.shape[0], 16, 16, 2], 2, 'same')",
        ),
        (
            "(x) => tf.gather(tf.maxPool(tf.slice(x, [0, 1, 0, 0], [-1, -1, -1, -1]), 2, 2, 0), [0, 1, 2], 1)",
            (1, 7, 6),
            None,
            "(x) => tf.gather(tf.maxPool(tf.slice(x, [0, 1, 0, 0], [-1, -1, -1, -1]), 2, 2, 0), [0, 1, 2], 1)",
        ),
    ],
)
def test_a_line_is_rebuilt_in_javascript(line, input, weights, rebuilt):
    found = rebuild(line, input, weights)
    assert found.line.source == rebuilt
    assert found.line.channels_last
    assert found.frameworks == {"TensorFlow.js"}


@pytest.mark.parametrize(
    "line",
    [
        "(x) => tf.squeeze(tf.maxPool(tf.expandDims(x, 1), [2, 3], 1, 'same'), [1])",  # the window has two rows
        "(x) => tf.squeeze(tf.maxPool(tf.expandDims(x, 1), [1, 3], 1, 1), [1])",  # a number pads the row
        "(x) => tf.maxPool(x, 3, 1, 'SAME')",
        "(x) => tf.layers.maxPooling2d({poolSize: 3})",
        "(x) => tf.div(tf.avgPool(x, 2, 2, 0), tf.avgPool(x, 2, 2, 0))",
    ],
)
def test_what_is_not_read_is_an_error(line):
    with pytest.raises(InputError):
        read(line, (1, 8) if "squeeze" in line else (1, 8, 8))


def test_the_groups_of_a_convolution_have_to_be_all_of_its_channels_in_order():
    def line(first, second):
        x, w = "tf.slice(x, [0, 0, 0, {0}], [-1, -1, -1, 2])", "tf.slice(w, [0, 0, 0, {1}], [-1, -1, -1, 3])"
        part = f"tf.conv2d({x}, {w}, 1, 0)"
        return f"(x, w) => tf.concat([{part.format(0, 0)}, {part.format(first, second)}], 3)"

    case = read(line(2, 3), (4, 8, 8), (3, 3, 2, 6)).case
    assert (case.groups, case.in_channels, case.out_channels) == (2, 4, 6)
    for wrong in ((0, 3), (2, 0), (1, 3)):
        with pytest.raises(InputError):
            read(line(*wrong), (4, 8, 8), (3, 3, 2, 6))
