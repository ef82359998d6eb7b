"""The jobs of a CI matrix, acted out: each observes, and one that merges what they saw reports what one run does."""

import json

import pytest

LABELS = ("torch", "tensorflow", "flax", "mxnet")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Of all of these runs: what counts here is how observations travel, not that they are made anew."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def whole(convparity, cache, tmp_path_factory):
    """The verdicts of one run of everything, as a file."""
    verdicts = tmp_path_factory.mktemp("whole") / "v.json"
    environments = [word for label in LABELS for word in ("--env", f"{label}=.tox/{label}")]
    done = convparity("run", "textbook", *environments, "--json", verdicts, cache=cache)
    assert done.returncode == 1, done.err
    return verdicts


@pytest.fixture
def observe(convparity, cache, tmp_path):
    """One job: a single environment, and the results file that it leaves."""

    def job(label, *options):
        results = tmp_path / f"{label}{len(list(tmp_path.iterdir()))}.jsonl"
        done = convparity("observe", f"{label}=.tox/{label}", "textbook", "-o", results, *options, cache=cache)
        assert done.returncode == 0, done.err
        return results

    return job


def merged(convparity, results, folder):
    done = convparity("report", *results, "--json", folder / "merged.json", "--junit", folder / "merged.xml")
    assert done.returncode == 1, done.err
    return done, (folder / "merged.json").read_bytes()


def test_one_job_for_each_framework_gives_the_same(convparity, observe, whole, tmp_path):
    results = [observe(label) for label in LABELS]
    done, verdicts = merged(convparity, results[::-1], tmp_path)
    assert verdicts == whole.read_bytes()
    assert "pairs of layer and environment were observed" not in done.out


def test_four_parts_for_each_framework_give_the_same(convparity, observe, whole, tmp_path):
    parts = [observe(label, "--shard", f"{part}/4") for part in (3, 1, 4, 2) for label in LABELS]
    done, verdicts = merged(convparity, parts, tmp_path)
    assert verdicts == whole.read_bytes()
    assert "25 layers x 4 environments" in done.out


def test_a_part_alone_calls_nothing_missing(convparity, cache, tmp_path):
    arguments = ["run", "textbook", "--env", "torch=.tox/torch", "--shard", "2/4", "--json", tmp_path / "v.json"]
    done = convparity(*arguments, cache=cache)
    rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert len({row["case"] for row in rows}) == 6  # the 2nd, 6th, ... 22nd of 25
    assert "were observed" not in done.out
