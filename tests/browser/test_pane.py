"""The case that is open: what its pane shows first, and what it leaves out."""

import re

import pytest
from convparity.demo import recorded
from convparity.report.formats.html import filled

from .conftest import Opened

LAPTOP = 1400
FOLD = 900
SAME_ON_8 = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
PORT = "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])"
SCRIPT = "import torch\nlayer = @SOURCE@\nx = torch.zeros(@INPUT@)"


def windows(outputs, kernel, stride, before, size):
    """The elements that each output reads along an axis, by counting; -1 is padding."""
    places = [[o * stride - before + tap for tap in range(kernel)] for o in range(outputs)]
    return [[place if 0 <= place < size else -1 for place in row] for row in places]


def test_the_verdict_comes_first_then_the_sentence_the_port_and_the_drawings(shifted_run, opened):
    pane = opened(shifted_run, LAPTOP, link="#case=layer-3-stride").detail
    parts = [
        pane.locator(".badge").first,
        pane.get_by_text("pads the height and width (0,1) instead of (1,1)"),
        pane.get_by_text("Differs at every even height and width"),
        pane.get_by_text(PORT),
        pane.locator("svg.grid").first,
        pane.get_by_text("layers.Conv2D(1, 3, strides=2, padding='same')"),
    ]
    tops = [part.bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)
    assert tops[0] < FOLD / 5


def test_the_verdict_and_the_port_of_every_finding_are_above_the_fold(run, opened):
    """Also where the sentence is long and the layer has a long title."""
    layers = [
        run.case(id=f"case-{n}", input=[8] * rank, in_channels=2, groups=2, out_channels=2, dilation=1)
        for n, rank in enumerate((1, 2, 3))
    ]
    for label, adapter in (("keras-jax", "keras-jax"), ("tensorflow", "tensorflow")):
        run.environment(label, adapter)
        for case in layers:
            maps = [SAME_ON_8] * len(case.input)
            run.reads(label, case, *maps, note="because " + "of a long reason " * 12, source="layers.Conv(1)")
            run.agrees(label, case, spelling="port", source=f"a_port_of({', '.join(['something'] * 20)})")
    run.environment("torch")
    for case in layers:
        run.observed("torch", case, outcome="raised", error=f"ValueError: {'no ' * 60}")
        run.agrees("torch", case, spelling="port", source="another_port()")
    tab = opened(run, LAPTOP)
    findings = tab.page.locator(".findings li")
    assert findings.count() >= 4
    for finding in findings.all():
        finding.locator(".cause").click()
        for part in (tab.detail.locator(".badge"), tab.detail.locator(".spelled pre")):
            box = part.first.bounding_box()
            assert box["y"] > 0
            assert box["y"] + box["height"] < FOLD
        tab.press("Escape")


def test_the_verdict_and_the_port_of_every_finding_of_the_demo_are_above_the_fold(chromium, tmp_path):
    """On a laptop's screen, for the 2,000 layers and environments that a new user sees first."""
    path = tmp_path / "demo.html"
    path.write_text(filled(recorded.page()))
    tab = Opened(chromium, path, LAPTOP, "light", "")
    while tab.page.locator(".findings .more").count():
        tab.page.locator(".findings .more").first.click()
    findings = tab.page.locator(".findings .line")
    below, ports = [], 0
    for finding in findings.all():
        finding.locator(".cause").click()
        parts = [
            tab.detail.locator(".group .badge").first,
            *tab.detail.locator(".group").first.locator(".spelled pre").all(),
        ]
        ports += len(parts) > 1
        boxes = [part.bounding_box() for part in parts[:2]]
        if not all(box["y"] > 0 and box["y"] + box["height"] < FOLD for box in boxes):
            below.append((finding.inner_text(), boxes))
    assert below == []
    assert ports > 20
    assert ports >= findings.locator(".port strong.good").count()
    assert tab.complaints == []
    tab.context.close()


def test_the_lines_that_carry_weights_are_folded_below_the_port(shifted_run, opened):
    tab = opened(shifted_run, LAPTOP, link="#case=layer-3-stride")
    folded = tab.detail.locator("details.weights")
    assert folded.locator("summary").inner_text() == "weights for the port, from PyTorch, MXNet, ONNX Runtime, Flax"
    port = tab.detail.get_by_text(PORT).bounding_box()
    assert (
        port["y"] + port["height"]
        <= folded.bounding_box()["y"]
        < tab.detail.locator("svg.grid").first.bounding_box()["y"]
    )
    lines = folded.locator("pre")
    assert not lines.first.is_visible()
    folded.locator("summary").click()
    assert "kernel.transpose(2, 3, 1, 0)  # OIHW (1, 1, 3, 3) to HWIO (3, 3, 1, 1)" in lines.first.inner_text()
    assert lines.count() == 2  # Flax has Keras' own order


