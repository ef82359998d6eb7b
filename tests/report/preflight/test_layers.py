"""The layers of a recorded model, and the catalog that is written of them."""

import json

import numpy as np
import pytest
from convparity.adapters.models.recording import Recording, Unreadable
from convparity.cases.catalog.catalog import load_catalog
from convparity.report.preflight.catalog import text
from convparity.report.preflight.layers import layers_of


def test_equal_layers_are_one_case_under_the_place_of_the_first(model):
    x = model.conv(model.input(1, 3, 8, 8), 4, 3, path="stem")
    x = model.same("activation", x, form="relu", parameters={})
    y = model.conv(x, 4, 3, path="block.a")
    y = model.conv(y, 4, 3, path="block.b")
    found = layers_of(model.finish(model.same("add", x, y, scalar=None)))
    assert [(layer.path, layer.case.id, layer.depth) for layer in found.layers] == [
        ("stem", "stem", 1),
        ("block.a", "block.a", 2),
        ("block.b", "block.a", 3),
    ]
    stem, block = found.cases
    assert (stem.padding, stem.input, stem.in_channels, stem.out_channels) == ("same", (8, 8), 3, 4)
    assert [layer.path for layer in found.distinct[block]] == ["block.a", "block.b"]


def test_one_place_with_two_different_cases_has_two_ids(model):
    x = model.conv(model.input(1, 3, 8, 8), 3, 3, stride=2, path="shared")
    model.conv(x, 3, 3, stride=2, path="shared")
    found = layers_of(model.finish(2))
    assert [case.id for case in found.cases] == ["shared", "shared-2"]
    assert [case.input for case in found.cases] == [(8, 8), (4, 4)]


@pytest.mark.parametrize(
    ("make", "padding", "folded"),
    [
        (lambda m, x: m.conv(m.pad(x, 0, 1), 2, 3, 2, (0, 0)), ((0, 1), (0, 1)), 1),
        (lambda m, x: m.conv(m.pad(x, 0, 1), 2, 3, 2, (1, 1)), ((1, 2), (1, 2)), 1),
        (lambda m, x: m.conv(m.pad(m.pad(x, 1, 0), 0, 1), 2, 3, 1, (0, 0)), ((1, 1), (1, 1)), 2),
        (lambda m, x: m.conv(m.pad(x, 0, 1), 2, 3, 2), "same", 0),  # a word stands for other pads on another size
        (lambda m, x: m.conv(m.pad(x, 0, 1, value=1.0), 2, 3, 2, (0, 0)), ((0, 0), (0, 0)), 0),
        (lambda m, x: m.pool("max_pool", m.pad(x, 1, 1), 3, 2, (0, 0)), ((0, 0), (0, 0)), 0),  # zeros may be largest
        (lambda m, x: m.pool("avg_pool", m.pad(x, 1, 1), 3, 2, (0, 0)), ((1, 1), (1, 1)), 1),
        (lambda m, x: m.pool("avg_pool", m.pad(x, 0, 1), 3, 2, (1, 1)), ((1, 1), (1, 1)), 0),
        (lambda m, x: m.conv(m.pad(x, -1, 0), 2, 3, 2, (0, 0)), ((0, 0), (0, 0)), 0),  # a crop is written as one
        (lambda m, x: m.conv(m.pad(x, 1, 1, mode="reflect"), 2, 3, 1, (0, 0)), ((1, 1), (1, 1)), 1),
        (lambda m, x: m.conv(m.pad(x, 1, 1, mode="reflect"), 2, 3, 1, (1, 1)), ((1, 1), (1, 1)), 0),
    ],
)
def test_pads_are_part_of_a_layer_where_the_result_is_the_same(model, make, padding, folded):
    y = make(model, model.input(1, 2, 8, 8))
    (layer,) = layers_of(model.finish(y)).layers
    assert (layer.case.padding, len(layer.padding)) == (padding, folded)


def test_a_pad_that_two_calls_read_stays_a_call_of_its_own(model):
    padded = model.pad(model.input(1, 2, 8, 8), 0, 1)
    a, b = model.conv(padded, 2, 3, 2, (0, 0)), model.conv(padded, 2, 1, 2, (0, 0))
    found = layers_of(model.finish(a, b))
    assert [(layer.case.input, layer.case.padding) for layer in found.layers] == [((9, 9), ((0, 0), (0, 0)))] * 2


def test_an_average_that_counts_as_usual_does_not_say_so(model):
    x = model.input(1, 2, 8, 8)
    y = model.pool("avg_pool", x, 2, 2, (0, 0), word="valid", count_include_pad=False)
    z = model.pool("avg_pool", x, 3, 2, (1, 1), count_include_pad=False)
    assert [case.count_include_pad for case in layers_of(model.finish(y, z)).cases] == [None, False]


