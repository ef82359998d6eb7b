"""The verdict on a case does not depend on the cases that ran before it, beside it, or in one batch with it."""

import random

import convparity


def rows(report):
    return {(row["case"], row["environment"], row["spelling"]): row for row in report.to_json()["verdicts"]}


def test_shuffled_cases_and_single_environments_give_the_same(convparity_root, monkeypatch):
    monkeypatch.chdir(convparity_root)
    cases = random.Random(0).sample(list(convparity.load_catalog("grid")), 80)
    in_order = rows(convparity.run(*cases, cache=False))
    random.Random(1).shuffle(cases)
    assert rows(convparity.run(*cases, jobs=1, cache=False)) == in_order
    few = cases[:5]  # another batch for Flax, which is traced many to a compilation
    assert rows(convparity.run(*few, cache=False)) == {
        key: row for key, row in in_order.items() if key[0] in {c.id for c in few}
    }


def test_two_workers_of_one_environment_give_the_same(convparity_root, monkeypatch):
    """Which share what 2,884 layers make necessary."""
    monkeypatch.chdir(convparity_root)
    one, two = (
        rows(convparity.run("arithmetic", environments={"torch": ".tox/torch"}, jobs=jobs, cache=False))
        for jobs in (1, 2)
    )
    assert one == two
