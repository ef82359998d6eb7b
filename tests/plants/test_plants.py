"""Layers with one fault each are found by the catalogs that ship, and explained by their own cause or by none."""

import re
from functools import cache
from itertools import islice
from random import Random

import numpy as np
import pytest
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.inputs import make_arrays
from convparity.cases.reference import References

from . import loops
from .field import Field
from .planted import PLANTS, Plant

REFERENCES = References()
ENOUGH = 8  # cases of a catalog that a plant is judged in
UNEXPLAINED = (
    "unexplained",
    "no sampling per axis explains",
    "no pads, stride and dilation explain",
    "no crops, stride and dilation explain",
    "too few to tell its",
    "the numbers differ",  # too many to be kept
)
CASES = {
    "conformance": load_catalog("conformance").cases,
    # Of the covering arrays one case in 13, and all of those that are larger in one way.
    "arithmetic": [
        case
        for i, case in enumerate(load_catalog("arithmetic"))
        if i % 13 == 0 or max(case.input) >= 70 or max(case.in_channels, case.out_channels) > 8
    ],
}


@cache
def right(case):
    """The input and weights in float64, and the output of the layer without a fault; None if it has no answer."""
    x, w = (None if a is None else a.astype(np.float64) for a in make_arrays(case))
    try:
        return x, w, loops.stored(loops.exact(case, x, w), case.dtype)
    except loops.NoAnswer:
        return x, w, None


def differs(plant, case):
    """Whether the plant's fault shows in a case, by its numbers and those of the right layer."""
    x, w, asked = right(case)
    if asked is None or not asked.size:
        return False
    try:
        wrong = loops.stored(plant.run(case, x, w), plant.dtype or case.dtype)
    except loops.NoAnswer:
        return False  # raises, which needs no catalog to be found
    return wrong.dtype != asked.dtype or not np.array_equal(wrong, asked)


def found(plant, name):
    """Some cases of a catalog in which a plant diverges, from all parts of it: (case, verdict, reason, observation)."""
    field = Field(plant, REFERENCES)
    mixed = Random(name).sample(CASES[name], len(CASES[name]))
    some = islice((case for case in mixed if differs(plant, case)), ENOUGH)
    seen = [(case, *field.verdict(case)) for case in some]
    return [(case, verdict, why, o) for case, verdict, why, o in seen if verdict != "agrees"]


def test_the_layer_without_a_fault_agrees():
    field = Field(Plant(loops.exact, None), REFERENCES)
    for case in CASES["conformance"]:
        assert field.verdict(case)[:2] == ("agrees", ""), case.describe()


@pytest.mark.parametrize("name", ["conformance", "arithmetic"])
@pytest.mark.parametrize("which", PLANTS)
def test_every_plant_is_found_and_explained_by_its_own_cause_or_none(which, name):
    plant = PLANTS[which]
    seen = found(plant, name)
    assert seen, "not found"
    named = 0
    for case, verdict, why, observation in seen:
        own = bool(plant.named and re.search(plant.named, why))
        said = f"{case.describe()}: {verdict}: {why}"
        constant = "everywhere" in why and observation.values is not None and np.unique(observation.values).size == 1
        assert own or constant or any(words in why for words in UNEXPLAINED) or verdict == "rejects", said
        named += own
    assert named or plant.named is None, f"never named: {seen[0][2]}"
