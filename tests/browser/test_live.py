"""The page that answers lines in the browser, served on this machine, against what the command prints.

Pyodide comes from npm's registry, once, as for users.
"""

import json
import os
import statistics
import threading
import time
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from convparity.cases.errors import InputError
from convparity.cli.main import application
from convparity.site.making import make
from convparity.site.pyodide import NAMES, pyodide_files
from convparity.site.serving import address, server
from typer.testing import CliRunner

from .conftest import PAINTED
from .lines import questions

STEM = "layers.Conv2D(64, 7, strides=2, padding='same', name='stem')"
PORT = "nn.Conv2d(3, 64, 7, stride=2, padding=3)"
LINES = int(os.environ.get("CONVPARITY_LIVE_LINES", "30"))
PATIENCE = 120_000  # milliseconds: Python starts in 5 seconds of a processor, which may be busy
UNREADABLE = "layer: cannot be read as Python ("  # and then Python's own words, which its versions have changed
SHOWN = """() => {
  const all = (place, selector, what) => [...place.querySelectorAll(selector)].map(what);
  const text = (one) => (one.querySelector("pre") ?? one).textContent;
  const pair = document.querySelector("[aria-label='The comparison']");
  return {
    problems: all(document, ".problem", (one) => [...one.children].map(text).join("\\n")),
    layer: all(document, ".frameworks > .group", (one) => [all(one, ".who", text)[0], all(one, ".told > *", text)]),
    pair: pair && [text(pair.querySelector("h2").lastChild), all(pair, ".code", text), all(pair, ":scope > p", text)],
    formula: all(document, ".formula table", (table) => [...table.rows].map((row) => all(row, "th, td", text))),
    result: all(document, ".formula > p:not(:first-of-type)", text),
  };
}"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of the site, and the paths that were asked for."""
    folder = tmp_path_factory.mktemp("site")
    make(folder, pyodide_files(None))
    with server(folder) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield address(found)
        found.shutdown()


class Live:
    """The page in a tab, with all its error messages and requests."""

    def __init__(self, chromium, site, width, scheme, **state):
        self.site = site
        self.context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{site}#{urlencode(state)}")
        self.page.wait_for_selector("main")

    def field(self, name):
        return self.page.locator(f"[name={name}]")

    @property
    def status(self):
        return self.page.locator(".ask [role=status]").last.inner_text()

    @property
    def loaded(self):
        """Whether anything of Python was fetched."""
        return any("pyodide" in url or ".zip" in url for url in self.requests)

    def ask(self, **state):
        """Go to the address of a question, and return what is shown for it."""
        self.page.evaluate("hash => { location.hash = hash; }", urlencode(state))
        return self.answer()

    def answer(self):
        """What is shown, once it is there."""
        self.page.evaluate(PAINTED)
        self.page.wait_for_selector(".answer[aria-busy=false]", state="attached", timeout=PATIENCE)
        return self.page.evaluate(SHOWN)


@pytest.fixture(scope="module")
def live(chromium, site):
    """Open the page; at the end nothing may have been complained about, or fetched from anywhere else."""
    tabs = []

    def open_page(width=1400, scheme="light", **state):
        tabs.append(Live(chromium, site, width, scheme, **state))
        return tabs[-1]

    yield open_page
    for tab in tabs:
        assert tab.complaints == []
        assert [url for url in tab.requests if not url.startswith((site, f"blob:{site}", "data:,"))] == []
        assert tab.page.evaluate("typeof window.pwned") == "undefined"
        tab.context.close()


@pytest.fixture(scope="module")
def warm(live):
    """A page whose Python has started."""
    tab = live(line=PORT, input="3x64x64")
    assert tab.answer()["problems"] == []
    return tab


def printed(*arguments):
    """What the command prints, or the problems with which it ends."""
    done = CliRunner().invoke(application(), arguments)
    if isinstance(done.exception, InputError):
        return done.exception.problems
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.stdout


