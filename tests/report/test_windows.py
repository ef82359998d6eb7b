"""The geometry of the drawings, and windows told in words."""

import re

import numpy as np
import pytest
from convparity.cases.arithmetic import Axis
from convparity.report.formula import reads
from convparity.report.windows import (
    AxisWindows,
    asked_windows,
    draw,
    drawable,
    in_words,
    layout,
    measured_windows,
    sole_row,
    unread,
)

STEM = Axis(n=512, kernel=7, before=3, after=3, stride=2, dilation=1)
STEM_SAME = Axis(n=512, kernel=7, before=2, after=3, stride=2, dilation=1)
SMALL = Axis(n=8, kernel=3, before=1, after=1, stride=2, dilation=1)


@pytest.mark.parametrize(
    ("indices", "words"),
    [
        ([-1, -1, -1, 0, 1, 2, 3], "3 pad, 1-4"),
        ([3, 4, 5, 6, 7], "4-8"),
        ([6, 7, -1], "7-8, pad"),
        ([0, 2, 4], "1, 3, 5"),
        ([3, 2, 1, -1], "4-2, pad"),
        ([5], "6"),
        ([-1, -1], "2 pad"),
        ([0, 1, 0], "1-2, 1"),
        ([-1, 0, -1], "pad, 1, pad"),
        ([], ""),
    ],
)
def test_reads(indices, words):
    assert reads(indices) == words


@pytest.mark.parametrize(
    ("indices", "n", "words"),
    [
        ([[0, 1], [2, 3]], 4, ""),
        ([[0, 1, 2, 3, 4]], 8, "6-8"),
        ([[0, 1], [3, 4], [6, 7]], 8, "3, 6"),
        ([[0], [2], [4], [6], [8]], 12, "2, 4, 6, 8 and more"),
    ],
)
def test_unread(indices, n, words):
    assert unread(np.array(indices), n) == words


def test_in_words():
    assert (
        in_words("columns", Axis(8, 5, 0, 0, 4, 1).sampling(), 8)
        == "Columns: the only window reads 1-5; 6-8 never read."
    )
    assert in_words("rows", SMALL.sampling(), 8) == (
        "Rows: of 4 windows the first reads pad, 1-2, the last 6-8; every element is read."
    )


@pytest.mark.parametrize("axis", [SMALL, STEM, STEM_SAME, Axis(9, 3, 0, 1, 1, 2), Axis(8, 3, -1, 2, 2, 1)])
def test_a_measured_map_gives_the_windows_that_made_it(axis):
    measured = measured_windows(axis.sampling(), axis)
    assert measured.windows == asked_windows(axis).windows


def test_measured_padding_is_what_a_window_reaches():
    assert asked_windows(STEM).pads == (3, 3)
    assert measured_windows(STEM.sampling(), STEM).pads == (3, 2)


def test_a_flipped_kernel_has_its_taps_in_reverse():
    assert measured_windows(SMALL.sampling()[:, ::-1], SMALL).windows[1] == (3, 2, 1)


def test_a_map_that_no_rule_rebuilds_keeps_what_it_reads():
    windows = measured_windows(np.array([[-1, 0], [5, 2], [3, 3]]), SMALL)
    assert windows == AxisWindows(8, None, ((0,), (5, 2), (3, 3)))


def test_a_long_axis_keeps_its_first_and_last_windows():
    windows = asked_windows(STEM).windows
    assert len(windows) == 80
    assert windows[0][0] == -3
    assert windows[-1][-1] == 513


def test_a_short_axis_is_drawn_whole():
    along = layout([asked_windows(SMALL)])
    assert not along.elided
    assert (along.low, along.high, along.length) == (-1, 9, 10)


def test_a_long_axis_is_drawn_around_a_gap():
    along = layout([asked_windows(STEM), asked_windows(STEM_SAME)])
    assert along.elided
    assert along.length < 30
    assert along.at(-3) == 0
    assert along.at(1) - along.at(0) == along.at(511) - along.at(510) == 1
    assert along.head < along.head + 1 < along.tail
    assert along.at(along.head) < along.at(along.head + 100) < along.at(along.tail)
    assert along.drawn(0, 512) == [(0, along.head), (along.tail, 512)]
    assert not along.hides(0)
    assert along.hides(250)


def outlines(drawing, css):
    """Left, top, right, bottom of each box of a class."""
    found = [path.d for path in drawing.paths if path.css == css]
    return [tuple(map(float, re.findall(r"[\d.]+", box)[:4])) for d in found for box in d.split("z") if box]


def square(axis):
    return asked_windows(axis), asked_windows(axis)


def test_drawings_of_one_layout_have_the_same_element_in_the_same_place():
    asked, got = square(STEM), square(STEM_SAME)
    layouts = (layout([asked[0], got[0]]), layout([asked[1], got[1]]))
    one, other = draw(asked, layouts, "asked", ""), draw(got, layouts, "got", "", asked)
    assert (one.width, one.height) == (other.width, other.height)
    cell = outlines(one, "first")[0][2] - outlines(one, "first")[0][0]
    step = outlines(other, "first")[0][0] - outlines(one, "first")[0][0]
    assert step == pytest.approx(cell / 7)  # one element
    assert outlines(other, "other") == outlines(one, "first") + outlines(one, "last")


def centres(drawing):
    return sum(path.d.count("M") for path in drawing.paths if path.css == "centres")


def test_every_window_has_its_centre():
    windows = square(SMALL)
    drawing = draw(windows, (layout(windows[:1]), layout(windows[1:])), "", "")
    assert centres(drawing) == 16


def test_what_is_never_read_is_crossed():
    windows = square(Axis(n=8, kernel=2, before=0, after=0, stride=3, dilation=1))
    drawing = draw(windows, (layout(windows[:1]), layout(windows[1:])), "", "")
    crosses = next(path.d for path in drawing.paths if path.css == "unread")
    assert crosses.count("M") == 64 - 6 * 6  # rows and columns 3 and 6


def test_a_drawing_stays_inside_its_frame():
    windows = square(STEM)
    drawing = draw(windows, (layout(windows[:1]), layout(windows[1:])), "", "")
    for left, top, right, bottom in outlines(drawing, "first") + outlines(drawing, "last") + outlines(drawing, "pad"):
        assert 0 <= left < right <= drawing.width
        assert 0 <= top < bottom <= drawing.height


def test_a_window_of_unknown_place_is_left_out():
    nowhere = AxisWindows(8, None, ((), ()))
    drawing = draw((nowhere, nowhere), (layout([nowhere]), layout([nowhere])), "", "")
    assert {path.css for path in drawing.paths} == {"pad", "input", "grid", "unread"}


def test_one_axis_is_drawn_as_a_strip_without_row_numbers():
    columns = asked_windows(SMALL)
    drawing = draw((sole_row(), columns), (layout([sole_row()]), layout([columns])), "", "")
    assert {label.css for label in drawing.labels} == {"column"}
    assert centres(drawing) == 4


def test_drawable():
    assert drawable([SMALL, STEM])
    assert not drawable([SMALL, Axis(2**31, 3, 0, 0, 1, 1)])
    assert not drawable([Axis(2000, 1000, 0, 0, 1, 1)])
