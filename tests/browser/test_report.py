"""The page of a run, and how its readers find their way in it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from convparity.report.policy.failures import Policy
from convparity.report.policy.gate import Gate

from ..report.policies import waiving

SCRIPT = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
HOSTILE = f"{SCRIPT}\x1b[31m\x00\u202e\"'"
NARROW, WIDE = 400, 1600
DARK_BELOW = 128
PORT = "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])"
SAME_ON_8 = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]


# Findings, counts and the matrix.


def test_the_page_begins_with_the_silent_shift(mixed_run, opened):
    tab = opened(mixed_run)
    assert tab.page.locator("h1").inner_text() == "Keras reads other pixels in 1 of 3 layers. Every shape matches."
    assert tab.page.locator(".summary").inner_text() == "PyTorch raises an error in 1 layer."
    findings = tab.page.locator(".findings li").all_inner_texts()
    assert len(findings) == 2
    assert findings[0].startswith("SILENT SHIFT\nkeras\n")
    assert "1 px below and 1 px right" in findings[0]
    assert findings[1].startswith("rejects\ntorch\n")
    assert tab.rows == ["layer-3-stride", "strided", "plain"]


def test_a_finding_leads_to_its_layers(mixed_run, opened):
    tab = opened(mixed_run)
    tab.page.locator(".findings li").nth(1).get_by_text("1 layer").click()
    assert tab.rows == ["strided"]
    assert tab.hash == "#q=finding:2"
    assert tab.detail.count() == 0


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("op:conv", ["layer-3-stride", "strided", "plain"]),
        ("stride:1", ["plain"]),
        ("kernel:5x5", ["strided"]),
        ("padding:same", ["strided"]),
        ("input:8 dilation:1 id:STRIDE", ["layer-3-stride", "strided"]),
        ("is:silent", ["layer-3-stride"]),
        ("is:agreeing", ["plain"]),
        ("-is:different", ["plain"]),
        ("is:missing or is:waived or is:misdeclared", []),
        ("silent", ["layer-3-stride"]),
        ("keras:shifted", ["layer-3-stride"]),
        ("pytorch:rejected", ["strided"]),
        ("torch:rejected", ["strided"]),
        ("torch=keras", ["plain"]),
        ("torch!=keras", ["layer-3-stride", "strided"]),
        ("finding:1", ["layer-3-stride"]),
        ('"not for strided"', ["strided"]),
        ("ZeroPadding2D", ["layer-3-stride"]),
    ],
)
def test_the_search_finds_layers(mixed_run, opened, query, rows):
    tab = opened(mixed_run)
    tab.search(query)
    assert tab.rows == rows
    assert tab.page.locator("output").inner_text() == f"{len(rows)} of 3 layers"


def test_a_query_that_is_wrong_says_where_and_leaves_the_rows(mixed_run, opened):
    tab = opened(mixed_run)
    tab.search("is:silent")
    tab.search("is:silent strid:2")
    assert tab.page.locator("#query-error").inner_text().startswith("is:silent strid:2 11: nothing is called strid")
    assert tab.page.locator("#query-error mark").inner_text() == "strid"
    assert tab.rows == ["layer-3-stride"]
    tab.search("is:agreeing")
    assert tab.page.locator("#query-error").inner_text() == ""


def test_a_label_with_odd_characters_can_be_searched(run, opened):
    case = run.case()
    run.observed(run.environment('my "env":1'), case, outcome="raised", error="ValueError")
    run.agrees(run.environment("2.13.0+cpu (old)"), case)
    tab = opened(run)
    tab.search('"2.13.0+cpu (old)":agrees')
    assert len(tab.rows) == 1
    tab.search('-"2.13.0+cpu (old)":agrees')
    assert tab.rows == []


def test_the_rows_are_sorted_as_asked(mixed_run, opened):
    tab = opened(mixed_run)
    sort = tab.page.get_by_label("Sort")
    sort.select_option("as in the catalog")
    assert tab.rows == ["layer-3-stride", "plain", "strided"]
    sort.select_option("by id")
    assert tab.rows == ["layer-3-stride", "plain", "strided"]
    tab.page.get_by_role("columnheader", name="torch").get_by_role("button").click()
    assert tab.rows == ["strided", "layer-3-stride", "plain"]
    assert tab.page.get_by_role("columnheader", name="torch").get_attribute("aria-sort") == "ascending"
    assert tab.hash == "#sort=env:torch"


def test_a_large_matrix_has_few_rows_in_the_document_and_says_how_many_there_are(run, opened):
    label = run.environment("torch")
    for n in range(2000):
        run.agrees(label, run.case(id=f"case-{n}", batch=n + 1))
    tab = opened(run)
    table = tab.page.get_by_role("table").last
    assert len(tab.rows) < 60
    assert table.get_attribute("aria-rowcount") == "2001"
    tab.page.locator(".matrix").evaluate("(frame) => { frame.scrollTop = 1e9; }")
    tab.page.get_by_text("case-1999").wait_for()
    assert len(tab.rows) < 60
    assert tab.page.locator("tr[aria-rowindex='2001'] small").first.inner_text() == "case-1999"
    header, frame = tab.page.locator(".matrix thead th").first, tab.page.locator(".matrix")
    assert header.bounding_box()["y"] == pytest.approx(frame.bounding_box()["y"], abs=2)


# The detail of a case.


def test_a_cell_opens_its_case_with_its_environment_drawn(mixed_run, opened):
    tab = opened(mixed_run)
    tab.page.locator("tr", has_text="plain").locator("td").last.click()
    assert tab.detail.get_by_label("Drawn on the right").locator("option:checked").inner_text() == "torch"
    assert tab.hash == "#case=plain&env=torch"


def test_the_detail_says_what_each_did_and_what_to_paste(mixed_run, opened):
    text = opened(mixed_run, link="#case=layer-3-stride").detail.inner_text()
    for words in (
        "requested shape (4,4)",
        "pads (0,1)",
        "pads the height and width (0,1) instead of (1,1)",
        "Differs at every even height and width",
        "✓ ran, agrees",
        PORT,
        "p = 1 + 1 = 2",
    ):
        assert words in text


def test_the_window_is_drawn_on_both_sides_and_described_in_words(shifted_run, opened):
    """Kernel 3, stride 2, padding 1 on 8: output 1 reads pad, 1, 2; Keras's 'same' reads 1, 2, 3."""
    tab = opened(shifted_run, link="#case=layer-3-stride")
    assert tab.words == ["reads rows pad, 1-2 | columns pad, 1-2", "reads rows 1-3 | columns 1-3"]
    assert "16 of 16 outputs read other elements" in tab.detail.inner_text()
    boxes = [drawing.bounding_box() for drawing in tab.detail.locator("svg.grid").all()]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    assert tab.detail.get_by_role("img", name="reads rows 1-3 | columns 1-3").is_visible()


