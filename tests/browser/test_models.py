"""The page that compares two models, in headless Chromium."""

import pytest
from convparity.cases.case import Case
from convparity.report.models.finding import Finding, Layer
from convparity.report.models.result import ComparedModels

LINE = "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2, bias=False))"
STEM = Case((8, 8), (3, 3), (2, 2), ((0, 1), (0, 1)), (1, 1), "conv", 1, 3, 8)
PORTED = Case((8, 8), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1), "conv", 1, 3, 8)
WHERE = "<img src=x onerror='window.pwned=1'>"


@pytest.fixture
def compared():
    """Four layers: the stem pads the other side, its norm has another epsilon, two agree, and the output is scaled."""
    kinds = {"stem": "conv", "norm": "batch_norm", "act": "activation", WHERE: "dense"}
    layers = [Layer(name, f"their_{name}", "net.py:7", kind, 0.25) for name, kind in kinds.items()]
    pads = Finding(
        "stem", "their_stem", "net.py:7", "conv", "pads", "pads (1,1) where the original pads (0,1)", 5.4, 5.5
    )
    pads.write, pads.place, pads.windows = LINE, 0, (STEM, PORTED)
    epsilon = Finding("norm", "their_norm", "net.py:7", "batch_norm", "epsilon", "has epsilon 1e-05", 0.007, 8.0)
    epsilon.place = 1
    last = Finding("the output", "the output", "", "output", "scale", "reads 2 times the original's values", 1.0, 1.0)
    found = ComparedModels("torch:nets:original", "torch:nets:port", layers, [pads, epsilon, last], left=1)
    found.before, found.after = 9.7, 2e-6
    found.later = [{"port": "norm", "cause": "momentum is 0.1 where the original has 0.01"}]
    found.unpaired = [{"side": "port", "path": "extra", "name": "ReLU", "source": "net.py:9"}]
    return found


def test_the_answer_comes_first_and_the_first_fault_is_open_with_its_line_and_windows(compared, opened_page):
    tab = opened_page(compared)
    page = tab.page
    assert page.get_by_role("heading", level=1).inner_text() == (
        "3 of 4 layers differ by themselves: 1 pads, 1 epsilon, 1 scale"
    )
    assert page.locator(".summary").inner_text() == (
        "outputs: 9.7 apart; with the lines to write, run again: 1 layer left, 2e-06 apart"
    )
    rows = page.locator(".faults > li").all()
    assert [row.locator("button, summary").first.inner_text().split("\n")[0] for row in rows] == [
        "pads", "epsilon", "2 layers agree by themselves", "scale",
    ]  # fmt: skip
    (fault,) = page.locator(".fault.open").all()
    said = fault.inner_text()
    for part in ("pads (1,1) where the original pads (0,1)", "net.py:7", LINE, "5.4 apart by itself, 5.5 apart after"):
        assert part in said
    # Output 1 of the original reads elements 1 to 3; the port's begins one element before the input.
    assert tab.page.locator(".words").all_inner_texts() == [
        "reads rows 1-3 | columns 1-3",
        "reads rows pad, 1-2 | columns pad, 1-2",
    ]
    assert "16 of 16 outputs read other elements" in said


def test_it_is_used_from_the_keyboard_and_the_address_keeps_what_is_open(compared, opened_page):
    tab = opened_page(compared)
    tab.press("n")
    assert tab.page.locator(".words").first.inner_text() == "reads rows 1-3 | columns 3-5"
    assert tab.hash == "#case=1&output=1,2"
    tab.press("j", "j", "Enter")
    assert tab.page.locator(".fault.open .place").inner_text() == "norm"
    assert "No line is known that mends it." in tab.page.locator(".fault.open").inner_text()
    assert tab.hash == "#case=2"
    tab.press("Escape")
    assert tab.page.locator(".fault.open").count() == 0
    again = opened_page(compared, link="#case=1&output=2,2")
    assert again.page.locator(".words").first.inner_text() == "reads rows 3-5 | columns 3-5"


def test_what_trains_differently_and_what_has_no_pair_is_listed_apart(compared, opened_page):
    page = opened_page(compared).page
    later, unpaired = page.locator("section[aria-labelledby=later]"), page.locator("section[aria-labelledby=unpaired]")
    assert "Momentum is 0.1 where the original has 0.01: 1 layer" in later.inner_text()
    assert "port: extra (ReLU) at net.py:9" in unpaired.inner_text()


@pytest.mark.parametrize("width", [1400, 1000, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_follows_the_colours_of_the_system(compared, opened_page, width, scheme):
    tab = opened_page(compared, width, scheme)
    assert tab.overflow == 0
    assert (tab.brightness > 128) == (scheme == "light")
    tab.press("t")
    assert (tab.brightness > 128) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(compared, opened_page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened_page(compared, scheme=scheme).page)
    assert found.violations_count == 0, found.generate_report()


def test_models_that_are_the_same_have_a_page_too(opened_page):
    layers = [Layer("stem", "stem", "", "conv", 0.0)]
    page = opened_page(ComparedModels("a", "b", layers)).page
    assert page.get_by_role("heading", level=1).inner_text() == (
        "none of 1 layer differs by itself; the outputs are 0 apart"
    )
    assert page.locator(".fault").count() == 0