def test_no_word_of_a_port_is_broken_on_a_phone_because_of_its_button(shifted_run, opened):
    code = opened(shifted_run, 400, link="#case=layer-3-stride").detail.locator(".spelled .code").first
    text, button = (code.locator(path).bounding_box() for path in ("pre", ".copy"))
    assert text["y"] + text["height"] <= button["y"] + 1
    assert text["width"] > 300


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "rank"),
    [(8, 3, 2, 2), (24, 3, 2, 2), (512, 7, 2, 2), (224, 31, 2, 2), (160, 9, 2, 1), (400, 99, 2, 1), (16, 3, 2, 3)],
)
@pytest.mark.parametrize("width", [LAPTOP, 1000])
def test_the_drawings_are_side_by_side_whatever_their_size(run, opened, width, size, kernel, stride, rank):
    case = run.case(id="case", input=[size] * rank, kernel=kernel, stride=stride, padding=kernel // 2)
    outputs = (size - 1) // stride + 1
    run.reads(run.environment("torch"), case, *[windows(outputs, kernel, stride, kernel // 2 - 1, size)] * rank)
    tab = opened(run, width, link="#case=case")
    pane = tab.detail.bounding_box()
    left, right = (tab.detail.locator(f"figure.{side} svg.grid").first.bounding_box() for side in ("left", "right"))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert right["x"] + right["width"] <= pane["x"] + pane["width"]
    assert left["width"] == pytest.approx(right["width"], abs=1)
    assert tab.overflow <= 0


def test_a_window_is_drawn_whole_however_large_it_is(run, opened):
    """A kernel of 31 at stride 2 and padding 15 on 224: output 21 reads rows 2 * 20 - 15 + 1 = 26 to 56."""
    case = run.case(id="case", input=[224, 224], kernel=31, stride=2, padding=15)
    run.agrees(run.environment("torch"), case)
    tab = opened(run, LAPTOP, link="#case=case&output=21,21")
    assert tab.words[0] == "reads rows 26-56 | columns 26-56"
    grid = tab.detail.locator("svg.grid").first
    window, drawing = (grid.locator(path).bounding_box() for path in (".window", ".input"))
    assert window["width"] < drawing["width"]
    assert window["height"] == pytest.approx(window["width"], abs=1)


@pytest.mark.parametrize("outcome", ["raised", "inexpressible"])
def test_nothing_is_drawn_where_nothing_was_read(run, opened, outcome):
    case = run.case(id="case")
    run.observed(run.environment("torch"), case, outcome=outcome, error="ValueError: no", reason="there is no word")
    run.agrees(run.environment("flax", "flax"), case)
    tab = opened(run, link="#case=case")
    assert tab.detail.locator(".group").first.locator(".who").inner_text() == "torch"
    assert tab.detail.locator("svg.grid").count() == 0
    tab.detail.get_by_role("button", name="flax").click()
    assert tab.hash == "#case=case&env=flax"
    assert tab.detail.locator(".group").first.locator(".who").inner_text() == "flax"
    assert tab.detail.locator("svg.grid").count() == 2


@pytest.mark.parametrize("link", ["", "#case=case"])
@pytest.mark.parametrize("width", [400, 1000, LAPTOP])
def test_no_verdict_is_cut_off_in_the_matrix(run, opened, width, link):
    case = run.case(id="case")
    labels = ("flax", "keras-jax", "keras-torch", "mxnet", "onnxruntime", "tensorflow", "torch")
    for number, label in enumerate(labels):
        run.environment(label, label)
        how = (
            {"outcome": "inexpressible", "reason": "no word"}
            if number % 2
            else {"outcome": "out of memory", "error": ""}
        )
        run.observed(label, case, **how)
    tab = opened(run, width, link=link)
    words = tab.page.locator(".matrix td .verdict")
    assert set(words.all_inner_texts()) >= {"inexpressible"}
    cut = words.evaluate_all("(words) => words.filter((word) => word.scrollWidth > word.clientWidth).length")
    assert cut == 0


def test_an_expected_verdict_is_not_struck_through(shifted_run, opened):
    from ..report.policies import waiving

    class Waived:
        def report(self):
            return waiving(shifted_run.report(), {("layer-3-stride", "keras"): "as documented"})

    tab = opened(Waived())
    lines = tab.page.locator("td.waived, td.waived *").evaluate_all(
        "(cells) => cells.map((cell) => getComputedStyle(cell).textDecorationLine)"
    )
    assert set(lines) == {"none"}
    assert "expected" in tab.page.locator("td.waived").inner_text()


def test_a_finding_is_copied_as_an_issue(run, opened):
    case = run.case(id="layer-3-stride")
    label = run.environment("torch", packages={"torch": "2.13.0", "numpy": "2.4.6"}, script=SCRIPT)
    run.reads(label, case, SAME_ON_8, SAME_ON_8, source="nn.Conv2d(1, 1, 3)", note="the layer @someone wrote")
    run.agrees(label, case, spelling="port", source="nn.Sequential(a, b)")
    tab = opened(run, link="#case=layer-3-stride")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.detail.get_by_role("button", name="Copy the finding as an issue").click()
    tab.detail.get_by_role("status").get_by_text("Copied").wait_for()
    issue = tab.page.evaluate("navigator.clipboard.readText()")
    for words in (
        "### Silent shift in torch: 3x3, stride 2, padding 1 on 8x8\n",
        "pads the height and width (0,1) instead of (1,1)",
        "- Layer: `layer-3-stride`",
        "- Requested shape: (4,4)\n- Shape in torch: (4,4)",
        "```python\nnn.Conv2d(1, 1, 3)\n```",
        "**The port, which agrees with the request**\n\n```python\nnn.Sequential(a, b)\n```",
        "- torch 2.13.0\n- numpy 2.4.6\n- python 3.11.7",
        "```python\nimport torch\nlayer = nn.Conv2d(1, 1, 3)\nx = torch.zeros((1, 1, 8, 8))\n```",
        "`report0.html#case=layer-3-stride`",
    ):
        assert words in issue
    assert "@someone" not in re.sub(r"```.*?```", "", issue, flags=re.DOTALL)  # it would notify a stranger
    assert str(tab.path.parent) not in issue  # nobody else has that folder
