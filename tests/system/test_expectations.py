"""The project's own expectations of the catalogs that ship, on all seven frameworks."""

import pytest
from convparity import api
from convparity.adapters.registry import held
from convparity.demo.check import differences

BACKENDS = "tensorflow,keras-torch,keras-jax"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("catalog", ["textbook", "grid", "field-reports"])  # networks take minutes: see ci.yml
def test_a_run_is_as_expected_and_as_the_demo_shows_it(convparity, cache, catalog, tmp_path):
    results = tmp_path / "results.jsonl"
    expected = "--expectations", f"expectations/{catalog}.toml", "--fail-on", "all,unforeseen"
    done = convparity("run", catalog, *expected, "-o", results, cache=cache)
    assert done.returncode == 0, done.out
    assert list(differences(api.read_results(results))) == []
    assert f"divergences are expected (expectations/{catalog}.toml)" in done.out


@pytest.mark.parametrize(
    ("catalog", "part"), [("conformance", []), ("arithmetic", ["--as-written", "--shard", "7/40"])]
)
def test_a_run_is_as_predicted(convparity, catalog, part):
    """Of the large catalog, a part: all of it takes a quarter of an hour."""
    expected = "--expectations", f"expectations/{catalog}.toml", "--fail-on", "unforeseen"
    done = convparity("run", catalog, "--as-written", *part, *expected)
    assert done.returncode == 0, done.out


def test_hostile_layers_with_ordinary_numbers_are_as_predicted(convparity):
    """Those with numbers up to 2^64, whose ids say so, have no prediction to differ from."""
    expected = "--expectations", "expectations/hostile.toml", "--fail-on", "unforeseen"
    done = convparity("run", "hostile", "-k", "not ^", "--as-written", *expected)
    assert done.returncode == 0, done.out


def test_the_models_are_of_the_versions_that_are_run_here(textbook):
    for row in textbook[1].values():
        framework, version = held(row["adapter"]).split()
        assert row["packages"][framework].partition("+")[0] == version


def test_a_part_of_a_run_is_as_expected_and_notes_what_it_leaves_open(convparity, cache):
    done = convparity("run", "textbook", "-k", "layer-3", "--expectations", "expectations/textbook.toml", cache=cache)
    assert done.returncode == 0
    assert "names and patterns match nothing in it" in done.out


def test_the_backends_of_keras_agree_on_the_textbook(convparity, cache):
    assert convparity("run", "textbook", "--agree", BACKENDS, cache=cache).returncode == 0


def test_keras_and_torch_do_not_agree_on_the_textbook(convparity, cache):
    done = convparity("run", "textbook", "--agree", "torch,tensorflow", cache=cache)
    assert done.returncode == 1
    assert "pads (1,1) in torch, (0,1) in tensorflow" in done.out