def expected_layer(line, sizes):
    """The frameworks, their sentences and the formula, as the command has them for a line; or its problems."""
    found = printed("explain", line, "--input", sizes, "--json", "-")
    if isinstance(found, list):
        return {"problems": found}
    found = json.loads(found)
    rows = {}
    for row in sorted(found["frameworks"], key=lambda row: row["framework"] == found["framework"]):
        told = [line.removeprefix("    ") for line in row["answer"] if line]
        rows.setdefault(json.dumps([row["framework"], row["verdict"], row["shape"], told]), [row["framework"], told])
    formula = [list(axis.values()) for axis in found["formula"]]
    return {
        "problems": [],
        "layer": list(rows.values()),
        "formula": [formula] if formula else [],
        "result": found["result"],
    }


def expected_pair(line, second, sizes):
    """The heading, the line to write and the remarks, as the command prints them for two lines; or its problems."""
    found = printed("compare", line, second, "--input", sizes)
    if isinstance(found, list):
        return {"problems": found}
    heading, *lines = found.splitlines()
    write = lines[0].partition(": ")[2] if lines[0] else ""
    remarks = lines[lines.index("", lines.index("") + 1) + 1 :]
    lead = [f"{lines[0].partition(': ')[0]}:"] if write else []
    return {
        "problems": [],
        "pair": [heading[0].upper() + heading[1:], [write] if write else [], [*lead, *remarks]],
    }


def test_the_first_screen_has_examples_with_drawings_and_nothing_of_python(live):
    tab = live()
    page = tab.page
    assert page.get_by_role("heading", level=1).inner_text() == "The same layer in another framework"
    assert page.locator("svg.grid").count() == 2
    # 'same' on 224 with a stride of 2 pads 111*2 + 3 - 224 = 1, after; padding=1 begins one before.
    assert page.locator(".words").all_inner_texts() == [
        "reads rows 1-3 | columns 1-3",
        "reads rows pad, 1-2 | columns pad, 1-2",
    ]
    page.get_by_role("link", name="Upsampling").click()
    assert tab.field("line").input_value() == "layers.Conv2DTranspose(64, 3, strides=2, padding='same')"
    assert tab.status == "Answered when this page was made"
    page.get_by_role("link", name="Batch norm").click()
    assert "nn.BatchNorm2d(64, eps=0.001, momentum=0.01)" in page.locator(".told").inner_text()
    page.go_back()
    assert tab.field("input").input_value() == "128x16x16"
    assert not tab.loaded


def test_a_line_that_is_pasted_is_answered_from_the_sites_own_folder(live, site):
    tab = live()
    start = time.monotonic()
    tab.field("line").fill(STEM)
    found = tab.answer()
    print(f"the first answer after {time.monotonic() - start:.1f} s")
    assert tab.status.startswith("Answered in ")
    assert found["layer"][0] == [
        "PyTorch",
        [
            "In PyTorch, write",
            "stem = nn.Sequential(nn.ZeroPad2d((2, 3, 2, 3)), nn.Conv2d(3, 64, 7, stride=2))",
            "and not",
            "stem = nn.Conv2d(3, 64, 7, stride=2, padding=3)",
            "The second line has the right shape, (112,112), but it pads the height and width (3,3) instead of (2,3): "
            "its windows lie 1 px above and 1 px left of the requested ones.",
            "It differs at every even height and width; at odd ones the two agree.",
            "nn.Conv2d(3, 64, 7, stride=2, padding='same', bias=False) raises an error: padding='same' is not "
            "supported for strided convolutions.",
        ],
    ]
    fetched = {url.removeprefix(site).partition("?")[0] for url in tab.requests if url.startswith(site)}
    assert {one for one in fetched if not one.startswith("#")} - {""} == {
        "convparity.zip",
        *(f"pyodide/{name}" for name in NAMES),
    }


