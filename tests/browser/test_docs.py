"""The documentation site in headless Chromium, opened from disk: nothing is asked for elsewhere, and all of it fits."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).parents[2]
DRAWN = "all => all.filter((one) => one.offsetParent).map((one) => one.naturalWidth)"  # of the visible figures
LOOKED_AT = ("index.html", "commands.html", "padding.html", "formats.html")  # by axe, which takes seconds for a page


@pytest.fixture(scope="session")
def docs(tmp_path_factory):
    """The folder of the site, built without a warning."""
    pytest.importorskip("furo", reason="the site is built in the tox environment of the browser tests")
    folder = tmp_path_factory.mktemp("docs")
    build = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    build += ["-d", str(folder / "trees"), str(ROOT / "docs"), str(folder / "site")]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def pages(docs):
    """The pages that Sphinx made: the live page has its own tests, and is served."""
    return [path for path in sorted(docs.rglob("*.html")) if "live" not in path.relative_to(docs).parts[:-1]]


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (400, "dark")])
def test_each_page_opens_from_disk_alone_and_fits(chromium, docs, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    complaints, requests = [], []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    for path in pages(docs):
        tab.goto(path.as_uri())
        wider = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, path.name
        colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        bright = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 > 128
        assert bright == (scheme == "light"), path.name
        assert all(tab.eval_on_selector_all("img.drawn", DRAWN)), path.name
    assert complaints == []
    assert [url for url in requests if not url.startswith((docs.as_uri(), "data:"))] == []
    context.close()


def test_no_link_is_dead(docs):
    call = [sys.executable, str(ROOT / "docs/extensions/check.py"), str(docs)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(chromium, docs, scheme):
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    for name in LOOKED_AT:
        tab.goto((docs / name).as_uri())
        found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], name
    context.close()


def test_the_search_finds_a_verdict_from_disk(chromium, docs):
    tab = chromium.new_page()
    tab.goto((docs / "search.html").as_uri() + "?q=shifted")
    tab.wait_for_selector("#search-results li a")
    assert any("shifted" in text for text in tab.locator("#search-results li a").all_inner_texts())
    tab.close()
