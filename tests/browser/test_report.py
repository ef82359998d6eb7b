"""The HTML report in headless Chromium, opened from disk the way its readers open it."""

import re
import shutil
from pathlib import Path

import pytest
from convparity.report.html import write
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
SCRIPT = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
HOSTILE = f"{SCRIPT}\x1b[31m\x00\u202e\"'"
NARROW, WIDE = 400, 1600
DARK_BELOW = 128


@pytest.fixture(scope="module")
def chromium():
    assert CHROMIUM, "these tests need Chromium on the PATH, such as Debian's package chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Opened:
    """A report in a tab, with everything that it complained about or asked for."""

    def __init__(self, chromium, path: Path, width: int, scheme: str) -> None:
        self.context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def brightness(self) -> float:
        """Of the background, 0 to 255."""
        colour = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3

    def shown_rows(self) -> list[str]:
        """The ids in the matrix that are not filtered out."""
        return self.page.locator("#matrix-table tbody tr:visible .id").all_inner_texts()


@pytest.fixture
def opened(chromium, tmp_path):
    """Write the report of a run and open it; at the end nothing may have been complained about or fetched."""
    tabs: list[tuple[Opened, Path]] = []

    def open_report(run, width=WIDE, scheme="light", **options):
        path = tmp_path / f"report{len(tabs)}.html"
        write(run.report(**options), path)
        tabs.append((Opened(chromium, path, width, scheme), path))
        return tabs[-1][0]

    yield open_report
    for tab, path in tabs:
        assert tab.complaints == []
        assert [url.split("#")[0] for url in tab.requests if url != "data:,"] == [path.as_uri()]
        assert tab.page.evaluate("typeof window.pwned") == "undefined"
        tab.context.close()


@pytest.fixture
def hostile_run(run):
    """Names and texts that try to get out of their place, or to push the page out of its frame."""
    label = run.environment(
        HOSTILE, HOSTILE, {"x" * 999: HOSTILE}, origin="y" * 999, python="z" * 999, platform="p" * 999
    )
    other = run.environment("o" * 100_000)
    texts = {"error": f"{HOSTILE}\n" * 2000, "log": "l" * 100_000, "source": f"layer({'s' * 5000}{SCRIPT})"}
    for case_id in (HOSTILE, "i" * 100_000, "\n\n\n", "case-1", "row-1"):
        case = run.case(id=case_id)
        run.observed(label, case, outcome="raised", **texts)
        run.observed(label, case, spelling="port", outcome="raised", **texts)
        run.observed(other, case, outcome="inexpressible", reason=HOSTILE * 999, source="")
        run.lines.append({**run.lines[-1], "environment": label, "spelling": "port"})
    run.fault("f" * 100_000, f"{HOSTILE}\n" * 999)
    return run


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_hostile_texts_stay_texts_and_inside_the_page(hostile_run, opened, width):
    tab = opened(hostile_run, width)
    tab.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert tab.overflow() <= 0
    assert tab.page.locator("script").count() == 1
    assert tab.page.locator("img").count() == 0
    assert tab.page.locator(".raw pre", has_text="<script>window.pwned=1</script>").first.is_visible()


INJECT = """() => {
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<img src=https://example.org/x.png>");
}"""


def test_a_policy_stops_what_would_get_in_all_the_same(shifted_run, opened):
    tab = opened(shifted_run)
    failures = []
    tab.page.on("requestfailed", lambda request: failures.append((request.url, request.failure)))
    tab.page.evaluate(INJECT)
    tab.page.wait_for_timeout(200)
    assert len(tab.complaints) == 2
    assert all("Content Security Policy" in complaint for complaint in tab.complaints)
    assert failures == [("https://example.org/x.png", "csp")]
    tab.complaints.clear()
    tab.requests.pop()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_no_sideways_scrolling(shifted_run, opened, width):
    tab = opened(shifted_run, width)
    assert tab.overflow() <= 0


def test_the_theme_follows_the_reader_and_the_button(shifted_run, opened):
    light, dark = opened(shifted_run), opened(shifted_run, scheme="dark")
    assert light.brightness() > DARK_BELOW > dark.brightness()
    light.page.get_by_role("button", name="Switch to the dark theme").click()
    assert light.brightness() < DARK_BELOW
    light.page.get_by_role("button", name="Switch to the light theme").click()
    assert light.brightness() > DARK_BELOW
    dark.page.get_by_role("button", name="Switch to the light theme").click()
    assert dark.brightness() > DARK_BELOW