def test_the_reader_chooses_the_two_drawings(shifted_run, opened):
    tab = opened(shifted_run, link="#case=layer-3-stride")
    tab.detail.get_by_label("Drawn on the left").select_option("torch")
    tab.detail.get_by_label("Drawn on the right").select_option("requested")
    assert tab.words == ["reads rows pad, 1-2 | columns pad, 1-2"] * 2
    assert "all 16 read the same elements" in tab.detail.inner_text()
    assert tab.hash == "#case=layer-3-stride&env=keras&a=torch&b=&output=1,1"


def test_the_keys_step_through_outputs_and_differences(run, opened):
    """Rows as requested, columns one further on in the last output only."""
    case = run.case(id="case")
    asked = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
    run.reads(run.environment("torch"), case, asked, [*asked[:3], [6, 7, -1]])
    tab = opened(run, link="#case=case")
    where = tab.detail.locator(".steps b")
    assert where.inner_text() == "output (1,4)"  # the first difference
    tab.press("n")
    assert where.inner_text() == "output (2,1)"
    tab.press("]")
    assert where.inner_text() == "output (2,4)"
    tab.press("]")
    assert where.inner_text() == "output (3,4)"
    tab.press("[", "[", "[")
    assert where.inner_text() == "output (1,4)"
    tab.press("p")
    assert where.inner_text() == "output (1,3)"
    assert tab.hash == "#case=case&output=1,3"
    tab.detail.get_by_role("button", name="next difference").click()
    assert where.inner_text() == "output (1,4)"
    tab.detail.locator(".outputs rect").nth(6).click()
    assert where.inner_text() == "output (2,3)"


