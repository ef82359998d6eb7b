"""Causes for which two outputs differ, named from arrays. The functions here are written out from their definitions."""

import math

import numpy as np
import pytest
from convparity.layer_causes import ACTIVATIONS, cause

SUMS = np.random.RandomState(3).uniform(-8, 8, (2, 4, 6, 7))
BOUND = 1e-9


def gelu(y):
    return y * (1 + np.array([math.erf(v / math.sqrt(2)) for v in y.ravel()]).reshape(y.shape)) / 2


BY_DEFINITION = {
    "ReLU": lambda y: y * (y > 0),
    "ReLU6": lambda y: np.minimum(y * (y > 0), 6),
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "softplus": lambda y: np.log(1 + np.exp(y)),
    "SiLU (swish)": lambda y: y / (1 + np.exp(-y)),
    "hard swish": lambda y: np.where(y < -3, 0, np.where(y > 3, y, y * (y + 3) / 6)),
    "GELU": gelu,
    "tanh": lambda y: (np.exp(2 * y) - 1) / (np.exp(2 * y) + 1),
    "ELU": lambda y: np.where(y > 0, y, np.exp(np.minimum(y, 0)) - 1),
    "mish": lambda y: y * np.tanh(np.log(1 + np.exp(y))),
}


@pytest.mark.parametrize("one", BY_DEFINITION)
@pytest.mark.parametrize("other", BY_DEFINITION)
def test_two_activations_are_named(one, other):
    if one != other:
        found = cause(BY_DEFINITION[one](SUMS), BY_DEFINITION[other](SUMS), BOUND, [SUMS + 1, SUMS])
        assert found == f"applies {other} instead of {one}"


def test_no_two_activations_are_alike():
    made = {name: function(SUMS) for name, function in ACTIVATIONS.items()}
    for one in made:
        assert [other for other in made if np.allclose(made[one], made[other], atol=1e-6)] == [one]


def test_an_activation_is_not_named_if_the_sums_differ():
    assert cause(BY_DEFINITION["tanh"](SUMS), BY_DEFINITION["mish"](SUMS), BOUND, [SUMS * 1.1]) is None


FLAT = SUMS.reshape(2, -1)
NORMS = "multiplies by 0.9995054, as a batch norm of variance 1 does with an epsilon of 0.001 instead of 1e-05"


@pytest.mark.parametrize(
    ("asked", "got", "found"),
    [
        (SUMS, np.minimum(SUMS, 6), "limits its numbers to at most 6"),
        (np.minimum(SUMS, 6), SUMS, "does not limit its numbers to at most 6, as the first does"),
        (SUMS, np.maximum(SUMS, 0), "limits its numbers to at least 0"),
        (SUMS, SUMS + 0.5, "adds 0.5"),
        (SUMS, SUMS + np.arange(4.0)[:, None, None], "adds a number of its own to each channel, as a bias does"),
        (SUMS, SUMS * 3, "multiplies by 3"),
        (SUMS, SUMS * np.arange(1.0, 5)[:, None, None], "multiplies each channel by a factor of its own"),
        (SUMS / math.sqrt(1 + 1e-5), SUMS / math.sqrt(1 + 1e-3), NORMS),
        (SUMS, SUMS[:, [1, 0, 3, 2]], "returns the channels in another order: its channels are the first's 2, 1, 4, 3"),
        (
            FLAT,
            SUMS.transpose(0, 2, 3, 1).reshape(2, -1),
            "flattens in the other order of channels and space: one has the channels first, the other last",
        ),
    ],
)
def test_each_other_cause_is_named(asked, got, found):
    assert cause(asked, got, BOUND) == found


@pytest.mark.parametrize(
    "got",
    [
        SUMS * (1 + 1e-3 * np.cos(SUMS)),
        np.random.RandomState(4).uniform(-8, 8, SUMS.shape),
        np.where(np.arange(7) == 3, SUMS + 1, SUMS),
        np.full(SUMS.shape, np.nan),
        np.full(SUMS.shape, np.inf),
        SUMS[:1],
        np.zeros((0, 4)),
    ],
)
def test_numbers_that_no_candidate_explains_have_no_cause(got):
    assert cause(SUMS, got, BOUND, [SUMS]) is None


def test_a_constant_output_is_named():
    assert cause(SUMS, np.zeros(SUMS.shape), BOUND) == "returns 0 everywhere"
    assert cause(SUMS, np.full(SUMS.shape, 2.5), BOUND) == "returns 2.5 everywhere"
