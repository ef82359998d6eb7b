"""The time limit of a case covers the framework's work, and none of convparity's own."""

import json
import sys

import convparity
import pytest
from convparity.adapters.function_adapter import adapter_of
from convparity.adapters.worker import serve
from convparity.cases.catalog.validate import make_case

LARGE = make_case(op="max_pool", input=[2**11, 2**10], kernel=1)
SLOW = """
import time
if task["case"]["id"] == "one":
    say({"own": True})
    time.sleep(1.5)
    say({"own": False})
    time.sleep(MORE)
    say({"own": True})
    time.sleep(1.5)
answer["error"] = "RuntimeError: no"
"""


@pytest.mark.parametrize(("more", "verdict"), [(0, "rejects"), (60, "timed out")])
def test_the_work_of_convparity_counts_against_no_case(run, interpreter, tmp_path, more, verdict):
    interpreter.does(SLOW.replace("MORE", str(more)))
    run("--timeout", "1", "--json", "v.json")
    rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert {row["case"]: row["verdict"] for row in rows} == {"one": verdict, "other": "rejects"}


def test_a_worker_says_when_it_makes_and_reads_a_large_array(tmp_path):
    log, said = tmp_path / "log", []
    log.write_text("")
    adapter = adapter_of("mine", lambda case, x, weights: said.append("framework") or x, None)()
    task = {"n": 0, "case": LARGE.to_json(), "input": list(LARGE.input), "spelling": "as written", "want": "values"}
    serve.serve(adapter, json.loads(json.dumps([task])), said.append, serve.Log(str(log)))
    steps = [step if isinstance(step, str) else next(iter(step)) + str(step.get("own", "")) for step in said]
    assert steps == ["started", "ownTrue", "ownFalse", "framework", "ownTrue", "n"]
    assert said[-1]["outcome"] == "ran"


def test_a_large_output_is_read_in_little_memory(tmp_path):
    """An output of 400 MB, within an address space that has room for two of them beside what the import took."""
    (tmp_path / "mine.py").write_text("""
import resource
import numpy as np
ops = ("max_pool",)
def run(case, x, weights):
    y = np.repeat(x, 100, axis=0)
    size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + y.nbytes * 5 // 4, -1))
    return y
""")
    case = make_case(op="max_pool", input=[2**20], kernel=1)
    if sys.platform == "linux":
        where = {"environments": {"mine": sys.executable}, "adapters": [tmp_path / "mine.py"]}
        report = convparity.run(case, **where, cache=False, only_as_written=True)
        assert [verdict.verdict for verdict in report.verdicts] == ["shape"]  # and not out of memory
