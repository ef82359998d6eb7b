"""Badges and the names of files: readable, distinct, and safe in an address."""

import xml.etree.ElementTree as ElementTree

import pytest
from convparity.report.matrix.badge import BAD, Badge
from convparity.report.matrix.index import Matrix
from convparity.report.matrix.naming import of_columns, slug, unique
from convparity.report.matrix.pages import Pages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("keras-jax 3.10.0", "keras-jax-3.10.0"),
        ("torch 2.13.0+cpu", "torch-2.13.0-cpu"),
        ("../../<b>", "b"),
        ("a" * 100, "a" * 60),
        ("..", ""),
    ],
)
def test_a_name_has_no_character_that_an_address_or_a_folder_gives_a_meaning(text, expected):
    assert slug(text) == expected


def test_names_are_distinct_where_the_texts_are():
    assert of_columns([("torch", "2.1 (a)"), ("torch", "2.1 (b)")]) == ["torch-2.1-a", "torch-2.1-b"]
    first, second, last = of_columns([("torch", "2.1 a"), ("torch", "2.1 (a)"), ("own", "é")])
    assert first != second
    assert (first[:12], last) == ("torch-2.1-a-", "own")
    assert unique("é", 1).isalnum()


def test_a_badge_is_an_svg_whose_text_is_also_its_name():
    said = Badge('<own> & "2.21"', "7 findings", BAD)
    svg = ElementTree.fromstring(Pages(Matrix({}), live=False)._made("badge.svg", badge=said))
    assert svg.get("aria-label") == '<own> & "2.21": 7 findings'
    assert [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")] == ['<own> & "2.21"', "7 findings"]
    ends = [float(one.get("x")) + float(one.get("textLength")) for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert ends[0] < ends[1] < float(svg.get("width"))
