"""-k: which cases an expression chooses."""

import pytest
from convparity.cases.catalog.select import select
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError

CASES = [make_case(input=[8, 8], kernel=3, id=name) for name in ("stem-512", "stem-513", "same-even", "Valid")]


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("stem", "stem-512 stem-513"),
        ("stem and not 512", "stem-513"),
        ("512 or same", "stem-512 same-even"),
        ("not (stem or same)", "Valid"),
        ("VALID", "Valid"),
        ("not not stem and 513", "stem-513"),
        ("same or stem and 512", "stem-512 same-even"),  # and binds closer than or
    ],
)
def test_an_expression_chooses_the_matching_cases(expression, chosen):
    assert " ".join(case.id for case in select(CASES, expression)) == chosen


def test_without_an_expression_every_case_is_chosen():
    assert len(select(CASES, None)) == 4


@pytest.mark.parametrize("expression", ["", "and", "stem and", "(stem", "stem)", "stem 512", "not", "()"])
def test_a_malformed_expression_is_refused(expression):
    with pytest.raises(InputError, match="-k: "):
        select(CASES, expression)


@pytest.mark.parametrize("expression", ["(" * 5000 + "stem" + ")" * 5000, "not " * 5000 + "stem", "(" * 5000])
def test_an_expression_that_is_nested_too_deeply_is_refused_in_one_short_line(expression):
    with pytest.raises(InputError) as caught:
        select(CASES, expression)
    (line,) = caught.value.problems
    assert line.startswith("-k: too many nested parentheses or nots in '")
    assert len(line) < 200


def test_an_expression_of_any_depth_is_applied_or_refused():
    refused = 0
    for depth in range(1, 500, 7):
        try:
            assert len(select(CASES, "(" * depth + "stem" + ")" * depth)) == 2
        except InputError:
            refused += 1
    assert 0 < refused < 60


def test_an_empty_choice_is_an_error():
    with pytest.raises(InputError, match="no case has an id that matches 'mobilenet'"):
        select(CASES, "mobilenet")
