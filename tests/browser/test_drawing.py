"""The drawing of a notebook, in a page that stands for it: with buttons and keys, and still without scripts."""

import convparity
import pytest

LAYER = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"
ADAPTERS = ["torch", "tensorflow", "flax"]


@pytest.fixture
def notebook(tmp_path):
    """The file of a page with the drawing in it."""
    shown = convparity.draw(LAYER, input=(8, 8), frameworks=ADAPTERS)._repr_mimebundle_()
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><title>Notebook</title><main>{shown['text/html']}</main>")
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_windows_are_stepped_through(chromium, notebook, scheme):
    page = chromium.new_context(viewport={"width": 1000, "height": 700}, color_scheme=scheme).new_page()
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(notebook)
    drawing = page.frame_locator("iframe")
    words = drawing.locator(".words")
    place = drawing.locator(".steps b")
    words.first.wait_for()
    assert words.all_inner_texts() == ["reads rows pad, 1-2 | columns pad, 1-2", "reads rows 1-3 | columns 1-3"]
    drawing.get_by_label("next output").click()
    assert place.inner_text() == "output (1,2)"
    drawing.locator("body").press("n")
    drawing.locator("body").press("]")
    assert place.inner_text() == "output (1,4)"
    drawing.get_by_label("Drawn on the right").select_option("Flax (predicted)")
    assert "all 16 read the same elements" in drawing.locator(".steps").inner_text()
    tall = page.locator("iframe").bounding_box()["height"]
    assert abs(tall - page.frames[1].evaluate("document.getElementById('page').getBoundingClientRect().height")) <= 3
    assert page.frames[1].evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    page.context.close()


def test_without_scripts_the_picture_is_there(chromium, notebook):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(notebook)
    assert page.locator("iframe").count() == 0
    assert page.locator("img").evaluate("image => image.naturalWidth") > 500
    assert "16 of 16 outputs read other elements" in page.locator("img").get_attribute("alt")
    page.context.close()
