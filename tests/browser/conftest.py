"""Reports in headless Chromium, opened from disk the way their readers open them."""

import re
import shutil
from pathlib import Path

import pytest
from convparity.report.formats.html import write
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = 1600
# A page moves the focus after it has painted what a key did.
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


@pytest.fixture(scope="session")
def chromium():
    assert CHROMIUM, "these tests need Chromium on the PATH, such as Debian's package chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Opened:
    """A report in a tab, with all its error messages and requests."""

    def __init__(self, chromium, path: Path, width: int, scheme: str, link: str) -> None:
        self.path = path
        self.context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + link)
        self.page.wait_for_selector("main")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.evaluate(PAINTED)

    def search(self, query: str) -> None:
        self.page.get_by_label("Search").fill(query)

    @property
    def rows(self) -> list[str]:
        """The ids in the matrix, of the rows that are in the document."""
        return self.page.locator(".matrix tbody th small").all_inner_texts()

    @property
    def detail(self):
        """The case that is open."""
        return self.page.locator("aside")

    @property
    def words(self) -> list[str]:
        """The words beneath the two drawings."""
        return self.detail.locator(".words").all_inner_texts()

    @property
    def hash(self) -> str:
        """The fragment of the address, when it has come to rest."""
        self.page.wait_for_timeout(300)
        return self.page.evaluate("decodeURIComponent(location.hash)")

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    @property
    def brightness(self) -> float:
        """Of the background, 0 to 255."""
        colour = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3


@pytest.fixture
def opened_page(chromium, tmp_path):
    """Write what is shown as a page and open it; at the end nothing may have been complained about or fetched."""
    tabs: list[Opened] = []

    def open_page(shown, width=WIDE, scheme="light", link=""):
        path = tmp_path / f"report{len(tabs)}.html"
        write(shown, path)
        tabs.append(Opened(chromium, path, width, scheme, link))
        return tabs[-1]

    yield open_page
    for tab in tabs:
        assert tab.complaints == []
        assert {url.split("#")[0] for url in tab.requests if url != "data:,"} == {tab.path.as_uri()}
        assert tab.page.evaluate("typeof window.pwned") == "undefined"
        tab.context.close()


@pytest.fixture
def opened(opened_page):
    """Open the report of a run."""

    def open_report(run, width=WIDE, scheme="light", link="", **options):
        return opened_page(run.report(**options), width, scheme, link)

    return open_report


@pytest.fixture
def mixed_run(shifted_run):
    """The shifted layer, one that agrees everywhere, and one that torch rejects."""
    plain, strided = shifted_run.case(id="plain", stride=1), shifted_run.case(id="strided", padding="same", kernel=5)
    for label in ("torch", "keras"):
        shifted_run.agrees(label, plain)
    shifted_run.agrees("keras", strided)
    shifted_run.observed("torch", strided, outcome="raised", error="ValueError: not for strided convolutions")
    return shifted_run
