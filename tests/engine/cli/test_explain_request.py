"""The layer that explain is asked about, from the command line's words."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.cli import explain_request


def read_request(*layer, **options):
    """The case alone."""
    return explain_request.read_request(*layer, **options).case


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"kernel": "3x5", "padding": "0,1", "stride": "3,4"}, {"kernel": [3, 5], "padding": [0, 1], "stride": [3, 4]}),
        ({"kernel": "3", "padding": "1"}, {"kernel": 3, "padding": 1}),
        ({"kernel": "3", "padding": "0+1,2+2"}, {"kernel": 3, "padding": [[0, 1], [2, 2]]}),
        ({"kernel": "3", "padding": "1+2"}, {"kernel": 3, "padding": [[1, 2], [1, 2]]}),
        ({"kernel": "3", "padding": "-1,2"}, {"kernel": 3, "padding": [-1, 2]}),
        ({"kernel": "3", "padding": "SAME", "dilation": "2"}, {"kernel": 3, "padding": "same", "dilation": 2}),
    ],
)
def test_numbers_are_read_as_a_case(options, parameters):
    assert read_request(None, "8x8", **options) == make_case(input=[8, 8], **parameters)


@pytest.mark.parametrize(
    ("input", "kernel", "parameters"),
    [
        ("9", "3", {"input": [9], "kernel": 3}),
        ("3x9", "3", {"input": [3, 9], "kernel": 3}),
        ("3x8x9", "3", {"input": [8, 9], "in_channels": 3, "kernel": 3}),
        ("2x7x8x9", "3", {"input": [7, 8, 9], "in_channels": 2, "kernel": 3}),
        ("8x9", "3x5", {"input": [8, 9], "kernel": [3, 5]}),
        ("3x8x9", "3,5", {"input": [8, 9], "in_channels": 3, "kernel": [3, 5]}),
        ("7x8x9", "1x3x5", {"input": [7, 8, 9], "kernel": [1, 3, 5]}),
        ("2x7x8x9", "1x3x5", {"input": [7, 8, 9], "in_channels": 2, "kernel": [1, 3, 5]}),
    ],
)
def test_the_kernel_has_the_rank_and_channels_come_with_the_input(input, kernel, parameters):
    assert read_request(None, input, kernel=kernel) == make_case(**parameters)


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"op": "max-pool", "ceil_mode": True}, {"op": "max_pool", "ceil_mode": True}),
        ({"op": "max_pool", "stride": "1"}, {"op": "max_pool", "stride": 1}),
        ({"op": "avg_pool", "count_include_pad": False}, {"op": "avg_pool", "count_include_pad": False}),
        ({"op": "avg_pool", "count_include_pad": True}, {"op": "avg_pool", "count_include_pad": True}),
        (
            {"op": "conv_transpose", "stride": "2", "output_padding": "0,1"},
            {"op": "conv_transpose", "stride": 2, "output_padding": [0, 1]},
        ),
        ({"op": "conv_transpose", "output_padding": "0"}, {"op": "conv_transpose", "output_padding": 0}),
        ({"padding_mode": "Reflect", "padding": "1"}, {"padding_mode": "reflect", "padding": 1}),
        (
            {"padding_mode": "replicate, Zeros", "padding": "2+0,1"},
            {"padding_mode": ["replicate", "zeros"], "padding": [[2, 0], 1]},
        ),
        (
            {"op": "conv_transpose", "input_padding": "0+1", "padding_mode": "circular"},
            {"op": "conv_transpose", "input_padding": [[0, 1], [0, 1]], "padding_mode": "circular"},
        ),
    ],
)
def test_every_operation_can_be_requested(options, parameters):
    assert read_request(None, "8x9", kernel="3", **options) == make_case(input=[8, 9], kernel=3, **parameters)


def test_a_pair_of_pads_applies_to_every_axis():
    pads = [[1, 2]] * 3
    assert read_request(None, "7x8x9", kernel="3x3x3", padding="1+2") == make_case(
        input=[7, 8, 9], kernel=3, padding=pads
    )


def test_a_layer_expression_is_read_as_a_case():
    case = read_request("nn.Conv2d(3, 64, 7, stride=2, padding=3)", "3x512x513")
    assert case == make_case(input=[512, 513], in_channels=3, out_channels=64, kernel=7, stride=2, padding=3)


def test_the_batch_may_stand_in_front_and_the_shape_in_brackets():
    layer, asked = "nn.Conv2d(3, 64, 7)", make_case(input=[8, 9], batch=4, in_channels=3, out_channels=64, kernel=7)
    for text in ("4x3x8x9", "(4, 3, 8, 9)", "[4,3,8,9]", "(4, 3, 8, 9,)"):
        assert read_request(layer, text) == asked
    window = make_case(input=[8, 9], batch=4, in_channels=3, op="max_pool", kernel=[2, 3])
    assert read_request(None, "4x3x8x9", op="max_pool", kernel="2x3") == window


def test_nothing_to_explain_is_an_error():
    with pytest.raises(InputError, match="nothing to explain; give a LAYER"):
        explain_request.missing(None, None, None)


def test_weights_that_are_only_a_name_have_their_shape_in_an_option():
    case = read_request("F.conv2d(x, w, stride=2, padding=3)", "3x512x513", weights="64x3x7x7")
    assert case == make_case(
        input=[512, 513], in_channels=3, out_channels=64, kernel=7, stride=2, padding=3, dilation=1, groups=1
    )


def test_the_layer_sets_the_rank():
    assert read_request("nn.MaxPool1d(2)", "3x9") == make_case(input=[9], op="max_pool", in_channels=3, kernel=2)
    assert read_request("nn.MaxPool3d(2)", "7x8x9") == make_case(input=[7, 8, 9], op="max_pool", kernel=2)


@pytest.mark.parametrize(
    ("layer", "input", "options", "message"),
    [
        (None, "8x8", {"kernel": "3", "weights": "1x1x3x3"}, "--weights: it is the shape of the weights in a LAYER"),
        ("F.conv2d(x, w)", "8x8", {}, "weight: the shape of w is not known; give it, as in --weights 64x3x7x7"),
        ("tf.nn.conv2d(x, w, 2, 'SAME')", "8x8", {}, "w is not known; give it, as in --weights 7x7x3x64\n"),
        ("tf.nn.conv2d_transpose(x, w, y, 2)", "8x8", {}, "w is not known; give it, as in --weights 7x7x64x3\n"),
        ("tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], 'SAME')", "8x8", {}, "give it, as in --weights 7x7x3x1\n"),
        ("F.conv2d(x, w)", "8x8", {"weights": "3x3"}, "weight: 3x3 has 2 sizes; expected 4"),
        ("F.conv2d(x, w)", "8x8", {"weights": "64xq"}, "--weights: '64xq' is not a list of numbers"),
        ("nn.Conv2d(1, 1, 3)", "8x8", {"weights": "1x1x3x3"}, "weights: nn.Conv2d takes none"),
        ("nn.Conv2d(1, 1, 3)", "8x8", {"stride": "2"}, "--stride: the layer expression already says it"),
        ("nn.Conv2d(1, 1, 3)", "8", {}, "input: .8,. has the wrong number of sizes; expected .height, width. or"),
        ("nn.MaxPool2d(3)", "8x8", {"ceil_mode": True}, "--ceil: the layer expression already says it"),
        (
            "nn.AvgPool2d(3)",
            "8x8",
            {"op": "avg_pool", "count_include_pad": False},
            "--op, --no-count-include-pad: the layer expression already says it",
        ),
        ("nn.AvgPool2d(3)", "8x8", {"count_include_pad": True}, "--count-include-pad: the layer"),
        (None, "8", {"kernel": "3x3"}, "--input: '8' has 1 size; expected HxW, CxHxW or NxCxHxW, as the kernel has"),
        (None, "8x8", {"kernel": "3x3x3"}, "'8x8' has 2 sizes; expected DxHxW, CxDxHxW or NxCxDxHxW, as the"),
        (None, "1x2x3x4x5", {"kernel": "3"}, "has 5 sizes; expected W, HxW, CxHxW or CxDxHxW"),
        (None, "8x8", {"kernel": "3x3x3x3"}, "--kernel: '3x3x3x3' has 4 numbers; expected one to three"),
        (
            None,
            "8x8",
            {"kernel": "3", "stride": "2,2,2"},
            "stride: .2, 2, 2. has 3 entries; expected one for each of 2",
        ),
        (None, "8x8", {"kernel": "3", "op": "pool"}, 'op: "pool" is not known; expected conv, conv_transpose, max_p'),
        (
            None,
            "8x8",
            {"kernel": "3", "ceil_mode": True},
            "ceil_mode: true is not allowed for op conv; only pools have it",
        ),
        (None, "8x8", {"kernel": "3", "output_padding": "q"}, "--output-padding: 'q' is not a list of numbers"),
        (None, "8x8", {"kernel": "3", "padding_mode": "wrap"}, 'padding_mode: "wrap" is not known'),
        (None, "8xq", {"kernel": "3"}, "--input: '8xq' is not a list of numbers"),
        (None, "8x8", {"kernel": "3", "padding": "1+"}, r"--padding: '1\+' is not a padding"),
        (None, "8x8", {"kernel": "3", "padding": "smae"}, "did you mean 'same'"),
        (None, "8x8", {"kernel": "0"}, "kernel: 0 is out of range"),
        (None, "8x8", {"kernel": "9" * 30}, "is not a list of numbers"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(layer, input, options, message):
    with pytest.raises(InputError, match=message):
        read_request(layer, input, **options)