@pytest.mark.parametrize(("rank", "drawings"), [(1, 2), (3, 6)])
def test_other_ranks_are_drawn_as_a_strip_for_each_axis(run, opened, rank, drawings):
    case = run.case(id="strip", input=[8] * rank)
    run.reads(run.environment("torch"), case, *[SAME_ON_8] * rank)
    tab = opened(run, link="#case=strip")
    assert tab.detail.locator("svg.grid").count() == drawings
    assert tab.words[1].endswith("columns 1-3")


def test_a_large_input_is_cut_around_the_window(run, opened):
    case = run.case(id="stem", input=[512, 512], kernel=7, stride=2, padding=3)
    run.agrees(run.environment("torch"), case)
    tab = opened(run, link="#case=stem&output=100,101")
    # 2 * 99 - 3 = 195, so rows 196 to 202 counted from 1; and columns 198 to 204.
    assert tab.words[0] == "reads rows 196-202 | columns 198-204"
    box = tab.detail.locator("svg.grid").first.bounding_box()
    assert max(box["width"], box["height"]) < 400


def test_an_output_of_a_transposed_convolution_is_made_from_taps(run, opened):
    """Of 4 elements at stride 2, output 1 is asked from tap 2 of element 1."""
    case = run.case(op="conv_transpose", id="up", input=[4], kernel=3, stride=2, padding=1, output_padding=1)
    maps = [[0, -1, -1], [-1, 0, -1], [1, -1, 0], [-1, 1, -1], [2, -1, 1], [-1, 2, -1], [3, -1, 2], [-1, 3, -1]]
    run.reads(run.environment("keras"), case, maps)
    tab = opened(run, link="#case=up")
    assert tab.words == ["is made from columns: 1 (tap 2)", "is made from columns: 1 (tap 1)"]
    assert tab.detail.locator("svg.grid text.tap").all_text_contents() == ["2", "1"]


def test_numbers_that_differ_are_drawn_and_listed(run, opened):
    import base64
    import zlib

    import numpy as np
    from convparity.cases.reference import values

    case = run.case(id="case")
    numbers = values(case).astype("<f4")
    numbers[0, 0, 1, 2] += 32
    packed = base64.b64encode(zlib.compress(numbers.astype(np.float32).tobytes())).decode()
    label = run.environment("torch")
    asked = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7]]
    run.reads(label, case, asked, asked, values=packed)
    run.lines[-2] |= {"values": packed}
    tab = opened(run, link="#case=case")
    tab.detail.get_by_text("Numbers that differ").focus()
    heat = tab.detail.locator(".heat")
    assert "1 of 16 numbers differ" in heat.text_content()
    row = heat.locator("tbody tr")
    assert row.count() == 1
    cells = row.locator("th, td").all_text_contents()
    assert cells[0] == "(2,3)"
    assert float(cells[1]) - float(cells[2]) == float(cells[3]) == 32
    assert heat.locator("rect:not(.h0)").count() == 1


# Links, history and keys.


def test_a_link_leads_to_the_view_that_was_open(mixed_run, opened, chromium):
    tab = opened(mixed_run)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.search("is:different")
    tab.page.locator("tr", has_text="layer-3-stride").get_by_role("link").click()
    tab.press("n", "t")
    tab.detail.get_by_role("button", name="Copy link to this case").click()
    tab.detail.get_by_text("Copied", exact=True).wait_for()
    link = tab.page.evaluate("navigator.clipboard.readText()")
    page = chromium.new_page()
    page.goto(link)
    page.wait_for_selector("aside")
    assert page.get_by_label("Search").input_value() == "is:different"
    assert page.locator(".steps b").inner_text() == "output (1,2)"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.close()


