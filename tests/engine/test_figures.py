"""The figures from Python: what is drawn, and the words that go with it."""

import io
import re
import xml.etree.ElementTree as ET

import convparity
import pytest
from convparity.cases.errors import InputError
from convparity.report.preflight.stack import stack

SVG = "{http://www.w3.org/2000/svg}"
STRIDE = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"


def texts(figure):
    return ["".join(text.itertext()).strip() for text in ET.fromstring(figure.svg()).iter(f"{SVG}text")]


def test_texts_stay_texts_and_the_alternative_is_in_the_file():
    figure = convparity.figures.utilisation("nn.Conv2d(1, 1, 2)", input=(3, 3))
    root = ET.fromstring(figure.svg())
    assert sorted(text for text in texts(figure) if text.isdigit()) == ["1"] * 4 + ["2"] * 4 + ["4"]
    assert root.attrib["role"] == "img"
    named = {child.attrib["id"]: child.text for child in root if "id" in child.attrib and child.text}
    title, told = (named[id] for id in root.attrib["aria-labelledby"].split())
    assert (title, told) == (figure.title, figure.alt)
    assert "from 1 to 4 times: 1 in the first corner, 4 in the middle" in told


def test_cells_that_look_alike_are_one_shape_of_an_svg():
    """By hand: 64 cells inside, 10 * 10 - 64 around them, 9 in the window, and 8 by 8 outputs."""
    root = ET.fromstring(convparity.figures.windows("nn.Conv2d(1, 1, 3, padding=1)", (8, 8)).svg())
    shapes = [path.attrib["d"] for path in root.iter(f"{SVG}path")]
    assert sorted(shape.count("M") for shape in shapes if shape.count("M") > 1) == [9, 36, 64, 64]
    cells = next(shape for shape in shapes if shape.count("M") == 9)
    found = [tuple(map(float, one)) for one in re.findall(r"M(\S+) (\S+)H(\S+)V(\S+)H\S+z", cells)]
    sides = [side for x, y, right, bottom in found for side in (abs(right - x), abs(bottom - y))]
    assert len(sides) == 18
    assert max(sides) - min(sides) < 0.03  # points, as they have two decimals


def test_the_png_of_a_notebook_looks_like_the_file():
    import numpy as np
    from PIL import Image

    figure = convparity.figures.utilisation("nn.Conv2d(1, 1, 3)", input=(8, 8))
    whole, small = figure.content("png"), figure._repr_mimebundle_()[0]["image/png"]
    one, other = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int) for png in (whole, small))
    assert np.abs(one - other).max() <= 64  # of 255, at the edges of letters
    assert np.abs(one - other).mean() < 1
    assert len(small) < len(whole) / 2


def test_the_same_figure_is_the_same_file():
    one, other = (convparity.figures.windows(STRIDE, (8, 8), "tensorflow") for _ in range(2))
    assert one.content("svg") == other.content("svg")
    assert one.content("pdf") == other.content("pdf")


def test_fonts_are_embedded_in_a_pdf_as_truetype():
    content = convparity.figures.windows(STRIDE, (8, 8)).content("pdf")
    assert b"/FontFile2" in content
    assert b"/Type3" not in content


def test_windows_of_two_frameworks_are_told():
    """By hand: PyTorch pads 1 before 8 elements, Keras none."""
    figure = convparity.figures.windows(STRIDE, (8, 8), ["torch", "tensorflow"])
    assert "PyTorch (predicted), output (1,1), reads rows pad, 1-2 and columns pad, 1-2." in figure.alt
    assert "Keras (tensorflow, predicted), output (1,1), reads rows 1-3 and columns 1-3." in figure.alt
    assert "16 of 16 outputs read other elements in the two." in figure.alt
    assert "output (4,4)" in texts(figure)


def test_a_row_of_a_report_is_compared_with_the_request(shifted_run):
    figure = convparity.figures.windows(shifted_run.report().verdict("layer-3-stride", "keras"))
    assert "requested, output (1,1), reads rows pad, 1-2" in figure.alt
    assert "keras 1.2.3 (measured), output (1,1), reads rows 1-3" in figure.alt


@pytest.mark.parametrize(("line", "input"), [("nn.Conv1d(1, 1, 3)", (9,)), ("nn.Conv3d(1, 1, 3)", (5, 6, 7))])
def test_windows_along_one_and_three_axes(line, input):
    figure = convparity.figures.windows(line, input, outputs=[(2,) * len(input)])
    assert f"output ({','.join('2' * len(input))}), reads" in figure.alt
    assert "columns 2-4" in figure.alt


def test_a_large_input_is_drawn_in_part():
    figure = convparity.figures.windows("nn.Conv2d(3, 64, 7, stride=2, padding=3)", (3, 224, 224), outputs=[(112, 112)])
    numbers = [int(text) for text in texts(figure) if text.isdigit()]
    assert min(numbers) > 190
    assert max(numbers) <= 224


def test_the_receptive_field_of_a_stack_and_of_its_lines_in_keras():
    """By hand: 7 by 2, then 7 + 2 * 2 = 11 by 4; Keras lies 1 + 2 elements later."""
    lines = ["nn.Conv2d(3, 64, 7, stride=2, padding=3)", "nn.MaxPool2d(3, stride=2, padding=1)"]
    alt = convparity.figures.receptive(stack(lines, (3, 224, 224)), framework="keras").alt
    assert re.search(r"as given, height and width: 7 by 2 at \d+ after the first layer, 11 by 4 at \d+ after", alt)
    assert "the two centres along the height and width are 3 elements apart" in alt


def test_the_drift_of_a_stack():
    lines = [STRIDE] * 3
    alt = convparity.figures.drift(lines, (1, 64, 64), ["tensorflow", "torch"]).alt
    assert "it begins at layer 1 and is +7 at the last" in alt  # 1 + 2 + 4
    assert "PyTorch (predicted), height and width: no drift." in alt


def test_the_matrix_of_a_report(shifted_run):
    figure = convparity.figures.matrix(shifted_run.report(), dark=True)
    assert "1 layer by 2 environments: " in figure.alt
    assert "keras 1.2.3: silent shift 1." in figure.alt
    assert "torch 1.2.3: all agree." in figure.alt
    assert {"→", "✓"} <= set(texts(figure))


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (lambda figures: figures.windows(STRIDE), "input is missing"),
        (lambda figures: figures.windows(STRIDE, (8, 8), outputs=[(5, 1)]), r"output \(5,1\) is not there"),
        (lambda figures: figures.windows(STRIDE, (8, 8), "torch,flax,mxnet"), "1 layer and 3 frameworks"),
        (lambda figures: figures.windows([STRIDE] * 3, (8, 8)), "3 layers and 0 frameworks"),
        (lambda figures: figures.utilisation(STRIDE, input=(8, 8), frameworks="caffe"), "'caffe' is not an adapter"),
        (lambda figures: figures.utilisation(*[STRIDE] * 13, input=(8, 8)), "13 layers; expected 1 to 12"),
        (lambda figures: figures.drift([STRIDE], (8, 8)), "needs the frameworks"),
        (
            lambda figures: figures.utilisation(STRIDE, input=(8, 8)).save("figure.gif"),
            "a figure is a file that ends in",
        ),
    ],
)
def test_what_cannot_be_drawn_is_an_error(draw, why):
    with pytest.raises(InputError, match=why):
        draw(convparity.figures)
