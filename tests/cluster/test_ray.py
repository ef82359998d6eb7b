"""Runs on a cluster of two nodes: the results of a local run, whichever part is killed in the middle."""

import json
import os
import signal
import sys
import time

import psutil
import pytest

from .conftest import ROOT

MINE = ["run", "layers.toml", "--adapter", "mine.py", "--env", f"mine={sys.executable}", "--no-cache", "--exit-zero"]
ENOUGH = 20  # observations after which a run is in its middle


@pytest.fixture(scope="session")
def local(nodes, tmp_path_factory):
    """The observations of a run on this machine alone."""
    from .conftest import ADAPTER, LAYERS, Command

    folder = tmp_path_factory.mktemp("local")
    (folder / "mine.py").write_text(ADAPTER)
    (folder / "layers.toml").write_text(LAYERS)
    command = Command(folder, nodes)
    done = command(*MINE, "-o", "local.jsonl")
    assert done.returncode == 0, done.err
    return command.observations("local.jsonl")


@pytest.fixture
def begun(convparity):
    """A run on the cluster that is in its middle."""
    process = convparity.start(*MINE, "-o", "r.jsonl", "--on", "ray")
    convparity.wait_for("r.jsonl", ENOUGH, process)
    return process


def finished(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


def test_real_frameworks_do_the_same_as_on_this_machine(convparity):
    places = [ROOT / ".tox" / name for name in ("torch", "onnxruntime")]
    if not all(place.exists() for place in places):
        pytest.fail("the environments are missing: `tox run -e torch,onnxruntime` makes them")
    envs = [part for place in places for part in ("--env", f"{place.name}={place}")]
    common = ["run", "textbook", *envs, "--exit-zero", "--no-cache"]
    here = convparity(*common, "-o", "here.jsonl")
    there = convparity(*common, "-o", "there.jsonl", "--on", "ray")
    assert (here.returncode, there.returncode) == (0, 0), there.err
    assert convparity.observations("here.jsonl") == convparity.observations("there.jsonl")
    assert here.out.rpartition(",")[0] == there.out.rpartition(",")[0]


def test_observe_and_its_parts_merge_to_the_same(convparity, local):
    mine = [f"mine={sys.executable}", "layers.toml", "--adapter", "mine.py", "--no-cache", "--on", "ray"]
    for part in (1, 2):
        done = convparity("observe", *mine, "--shard", f"{part}/2", "-o", f"{part}.jsonl")
        assert done.returncode == 0, done.err
    assert sorted(convparity.observations("1.jsonl") + convparity.observations("2.jsonl")) == local


def test_a_hunt_finds_what_one_on_this_machine_does(convparity):
    hunt = ["hunt", f"mine={sys.executable}", "--adapter", "mine.py", "--op", "max_pool", "--layers", 64, "--seed", 3]
    for name, on in (("here", []), ("there", ["--on", "ray"])):
        done = convparity(*hunt, "--json", f"{name}.json", *on)
        assert done.returncode == 1, done.err
    here, there = (json.loads((convparity.folder / f"{name}.json").read_text()) for name in ("here", "there"))
    assert here["findings"]
    assert {**there, "seconds": 0} == {**here, "seconds": 0}


def test_what_is_in_the_cache_is_not_sent_and_what_is_new_is_kept(convparity):
    place = ROOT / ".tox" / "onnxruntime"
    if not place.exists():
        pytest.fail("the environment is missing: `tox run -e onnxruntime` makes it")
    common = ["run", "textbook", "--env", f"onnxruntime={place}", "--exit-zero"]
    first = convparity(*common, "-k", "max_pool or stem", "--on", "ray")
    assert "from the cache" not in first.out, first.err
    again = convparity(*common, "-k", "max_pool or stem")  # on this machine
    assert "from the cache" in again.out
    convparity(*common, "-o", "here.jsonl")
    whole = convparity(*common, "-o", "there.jsonl", "--on", "ray")
    assert "from the cache" in whole.out
    assert convparity.observations("here.jsonl") == convparity.observations("there.jsonl")


def test_a_worker_that_is_killed_costs_nothing(convparity, nodes, begun, local):
    nodes.workers()[0].kill()
    finished(begun)
    assert convparity.observations("r.jsonl") == local


def test_a_process_of_ray_that_is_killed_costs_nothing(convparity, nodes, begun, local):
    worker = nodes.workers()[0]
    psutil.Process(worker.ppid()).kill()
    finished(begun)
    assert convparity.observations("r.jsonl") == local
    assert not worker.is_running()


def test_a_driver_that_is_killed_is_resumed_without_loss_or_repetition(convparity, nodes, begun, local):
    workers = nodes.workers()
    begun.kill()
    begun.communicate()
    before = len(convparity.observations("r.jsonl"))
    assert ENOUGH <= before < len(local)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive  # nothing goes on for a driver that is dead
    finished(convparity.start(*MINE, "-o", "r.jsonl", "--on", "ray", "--resume"))
    assert convparity.observations("r.jsonl") == local


def test_ctrl_c_keeps_what_has_come_and_ends_the_tasks(convparity, nodes, begun, local):
    workers, start = nodes.workers(), time.monotonic()
    os.kill(begun.pid, signal.SIGINT)
    _, err = begun.communicate(timeout=60)
    assert begun.returncode == 130, err
    assert time.monotonic() - start < 20
    assert "Traceback" not in err
    assert ENOUGH <= len(convparity.observations("r.jsonl")) < len(local)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
    finished(convparity.start(*MINE, "-o", "r.jsonl", "--on", "ray", "--resume"))
    assert convparity.observations("r.jsonl") == local


def test_an_environment_that_no_node_has_is_one_fault(convparity):
    done = convparity("run", "layers.toml", "--env", "torch=/nowhere/python", "--on", "ray")
    assert done.returncode == 3
    assert "cannot be started" in done.out
    assert "/nowhere/python" in done.out
    assert "Traceback" not in done.err


def test_a_node_that_is_lost_costs_nothing(convparity, nodes, begun, local):
    """The last test, because one node is left."""
    workers = nodes.workers()
    nodes.kill_the_busy_one()
    finished(begun)
    assert convparity.observations("r.jsonl") == local
    assert not any(worker.is_running() for worker in workers)
