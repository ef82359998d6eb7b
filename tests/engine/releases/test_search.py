"""The search for a change, against looking at every release of a random history."""

from itertools import pairwise
from math import ceil, log2

from convparity.releases.search import search
from hypothesis import given
from hypothesis import strategies as st


def searched(history):
    """The result of a search in a history, a behaviour for each release or None, and the number of observations."""
    asked = []

    def observe(at):
        asked.append(at)
        return history[at]

    found = search(len(history), observe, lambda one, other: one == other)
    assert len(asked) == len(set(asked))
    return found, len(asked)


@given(st.integers(2, 200), st.data())
def test_the_first_other_release_is_found_in_log2_observations(releases, data):
    change = data.draw(st.integers(1, releases - 1))
    found, asked = searched(["old"] * change + ["new"] * (releases - change))
    assert (found.before, found.after) == (change - 1, change)
    assert asked <= 2 + ceil(log2(releases))


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30))
def test_what_is_found_is_a_change_that_looking_at_every_release_shows(history):
    """The answers allowed: neighbours among the observable releases, of which the first does as the oldest one does."""
    can = [at for at, behaviour in enumerate(history) if behaviour is not None]
    found, _ = searched(history)
    changes = {(one, other) for one, other in pairwise(can) if history[one] == history[can[0]] != history[other]}
    if len(can) < 2 or history[can[0]] == history[can[-1]]:
        assert (found.before, found.after) == (None, None)
    else:
        assert (found.before, found.after) in changes
    assert (found.first, found.last) == (can[0] if can else None, can[-1] if len(can) > 1 else None)


def test_releases_that_cannot_be_observed_are_passed_over_and_known():
    found, _ = searched(["old", "old", None, None, "new", "new"])
    assert (found.before, found.after) == (1, 4)
    assert [at for at, behaviour in found.seen.items() if behaviour is None] == [2, 3]
