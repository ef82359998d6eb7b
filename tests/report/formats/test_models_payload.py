"""The data of the page that compares two models."""

from convparity.cases.case import Case
from convparity.report.formats.html import render_models
from convparity.report.formats.models_payload import payload
from convparity.report.models.finding import Finding, Layer
from convparity.report.models.result import ComparedModels

AROUND = Case((9, 9), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1), "conv", 1, 3, 8)
AFTER = Case((9, 9), (3, 3), (2, 2), ((0, 2), (0, 2)), (1, 1), "conv", 1, 3, 8)
TOO_LARGE = Case((9, 9), (11, 11), (1, 1), ((0, 0), (0, 0)), (1, 1), "conv", 1, 3, 8)


def found(kind, windows):
    finding = Finding("a.0", "b", "net.py:3", "conv", kind, "is another", 2.0, float("inf"), "write this", 0, windows)
    return ComparedModels("original", "port", [Layer("a.0", "b", "net.py:3", "conv", 0.5)], [finding])


def test_windows_are_maps_of_the_original_and_of_the_port():
    shown = payload(found("pads", (AFTER, AROUND)))
    (finding,) = shown["findings"]
    # 9 elements, kernel 3, stride 2, and 2 pads: (9 + 2 - 3) / 2 + 1 = 5 outputs; output 0 begins at minus the pad.
    whole = {"outputs": 5, "taps": 3, "size": 9, "stride": 2, "dilation": 1}
    assert [shown["maps"][side[0]] for side in finding["maps"]] == [{**whole, "before": 0}, {**whole, "before": 1}]
    assert (finding["alone"], finding["chained"]) == ("2 apart", "of another shape")
    assert not finding["transposed"]


def test_nothing_is_drawn_of_other_causes_or_of_layers_without_an_output():
    (finding,) = payload(found("weights", (AFTER, AROUND)))["findings"]
    assert finding["maps"] == []
    (finding,) = payload(found("pads", (AFTER, TOO_LARGE)))["findings"]
    assert finding["maps"][1] == []


def test_the_title_of_the_page_is_the_headline():
    assert "<title>1 of 1 layer differs by itself: pads</title>" in render_models(found("pads", None))