def test_the_back_and_forward_buttons_work(mixed_run, opened):
    tab = opened(mixed_run)
    tab.page.get_by_label("Search").press_sequentially("stride:2")
    tab.press("Enter")
    tab.page.locator("tr", has_text="strided").get_by_role("link").click()
    tab.press("Escape")
    assert tab.detail.count() == 0
    tab.page.go_back()
    tab.detail.wait_for()
    tab.page.go_back()
    tab.detail.wait_for(state="detached")
    assert tab.page.get_by_label("Search").input_value() == "stride:2"
    tab.page.go_back()
    tab.page.get_by_text("3 of 3 layers", exact=True).wait_for()
    tab.page.go_forward()
    tab.page.get_by_text("2 of 3 layers", exact=True).wait_for()
    tab.page.go_forward()
    assert tab.detail.get_by_role("heading", level=2).inner_text().startswith("5x5")


@pytest.mark.parametrize(
    "link", ["#%E0%A4%A", "#case=nobody", f"#q={SCRIPT}", "#theme=x&sort=y&output=-1", "#case=__proto__&a=x&b=y"]
)
def test_an_address_that_means_nothing_does_no_harm(mixed_run, opened, link):
    tab = opened(mixed_run, link=link)
    assert tab.page.locator("h1").is_visible()
    assert tab.detail.count() == 0


def test_the_page_can_be_used_from_the_keyboard(mixed_run, opened):
    tab = opened(mixed_run)
    focused = "document.activeElement.id || document.activeElement.textContent"
    tab.press("/")
    assert tab.page.evaluate(focused) == "query"
    tab.page.keyboard.type("j")
    assert tab.page.get_by_label("Search").input_value() == "j"
    tab.press("Escape")
    assert tab.page.get_by_label("Search").input_value() == ""
    tab.page.locator("h1").click()
    tab.press("j", "ArrowDown", "k", "j")
    assert tab.page.locator("tr.active small").first.inner_text() == "strided"
    tab.press("Enter")
    assert tab.page.evaluate(focused) == "case-title"
    tab.press("Escape")
    assert tab.detail.count() == 0
    assert tab.page.evaluate(focused).startswith("5x5")
    tab.press("?")
    assert tab.page.get_by_role("dialog").get_by_text("next output that reads other elements").is_visible()
    tab.press("Escape")
    assert not tab.page.get_by_role("dialog").is_visible()


def test_tab_reaches_the_layers_and_the_search_at_once(mixed_run, opened):
    tab = opened(mixed_run)
    tab.press("Tab", "Enter")
    assert tab.page.evaluate("document.activeElement.className") == "matrix"
    tab = opened(mixed_run)
    tab.press("Tab", "Tab")
    assert tab.page.evaluate("document.activeElement.id") == "query"


# Copying.


def test_the_copy_button_copies_the_exact_source(shifted_run, opened):
    tab = opened(shifted_run, link="#case=layer-3-stride")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.detail.get_by_role("button", name="Copy the port").click()
    tab.detail.get_by_role("status").get_by_text("Copied").wait_for()
    assert tab.page.evaluate("navigator.clipboard.readText()") == PORT


def test_copying_works_without_the_clipboard_api(shifted_run, opened):
    tab = opened(shifted_run, link="#case=layer-3-stride")
    tab.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    tab.detail.get_by_role("button", name="Copy the port").click()
    tab.detail.get_by_role("status").get_by_text("Copied").wait_for()
    box = tab.page.get_by_label("Search")
    box.focus()
    tab.press("ControlOrMeta+v")
    assert box.input_value() == PORT


