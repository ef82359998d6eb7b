"""A layer that a catalog repeats, as networks do, under another id: it is run, chosen, expected and told under each."""

import json

import pytest

BLOCK = '[[case]]\nid = "block{}"\ninput = [8, 8]\nkernel = 3\n'


@pytest.fixture
def run_blocks(convparity, tmp_path, interpreter):
    """Runs two blocks of a network, which torch refuses, without ports; returns the finished process."""
    (tmp_path / "blocks.toml").write_text(BLOCK.format(1) + BLOCK.format(2))

    def run(*options):
        return convparity("run", "blocks.toml", "--env", f"torch={interpreter.python}", "--as-written", *options)

    return run


def test_both_ids_of_a_layer_are_in_the_report(run_blocks, tmp_path):
    done = run_blocks("--json", "v.json", "--junit", "j.xml")
    assert done.returncode == 1
    assert "2 layers x 1 environment" in done.stdout
    verdicts = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert [(row["case"], row["verdict"]) for row in verdicts] == [("block1", "rejects"), ("block2", "rejects")]
    assert 'name="block2"' in (tmp_path / "j.xml").read_text()


def test_either_id_of_a_layer_is_chosen_by_name_and_shares_the_observation(run_blocks, interpreter):
    run_blocks("-k", "block1")
    done = run_blocks("-k", "block2")
    assert "1 layer x 1 environment, 0 errors, 1 from the cache" in done.stdout
    assert interpreter.asked == [("block1", "as written", "values")]


def test_an_expectation_about_one_id_does_not_cover_the_other(run_blocks, tmp_path):
    entry = '[[expect]]\ncase = "{}"\nverdict = "rejects"\nreason = "known"\n'
    (tmp_path / "e.toml").write_text(entry.format("block2"))
    one = run_blocks("--expectations", "e.toml")
    assert one.returncode == 1
    assert "matches nothing" not in one.stdout
    (tmp_path / "e.toml").write_text(entry.format("block1") + entry.format("block2"))
    assert run_blocks("--expectations", "e.toml").returncode == 0