def test_drawings_change_colour_with_the_theme(shifted_run, opened):
    def colour(tab):
        return tab.page.locator("path.input").last.evaluate("(path) => getComputedStyle(path).fill")

    assert colour(opened(shifted_run)) != colour(opened(shifted_run, scheme="dark"))


def test_the_copy_button_copies_the_exact_source(shifted_run, opened):
    tab = opened(shifted_run)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.locator(".finding").get_by_role("button", name="Copy the port").click()
    tab.page.get_by_role("status").get_by_text("Copied").wait_for()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])"


def test_copying_works_without_the_clipboard_api(shifted_run, opened):
    tab = opened(shifted_run)
    tab.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    tab.page.locator(".finding").get_by_role("button", name="Copy the code as written").click()
    tab.page.get_by_role("status").get_by_text("Copied").wait_for()
    filter_text = tab.page.locator("#filter-text")
    filter_text.focus()
    tab.page.keyboard.press("ControlOrMeta+v")
    assert filter_text.input_value() == "layers.Conv2D(1, 3, strides=2, padding='same')"


@pytest.fixture
def mixed_run(shifted_run):
    """The shifted layer, one that agrees everywhere, and one that torch rejects."""
    plain, strided = shifted_run.case(id="plain", stride=1), shifted_run.case(id="strided", padding="same")
    for label in ("torch", "keras"):
        shifted_run.agrees(label, plain)
    shifted_run.agrees("keras", strided)
    shifted_run.observed("torch", strided, outcome="raised", error="ValueError: not for strided convolutions")
    return shifted_run


def test_the_filter_takes_words_and_a_checkbox(mixed_run, opened):
    tab = opened(mixed_run)
    text, divergent = tab.page.get_by_label("Filter"), tab.page.get_by_label("divergences only")
    assert tab.shown_rows() == ["layer-3-stride", "plain", "strided"]
    text.fill("SILENT shift")
    assert tab.shown_rows() == ["layer-3-stride"]
    assert tab.page.locator("#filter-count").inner_text() == "1 of 3 shown"
    text.fill("plain nothing")
    assert tab.shown_rows() == []
    text.fill("")
    divergent.check()
    assert tab.shown_rows() == ["layer-3-stride", "strided"]
    text.fill("rejects")
    assert tab.shown_rows() == ["strided"]
    text.fill("(8,8)")
    assert tab.shown_rows() == []
    divergent.uncheck()
    assert tab.shown_rows() == ["plain"]


def test_a_cell_leads_to_what_its_environment_did(mixed_run, opened):
    tab = opened(mixed_run)
    tab.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = false; })")
    block = tab.page.locator("#case-3-2")
    assert not block.is_visible()
    cell = tab.page.locator("#row-3").get_by_role("link", name="rejects")
    cell.click()
    assert block.is_visible()
    assert "not for strided convolutions" in block.inner_text()
    tab.page.locator("#case-3 > summary").click()
    assert not block.is_visible()
    cell.click()  # the same link again
    assert block.is_visible()


def test_an_anchor_in_the_address_unfolds_its_case(mixed_run, opened, chromium, tmp_path):
    opened(mixed_run)
    page = chromium.new_page()
    page.goto(f"{(tmp_path / 'report0.html').as_uri()}#case-3-2")
    assert page.locator("#case-3-2").is_visible()
    page.goto(f"{(tmp_path / 'report0.html').as_uri()}#%E0%A4%A")  # not UTF-8 when decoded
    assert page.locator("h1").is_visible()
    page.close()


def test_everything_can_be_reached_and_worked_from_the_keyboard(mixed_run, opened):
    tab = opened(mixed_run)
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "Skip to the findings"
    tab.page.keyboard.press("Enter")
    summary = tab.page.locator("#case-1 > summary")
    summary.focus()
    was_open = tab.page.locator("#case-1").get_attribute("open") is not None
    tab.page.keyboard.press("Enter")
    assert (tab.page.locator("#case-1").get_attribute("open") is not None) != was_open
    scrolled = tab.page.locator(".scroll")
    assert all(element.get_attribute("tabindex") == "0" for element in scrolled.all())


