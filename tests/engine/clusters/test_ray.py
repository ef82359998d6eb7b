"""Runs on a cluster, with a Ray made up for the tests, whose one node is this process."""

import json
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import convparity
import pytest
from convparity.adapters.own.loading import OwnAdapter
from convparity.cases.errors import HarnessFault, InputError
from convparity.clusters import node, ray
from convparity.environments.find import EnvironmentSpec, Installed
from convparity.runs.lending import serving
from convparity.runs.working import silent
from convparity.workers.process import Death, Stopped

ADAPTER = """
ops = ("max_pool",)

def run(case, x, weights):
    return x[:, :, :: case.stride[0], :: case.stride[1]]
"""
LAYERS = [convparity.make_case(op="max_pool", input=[n, n], kernel=1, stride=2, id=f"n{n}") for n in range(4, 12)]
SPEC = EnvironmentSpec("torch", "torch", "/python", "--env", Installed({"torch": "2.13.0"}, {}, ""))
READY = {"ready": {}, "log": "", "forks": False}


class Reference:
    def __init__(self, future):
        self.made = future

    def future(self):
        return self.made


class Ray:
    """A cluster of some processors, whose tasks run in threads. ``change`` is applied to what they return."""

    def __init__(self, processors=2, change=lambda part: part):
        self.processors, self.change, self.cancelled, self.tasks = processors, change, [], 0
        self.threads = ThreadPoolExecutor(max(processors, 1))

    def cluster_resources(self):
        return {"CPU": float(self.processors)} if self.processors else {}

    def remote(self, **options):
        assert options == {"num_cpus": 1, "max_retries": ray.RETRIES}

        def task(function):
            class Task:
                @staticmethod
                def remote(*arguments):
                    self.tasks += 1
                    return Reference(self.threads.submit(lambda: self.change(function(*arguments))))

            return Task

        return task

    def cancel(self, reference):
        self.cancelled.append(reference)


@pytest.fixture
def run(tmp_path):
    """Runs layers in a user's own adapter, on a cluster if one is given; returns the report and the results' lines."""
    (tmp_path / "mine.py").write_text(ADAPTER)

    def run(name, made_up=None):
        arguments = {"environments": {"mine": sys.executable}, "adapters": [tmp_path / "mine.py"], "cache": False}
        path = tmp_path / name
        if made_up is None:
            report = convparity.run(*LAYERS, **arguments, output=path)
        else:
            with serving(ray.Cluster(made_up)):
                report = convparity.run(*LAYERS, **arguments, output=path)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        timeless = [{k: v for k, v in line.items() if k != "seconds"} for line in lines]
        return report, sorted(json.dumps(line, sort_keys=True) for line in timeless)

    return run


def test_a_hunt_on_a_cluster_finds_what_one_on_this_machine_does(tmp_path):
    (tmp_path / "mine.py").write_text(ADAPTER)

    def hunted():
        found = convparity.hunt(
            {"mine": sys.executable}, layers=64, seed=3, ops=["max_pool"], adapters=[tmp_path / "mine.py"]
        )
        return {name: value for name, value in found.to_json().items() if name != "seconds"}

    local, made_up = hunted(), Ray()
    with serving(ray.Cluster(made_up)):
        assert hunted() == local
    assert local["findings"]
    assert made_up.tasks > 1


def worker(*parts):
    """A worker whose requests are answered by these parts, and the requests that it has sent."""
    sent, left = [], list(parts)

    def submit(afresh, tasks):
        sent.append((afresh, tasks))
        future = Future()
        future.set_result(left.pop(0))
        return ray.Sent(None, Reference(future))

    return ray.ClusterWorker(SPEC, threading.Event(), submit), sent


@pytest.mark.parametrize(
    ("text", "address"),
    [("ray", "auto"), ("ray://head:10001", "ray://head:10001"), ("ray://[::1]:10001", "ray://[::1]:10001")],
)
def test_the_address_of_a_cluster(text, address):
    assert ray.address(text) == address


@pytest.mark.parametrize(
    "text", ["", "dask", "ray:", "ray://", "ray://head", "ray://:10001", "ray://head:", "ray://head:x", "head:10001"]
)
def test_what_is_no_cluster_is_refused_with_what_is_allowed(text):
    with pytest.raises(InputError) as refused:
        ray.address(text)
    assert str(refused.value).startswith("--on: ")
    assert "ray://HOST:PORT" in str(refused.value)


def test_without_ray_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(HarnessFault, match=r"pip install 'convparity\[ray\]'"), ray.cluster("ray"):
        pass


