"""The memory that a framework keeps of earlier cases counts against none, and does not grow with the catalog."""

import json

import pytest

MB = 2**20
KEEPS = f"""
import psutil
globals().setdefault("kept", []).append(b"x" * {MB})  # of every case, for good
answer["error"] = f"RuntimeError: {{psutil.Process().memory_info().rss // {MB}}}"
"""


def observed(path):
    lines = map(json.loads, path.read_text().splitlines())
    return [line for line in lines if line["kind"] == "observation" and line["spelling"] == "as written"]


def test_a_worker_whose_framework_keeps_memory_is_started_anew(convparity, interpreter, tmp_path):
    """Of 600 MB in all, a quarter of the limit, 128 MB, and what one request of 100 cases adds are ever held."""
    (tmp_path / "many.toml").write_text(f"[[grid]]\nkernel = 1\ninput = {{ any = {[[n] for n in range(1, 601)]} }}\n")
    interpreter.does(KEEPS)
    convparity("run", "many.toml", "--env", f"torch={interpreter.python}", "--memory", "0.5", "-o", "r.jsonl")
    held = [int(line["error"].split()[-1]) for line in observed(tmp_path / "r.jsonl")]
    assert len(held) == 600
    assert max(held) - min(held) < 128 + 100 + 10
    assert 3 <= len(interpreter.starts) <= 4


RUNS_OUT = {
    "an exception": "answer.update(outcome='out of memory', error='MemoryError')",
    "a limit": f"globals()['much'] = b'x' * {400 * MB}\nimport time; time.sleep(60)",
}


@pytest.mark.parametrize("how", RUNS_OUT)
def test_a_case_whose_memory_ran_out_beside_others_is_tried_in_a_worker_of_its_own(run, interpreter, tmp_path, how):
    """Only where it runs out there too is it the case's own verdict."""
    interpreter.does(f"""
if task["case"]["id"] == "one":
    globals()["did"] = True
answer["error"] = "RuntimeError: no"
if task["case"]["id"] == "other" and "did" in globals():
    answer.pop("error")
    exec({RUNS_OUT[how]!r})
""")
    run("--memory", "0.25", "-o", "r.jsonl")
    assert [(line["case"], line["outcome"]) for line in observed(tmp_path / "r.jsonl")] == [
        ("one", "raised"),
        ("other", "raised"),
    ]
    assert len(interpreter.starts) == 2


@pytest.mark.parametrize("how", RUNS_OUT)
def test_a_case_whose_memory_runs_out_by_itself_is_run_twice_and_no_more(run, interpreter, tmp_path, how):
    interpreter.does(f"answer['error'] = 'RuntimeError: no'\nif task['case']['id'] == 'one': exec({RUNS_OUT[how]!r})")
    run("--memory", "0.25", "-o", "r.jsonl")
    outcomes = {line["case"]: line["outcome"] for line in observed(tmp_path / "r.jsonl")}
    assert outcomes == {"one": "out of memory", "other": "raised"}
    assert [case for case, spelling, _ in interpreter.asked if spelling == "as written"].count("one") == 2


@pytest.mark.parametrize("how", RUNS_OUT)
def test_a_case_that_crashed_beside_others_may_run_out_of_memory_once_more(run, interpreter, tmp_path, how):
    """Tried by itself, it is not necessarily in a worker that has done nothing else."""
    interpreter.does(f"""
tries = (here / "asked").read_text().count('"one", "as written"')
answer["error"] = "RuntimeError: no"
if task["case"]["id"] == "one" and tries == 1:
    os.kill(os.getpid(), 11)
if task["case"]["id"] == "one" and tries == 2:
    answer.pop("error")
    exec({RUNS_OUT[how]!r})
""")
    run("--memory", "0.25", "-o", "r.jsonl")
    assert {line["case"]: line["outcome"] for line in observed(tmp_path / "r.jsonl")} == {
        "one": "raised",
        "other": "raised",
    }


def test_a_case_that_is_refused_before_it_runs_is_not_tried_again(run, interpreter, tmp_path):
    """Such as a probe that is too large: it has no source yet, and another worker would refuse it too."""
    interpreter.does("answer = {'outcome': 'out of memory', 'error': 'MemoryError: the probe would need 9'}")
    run("-o", "r.jsonl")
    assert {line["outcome"] for line in observed(tmp_path / "r.jsonl")} == {"out of memory"}
    assert [spelling for _, spelling, _ in interpreter.asked].count("as written") == 2
    assert len(interpreter.starts) == 1


def test_a_batch_whose_memory_ran_out_together_is_tried_in_one_worker(run, interpreter, tmp_path):
    """As the layers that JAX compiles at once: not each in a worker of its own, as long as none runs out by itself."""
    interpreter.does(f"""
answer["error"] = "RuntimeError: no"
tasks = json.loads(line)["tasks"]
if len(tasks) > 1:
    say({{"started": [{{"n": each["n"], "source": "nn.X()"}} for each in tasks]}})
    exec({RUNS_OUT["a limit"]!r})
""")
    run("--memory", "0.25", "--as-written", "-o", "r.jsonl")
    assert {line["case"]: line["outcome"] for line in observed(tmp_path / "r.jsonl")} == {
        "one": "raised",
        "other": "raised",
    }
    assert len(interpreter.starts) == 2
