"""The tasks left in one environment are shared with a second worker, where they are many and there is a core for it."""

import json

import pytest

MANY = f"[[grid]]\nkernel = 1\ninput = {{ any = {[[n] for n in range(1, 1201)]} }}\n"


@pytest.fixture
def observe(convparity, interpreter, tmp_path):
    """Runs 1,200 layers in the interpreter; returns the finished process and the lines of its observations."""
    (tmp_path / "many.toml").write_text(MANY)

    def run(*options):
        command = ["run", "many.toml", "--env", f"torch={interpreter.python}", "-o", "r.jsonl", "--no-cache", *options]
        done = convparity(*command)
        lines = map(json.loads, (tmp_path / "r.jsonl").read_text().splitlines())
        return done, [line for line in lines if line["kind"] != "case"]

    return run


def observations(lines):
    return sorted((line["case"], line["spelling"], line["outcome"]) for line in lines if line["kind"] == "observation")


def test_two_workers_observe_everything_once_and_the_same_as_one(observe, interpreter):
    alone, one = observe("--jobs", "1")
    assert len(interpreter.starts) == 1
    together, both = observe("--jobs", "2")
    assert len(interpreter.starts) == 3
    assert observations(one) == observations(both)
    assert len(observations(both)) == 2400  # and a port of each
    assert [line["kind"] for line in both].count("environment") == 1
    assert alone.stdout.rpartition(",")[0] == together.stdout.rpartition(",")[0]
    assert together.stderr == "torch: 2400 observations\n"
    assert together.returncode == 1


def test_a_second_worker_that_cannot_start_is_one_fault(observe, interpreter):
    """As where the memory is enough for one; what was observed until then is there."""
    script = interpreter.folder / "interpreter.py"
    no_room = 'if len((here / "starts").read_text().split()) > 1: sys.exit("no room for two")'
    script.write_text(
        script.read_text().replace('print((here / "ready.json")', f'{no_room}\nprint((here / "ready.json")')
    )
    done, lines = observe("--jobs", "2")
    assert done.returncode == 3
    (fault,) = [line for line in lines if line["kind"] == "fault"]
    assert "ended while starting" in fault["message"]
    assert "Traceback" not in done.stderr


def test_a_death_beside_another_worker_affects_one_case_only(observe, interpreter):
    interpreter.does("answer['error'] = 'no'\nif task['case']['input'] == [700]: os.kill(os.getpid(), 11)")
    done, lines = observe("--jobs", "2")
    assert done.returncode == 1
    outcomes = [outcome for _, spelling, outcome in observations(lines) if spelling == "as written"]
    assert sorted(set(outcomes)) == ["crashed", "raised"]
    assert (outcomes.count("crashed"), len(outcomes)) == (1, 1200)
