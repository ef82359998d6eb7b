"""The widget in a real JupyterLab and Notebook: the page and Python follow a control, and a saved notebook keeps it."""

import json
import statistics
from pathlib import Path

import nbconvert
import nbformat
import pytest

ROOT = Path(__file__).parents[3]
SETUP = f"""import convparity
w = convparity.explore(input=(8, 8), environments={f"onnxruntime={ROOT}/.tox/onnxruntime"!r})
w"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@pytest.fixture(params=["JupyterLab light", "JupyterLab dark", "Notebook light"])
def place(request):
    return request.param


@pytest.fixture
def scheme(place):
    return place.split()[1]


@pytest.fixture
def widget(lab, opened, place, scheme):
    """A notebook with the widget in it, which has been run."""
    lab.set("themes", theme=THEMES[scheme])
    lab.write(f"{place}.ipynb", SETUP)
    tab = opened(place.split()[0], f"{place}.ipynb")
    tab.run()
    tab.page.locator("main.explorer").wait_for(timeout=120_000)
    return tab


def follows(page):
    """Wait until the kernel has answered the last change, and return in how many milliseconds it did."""
    said = page.locator("main.explorer .status p")
    said.filter(has_text=" ms.").wait_for(timeout=30_000)
    return int(said.inner_text().split()[2])


def test_a_control_is_moved_and_all_else_follows(widget, lab, place):
    page = widget.page
    explorer = page.locator("main.explorer")
    keras = explorer.get_by_role("region", name="Keras", exact=True)
    line = explorer.get_by_label("layer", exact=True)
    words = explorer.locator(".words")
    assert words.all_inner_texts() == ["reads rows pad, 1-2 | columns pad, 1-2", "reads rows 1-3 | columns 1-3"]
    assert "silent shift" in keras.locator(".badge").first.inner_text().lower()
    assert "floor((8-3+2+2)/2) = 4" in explorer.inner_text()

    explorer.get_by_label("kernel slider").press("ArrowRight")  # 4 pads 1 on both sides in Keras too
    explorer.locator(".formula").filter(has_text="floor((8-4+2+2)/2) = 4").wait_for(timeout=30_000)
    assert line.input_value() == "nn.Conv2d(1, 1, 4, stride=2, padding=1)"
    assert "agrees" in keras.locator(".badge").first.inner_text()
    assert words.first.inner_text() == "reads rows pad, 1-3 | columns pad, 1-3"

    took = []
    for key in ["ArrowRight", "ArrowLeft"] * 25:
        before = line.input_value()
        explorer.get_by_label("kernel slider").press(key)
        page.wait_for_function(
            "before => document.querySelector('[data-lm-suppress-shortcuts]').shadowRoot"
            ".querySelector('input[aria-label=layer]').value !== before",
            arg=before,
        )
        took.append(follows(page))
    print(f"{place}: a change was answered in {statistics.median(took)} ms, from {min(took)} to {max(took)} ms")

    kernel = explorer.get_by_label("kernel", exact=True)
    kernel.click()
    kernel.press_sequentially("dd")  # which deletes a cell in JupyterLab where it takes it for a command
    problem = explorer.get_by_role("alert")
    problem.filter(has_text="kernel: '4dd' is not a list of numbers; write 3, 3x5 or 3,5").wait_for()
    kernel.fill("5")
    problem.wait_for(state="detached")
    explorer.locator(".measured").filter(has_text="measured: agrees").wait_for(timeout=120_000)
    page.screenshot(path=lab.folder / f"{place}.png")

    assert widget.cell("print(w.case.kernel, w.layer)") == "(5, 5) nn.Conv2d(1, 1, 5, stride=2, padding=1)"
    new = "layers.Conv2D(1, 3, strides=2, padding='same')"
    told = widget.cell(f'w.observe(lambda change: print(change["name"], change["new"]), "layer"); w.layer = "{new}"')
    assert told == f"layer {new}"
    explorer.locator(".formula").filter(has_text="floor((8-3+1+2)/2) = 4").wait_for()  # which pads 1 at the end
    assert line.input_value() == new
    assert explorer.get_by_label("kind of padding").input_value() == "same"


def test_a_saved_notebook_keeps_a_static_figure(widget, lab, chromium, place, scheme):
    page = widget.page
    still = page.locator("[data-convparity]")
    still.wait_for(state="attached")
    assert not still.is_visible()
    page.locator("main.explorer").get_by_label("kernel slider").press("ArrowRight")
    page.wait_for_function("document.querySelector('[data-convparity]').textContent.includes('floor((8-4+2+2)/2) = 4')")
    widget.cell('w.layer = "nn.Conv2d(1, 1, 5, stride=3, padding=1)"; print("set")')
    page.wait_for_function("document.querySelector('[data-convparity]').textContent.includes('floor((8-5+2+3)/3) = 2')")
    widget.save()
    file = lab.folder / f"{place}.ipynb"
    outputs = [output.get("data", {}) for output in nbformat.read(file, 4).cells[0].outputs]
    assert any("floor((8-5+2+3)/3) = 2" in json.dumps(data.get("text/html", "")) for data in outputs)

    html, _ = nbconvert.HTMLExporter(theme=scheme).from_filename(str(file))
    page_file = lab.folder / f"{place}.html"
    page_file.write_text(html)
    context = chromium.new_context(viewport={"width": 1000, "height": 1000}, java_script_enabled=False)
    shown = context.new_page()
    shown.goto(page_file.as_uri())
    figure = shown.locator("[data-convparity]")
    assert figure.is_visible()
    assert "floor((8-5+2+3)/3) = 2" in figure.inner_text()
    assert figure.locator("img").evaluate("image => image.naturalWidth") > 500
    shown.screenshot(path=lab.folder / f"{place}-frozen.png")
    context.close()