def test_a_line_that_cannot_be_read_is_shown_with_its_caret(warm):
    found = warm.ask(line="nn.Conv2d(3, 8, 3, padding=one)", input="3x8x8")
    (problem,) = found["problems"]
    assert problem.splitlines()[1:] == ["nn.Conv2d(3, 8, 3, padding=one)", " " * 27 + "^"]
    assert (found["layer"], warm.page.locator(".problem pre").count()) == ([], 1)
    assert warm.field("line").get_attribute("aria-invalid") == "true"
    assert warm.ask(line=PORT, input="3x8x8")["problems"] == []


def test_a_framework_is_chosen_and_its_windows_are_stepped_through(warm):
    warm.ask(line=STEM, input="3x8x8")
    warm.field("to").select_option("mxnet")
    found = warm.answer()
    assert [framework for framework, _ in found["layer"]] == ["MXNet"]
    warm.field("to").select_option("")
    warm.answer()
    warm.page.get_by_label("Drawn on the right").select_option("flax")
    # 'same' on 8 with kernel 7 and stride 2 pads 3*2 + 7 - 8 = 5: two before, so output 2 begins at element 1.
    warm.page.get_by_role("button", name="next output").click()
    assert warm.page.locator(".words").all_inner_texts() == ["reads rows 2 pad, 1-5 | columns 1-7"] * 2
    assert "side=flax&output=1%2C2" in warm.page.evaluate(
        "new Promise((done) => setTimeout(() => done(location.hash), 300))"
    )


def test_a_shared_link_opens_on_its_answer(live):
    tab = live(line=STEM, second=PORT, input="3x225x225", theme="dark")
    found = tab.answer()
    assert found["pair"][0] == "The same layer (predicted; nothing was run)"
    assert tab.field("second").input_value() == PORT
    assert tab.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_hostile_line_is_only_text(warm):
    found = warm.ask(line="nn.Conv2d('<img src=x onerror=window.pwned=1>', 8, 3)\x1b\u202e", input="3x8x8")
    assert "<img src=x" in found["problems"][0]


def test_random_lines_are_answered_as_the_command_answers_them(warm):
    times = []
    for line, second, sizes in questions(LINES, seed=20):
        found = warm.ask(line=line, second=second, input=sizes)
        expected = expected_pair(line, second, sizes) if second else expected_layer(line, sizes)
        for part, value in expected.items():
            if part == "problems" and value and value[0].startswith(UNREADABLE):
                assert found[part][0].startswith(UNREADABLE)
            else:
                assert found[part] == value, (line, second, sizes)
        if warm.status.startswith("Answered in "):
            times.append(int(warm.status.split()[2]))
    print(f"{LINES} questions; answers in {statistics.median(times)} ms (median), {max(times)} ms at most")


@pytest.mark.parametrize("width", [1400, 1000, 400])
@pytest.mark.parametrize(
    "state", [{}, {"line": PORT, "input": "3x64x64", "theme": "dark"}, {"line": "nn.Conv2d(", "input": "8x8"}]
)
def test_it_fits_and_axe_finds_nothing(warm, width, state):
    warm.page.set_viewport_size({"width": width, "height": 900})
    warm.ask(**state)
    assert warm.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    found = Axe().run(warm.page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []


def test_opened_from_disk_it_shows_its_examples_and_says_why_no_more(chromium, tmp_path):
    page = make(tmp_path, {})
    tab = chromium.new_context().new_page()
    tab.goto(page.as_uri())
    assert tab.locator("svg.grid").count() == 2
    tab.locator("[name=line]").fill(PORT)
    assert "opened from disk" in tab.locator(".problem").inner_text()


def test_a_site_without_its_code_says_what_is_missing(chromium, site):
    tab = chromium.new_context().new_page()
    tab.route("**/convparity.zip*", lambda route: route.fulfill(status=404))
    tab.goto(site)
    tab.locator("[name=line]").fill(PORT)
    tab.locator(".problem").wait_for(timeout=PATIENCE)
    assert "convparity.zip" in tab.locator(".problem").inner_text()
