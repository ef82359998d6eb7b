"""The data frames of results, verdicts and stacks, in both libraries, and their documented columns."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from convparity.report.frame import LIBRARIES
from convparity.report.preflight.stack import COLUMNS as OF_STACKS
from convparity.report.preflight.stack import stack
from convparity.report.results.file import COLUMNS as OF_RESULTS
from convparity.report.verdicts.verdict import COLUMNS as OF_VERDICTS

DOCUMENTED = Path(__file__).parents[2] / "docs/frames.md"
NEITHER = """
import sys
sys.modules["pandas"] = sys.modules["polars"] = None
from convparity import stack
stack(["nn.Conv2d(3, 8, 3)"], (3, 8, 8)).to_frame()
"""


@pytest.fixture(params=LIBRARIES)
def library(request, monkeypatch):
    """One of the two libraries, without the other."""
    found = pytest.importorskip(request.param)
    for name in set(LIBRARIES) - {request.param}:
        monkeypatch.setitem(sys.modules, name, None)
    return found


def rows(frame):
    return frame.to_dict("records") if hasattr(frame, "iloc") else frame.to_dicts()


def test_verdicts_and_results(library, shifted_run):
    report = shifted_run.report()
    frame = report.to_frame()
    assert isinstance(frame, library.DataFrame)
    keys = ("environment", "spelling", "verdict", "shape", "pads")
    assert [tuple(row[name] for name in keys) for row in rows(frame)][:2] == [
        ("keras", "as written", "shifted", "4x4", "(0,1)"),
        ("keras", "port", "agrees", "4x4", "(1,1)"),
    ]
    assert len(rows(report.verdict("layer-3-stride", "keras").to_frame())) == 1
    observed = {(row["environment"], row["input"], row["spelling"]) for row in rows(report.results.to_frame())}
    assert ("keras", "9x9", "as written") in observed


def test_a_stack(library):
    """By hand: 3 by 2 on 9 is 4 outputs; the second, from 0, reads elements 3 to 5."""
    frame = stack(["nn.Conv2d(3, 8, (3, 1), stride=(2, 1))"], (3, 9, 5)).to_frame()
    assert [tuple(row.values())[2:] for row in rows(frame)] == [("height", 4, 3, 2.0, 4.0), ("width", 5, 1, 1.0, 3.0)]


def test_a_frame_without_rows_has_its_columns(library, run):
    assert list(run.report().to_frame().columns) == list(OF_VERDICTS)


def test_the_columns_are_those_of_the_documentation():
    found = re.findall(r"^\| `(\w+)` \|", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE)
    assert found == [*OF_VERDICTS, *OF_RESULTS, *OF_STACKS]


def test_without_either_library_the_error_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", NEITHER], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith(
        "to_frame() needs pandas or polars, and neither is installed here; install one: pip install pandas"
    )