def test_layers_that_are_left_out_are_listed_with_the_reason(model):
    x = model.conv(model.input(1, 2, 8, 8), 2, 3)
    a = model.pool("avg_pool", x, 2, 2, (0, 0), path="odd", divisor=3)
    b = model.call("mean", x, 1, 2, path="head", name="GlobalAveragePooling2D", axes=[2, 3])
    c = model.call("other", x, 1, 2, 3, 3, path="fit", name="AdaptiveMaxPool2d")
    d = model.call("other", x, 1, 2, 8, 8, path="mine", name="MyConv")
    e = model.call("mean", x, 1, 2, 8, 1, path="plain", name="mean", axes=[3])
    found = layers_of(model.finish(a, b, c, d, e))
    assert {one.path: one.reason for one in found.left_out} == {
        "odd": "it divides by 3, whatever is in its windows",
        "head": "it averages its whole input, so it has no windows",
        "fit": "its windows follow from the size of its input: (8,8) to (3,3)",
        "mine": "convparity does not know its settings",
    }


def test_settings_that_do_not_give_the_recorded_output_are_no_case(model):
    model.input(1, 2, 8, 8)
    windows = {"kernel": [3, 3], "stride": [1, 1], "dilation": [1, 1], "pads": [[0, 0], [0, 0]]}
    y = model.call("conv", 0, 1, 2, 7, 7, path="strange", groups=1, **windows)
    found = layers_of(model.finish(y))
    assert found.layers == ()
    assert found.left_out[0].reason == "its output is (1,2,7,7); its settings give (1,2,6,6)"


def test_the_catalog_has_the_same_cases_and_says_where_they_are(model, tmp_path):
    x = model.conv(model.input(2, 3, 9, 8), 4, 3, stride=2, path='stem "1"')
    x = model.pool("avg_pool", x, 2, 1, (0, 1), path="pool", count_include_pad=False)
    for number in range(3):
        x = model.conv(model.pad(x, 0, 1), 4, 3, 1, (0, 1), path=f"same.{number}", groups=2)
    b = model.call("mean", x, 1, 4, path="head\n[[case]]", name="GlobalAveragePooling2D", axes=[2, 3])
    found = layers_of(model.finish(b))
    written = text(found)
    (tmp_path / "net.toml").write_text(written)
    read = load_catalog(tmp_path / "net.toml").cases
    assert [(case.id, case.key) for case in read] == [(case.id, case.key) for case in found.cases]
    assert '# once, at depth 1: stem "1"' in written
    assert "# 3 times, at depths 3 to 5: same.0 with pad_2; same.1 with pad_4; same.2 with pad_6" in written
    assert r"# left out: head\n[[case]] (GlobalAveragePooling2D): it averages its whole input" in written


@pytest.mark.parametrize(
    "damage",
    [
        {"kernel": [3, "3"]},
        {"kernel": None},
        {"pads": [[0, 0]]},
        {"word": 3},
        {"stride": [1, 1, 1]},
        {"groups": 1.5},
    ],
)
def test_damaged_settings_are_refused_with_the_place(model, damage):
    recording = model.finish(model.conv(model.input(1, 2, 8, 8), 2, 3))
    file = recording.folder / "recording.json"
    whole = json.loads(file.read_text())
    whole["calls"][0]["settings"].update(damage)
    file.write_text(json.dumps(whole))
    with pytest.raises(Unreadable, match=r"call 0 \(conv\) has"):
        layers_of(Recording(recording.folder))


def test_a_missing_setting_is_refused(model):
    recording = model.finish(model.call("pad", model.input(1, 2, 8, 8), 1, 2, 8, 8, pads=[[0, 0]] * 4, value=0.0))
    with pytest.raises(Unreadable, match="has no setting mode"):
        layers_of(recording)


def test_an_input_without_batch_or_of_whole_numbers_is_no_case(model):
    windows = {"kernel": [3, 3], "stride": [1, 1], "dilation": [1, 1], "pads": [[1, 1], [1, 1]]}
    a = model.call("conv", model.input(2, 8, 8), 2, 8, 8, path="plain", groups=1, **windows)
    whole = model.writer.add(np.zeros((1, 2, 8, 8), np.int16), "channels_first")
    b = model.call("max_pool", whole, 1, 2, 8, 8, path="whole", ceil=False, **windows)
    reasons = {one.path: one.reason for one in layers_of(model.finish(a, b)).left_out}
    assert reasons["plain"] == "its input (2,8,8) has no batch, or is in another layout"
    assert reasons["whole"].startswith("it computes in int16; expected one of float32")
