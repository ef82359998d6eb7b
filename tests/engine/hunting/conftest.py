"""A max pool of one's own in two environments, right in one and with a planted fault in the other."""

import json
import sys
from importlib import resources

import pytest
from jsonschema import Draft202012Validator

SCHEMAS = resources.files("convparity.report") / "schemas"
HUNT, VERDICTS = (
    Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text())) for name in ("hunt", "verdicts")
)

POOL = """
import os
import numpy as np

ops = ("max_pool",)

def run(case, x, weights):
    if case.ceil_mode or case.output_size or isinstance(case.padding, str) or not case.dtype.startswith("float"):
        raise NotImplementedError("plain pools only")
    if min(side for pair in case.padding for side in pair) < 0:
        raise NotImplementedError("no crops")
    if os.environ.get("PLANT") == "abort" and case.stride[-1] == 3:
        os.abort()
    y = np.pad(x, [(0, 0), (0, 0), *case.padding], constant_values=-np.inf)
    for axis, (k, s, d) in enumerate(zip(case.kernel, case.stride, case.dilation), 2):
        outputs = (y.shape[axis] - d * (k - 1) - 1) // s + 1
        if outputs < 1:
            raise ValueError("no window fits")
        taps = [np.take(y, range(t * d, t * d + s * (outputs - 1) + 1, s), axis) for t in range(k)]
        y = np.max(taps, axis=0)
    if np.isneginf(y).any():
        raise ValueError("a window holds nothing but padding")
    if os.environ.get("PLANT") == "values" and x.shape[-1] % 4 == 0 and case.stride[-1] > 1:
        y = y + 1
    return y
"""


@pytest.fixture
def pool(convparity, tmp_path):
    """Runs a hunt in the environments `right` and `wrong`, which has a plant; returns the process and its JSON.

    The JSON fits its schema.
    """
    (tmp_path / "pool.py").write_text(POOL)

    def run(*options, plant="values"):
        (tmp_path / "pyproject.toml").write_text(
            f"[tool.convparity.environments]\n"
            f"right = {{ adapter = 'pool', python = '{sys.executable}' }}\n"
            f"wrong = {{ adapter = 'pool', python = '{sys.executable}', variables = {{ PLANT = '{plant}' }} }}\n"
        )
        done = convparity("hunt", "--adapter", "pool.py", "--op", "max_pool", "--json", "found.json", *options)
        path = tmp_path / "found.json"
        found = json.loads(path.read_text()) if path.exists() else None
        if found:
            HUNT.validate(found)
            VERDICTS.validate({"format": 1, "verdicts": [one["row"] for one in found["findings"]]})
        return done, found

    return run