def test_all_cases_can_be_opened_at_once_and_are_for_print(mixed_run, opened):
    tab = opened(mixed_run)
    cases = tab.page.locator("details.case[open]")
    tab.page.get_by_role("button", name="Fold all 2").click()
    assert cases.count() == 0
    tab.page.get_by_role("button", name="Open all 2").click()
    assert cases.count() == 2
    tab.page.get_by_role("button", name="Fold all 2").click()
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert cases.count() == 2
    tab.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert cases.count() == 0


def test_print_is_dark_on_light(shifted_run, opened):
    tab = opened(shifted_run, scheme="dark")
    tab.page.emulate_media(media="print")
    assert tab.brightness() > DARK_BELOW
    assert not tab.page.get_by_role("button", name="Copy the port").first.is_visible()


def test_the_drawings_lie_side_by_side_on_one_scale(shifted_run, opened):
    boxes = [drawing.bounding_box() for drawing in opened(shifted_run).page.locator(".panel svg.windows").all()]
    assert len(boxes) == 2
    assert boxes[0]["y"] == boxes[1]["y"]
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]


def test_a_drawing_says_in_words_what_it_shows(shifted_run, opened):
    page = opened(shifted_run).page
    name = "The windows of keras"
    assert page.locator(".panel").get_by_role("img", name=name).is_visible()
    described = page.locator(".panel svg.windows desc").all_text_contents()
    assert "the first reads pad, 1-2" in described[0]
    assert "the first reads 1-3" in described[1]


def test_the_header_of_the_matrix_stays_in_sight(run, opened):
    label = run.environment("torch")
    for n in range(80):
        run.agrees(label, run.case(id=f"case-{n}", batch=n + 1))
    tab = opened(run)
    tab.page.locator("#row-70").scroll_into_view_if_needed()
    header, table = tab.page.locator("#matrix-table thead th").first, tab.page.locator(".matrix")
    assert header.bounding_box()["y"] == pytest.approx(table.bounding_box()["y"], abs=2)


def test_a_wide_matrix_scrolls_inside_its_own_frame_on_a_phone(run, opened):
    labels = [run.environment(f"framework-{n}") for n in range(8)]
    case = run.case()
    for label in labels:
        run.agrees(label, case)
    tab = opened(run, NARROW)
    assert tab.overflow() <= 0
    tab.page.locator(".matrix").evaluate("(frame) => { frame.scrollLeft = 9999; }")
    assert tab.page.locator("#matrix-table thead th").last.bounding_box()["x"] < NARROW
    assert tab.page.locator("#row-1 th").bounding_box()["x"] < 30  # the first column stays


def zero_divergences(run):
    case = run.case()
    for label in ("torch", "flax"):
        run.agrees(run.environment(label), case)


def one_environment(run):
    run.observed(run.environment("torch"), run.case(), outcome="raised", error="ValueError: no")


def one_fault(run):
    one_environment(run)
    run.fault("mxnet", "cannot start: no such file")


def no_environment(run):
    run.case()
    run.fault("torch", "cannot start")


def nothing(run):
    """Not even a case."""


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize(
    ("make", "headline"),
    [
        (zero_divergences, "The layer is the same layer in every framework."),
        (one_environment, "1 of 1 layer is not what was asked for in torch."),
        (one_fault, "1 of 1 layer is not what was asked for in torch."),
        (no_environment, "No framework ran, so nothing is known of this layer."),
        (nothing, "No layer was asked about."),
    ],
)
def test_unusual_runs(run, opened, make, headline, width):
    make(run)
    tab = opened(run, width)
    assert tab.page.locator("h1").inner_text().replace("\n", " ") == headline
    assert tab.page.get_by_role("heading", name="harness fault").count() == (make in (one_fault, no_environment))
    assert tab.overflow() <= 0


def test_without_javascript_everything_is_there_but_buttons(shifted_run, chromium, tmp_path):
    write(shifted_run.report(), tmp_path / "report.html")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert page.locator("#row-1").is_visible()
    assert page.locator(".finding code").first.is_visible()
    assert page.locator("button:visible").count() == 0
    context.close()