def test_the_command_ends_with_that_error_alone(convparity, tmp_path):
    (tmp_path / "one.toml").write_text("[[case]]\ninput = [4, 4]\nkernel = 1\n")
    wrong = convparity("run", "one.toml", "--env", f"torch={sys.executable}", "--on", "dask")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    alone = convparity("run", "one.toml", "--predict", "--on", "ray")
    assert (alone.returncode, alone.stderr.count("\n")) == (2, 1)
    assert "--on" in alone.stderr


def test_a_run_on_this_machine_imports_nothing_of_clusters(tmp_path):
    code = (
        "import sys\n"
        "from convparity.cli.main import application\n"
        "application()\n"
        "import convparity.runs.execution\n"
        "print([name for name in sys.modules if name == 'ray' or name.startswith('convparity.clusters')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout == "[]\n"


def test_a_run_on_a_cluster_writes_the_results_of_a_local_one(run):
    here, local = run("local.jsonl")
    there, distributed = run("ray.jsonl", Ray())
    assert distributed == local
    assert here.counts == there.counts
    assert here.counts
    assert not silent()  # a node is silent for as long as it works, not the process that it works in


def test_nodes_with_another_convparity_end_the_run_with_an_error(run):
    with pytest.raises(HarnessFault, match="node far has another convparity"):
        run("r.jsonl", Ray(change=lambda part: replace(part, code="older", name="far")))


def test_a_cluster_without_processors_is_refused():
    with pytest.raises(HarnessFault, match="no processor"):
        ray.Cluster(Ray(processors=0))


def test_a_worker_repeats_what_its_node_says_and_how_it_ended():
    died = Death("crashed", "SIGABRT", "the log")
    one, sent = worker(node.Part(SPEC, READY, [{"n": 0}, {"started": []}], died), node.Part(SPEC, READY, [{"n": 0}]))
    one.start()
    one.send([{"n": 0}, {"n": 1}])
    assert [one.receive(), one.receive()] == [{"n": 0}, {"started": []}]
    assert one.runs
    with pytest.raises(Death) as ended:
        one.receive()
    assert ended.value is died
    assert not one.runs
    one.start()
    one.send([{"n": 0}])
    assert [afresh for afresh, _ in sent] == [True, True]


def test_only_the_first_tasks_after_a_start_ask_for_a_new_process():
    one, sent = worker(*[node.Part(SPEC, READY, [{"n": 0}])] * 2)
    one.start()
    for _ in range(2):
        one.send([{"n": 0}])
        assert one.receive() == {"n": 0}
    assert [afresh for afresh, _ in sent] == [True, False]


def test_other_versions_on_another_node_are_a_fault():
    other = replace(SPEC, installed=Installed({"torch": "2.9.0"}, {}, ""))
    one, _ = worker(node.Part(other, READY, [{"n": 0}], name="far"))
    one.start()
    with pytest.raises(HarnessFault, match=r"'torch' is not the same on all nodes: far has torch 2\.9\.0"):
        one.send([{"n": 0}])


def test_a_task_that_ray_gives_up_is_a_fault_with_the_last_line_of_its_error():
    future = Future()
    future.set_exception(RuntimeError("The worker died.\n\nIt was killed."))
    with pytest.raises(HarnessFault, match=r"could not run a task: It was killed\."):
        ray.Sent(None, Reference(future)).part()


def test_a_run_that_is_stopped_cancels_its_tasks():
    made_up, stop = Ray(), threading.Event()
    threading.Timer(0.2, stop.set).start()
    sent, start = ray.Sent(made_up, Reference(Future())), time.monotonic()
    with pytest.raises(Stopped):
        sent.part(stop)
    assert made_up.cancelled == [sent.ref]
    assert time.monotonic() - start < 5


def test_what_another_kind_of_machine_observed_is_not_cached(interpreter):
    """The machine of the first look decides; observations of others are recorded, and not stored for later runs."""

    def elsewhere(part):
        return replace(part, spec=replace(part.spec, machine={"processor": ["x"]})) if part.messages else part

    def is_observed(size, change=lambda part: part):
        before = len(interpreter.asked)
        with serving(ray.Cluster(Ray(change=change))):
            convparity.run(convparity.make_case(input=[size], kernel=1), environments={"torch": interpreter.python})
        return len(interpreter.asked) > before

    assert is_observed(4)
    assert not is_observed(4)
    assert is_observed(5, elsewhere)
    assert is_observed(5)
    assert not is_observed(5)


def test_an_own_adapter_reaches_a_node(tmp_path):
    (tmp_path / "mine.py").write_text(ADAPTER)
    own = OwnAdapter.load(tmp_path / "mine.py")
    code = "import pickle, sys; own = pickle.load(sys.stdin.buffer); print(own.name, own.kind.__name__, len(own.text))"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(own), capture_output=True, check=True)
    assert done.stdout.decode().split() == ["mine", own.kind.__name__, str(len(own.text))]
