"""Random layers: the same ones for the same seed, every field of a case, and sizes that any framework can run."""

import itertools
import math

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.case import FIELDS
from convparity.cases.catalog.drawing import LARGEST, layers
from convparity.cases.operations import OPS


def drawn(seed, count=2000, **options):
    return list(itertools.islice(layers(seed, **options), count))


@pytest.fixture(scope="module")
def many():
    return drawn(1)


def test_a_seed_draws_the_same_layers_and_another_one_others():
    first, again, other = ([case.key for case in drawn(seed, 200)] for seed in (7, 7, 8))
    assert first == again
    assert len({*first, *other}) > 390  # hardly any layer is in both


def test_all_layers_differ_and_every_operation_has_every_rank(many):
    assert len({case.key for case in many}) == len(many)
    assert {(case.op, case.rank) for case in many} == set(itertools.product(OPS, (1, 2, 3)))
    assert {case.op for case in drawn(1, 50, ops=("conv",))} == {"conv"}


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.name not in ("id", "hostile")])
def test_every_field_is_drawn_with_several_values(many, name):
    assert len({repr(getattr(case, name)) for case in many}) > 1


def test_layers_are_small_and_most_have_an_output(many):
    found = [(case, axes(case)) for case in many]
    fitting = [(case, of_case) for case, of_case in found if not isinstance(of_case, Invalid)]
    assert len(fitting) > 0.85 * len(many)
    assert len(fitting) < len(many)  # what frameworks do where nothing fits is asked too
    for case, of_case in fitting:
        taps = math.prod(axis.output for axis in of_case) * math.prod(case.kernel)
        assert taps * case.in_channels * case.out_channels * case.batch <= LARGEST
    assert max(math.prod(case.input) for case in many) >= 2500  # where a narrow sum stops growing