def test_the_script_to_reproduce_it_is_of_this_case(run, opened):
    script = "layer = @SOURCE@\nx = zeros(@INPUT@, '@DTYPE@')\nw = zeros(@WEIGHTS@)"
    label = run.environment("torch", script=script)
    run.agrees(label, run.case(id="case", in_channels=2, out_channels=3), source="f('@INPUT@')")
    tab = opened(run, link="#case=case")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.detail.get_by_text("reproduce in torch").click()
    tab.detail.get_by_role("button", name="Copy the script for torch").click()
    tab.detail.get_by_role("status").get_by_text("Copied").wait_for()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == "layer = f('@INPUT@')\nx = zeros((1, 2, 8, 8), 'float32')\nw = zeros((3, 2, 3, 3))"


# Looks.


def test_the_theme_follows_the_reader_and_the_key(shifted_run, opened):
    light, dark = opened(shifted_run), opened(shifted_run, scheme="dark")
    assert light.brightness > DARK_BELOW > dark.brightness
    light.press("t")
    light.page.wait_for_timeout(100)
    assert light.brightness < DARK_BELOW
    assert light.hash == "#theme=dark"
    dark.page.get_by_role("button", name="Theme").click()
    dark.page.wait_for_timeout(100)
    assert dark.brightness > DARK_BELOW


def test_drawings_change_colour_with_the_theme(shifted_run, opened):
    def colour(tab):
        return tab.page.locator("path.input").last.evaluate("(path) => getComputedStyle(path).fill")

    link = "#case=layer-3-stride"
    assert colour(opened(shifted_run, link=link)) != colour(opened(shifted_run, scheme="dark", link=link))


@pytest.mark.parametrize("link", ["", "#case=layer-3-stride"])
@pytest.mark.parametrize("width", [NARROW, 1000, WIDE])
def test_the_page_does_not_scroll_sideways(shifted_run, opened, width, link):
    assert opened(shifted_run, width, link=link).overflow <= 0


def test_on_a_phone_the_case_lies_over_the_page_and_the_matrix_scrolls_in_its_own_frame(run, opened):
    case = run.case(id="case")
    for n in range(8):
        run.agrees(run.environment(f"framework-{n}"), case)
    tab = opened(run, NARROW)
    tab.page.locator(".matrix").evaluate("(frame) => { frame.scrollLeft = 9999; }")
    assert tab.page.locator(".matrix thead th").last.bounding_box()["x"] < NARROW
    assert tab.page.locator(".matrix tbody th").bounding_box()["x"] < 30  # the first column stays
    tab.page.locator(".matrix tbody a").click()
    box = tab.detail.bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, NARROW)
    assert tab.page.locator("main").evaluate("(main) => main.inert")
    tab.detail.get_by_role("button", name="Close the case").click()
    assert not tab.page.locator("main").evaluate("(main) => main.inert")


def test_a_print_is_dark_on_light_with_every_finding_and_the_open_case(run, opened):
    for n in range(12):
        case = run.case(id=f"case-{n}", kernel=n + 2, padding=9)
        run.observed(run.environment(f"env-{n}") if n == 0 else f"env-{n}", case, outcome="raised", error=f"Error {n}")
        if n:
            run.environment(f"env-{n}")
    tab = opened(run, scheme="dark", link="#case=case-3")
    assert tab.page.locator(".findings li").count() == 10
    tab.page.emulate_media(media="print")
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.page.locator(".findings li").nth(11).wait_for()
    assert tab.brightness > DARK_BELOW
    assert not tab.page.locator("#cases").is_visible()
    assert tab.detail.locator(".raw pre").first.is_visible()
    assert not tab.page.get_by_role("button", name="Copy link to this case").is_visible()
    tab.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not tab.detail.locator(".raw pre").first.is_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", WIDE), ("light", NARROW)])
