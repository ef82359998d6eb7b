"""Layers in a row. Receptive fields, strides and centres are worked out by hand from the textbook's formulas."""

import pytest
from convparity.cases.errors import InputError
from convparity.report.preflight.stack import stack

DOWN = "layers.Conv2D(8, 3, strides=2, padding='same')"


def test_ten_kernels_of_five_leave_two_hundred_of_240():
    """As the chapter has it: 240 - 10 * 4 = 200, and 30 % of the pixels are gone. Each kernel adds 4 to the field."""
    found = stack(["nn.Conv2d(1, 1, 5)"] * 10, (240, 240))
    assert found.output == (200, 200)
    assert float(found.gone) == pytest.approx(1 - 200**2 / 240**2)
    assert [row.field[0] for row in found.rows] == [5, 9, 13, 17, 21, 25, 29, 33, 37, 41]
    assert "(240,240) becomes (200,200): 30.6% of the elements are gone." in str(found)


def test_the_field_grows_by_the_strides_before_it():
    """A field of r grows by (k - 1) times the product of the strides so far: 3, 3 + 2*2 = 7, 7 + 4*2 = 15."""
    found = stack(["nn.Conv2d(3, 8, 3, stride=2)", "nn.MaxPool2d(3, stride=2)", "nn.Conv2d(8, 8, 3)"], (3, 63, 63))
    assert [row.field for row in found.rows] == [(3, 3), (7, 7), (15, 15)]
    assert [row.stride for row in found.rows] == [(2, 2), (4, 4), (4, 4)]
    assert [row.output for row in found.rows] == [(31, 31), (15, 15), (13, 13)]
    # The middle output, 6 from 0, reads 24 to 38 of the input.
    assert found.rows[-1].centre == (32, 32)


def test_dilation_a_transposed_layer_and_an_adaptive_pool():
    """Dilation 3 spans 7. A transposed kernel of 4 at stride 2 reads two elements: 7 + 1 = 8, at half a step.

    Seven windows of 20 have 2 or 3 more each: the middle one reads 8 to 11, four elements at a step of half a pixel.
    """
    found = stack(["nn.Conv2d(1, 1, 3, dilation=3)", "nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)"], (16, 16))
    assert [row.field for row in found.rows] == [(7, 7), (8, 8)]
    assert [row.stride[0] for row in found.rows] == [1, 0.5]
    (pool,) = stack(["nn.AdaptiveAvgPool2d(7)"], (2, 20, 20)).rows
    # floor(3 * 20 / 7) = 8, ceil(4 * 20 / 7) = 12
    assert (pool.field, pool.centre) == ((4, 4), (10.5, 10.5))


def test_three_downsamplings_drift_by_seven_pixels():
    """Each lies one element too early, at strides of 1, 2 and 4."""
    found = stack([DOWN, "layers.BatchNormalization()", DOWN, DOWN], (3, 64, 64))
    ports = found.ported("torch")
    assert [one.drift for one in ports] == [(-1, -1), (-3, -3), (-7, -7)]
    assert ports[0].line == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))"
    assert ports[1].line == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(8, 8, 3, stride=2))"
    assert ports[1].written == "nn.Conv2d(8, 8, 3, stride=2, padding=1)"
    text = "\n".join(found.lines(["torch"]))
    assert text.endswith("With them, the windows have drifted 7 px above and 7 px left by the last layer.")
    assert "Left out, as they slide no window: layers.BatchNormalization()." in str(found)
    lines = text.partition("In PyTorch, write")[2].splitlines()[2:6]
    assert [line.split()[0] for line in lines] == ["1", "nn.BatchNorm2d(8,", "2", "3"]


def test_where_the_usual_lines_are_right_nothing_is_said_of_them():
    found = stack(["layers.Conv2D(8, 3, padding='same')", "layers.MaxPool2D(2)"], (3, 32, 32))
    assert [(one.written, one.drift) for one in found.ported("torch")] == [("", (0, 0))] * 2
    assert "drifted" not in "\n".join(found.lines(["torch"]))


def test_the_json_has_all_of_it():
    found = stack([DOWN, "layers.ReLU()"], (3, 8, 8)).to_json(["torch"])
    assert found["layers"] == [{"line": DOWN, "output": [4, 4], "field": [3, 3], "stride": [2, 2], "centre": [4, 4]}]
    assert found["ports"]["torch"][0]["drift"] == [-1, -1]
    assert (found["left_out"], found["input"]) == (["layers.ReLU()"], [3, 8, 8])
    assert found["beside"] == [{"line": "layers.ReLU()", "rows": 1, "write": {"torch": ["nn.ReLU()"]}}]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["nn.Conv2d(3, 8, 3)", "nn.Conv2d(3, 8, 3)"], "line 2: in_channels: 3 does not fit an input of 8x6x6"),
        (["nn.Conv2d(3, 8, 9)"], "line 1: nn.Conv2d(3, 8, 9) has no output on 3x8x8: "),
        (["nn.ReLU()"], "a stack without a convolution or pool"),
        (["nn.Linear(3, 3)"], "line 1: layer: nn.Linear slides no window"),
        (["nn.Conv2d(3, 3, 1)"] * 2001, "a stack of 2001 layers; expected at most 2000"),
    ],
)
def test_a_stack_that_cannot_be_worked_out_is_refused_with_the_line(lines, problem):
    with pytest.raises(InputError) as refused:
        stack(lines, (3, 8, 8))
    assert refused.value.problems[0].startswith(problem)


