"""Workers that stay, with every framework: the results of runs are those of fresh runs."""

import json
import re
from pathlib import Path

import convparity

ROOT = Path(__file__).parents[2]
LABELS = ("torch", "tensorflow", "keras-torch", "keras-jax", "flax", "mxnet", "onnxruntime")
ENVIRONMENTS = {label: str(ROOT / ".tox" / label) for label in LABELS}


# The times and process numbers in what TensorFlow prints while it is imported.
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+|[IWEF]\d{4} \d\d:\d\d:[\d.]+ +\d+")


def lines(path):
    """The lines of a results file in a stable order, without times."""
    found = [json.loads(STAMP.sub("", line)) for line in Path(path).read_text().splitlines()]
    return sorted(json.dumps({k: v for k, v in line.items() if k != "seconds"}, sort_keys=True) for line in found)


def test_the_results_of_warm_workers_are_byte_for_byte_those_of_a_run(tmp_path):
    fresh, warm = tmp_path / "fresh.jsonl", tmp_path / "warm.jsonl"
    convparity.run("textbook", environments=ENVIRONMENTS, cache=False, output=fresh)
    with convparity.Workers(ENVIRONMENTS) as workers:
        workers.run(convparity.make_case(input=[6, 6], kernel=2), cache=False)
        workers.run("textbook", cache=False, output=warm)
    assert lines(warm) == lines(fresh)