@pytest.mark.parametrize("link", ["", "#case=layer-3-stride", "#q=is:broken"])
def test_axe_finds_nothing(mixed_run, opened, scheme, width, link):
    tab = opened(mixed_run, width, scheme, link)
    tab.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    found = Axe().run(tab.page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []


def test_axe_finds_nothing_in_the_help(mixed_run, opened):
    tab = opened(mixed_run)
    tab.press("?")
    assert Axe().run(tab.page).response["violations"] == []


# Unusual runs.


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
        (one_environment, "PyTorch raises an error in this layer."),
        (one_fault, "PyTorch raises an error in this layer."),
        (no_environment, "No framework ran, so nothing is known about this layer."),
        (nothing, "There are no layers to check."),
    ],
)
def test_unusual_runs_have_a_headline_and_fit_the_page(run, opened, make, headline, width):
    make(run)
    tab = opened(run, width)
    assert tab.page.locator("h1").inner_text().replace("\n", " ") == headline
    assert tab.page.get_by_role("heading", name="the run itself failed").count() == (
        make in (one_fault, no_environment)
    )
    assert tab.overflow <= 0


def test_zero_divergences_say_what_was_compared(run, opened):
    zero_divergences(run)
    said = opened(run).page.locator(".findings .none").inner_text()
    assert said == "No divergence. 2 pairs of layer and environment were compared: 1 layer in flax 1.2.3, torch 1.2.3."


def test_nothing_run_is_not_zero_divergences(run, opened):
    no_environment(run)
    assert "Nothing was run" in opened(run).page.locator(".findings .none").inner_text()


def test_a_stopped_run_says_how_far_it_came(run, opened):
    first, _ = run.case(), run.case(kernel=5)
    run.agrees(run.environment("torch"), first)
    assert "1 of 2 pairs" in opened(run, complete=False).page.locator(".alert").inner_text()


def test_expected_findings_are_folded_below_the_others(mixed_run, opened):
    class Waived:
        def report(self):
            return waiving(mixed_run.report(), {("layer-3-stride", "keras"): "as documented"})

    tab = opened(Waived())
    assert tab.page.locator(".findings li:visible").count() == 1
    assert tab.page.locator(".waived summary").inner_text() == "1 finding expected, with its reason"
    assert tab.page.locator(".findings .badge.loud").count() == 0
    assert tab.rows == ["strided", "layer-3-stride", "plain"]
    tab.search("is:waived")
    assert tab.rows == ["layer-3-stride"]
    tab.search("is:different -is:waived")
    assert tab.rows == ["strided"]
    tab.search("keras:waived")
    tab.page.locator(".matrix td.waived").click()
    assert "Expected: as documented" in tab.detail.inner_text()


def test_other_failures_of_a_run_are_shown_above_the_findings(shifted_run, opened):
    class Agreeing:
        def report(self):
            return shifted_run.report().held_against(Policy(Gate(agree=(("torch", "keras"),))))

    tab = opened(Agreeing())
    told = tab.page.get_by_label("What else fails the run")
    assert told.inner_text().startswith("disagreement: layer-3-stride")
    assert "Only this fails the run: a disagreement among torch and keras." in tab.page.locator("main").inner_text()
    assert opened(shifted_run).page.get_by_label("What else fails the run").count() == 0


def version_of(run, version, *maps):
    """A run of one version: a layer that did not change, and one of other elements."""
    label = run.environment("torch", packages={"torch": version})
    run.agrees(label, run.case(id="same", stride=1))
    case = run.case(id="moved")
    run.reads(label, case, *maps) if maps else run.agrees(label, case)
    return run.report()


def test_a_comparison_of_two_runs_shows_the_changes_first(run, opened):
    from convparity.report.findings.diff import Diff

    class Both:
        def report(self):
            return Diff(version_of(type(run)(), "1.0", SAME_ON_8, SAME_ON_8), version_of(run, "2.0"))

    tab = opened(Both())
    assert tab.page.locator("#findings").inner_text() == "What changed"
    (finding,) = tab.page.locator(".findings li").all_inner_texts()
    assert finding.startswith("CHANGED\ntorch (earlier) · torch (later)\n")
    assert "torch 1.0 -> 2.0" in tab.page.locator(".alert").inner_text()
    assert tab.rows == ["moved", "same"]
    tab.search("is:changed")
    assert tab.rows == ["moved"]
    tab.search('"torch (earlier)":silent')
    assert tab.rows == ["moved"]
    tab.page.locator(".matrix tbody a").click()
    assert tab.words == ["reads rows 1-3 | columns 1-3", "reads rows pad, 1-2 | columns pad, 1-2"]
    assert "Silent shift -> agrees" in tab.detail.locator(".group").first.inner_text()


