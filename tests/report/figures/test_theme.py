"""Every text of a figure has the contrast that WCAG 2 demands of small text, 4.5, on whatever it is drawn."""

import pytest
from convparity.report.figures.matrix import MARKS
from convparity.report.figures.theme import DARK, LIGHT, TINT
from convparity.report.figures.utilisation import BRIGHT


def channels(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(rgb):
    """The relative luminance of WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def over(colour, ground, share):
    return [share * c + (1 - share) * g for c, g in zip(channels(colour), channels(ground), strict=True)]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_can_be_read(theme):
    for ground in (theme.paper, theme.cell, theme.pad):
        assert contrast(channels(theme.ink), channels(ground)) >= 4.5
    assert contrast(channels(theme.muted), channels(theme.paper)) >= 4.5
    for number in {number for _, number in MARKS.values() if number is not None}:
        assert contrast(channels(theme.ink), over(theme.series[number], theme.paper, TINT)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_of_series_can_be_seen(theme):
    """WCAG demands 3 of graphics."""
    for colour in theme.series[:6]:
        assert contrast(channels(colour), channels(theme.paper)) >= 3


def test_the_numbers_on_the_colours_of_counts_can_be_read():
    from matplotlib import colormaps

    for share in range(101):  # per cent of the largest count
        ink = "#000000" if share > 100 * BRIGHT else "#ffffff"
        assert contrast(channels(ink), colormaps[LIGHT.scale](share / 100)[:3]) >= 4.5
