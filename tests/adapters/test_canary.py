"""A framework that imports but cannot run anything is distinguished from one that refuses some layers."""

import json

from convparity.adapters.function_adapter import adapter_of
from convparity.adapters.worker import canary
from convparity.adapters.worker import serve as worker


def test_every_operation_runs_in_the_framework_of_this_environment(adapter):
    assert [case.op for case in canary.LAYERS] == ["conv", "conv_transpose", "max_pool", "avg_pool"]
    assert canary.failure(adapter) == ""


def test_the_worker_of_a_broken_framework_says_so_with_its_error(adapter, tmp_path, monkeypatch):
    def build(source):
        raise AttributeError("'DynamicJaxprTrace' object has no attribute 'level'")

    monkeypatch.setattr(adapter, "build", build)
    log = tmp_path / "log"
    log.write_text("")
    said = json.loads(json.dumps(worker.introduction(adapter, worker.Log(str(log)))))
    assert said["failed"].startswith("it imports, but ")
    assert said["failed"].endswith("AttributeError: 'DynamicJaxprTrace' object has no attribute 'level'")


def test_one_operation_that_cannot_run_fails_the_canary(adapter, monkeypatch):
    build = adapter.build

    def without_pools(source):
        layer = build(source)
        if "pool" in source.lower():
            raise RuntimeError("no pools")
        return layer

    monkeypatch.setattr(adapter, "build", without_pools)
    assert canary.failure(adapter).endswith("fails: RuntimeError: no pools")


def test_an_adapter_of_a_user_may_lack_operations():
    def run(case, x, weights):
        raise NotImplementedError

    assert canary.failure(adapter_of("mine", run, None)()) == ""