def test_two_runs_that_are_alike_say_so(run, opened):
    from convparity.report.findings.diff import Diff

    class Both:
        def report(self):
            return Diff(version_of(type(run)(), "1.0"), version_of(run, "2.0"))

    assert opened(Both()).page.locator(".findings .none").inner_text().startswith("No change. 4 pairs")


def test_a_change_of_a_release_is_drawn_over_the_release_before(run, opened_page):
    """At 1.1 the windows begin one pixel later; 1.2 does as 1.1. Every window is of 3 x 3 elements."""
    from convparity.report.findings.history import History, Release

    case = run.case(id="moved")
    labels = [run.environment(f"torch=={version}", "torch") for version in ("1.0", "1.1", "1.2")]
    run.agrees(labels[0], case)
    for label in labels[1:]:
        run.reads(label, case, SAME_ON_8, SAME_ON_8)
    releases = [Release(label.partition("==")[2], label) for label in labels]
    tab = opened_page(History(run.report(), "torch", releases), link="#case=moved")
    assert tab.words == ["reads rows pad, 1-2 | columns pad, 1-2", "reads rows 1-3 | columns 1-3"]
    over = tab.detail.locator(".over")
    caption = over.locator("figcaption").inner_text().split()
    assert " ".join(caption) == "torch==1.0 and torch==1.1, over each other"
    told = over.locator("svg.grid").get_attribute("aria-label")
    assert told == "torch==1.0 reads rows pad, 1-2 | columns pad, 1-2; torch==1.1 reads rows 1-3 | columns 1-3"
    boxes = [over.locator(f"svg .taps{which}").bounding_box() for which in (":not(.of-other)", ".of-other")]
    cell = boxes[0]["width"] / 3
    assert boxes[1]["x"] - boxes[0]["x"] == pytest.approx(cell, abs=1)
    assert boxes[1]["y"] - boxes[0]["y"] == pytest.approx(cell, abs=1)
    tab.detail.get_by_label("Drawn on the left").select_option("requested")
    assert over.count() == 0


# What others wrote.


@pytest.fixture
def hostile_run(run):
    """Names and texts that try to get out of their place, or to push the page out of its frame."""
    label = run.environment(
        HOSTILE, HOSTILE, {"x" * 999: HOSTILE}, origin="y" * 999, python="z" * 999, platform="p" * 999, script=HOSTILE
    )
    other = run.environment("o" * 100_000)
    texts = {"error": f"{HOSTILE}\n" * 2000, "log": "l" * 100_000, "source": f"layer({'s' * 5000}{SCRIPT})"}
    for case_id in (HOSTILE, "i" * 100_000, "\n\n\n", "case-1", "row-1"):
        case = run.case(id=case_id)
        run.observed(label, case, outcome="raised", **texts)
        run.observed(label, case, spelling="port", outcome="raised", **texts)
        run.observed(other, case, outcome="inexpressible", reason=HOSTILE * 999, source="")
    run.fault("f" * 100_000, f"{HOSTILE}\n" * 999)
    return run


@pytest.mark.parametrize("link", ["", "#case=case-1"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_hostile_texts_stay_texts_and_inside_the_page(hostile_run, opened, width, link):
    tab = opened(hostile_run, width, link=link)
    tab.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert tab.overflow <= 0
    assert tab.page.locator("script").count() == 1
    assert tab.page.locator("img").count() == 0
    assert tab.page.locator("pre", has_text="<script>window.pwned=1</script>").first.is_visible()
    for frame in tab.page.locator("aside, main").all():
        assert frame.evaluate("(element) => element.scrollWidth - element.clientWidth") <= 0


INJECT = """() => {
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<img src=https://example.org/x.png>");
}"""


def test_the_content_policy_blocks_injected_content(shifted_run, opened):
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
