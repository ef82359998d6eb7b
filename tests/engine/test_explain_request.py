"""The layer that explain is asked about, from the command line's words."""

import pytest
from convparity.cases.errors import InputError
from convparity.cases.validate import make_case
from convparity.explain_request import read_request


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
def test_numbers(options, parameters):
    assert read_request(None, "8x8", **options) == make_case(input=[8, 8], **parameters)


def test_channels_come_with_the_input():
    assert read_request(None, "3x8x9", kernel="3") == make_case(input=[8, 9], in_channels=3, kernel=3)


def test_a_layer_expression():
    case = read_request("nn.Conv2d(3, 64, 7, stride=2, padding=3)", "3x512x513")
    assert case == make_case(input=[512, 513], in_channels=3, out_channels=64, kernel=7, stride=2, padding=3)


@pytest.mark.parametrize(
    ("layer", "input", "options", "message"),
    [
        ("nn.Conv2d(3, 64, 7)", None, {}, "--input is missing"),
        (None, "8x8", {}, "nothing to explain"),
        ("nn.Conv2d(1, 1, 3)", "8x8", {"stride": "2"}, "--stride: the layer expression already says it"),
        (None, "8", {"kernel": "3"}, "--input: '8' has 1 sizes"),
        (None, "8xq", {"kernel": "3"}, "--input: '8xq' is not numbers"),
        (None, "8x8", {"kernel": "3", "padding": "1+"}, r"--padding: '1\+' is not a padding"),
        (None, "8x8", {"kernel": "3", "padding": "smae"}, "did you mean 'same'"),
        (None, "8x8", {"kernel": "0"}, "kernel: 0 is out of range"),
        (None, "8x8", {"kernel": "9" * 30}, "is not numbers"),
    ],
)
def test_what_cannot_be_meant_is_refused(layer, input, options, message):
    with pytest.raises(InputError, match=message):
        read_request(layer, input, **options)
