"""Parts of the cases: together the whole, each once; and what is no part."""

import pytest
from convparity.cases.errors import InputError
from convparity.runs.sharding import Shard


def test_cases_are_dealt_out_in_turn():
    assert [list(Shard(number, 3).positions(8)) for number in (1, 2, 3)] == [[0, 3, 6], [1, 4, 7], [2, 5]]


def test_a_single_part_is_the_whole_run():
    assert list(Shard.parse("1/1").positions(3)) == [0, 1, 2]


@pytest.mark.parametrize("text", ["x", "", "4", "1/", "/4", "1/2/3", "-1/4", "1.5/4", " 1/4", "1/0", "1/x", "²/4"])
def test_a_malformed_part_is_refused_as_it_was_written(text):
    with pytest.raises(InputError) as error:
        Shard.parse(text)
    assert error.value.problems == [f"--shard: {text!r} is not PART/PARTS, such as 1/4 to 4/4"]


@pytest.mark.parametrize("text", ["0/4", "5/4"])
def test_parts_are_counted_from_1(text):
    with pytest.raises(InputError) as error:
        Shard.parse(text)
    assert error.value.problems == [f"--shard: {text} is not one of the parts; expected 1/4 to 4/4"]


def test_a_part_without_cases_is_refused_in_every_job_alike():
    for number in (1, 4):
        with pytest.raises(InputError) as error:
            Shard(number, 4).positions(3)
        assert error.value.problems == [
            f"--shard: {number}/4 of 3 cases would leave parts empty; expected at most 3 parts"
        ]
