"""A framework that starts threads when it is imported, as ONNX Runtime 1.32 does, keeps its worker from forking."""

import sys

import convparity
from convparity.cases.catalog.validate import make_case

MINE = """
import threading, time
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
ops = ("max_pool",)
def run(case, x, weights):
    if case.batch == 2:
        time.sleep(1000)
    return x
"""


def test_a_hostile_layer_ends_at_its_time_limit_there_too(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    cases = [make_case(op="max_pool", input=[8], kernel=1, batch=batch, hostile=True) for batch in (1, 2, 3)]
    where = {"environments": {"mine": sys.executable}, "adapters": [tmp_path / "mine.py"]}
    report = convparity.run(*cases, **where, cache=False, only_as_written=True, timeout=2)
    assert [verdict.verdict for verdict in report.verdicts] == ["agrees", "timed out", "agrees"]
