"""The matrix of results files in headless Chromium, opened from disk: its search, its findings, and nothing else."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from convparity import api
from convparity.site.making import make
from convparity.site.matrix import make_matrix

from .conftest import PAINTED

ALONE = {"preload": False, "iframes": False}  # axe would fetch the style, and talk to the drawing, which has its tests


@pytest.fixture
def site(mixed_run, tmp_path):
    """The folder of a matrix of one run, with the live page, whose Python is missing."""
    header, end = {"kind": "header", "convparity": "0.1.0", "format": 1}, {"kind": "end"}
    file = tmp_path / "run.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in [header, *mixed_run.lines, end]))
    make(tmp_path / "site/live", {}, "../index.html")
    make_matrix(tmp_path / "site", [file], api.read_results, live=True)
    return tmp_path / "site"


@pytest.fixture
def opened_site(chromium, site):
    """Open the index; at the end nothing may have been complained about, or asked for outside the folder."""
    tabs = []

    def open_index(width=1400, scheme="light", link=""):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        complaints, requests = [], []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        context.on("request", lambda request: requests.append(request.url))
        tabs.append((context, complaints, requests))
        page.goto(f"{site.as_uri()}/index.html{link}")
        return page

    yield open_index
    for context, complaints, requests in tabs:
        assert complaints == []
        assert [url for url in requests if not url.startswith((site.as_uri(), "data:,"))] == []
        context.close()


def shown(page):
    """The findings that the search left."""
    return [row.split("\n")[0] for row in page.locator(".findings > li:visible").all_inner_texts()]


def test_a_finding_is_searched_for_opened_and_seen(opened_site):
    page = opened_site()
    assert shown(page) == ["silent shift", "rejects"]
    page.get_by_label("Search the findings").fill("KERAS layer-3")  # of two words, one is the id of its layer
    assert shown(page) == ["silent shift"]
    assert page.get_by_role("status").inner_text() == "1 of 2 findings"
    page.get_by_role("link", name="windows lie 1 px below").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Windows lie 1 px below and 1 px right")
    states = page.locator("tr:has(.state)").all_inner_texts()
    assert [row.split("\t")[:3] for row in states] == [["torch", "1.2.3", "no"], ["tensorflow", "1.2.3 (keras)", "yes"]]
    drawing = page.frame_locator("iframe")
    # By hand, on 8 with a stride of 2: the request begins in the padding, and 'same' with the first element.
    assert drawing.locator(".words").all_inner_texts() == [
        "reads rows pad, 1-2 | columns pad, 1-2",
        "reads rows 1-3 | columns 1-3",
    ]
    tall = page.locator("iframe").bounding_box()["height"]
    inside = page.frames[1].evaluate("document.documentElement.scrollHeight")
    assert abs(tall - inside) < 20  # the frame is as tall as its drawing
    page.get_by_role("row", name="tensorflow").get_by_role("link", name="report").click()
    page.locator("aside").wait_for()  # the report opens on this layer
    assert "layer-3-stride" in page.locator("aside").inner_text()


def test_a_search_is_a_link(opened_site):
    page = opened_site(link="#q=torch+strided")
    assert page.get_by_label("Search the findings").input_value() == "torch strided"
    assert shown(page) == ["rejects"]
    page.get_by_label("Search the findings").fill("same")
    assert page.evaluate("location.hash") == "#q=same"
    page.get_by_label("Search the findings").fill("")
    assert (page.evaluate("location.hash"), len(shown(page))) == ("", 2)


def test_the_matrix_and_the_live_page_lead_to_each_other(opened_site):
    page = opened_site()
    page.get_by_role("link", name="Ask about a line").click()
    page.get_by_role("link", name="Matrix").click()
    page.get_by_role("heading", name="Which layers differ").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (1400, "dark"), (400, "light"), (400, "dark")])
def test_its_pages_fit_and_axe_finds_nothing(opened_site, width, scheme):
    page = opened_site(width, scheme)
    for name in ("", "windows lie 1 px below"):
        if name:
            page.get_by_role("link", name=name).click()
            page.frame_locator("iframe").locator(".words").first.wait_for()
        page.evaluate(PAINTED)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        found = Axe().run(page, options=ALONE).response["violations"]
        assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    bright = page.evaluate("getComputedStyle(document.body).backgroundColor").startswith("rgb(250")
    assert bright == (scheme == "light")
