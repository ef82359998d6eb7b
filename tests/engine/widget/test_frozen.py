"""What a saved notebook keeps of the widget."""

import convparity
from convparity.widget.frozen import frozen, picture

LAYER = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"


def still(widget, measured=(), drawn=True):
    rows = widget.answer["frameworks"]
    figure = picture(widget.case, rows, "", []) if drawn else None
    return frozen("abc", widget.layer, widget.answer, measured, figure)


def test_the_picture_the_formula_and_a_row_for_each_framework_are_kept():
    """By hand: PyTorch pads both sides by 1, Keras the end, so all 16 outputs are made from other elements."""
    shown = still(convparity.explore(LAYER, input=(8, 8)))
    html = shown["text/html"]
    assert html.startswith('<div data-convparity="abc">')
    assert "16 of 16 outputs read other elements" in html
    assert "floor((8-3+2+2)/2) = 4" in html
    assert html.count("(predicted)</td>") == 7
    assert "silent shift (predicted)" in html
    assert "layers.ZeroPadding2D" in html
    assert "<script" not in html
    assert shown["image/svg+xml"].startswith("<?xml")


def test_what_was_measured_takes_the_place_of_the_prediction():
    row = {"label": "old", "adapter": "torch", "version": "2.0", "verdict": "values", "shape": [4, 4]}
    waiting = {"label": "new", "adapter": "flax", "version": "", "verdict": "", "shape": None}
    html = still(convparity.explore(LAYER, input=(8, 8)), [row, waiting])["text/html"]
    assert "values (measured, old 2.0)" in html
    assert html.count("(predicted)</td>") == 6


def test_a_layer_that_is_not_drawn_keeps_the_rest():
    shown = still(convparity.explore("nn.Conv2d(1, 1, 20)", input=(8, 8)))
    assert "image/svg+xml" not in shown
    assert "no window fits" in shown["text/html"]


def test_text_of_the_user_is_escaped():
    """A name of a layer is the user's own text."""
    widget = convparity.explore("layers.Conv2D(1, 3, name='<script>')", input=(8, 8))
    assert "<script" not in still(widget, drawn=False)["text/html"]