def test_padding_by_itself_is_a_row_that_shifts_what_follows():
    """Padding of 1 on the left makes (9, 10) of 9x9; a pool of 2 then begins one element to the left."""
    found = stack(["nn.ZeroPad2d((1, 0, 0, 0))", "nn.MaxPool2d(2)"], (3, 9, 9))
    assert [row.output for row in found.rows] == [(9, 10), (4, 5)]
    # The middle output, 1 and 2 from 0, reads rows 2 and 3 and columns 3 and 4 of the input: 4 and 5 less the padding.
    assert found.rows[-1].centre == (3.5, 4.5)
    assert found.ported("tensorflow")[0].line == "layers.ZeroPadding2D(((0, 0), (1, 0)))"


def test_dense_layers_after_the_last_window_are_left_out():
    found = stack(["nn.Conv2d(3, 8, 3)", "nn.Flatten()", "nn.Linear(8, 10)"], (3, 9, 9))
    assert found.left_out == ("nn.Flatten()", "nn.Linear(8, 10)")


def test_a_resize_by_a_factor_is_a_row():
    """A linear resize reads two elements for an output, a nearest one reads one. Half a step of the input each."""
    for line, field in (("nn.Upsample(scale_factor=2)", 1), ("layers.UpSampling2D(2, interpolation='bilinear')", 2)):
        found = stack([line, "nn.Conv2d(3, 8, 1)"], (3, 8, 8))
        assert found.rows[0].field == (field, field)
        assert found.rows[0].stride == (0.5, 0.5)
        assert found.output == (16, 16)


def test_layers_without_a_window_are_written_in_their_place_with_their_name_and_activation():
    lines = [
        "layers.Conv2D(8, 3, name='stem')",
        "layers.BatchNormalization(name='stem/bn')",
        "layers.Activation('relu')",
        "layers.Flatten()",
        "layers.Dense(4, activation='relu', name='head')",
        "layers.Dense(2, activation=attention)",
    ]
    assert stack(lines, (2, 3, 5, 5)).beside("torch") == stack(lines, (3, 5, 5)).beside("torch")
    beside = stack(lines, (3, 5, 5)).beside("torch")
    assert [(one.rows, one.write) for one in beside] == [
        (1, ("stem_bn = nn.BatchNorm2d(8, eps=0.001, momentum=0.01)",)),
        (1, ("nn.ReLU()",)),
        (1, ("x.permute(0, 2, 3, 1).flatten(1)",)),
        (1, ("head = nn.Linear(72, 4)", "nn.ReLU()")),
        (1, ("nn.Linear(4, 2)", "# and then its activation, attention")),
    ]


def test_a_layer_that_has_no_line_is_named():
    text = "\n".join(stack(["layers.Conv2D(8, 3)", "layers.LSTM(4)"], (3, 5, 5)).lines(["torch"]))
    assert "No line is known for layers.LSTM(4)." in text


def test_a_dense_layer_after_a_reshape_that_is_not_known_has_the_inputs_that_it_states():
    beside = stack(["nn.Conv2d(3, 16, 3)", "nn.Linear(400, 10)"], (3, 12, 12)).beside("tensorflow")
    assert [one.write for one in beside] == [("layers.Dense(10)",)]


def test_a_generator_is_read_from_its_vector_to_its_image():
    """7 x 7 of 256 channels; the two strides of 2 make 28."""
    lines = [
        "layers.Dense(7 * 7 * 256, use_bias=False)",
        "layers.LeakyReLU()",
        "layers.Reshape((7, 7, 256))",
        "layers.Conv2DTranspose(128, 5, padding='same')",
        "layers.Conv2DTranspose(64, 5, strides=2, padding='same')",
        "layers.Conv2DTranspose(1, 5, strides=2, padding='same', activation='tanh')",
    ]
    found = stack(lines, (100,), [f"line {n}" for n in range(1, 7)])
    assert [row.output for row in found.rows] == [(7, 7), (14, 14), (28, 28)]
    torch = [one.line for one in found.ported("torch")]
    assert torch[0].startswith("nn.ConvTranspose2d(256, 128, 5")
    dense, _, reshape = (one.write for one in found.beside("torch"))
    assert dense == ("nn.Linear(100, 12544, bias=False)",)
    assert reshape == ("x.view(-1, 7, 7, 256).permute(0, 3, 1, 2)",)
    assert found.beside("flax")[2].write == ("x.reshape((-1, 7, 7, 256))",)


def test_an_image_that_becomes_a_sequence_is_followed():
    """64 becomes 32 by the stride; 32 x 32 places of 8 channels; then the places are the channels of 8 in a row."""
    lines = ["layers.Rescaling(1 / 255)", DOWN, "layers.Reshape((-1, 8))", "layers.Conv1D(4, 3)"]
    found = stack(lines, (3, 64, 64))
    assert [(row.output, row.channels) for row in found.rows] == [((32, 32), 8), ((1022,), 4)]
    assert found.rows[1].field == (3,)
    assert [one.write for one in found.beside("torch")] == [("x / 255",), ("x.flatten(2)",)]
    assert found.ported("torch")[1].line == "nn.Conv1d(8, 4, 3, padding='valid')"
    turned = stack([*lines[:3], "layers.Permute((2, 1))", "layers.Conv1D(4, 3)"], (3, 64, 64))
    assert turned.rows[1].output == (6,)
    assert turned.ported("torch")[1].line == "nn.Conv1d(1024, 4, 3, padding='valid')"
