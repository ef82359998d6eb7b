"""The figures of ``convparity figure`` in Chromium: their texts can be selected, and read on what is behind them."""

import io
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.image import imread

LAYER, SIZE = "nn.Conv2d(3, 8, 3, stride=2, padding=1)", ("--input", "3x8x8")
KINDS = {
    "utilisation": (LAYER, *SIZE, "--to", "tensorflow"),
    "windows": (LAYER, *SIZE, "--to", "tensorflow"),
    "receptive": (LAYER, "nn.MaxPool2d(3, 2, 1)", "--input", "3x64x64", "--to", "tensorflow"),
    "drift": (LAYER, "nn.MaxPool2d(3, 2, 1)", "--input", "3x64x64", "--to", "tensorflow"),
    "matrix": ("textbook", "--predict"),
}
ENOUGH = 4.5  # WCAG 2.2, success criterion 1.4.3
# Each text with its colour, and the box around it.
TEXTS = """() => [...document.querySelectorAll("svg text")].filter((text) => text.textContent.trim()).map((text) => {
  const { x, y, width, height } = text.getBoundingClientRect();
  const colour = getComputedStyle(text).fill.match(/[\\d.]+/g).slice(0, 3).map(Number);
  return [text.textContent.trim(), colour, x, y, width, height];
})"""


@pytest.fixture(scope="module", params=[(kind, dark) for kind in KINDS for dark in (False, True)], ids=str)
def opened(request, chromium, tmp_path_factory):
    """A figure in a page that is as bright as the figure, light or dark."""
    kind, dark = request.param
    file = tmp_path_factory.mktemp("figures") / "figure.svg"
    command = [
        sys.executable,
        "-m",
        "convparity",
        "figure",
        kind,
        *KINDS[kind],
        "-o",
        file,
        *(["--dark"] if dark else []),
    ]
    subprocess.run(command, check=True, capture_output=True)
    page = chromium.new_page(viewport={"width": 1400, "height": 2000})
    svg = file.read_text("utf-8").partition("<svg")[2]
    page.set_content(
        f'<!doctype html><html lang="en"><title>{kind}</title><main><h1>{kind}</h1><svg{svg}</main></html>'
    )
    yield page
    page.close()


def luminance(colour):
    """The relative luminance of a colour, 0 to 1 for each part, as WCAG 2.2 defines it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_every_text_can_be_read_on_what_is_behind_it(opened):
    texts = opened.evaluate(TEXTS)
    assert texts
    opened.add_style_tag(content="svg text { visibility: hidden }")
    pixels = imread(io.BytesIO(opened.screenshot()))[..., :3]
    opened.add_style_tag(content="svg text { visibility: visible !important }")
    for text, colour, x, y, width, height in texts:
        behind = pixels[int(y + height / 2), int(x + width / 2)]
        low, high = sorted((luminance([part / 255 for part in colour]), luminance(behind)))
        assert (high + 0.05) / (low + 0.05) >= ENOUGH, (text, colour, behind)


def test_axe_finds_nothing_and_texts_can_be_selected(opened):
    assert Axe().run(opened).response["violations"] == []
    opened.keyboard.press("Control+A")
    selected = " ".join(opened.evaluate("getSelection().toString()").split())
    texts = [" ".join(text.split()) for text, *_ in opened.evaluate(TEXTS)]
    assert [text for text in texts if text not in selected] == []
