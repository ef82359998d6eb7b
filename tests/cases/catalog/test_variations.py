"""Variations of a case: the entry that makes it, simpler ones, neighbours, and what a larger case has as well."""

import itertools
import json
import re

import pytest
from convparity.cases.catalog.drawing import layers
from convparity.cases.catalog.validate import make_case
from convparity.cases.catalog.variations import changed, entry_of, features, nearby, simpler

STEM = make_case(input=[8, 9], kernel=3, stride=2, padding="same", in_channels=4, groups=2, out_channels=2, batch=2)
POOL = make_case(op="max_pool", input=[5], kernel=2, in_channels=3)
DRAWN = list(itertools.islice(layers(3), 300))


def size(entry):
    """The length of an entry and the sum of its numbers, both of which grow with a layer."""
    text = json.dumps(entry)
    return len(re.sub(r"\d", "", text)) + sum(map(int, re.findall(r"\d+", text)))


def test_an_entry_makes_its_case_again_and_has_no_defaults():
    for case in DRAWN:
        assert make_case(**entry_of(case)).key == case.key
    assert entry_of(POOL) == {"op": "max_pool", "input": [5], "kernel": [2], "in_channels": 3}
    plain = make_case(input=[4, 4], kernel=3, stride=1, padding=0, dilation=[1, 1], dtype="float32", batch=1)
    assert entry_of(plain) == {"op": "conv", "input": [4, 4], "kernel": [3, 3]}
    adaptive = make_case(op="avg_pool", input=[7, 7], output_size=[3, 2])
    assert entry_of(adaptive) == {"op": "avg_pool", "input": [7, 7], "output_size": [3, 2]}


def test_every_simpler_case_is_smaller_so_that_shrinking_ends():
    for case in [STEM, POOL, *DRAWN]:
        for change in itertools.chain(*simpler(case)):
            found = changed(case, change)
            if found and found.key != case.key:
                assert size(entry_of(found)) < size(entry_of(case)), (case, change)


def test_the_boldest_changes_leave_out_axes_fields_and_sizes():
    bold, halves, few = simpler(STEM)
    made = [entry_of(found) for change in bold if (found := changed(STEM, change))]
    assert [8] in [entry["input"] for entry in made]
    for name in ("stride", "padding", "batch", "groups"):
        assert any(name not in entry for entry in made), name
    assert any(entry["kernel"] == [1, 1] for entry in made)
    assert {"input": [4, 9]} in halves
    assert [change["input"] for change in few if "input" in change][:4] == [[7, 9], [6, 9], [5, 9], [4, 9]]
    assert changed(STEM, {"groups": 3}) is None  # which does not divide the channels


def test_neighbours_differ_in_one_value_and_have_an_output_where_the_case_has_one():
    found = list(nearby(POOL))
    assert [(own, other) for what, own, other, _ in found if what == "width"] == [
        (5, other) for other in (2, 3, 4, 6, 7, 8, 9)
    ]
    assert [other for what, _, other, _ in found if what == "kernel of the width"] == [1, 3]
    narrow = make_case(op="max_pool", input=[2], kernel=2)
    assert min(other for what, _, other, _ in nearby(narrow) if what == "width") == 3  # on 1, no window fits
    assert {case.dtype for what, _, _, case in found if what == "dtype"} > {"float16", "int8"}
    one_sided = make_case(input=[6], kernel=3, padding=[[0, 2]])
    sides = [
        (what, other) for what, _, other, _ in nearby(one_sided) if what.startswith(("padding before", "padding after"))
    ]
    assert sides == [
        (f"padding {side} the width", n) for side, ns in (("before", (-1, 1)), ("after", (1, 3))) for n in ns
    ]


@pytest.mark.parametrize(
    ("larger", "has_all"),
    [
        ({"input": [9, 9], "kernel": 3, "stride": 2, "padding": "same"}, True),
        ({"input": [9], "kernel": 5, "stride": 3, "padding": "same", "dtype": "float16"}, True),
        ({"input": [9], "kernel": 3, "padding": "same"}, False),
        ({"input": [9], "kernel": 3, "stride": 2, "padding": "same_lower"}, False),
        ({"input": [9], "kernel": 3, "stride": 2, "padding": 1}, False),
    ],
)
def test_a_larger_case_has_the_features_of_the_smaller_one(larger, has_all):
    smaller = make_case(input=[4], kernel=2, stride=2, padding="same")
    assert (features(smaller) <= features(make_case(**larger))) is has_all


def test_a_window_that_does_not_fit_and_an_empty_batch_are_features_of_their_own():
    assert "no output" in features(make_case(op="max_pool", input=[2], kernel=3))
    none, several = (features(make_case(input=[4], kernel=2, batch=batch)) for batch in (0, 2))
    assert none != several
