"""A Ray cluster of two nodes for tasks on this machine, beside its head, and the command that runs on it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[2]
# Slow enough that a run can be hit in its middle.
ADAPTER = """
import time
ops = ("max_pool",)

def run(case, x, weights):
    time.sleep(0.02)
    return x[:, :, :: case.stride[0], :: case.stride[1]]
"""
LAYERS = """
[[grid]]
op = "max_pool"
input = { any = [[6, 6], [7, 7], [8, 8], [9, 9], [10, 10]] }
kernel = { any = [1, 2, 3, 4] }
stride = { any = [1, 2, 3] }
padding = { any = [0, "same"] }
"""
TIMES = ("seconds",)


class Nodes:
    """The cluster, and the parts of it that tests kill."""

    def __init__(self):
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        started = [self.cluster.add_node(num_cpus=1) for _ in range(2)]
        self.raylets = {psutil.Process(node.all_processes["raylet"][0].process.pid): node for node in started}

    def kill_the_busy_one(self):
        """End the node that observes as a power cut does."""
        busy = next(raylet for raylet in self.raylets if self._below(raylet))
        self.cluster.remove_node(self.raylets[busy], allow_graceful=False)

    def workers(self):
        """The processes that observe, all below this cluster's nodes: others on this machine are not ours to kill."""
        return [process for raylet in self.raylets for process in self._below(raylet)]

    @staticmethod
    def _below(raylet):
        below = raylet.children(recursive=True) if raylet.is_running() else []
        return [one for one in below if any(part.endswith("worker.zip") for part in one.cmdline())]


class Command:
    """The command in a folder of its own, with the cluster as the one that this machine is in."""

    def __init__(self, folder, nodes):
        self.folder = folder
        self.variables = {**os.environ, "RAY_ADDRESS": nodes.cluster.address, "XDG_CACHE_HOME": str(folder / "cache")}

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "convparity", *map(str, arguments)],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
        )

    def __call__(self, *arguments):
        process = self.start(*arguments)
        process.out, process.err = process.communicate(timeout=300)
        return process

    def observations(self, name):
        """The observations of a results file in a stable order, without times."""
        lines = map(json.loads, (self.folder / name).read_text().splitlines())
        kept = [line for line in lines if line["kind"] == "observation"]
        return sorted(json.dumps({k: v for k, v in line.items() if k not in TIMES}, sort_keys=True) for line in kept)

    def wait_for(self, name, observations, process):
        """Until a results file has so many; fail when the run ends or time is up first."""
        path, deadline = self.folder / name, time.monotonic() + 120
        while not (path.exists() and path.read_text().count('"kind":"observation"') >= observations):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="session")
def nodes():
    found = Nodes()
    yield found
    found.cluster.shutdown()


@pytest.fixture
def convparity(nodes, tmp_path):
    (tmp_path / "mine.py").write_text(ADAPTER)
    (tmp_path / "layers.toml").write_text(LAYERS)
    return Command(tmp_path, nodes)
