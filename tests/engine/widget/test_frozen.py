"""What a saved notebook keeps of the widget."""

import convparity
from convparity.cases.catalog.validate import make_case
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


def saved(widget):
    """The figure that a notebook keeps of a widget, without the widget's own name."""
    shown = widget._frozen()
    return {kind: text.replace(widget.still, "") for kind, text in shown.items()}


def test_what_python_sets_is_what_is_saved():
    """By hand: a pool of 2 on 8 has 4 outputs, on 9 as well; and 5 - 2 + 1 = 4."""
    widget, seen = convparity.explore(LAYER, input=(8, 8)), []
    widget.observe(lambda change: seen.append((change["name"], change["new"])), ["layer", "input", "case"])
    first = saved(widget)
    widget.layer = "nn.MaxPool2d(2)"
    pool = saved(widget)
    assert pool["text/plain"] == "nn.MaxPool2d(2) on 8x8"
    assert "output (4,4)" in pool["text/html"]
    assert pool["image/svg+xml"] != first["image/svg+xml"]
    assert pool == saved(convparity.explore("nn.MaxPool2d(2)", input=(8, 8)))
    widget.input = (9, 9)
    assert saved(widget)["text/plain"] == "nn.MaxPool2d(2) on 9x9"
    widget.case = make_case(input=[5], kernel=2)
    assert "floor((5-2+0+1)/1) = 4" in saved(widget)["text/html"]
    assert [name for name, _ in seen].count("case") == 3
    assert dict(seen) == {"layer": "nn.Conv1d(1, 1, 2, bias=False)", "input": (5,), "case": widget.case}


def test_the_picture_is_drawn_again_only_where_it_changes():
    widget = convparity.explore(LAYER, input=(8, 8))
    saved(widget)
    drawn = widget._picture[1]
    widget.layer = LAYER.replace("2d(", "2d(in_channels=").replace("=1, 1, 3", "=1, out_channels=1, kernel_size=3")
    assert "in_channels=1" in saved(widget)["text/plain"]
    assert widget._picture[1] is drawn
    widget.change(stride="1")
    saved(widget)
    assert widget._picture[1] is not drawn


def test_text_of_the_user_is_escaped():
    """A name of a layer is the user's own text."""
    widget = convparity.explore("layers.Conv2D(1, 3, name='<script>')", input=(8, 8))
    assert "<script" not in still(widget, drawn=False)["text/html"]
