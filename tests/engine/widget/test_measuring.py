"""Layers measured in the background, with an adapter of the test's own, which needs no framework."""

import sys
import threading
import time

import convparity
import pytest
from convparity.adapters.own.loading import Adapters
from convparity.api import specs
from convparity.cases.catalog.validate import make_case
from convparity.widget.measuring import Measuring

PYTHON = """
import numpy as np
ops = ("max_pool",)
def run(case, x, weights):
    if case.kernel == (3,):
        raise ValueError("not three")
    return x[..., :1] * 0
"""
PAUSE = 0.05


@pytest.fixture
def environments(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(PYTHON)
    return [spec for spec in specs([f"mine={sys.executable}"], Adapters([file])) if spec.adapter == "mine"]


@pytest.fixture
def told(environments):
    """Rows as they come, and what measures."""
    rows, came = [], threading.Condition()

    def tell(case, row):
        with came:
            rows.append((case, row))
            came.notify_all()

    with convparity.Workers():
        measuring = Measuring(environments, tell, PAUSE)
        measuring.wait = lambda ready: _wait(came, lambda: ready(rows))
        measuring.rows = rows
        yield measuring
        measuring.ask(None)


def _wait(came, ready):
    with came:
        assert came.wait_for(ready, 60)


def pool(kernel):
    return make_case(op="max_pool", input=[8], kernel=kernel, stride=8)


def test_a_layer_is_measuring_and_then_measured(told):
    told.ask(pool(8))
    told.wait(lambda rows: len(rows) == 2)
    (case, first), (_, then) = told.rows
    assert case == pool(8)
    assert (first["label"], first["adapter"], first["verdict"], first["fault"]) == ("mine", "mine", "", "")
    assert then["shape"] == [1]
    assert then["verdict"] == "values"  # zeros, where the largest element is asked for


def test_only_the_newest_layer_is_measured(told):
    for kernel in (2, 4, 5, 3):
        told.ask(pool(kernel))
        time.sleep(PAUSE / 5)
    told.wait(lambda rows: any(row["verdict"] for _, row in rows))
    assert {case.kernel for case, _ in told.rows} == {(3,)}
    assert told.rows[-1][1]["verdict"] == "rejects"


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "explore mine"]


def test_a_thread_ends_once_all_is_measured_and_another_follows_the_next_question(told):
    """A notebook whose cell runs again leaves its widget behind, and must not leave threads."""
    for kernel, rows in ((8, 2), (4, 4)):
        told.ask(pool(kernel))
        told.wait(lambda came, rows=rows: len(came) == rows)
        for thread in threads():
            thread.join(60)
        assert threads() == []
    assert [case.kernel for case, row in told.rows if row["verdict"]] == [(8,), (4,)]


def test_what_was_measured_is_not_measured_again_and_what_was_ended_before_is(told):
    case = pool(8)
    for turned in (case, None, case):
        told.ask(turned)
    told.wait(lambda rows: len(rows) == 2)
    told.ask(None)
    told.ask(case)
    for thread in threads():
        thread.join(60)
    assert len(told.rows) == 2


def test_an_environment_that_cannot_serve_says_so(tmp_path):
    rows, came = [], threading.Event()

    def tell(case, row):
        rows.append(row)
        if row["fault"]:
            came.set()

    measuring = Measuring(specs([f"torch={sys.executable}"]), tell, PAUSE)
    measuring.ask(pool(2))
    assert came.wait(60)
    assert "torch" in rows[-1]["fault"]
    assert rows[-1]["verdict"] == ""


def test_the_widget_joins_rows_of_its_own_layer_only():
    widget = convparity.explore("nn.MaxPool1d(8)", input=(8,))
    row = {"label": "mine", "adapter": "torch", "verdict": "agrees"}
    widget._heard(pool(2), row)
    assert widget.measured == []
    widget._heard(widget.case, {**row, "verdict": ""})
    widget._heard(widget.case, row)
    assert widget.measured == [row]
    widget.change(kernel="4")
    assert widget.measured == []
