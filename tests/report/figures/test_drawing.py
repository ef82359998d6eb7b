"""The maps that the drawing of a notebook is given, and what the notebook shows of it."""

import base64
import gzip
import json
import re

import convparity
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.figures.drawing import axis_map
from convparity.report.figures.reads import of_case

LAYER = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"


def maps(**case):
    return [axis_map(along) for along in of_case(make_case(**case)).along]


def test_windows_in_a_row_are_their_numbers():
    found = maps(input=[8, 9], kernel=[3, 1], stride=2, padding=[1, 0], dilation=2)
    assert found == [
        {"outputs": 3, "taps": 3, "size": 8, "before": 1, "stride": 2, "dilation": 2},
        {"outputs": 5, "taps": 1, "size": 9, "before": 0, "stride": 2, "dilation": 1},
    ]


def test_other_windows_are_listed():
    """By hand: 2 elements written with a stride of 2, 3 mirrored at both ends, and an adaptive pool of 5 to 3."""
    assert maps(op="conv_transpose", input=[2], kernel=2, stride=2) == [
        {"outputs": 4, "taps": 2, "size": 2, "reads": [0, -1, -1, 0, 1, -1, -1, 1]}
    ]
    assert maps(input=[3], kernel=3, padding=1, padding_mode="reflect") == [
        {"outputs": 3, "taps": 3, "size": 3, "reads": [1, 0, 1, 0, 1, 2, 1, 2, 1]}
    ]
    assert maps(op="avg_pool", input=[5], output_size=[3]) == [
        {"outputs": 3, "taps": 3, "size": 5, "reads": [0, 1, -1, 1, 2, 3, 3, 4, -1]}
    ]


def test_a_layer_that_is_too_large_is_an_error():
    with pytest.raises(InputError, match="too large to draw: 299,997 pairs"):
        maps(input=[100_001], kernel=3)[0]
    with pytest.raises(InputError, match="too large to draw"):
        convparity.draw("nn.Conv1d(1, 1, 3)", input=(40_000,))._repr_mimebundle_()


def test_a_notebook_shows_the_drawing_and_elsewhere_its_picture_or_words():
    shown = convparity.draw(LAYER, input=(8, 8), frameworks=["torch", "tensorflow"])._repr_mimebundle_()
    assert shown["image/svg+xml"].startswith("<?xml")
    assert "16 of 16 outputs read other elements" in shown["text/plain"]
    still, script = shown["text/html"].split("<script>")
    assert re.search(r'<img alt="The windows of 1 output.*" .*src="data:image/svg\+xml;base64,', still)
    assert script.count("</script>") == 1  # the page inside cannot end the script around it
    page = gzip.decompress(base64.b64decode(re.search(r'atob\("(.*?)"\)', script)[1])).decode()
    payload = json.loads(re.search(r'id="payload">(.*?)</script>', page, re.DOTALL)[1])
    assert [side["name"] for side in payload["sides"]][1:] == ["PyTorch (predicted)", "Keras (tensorflow, predicted)"]
    assert payload["chosen"] == [1, 2]
    assert [side["maps"][0]["before"] for side in payload["sides"]] == [1, 1, 0]
    assert "@PAYLOAD@" not in page


def test_without_frameworks_the_first_that_differs_is_beside_the_layer():
    drawing = convparity.draw(LAYER, input=(8, 8))
    assert drawing.chosen[0] == 0
    assert drawing.sides[drawing.chosen[1]].name == "Keras (tensorflow, predicted)"
    assert len(drawing.sides) == 8


def test_without_matplotlib_the_words_stand_for_the_picture(monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    shown = convparity.draw(LAYER, input=(8, 8), frameworks="tensorflow")._repr_mimebundle_()
    assert shown.keys() == {"text/plain", "text/html"}
    assert re.search(r'<div id="convparity-\w+"><p>The windows of 1 output', shown["text/html"])
