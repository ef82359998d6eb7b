"""Nothing is run twice, and nothing is taken for granted that could have changed.

Played by an interpreter made for it, which notes when it starts as a worker and what it is asked.
"""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import PathDistribution

import pytest
from convparity import api, read_results
from convparity.adapters.registry import NAMES
from convparity.cache import fingerprint
from convparity.cache.store import Cache, cache_path
from convparity.cases import reference
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import HarnessFault, InputError
from convparity.cases.reference import References
from convparity.environments import installed as look
from convparity.environments.find import EnvironmentSpec, Installed
from convparity.runs import kept_runs as finished
from convparity.runs.runner import Runner
from convparity.workers import code as own_code
from convparity.workers.limits import Limits

from ..interpreter import CATALOG, READY, Interpreter


def forget_whole_runs():
    """Leave the cache the observations that they were made of (tests/engine/runs/test_kept_runs.py has the runs)."""
    with closing(Cache()) as cache:
        cache.keep_newest(finished.KIND, 0)


def lines(path, kind):
    return [line for line in map(json.loads, path.read_text().splitlines()) if line["kind"] == kind]


ASKED_ONCE = [("one", "as written", "values"), ("other", "as written", "values"),
              ("one", "port", "values"), ("other", "port", "values")]  # fmt: skip


def test_a_second_run_starts_no_framework_and_reports_the_same(run, interpreter, tmp_path):
    first = run("-o", "first.jsonl", "--json", "first.json")
    forget_whole_runs()
    second = run("-o", "second.jsonl", "--json", "second.json")
    assert interpreter.asked == ASKED_ONCE
    assert len(interpreter.starts) == 1
    assert first.returncode == second.returncode == 1
    assert "from the cache" not in first.stdout
    assert "4 from the cache" in second.stdout
    assert (tmp_path / "first.json").read_text() == (tmp_path / "second.json").read_text()
    assert lines(tmp_path / "first.jsonl", "environment") == lines(tmp_path / "second.jsonl", "environment")
    (environment,) = lines(tmp_path / "second.jsonl", "environment")
    assert (environment["packages"], environment["details"]["facts"]) == ({"torch": "9"}, {"device": "abacus"})


def test_observe_takes_from_the_cache_too_and_says_so(convparity, run, interpreter):
    run()
    done = convparity("observe", f"again:torch={interpreter.python}", "two.toml", "-o", "r.jsonl")
    assert done.returncode == 0
    assert "r.jsonl: 2 of 2 cases observed, 4 from the cache" in done.stderr
    assert len(interpreter.starts) == 1


def test_only_what_is_lacking_is_run(convparity, run, interpreter, tmp_path):
    (tmp_path / "one.toml").write_text(CATALOG[: CATALOG.index('[[case]]\nid = "other"')])
    convparity("run", "one.toml", "--env", f"torch={interpreter.python}")
    assert "2 from the cache" in run().stdout
    assert sorted(interpreter.asked) == sorted(ASKED_ONCE)


def test_a_layer_that_is_marked_as_hostile_has_observations_of_its_own(convparity, run, interpreter, tmp_path):
    run()
    (tmp_path / "marked.toml").write_text(CATALOG.replace("kernel", "hostile = true\nkernel"))
    assert "from the cache" not in convparity("run", "marked.toml", "--env", f"torch={interpreter.python}").stdout


def test_code_of_a_framework_that_was_edited_in_place_is_another_framework(tmp_path):
    """Its version and the record of its files stay as they are."""
    (tmp_path / "op-1.dist-info").mkdir()
    record = 'op/__init__.py,sha256=x,9\n"op/core.so",sha256=y,9\nop/notes.md,,\n'
    (tmp_path / "op-1.dist-info/RECORD").write_text(record)
    (tmp_path / "op").mkdir()
    installed = PathDistribution(tmp_path / "op-1.dist-info")
    seen = [look.files(installed)]
    for name in ("__init__.py", "core.so", "notes.md"):
        (tmp_path / "op" / name).write_text("tried")
        seen.append(look.files(installed))
    assert len(set(seen)) == 3
    assert seen[2] == seen[3]  # notes are not code


def test_no_cache_neither_reads_nor_writes(run, interpreter, cache_folder):
    run("--no-cache")
    assert not cache_path().exists()
    run()
    run("--no-cache")
    assert len(interpreter.starts) == 3


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--timeout", "29"], id="timeout"),
        pytest.param(["--memory", "3"], id="memory"),
    ],
)
def test_changed_limits_cause_another_run(run, interpreter, options):
    run()
    run(*options)
    assert len(interpreter.starts) == 2


@pytest.mark.parametrize("name", ["TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS", "JAX_X", "KERAS_BACKEND", "ATEN_CPU_CAPABILITY",
                                  "ONEDNN_MAX_CPU_ISA", "MXNET_ENGINE_TYPE", "PYTHONPATH"])  # fmt: skip
def test_a_changed_environment_variable_of_a_framework_causes_another_run(run, interpreter, monkeypatch, name):
    run()
    monkeypatch.setenv(name, f"{os.environ.get(name, '')}:/nowhere")
    run()
    run()
    assert len(interpreter.starts) == 2


def test_an_environments_own_variables_reach_its_process_and_make_another_run(convparity, interpreter, tmp_path):
    (tmp_path / "two.toml").write_text(CATALOG)
    interpreter.does("answer['error'] = 'MODE is ' + os.environ.get('MODE', 'unset')")

    def errors(mode):
        (tmp_path / "pyproject.toml").write_text(
            "[tool.convparity.environments]\n"
            f'x = {{ adapter = "torch", python = "{interpreter.python}", variables = {{ MODE = "{mode}" }} }}\n'
        )
        done = convparity("run", "two.toml", "-o", "r.jsonl")
        assert done.returncode == 1, done.stderr
        return {o["error"] for o in lines(tmp_path / "r.jsonl", "observation") if "error" in o}

    assert [errors(mode) for mode in ("1", "2", "1")] == [{"MODE is 1"}, {"MODE is 2"}, {"MODE is 1"}]
    assert len(interpreter.starts) == 2
    (about,) = lines(tmp_path / "r.jsonl", "environment")
    assert about["details"]["variables"]["MODE"] == "1"
    assert errors("3") == {"MODE is 3"}
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.convparity.environments]\nx = {{ adapter = "torch", python = "{interpreter.python}" }}\n'
    )
    done = convparity("run", "two.toml", "-o", "r.jsonl", "--resume")
    assert done.returncode == 2
    assert done.stderr == "r.jsonl: x was observed with torch (MODE = 3), and is now torch; use another file or label\n"


def test_a_changed_version_of_any_requirement_causes_another_run(run, interpreter):
    run()
    interpreter.has(needed={"torch": "9", "sleef": "2"})
    run()
    assert len(interpreter.starts) == 2


def test_an_installation_that_can_change_under_one_version_is_never_cached(convparity, run, interpreter, monkeypatch):
    interpreter.has(changes="torch is an editable install")
    run()
    assert "from the cache" not in run().stdout
    assert len(interpreter.starts) == 2
    monkeypatch.setenv("COLUMNS", "300")
    shown = convparity("envs", "--env", f"torch={interpreter.python}").stdout
    assert "torch 9 (never cached: torch is an editable install)" in shown


def test_a_user_defined_adapter_is_run_every_time(convparity, tmp_path, monkeypatch):
    """Its file says nothing of what it imports, such as the operation that somebody is working on."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # two versions within a second look the same to a .pyc
    (tmp_path / "lib").mkdir()
    (tmp_path / "two.toml").write_text(CATALOG)
    (tmp_path / "mine.py").write_text("def run(case, x, weights):\n    import op\n    return op.apply(x)\n")
    outcomes = []
    for code in ("raise ValueError('not yet')", "return x"):
        (tmp_path / "lib/op.py").write_text(f"def apply(x):\n    {code}\n")
        command = ["run", "two.toml", "--adapter", "mine.py", "--env", f"mine={sys.executable}", "--json", "v.json"]
        assert "from the cache" not in convparity(*command).stdout
        outcomes.append({v["verdict"] for v in json.loads((tmp_path / "v.json").read_text())["verdicts"]})
    assert outcomes == [{"rejects"}, {"shape"}]


def test_the_key_has_the_code_the_adapter_the_processor_and_what_is_pinned(monkeypatch):
    spec = EnvironmentSpec("any", "torch", "python", "--env")
    installed = Installed({"torch": "9"}, {"needed": {}}, "")
    before = fingerprint.of_environment(spec, installed, Limits())
    assert before["variables"]["OMP_NUM_THREADS"] == "1"
    assert before["adapter"] == "torch"
    assert "X" not in before["variables"]
    monkeypatch.setattr(fingerprint, "processor", lambda: ["another"])
    after = fingerprint.of_environment(spec, installed, Limits())
    assert after["processor"] == ["another"]
    assert {name for name in before if before[name] != after[name]} == {"processor"}


@pytest.mark.parametrize(
    ("module", "adapters"),
    [
        ("cases/arithmetic.py", NAMES),
        ("adapters/worker/probe.py", NAMES),
        ("adapters/conventions.py", NAMES),
        ("report/results/comparison.py", NAMES),
        ("adapters/torch/spelling.py", ("torch", "torch-onnx")),
        ("adapters/keras/adapter.py", ("tensorflow", "keras-torch", "keras-jax", "litert")),
        ("adapters/torch/signatures.py", ()),
        ("adapters/expression.py", ()),
        ("cases/catalog/validate.py", ()),
        ("report/verdicts/judging.py", ()),
    ],
)
def test_a_change_of_a_module_leaves_the_cache_of_those_that_do_not_run_it(monkeypatch, module, adapters):
    before = {name: own_code.of_observations(name) for name in NAMES}
    sources = own_code.text
    monkeypatch.setattr(own_code, "text", lambda path: sources(path) + b"#" * (path == module))
    assert {name for name in NAMES if own_code.of_observations(name) != before[name]} == set(adapters)
    assert sources(module)  # there is such a module


def test_a_change_of_any_module_causes_another_whole_run(monkeypatch):
    before, sources = own_code.of_everything(), own_code.text
    for module in ("api.py", "cli/run.py", "report/formats/html.py", "adapters/torch/signatures.py"):
        monkeypatch.setattr(own_code, "text", lambda path, module=module: sources(path) + b"#" * (path == module))
        assert own_code.of_everything() != before
    monkeypatch.setattr(own_code, "text", sources)
    assert own_code.of_everything() == before


@pytest.mark.parametrize(
    "code",
    [
        "os._exit(9)",
        "os.kill(os.getpid(), 9)",
        "os.kill(os.getpid(), 11)",
        "os.write(2, b'bad_alloc'); os.abort()",
        "import time; time.sleep(60)",
        "answer['error'] = 'RuntimeError: not enough memory: you tried to allocate 9 GB'",
        "answer['error'] = 'OSError: [Errno 28] No space left on device'",
        "answer['error'] = \"RuntimeError: can't start new thread\"",
        "os.write(2, b'std::system_error: Resource temporarily unavailable'); os.abort()",
        "answer.update(outcome='out of memory', error='MemoryError')",
    ],
)
def test_an_outcome_that_depends_on_the_load_of_the_machine_is_run_again(run, interpreter, code):
    interpreter.does(f"answer['error'] = 'no'\nif task['case']['id'] == 'one':\n    {code}")
    run("--timeout", "3")
    before = len(interpreter.asked)
    assert "3 from the cache" in run("--timeout", "3").stdout  # the other case, and both ports
    assert {asked[0] for asked in interpreter.asked[before:]} == {"one"}


@pytest.mark.parametrize("code", ["os.abort()", "os.kill(os.getpid(), 8)"])
def test_a_crash_that_a_process_causes_itself_is_cached(run, interpreter, tmp_path, code):
    interpreter.does(f"answer['error'] = 'no'\nif task['case']['id'] == 'one':\n    {code}")
    first = run("--json", "first.json")
    before = len(interpreter.asked)
    assert "4 from the cache" in run("--json", "again.json").stdout
    assert len(interpreter.asked) == before
    assert "CRASHED" in first.stdout
    assert (tmp_path / "first.json").read_text() == (tmp_path / "again.json").read_text()


def test_a_changed_environment_loses_its_cached_observations(convparity, run, interpreter, tmp_path):
    run()
    interpreter.says(**READY | {"facts": {"device": "slide rule"}})
    (tmp_path / "more.toml").write_text(CATALOG.replace("kernel = 2", "kernel = 4").replace('"other"', '"third"'))
    more = ["run", "more.toml", "--env", f"torch={interpreter.python}"]
    done = convparity(*more)
    assert done.returncode == 3
    assert "deleted from the cache: run again" in " ".join(done.stdout.split())
    assert convparity(*more).returncode == 1
    assert "slide rule" not in run("--json", "v.json").stderr
    assert interpreter.asked.count(("other", "as written", "values")) == 2


def test_a_stopped_run_has_cached_what_it_observed(run, interpreter, tmp_path, heeds_ctrl_c):
    interpreter.does("answer['error'] = 'no'\nimport time\nif task['case']['id'] == 'other': time.sleep(60)")
    environment = f"torch={interpreter.python}"
    command = [sys.executable, "-m", "convparity", "run", "two.toml", "--env", environment, "-o", "r.jsonl"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heeds_ctrl_c
    )
    results, deadline = tmp_path / "r.jsonl", time.monotonic() + 60
    while not (results.exists() and "outcome" in results.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    interpreter.does("answer['error'] = 'no'")
    assert "1 from the cache" in run().stdout


def test_a_run_that_was_killed_has_cached_all_but_the_last_request(convparity, interpreter, tmp_path):
    """Some hundred tasks go with a request; the controller has no time for last words."""
    sizes = [[n, 9] for n in range(3, 203)]
    (tmp_path / "many.toml").write_text(f"[[grid]]\nkernel = 3\ninput = {{ any = {sizes} }}\n")
    interpreter.does("answer['error'] = 'no'; import time\nif task['case']['input'][0] > 180: time.sleep(20)")
    command = ["run", "many.toml", "--env", f"torch={interpreter.python}"]
    process = subprocess.Popen([sys.executable, "-m", "convparity", *command], cwd=tmp_path)
    deadline = time.monotonic() + 60
    while len(interpreter.asked) < 179 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    interpreter.does("answer['error'] = 'no'")
    assert " 100 from the cache" in convparity(*command).stdout


def test_a_resumed_results_file_comes_before_the_cache(run, interpreter, tmp_path):
    run("-o", "whole.jsonl")
    text = (tmp_path / "whole.jsonl").read_text()
    (tmp_path / "cut.jsonl").write_text(text[: text.index('{"kind":"observation"', text.index('"outcome"'))])
    done = run("-o", "cut.jsonl", "--resume")
    assert "3 from the cache" in done.stdout
    assert len(interpreter.starts) == 1
    observed = [(o["case"], o["spelling"]) for o in lines(tmp_path / "cut.jsonl", "observation")]
    assert sorted(observed) == [("one", "as written"), ("one", "port"), ("other", "as written"), ("other", "port")]


def other(tmp_path, framework, version):
    """Another interpreter, which has a framework of a version."""
    made = Interpreter(tmp_path / f"{framework}-{version}")
    found = {framework: {"packages": {framework: version}, "identity": {}, "changes": ""}}
    (made.folder / "installed.json").write_text(json.dumps(found))
    return f"{framework}={made.python}"


@pytest.mark.parametrize(
    ("framework", "version", "said"),
    [
        ("tensorflow", "2.20", "x was observed with torch (torch 9), and is now tensorflow (tensorflow 2.20)"),
        ("torch", "10", "x was observed with torch (torch 9), and is now torch (torch 10)"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--no-cache",)])
def test_results_of_another_framework_under_the_same_label_are_not_resumed(
    convparity, run, interpreter, tmp_path, framework, version, said, options
):
    """Also of a file that has everything, for which no worker would start."""
    results, command = tmp_path / "r.jsonl", ("run", "two.toml", *options, "-o", "r.jsonl", "--env")
    convparity(*command, f"x:torch={interpreter.python}")
    before = results.read_bytes()
    done = convparity(*command, f"x:{other(tmp_path, framework, version)}", "--resume")
    assert done.returncode == 2
    assert done.stderr == f"r.jsonl: {said}; use another file or label\n"
    assert results.read_bytes() == before
    assert convparity(*command, f"x:{other(tmp_path, 'torch', '9')}", "--resume").returncode == 1  # by what is in it


def test_a_corrupt_cache_is_reported_once_and_the_run_continues_without_it(convparity, run, interpreter):
    run()
    cache_path().write_bytes(b"no database at all, " * 100)
    done = run()
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count("the cache cannot be used (file is not a database)") == 1
    assert len(interpreter.starts) == 2
    assert convparity("cache").returncode == 3
    assert convparity("cache", "--clear").returncode == 0
    run()
    assert "4 from the cache" in run().stdout


def test_a_file_that_breaks_in_the_middle_of_a_run_costs_no_observation(run, interpreter):
    run()
    size = cache_path().stat().st_size
    with cache_path().open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))
    assert run().returncode == 1
    assert len(interpreter.starts) in (1, 2)


def test_a_damaged_entry_is_run_again(run, interpreter):
    run()
    forget_whole_runs()
    with sqlite3.connect(cache_path()) as db:
        db.execute("UPDATE entry SET text = substr(text, 1, 20) WHERE text LIKE '%outcome%'")
    db.close()
    done = run()
    assert done.returncode == 1
    assert "from the cache" not in done.stdout
    assert len(interpreter.starts) == 2


def test_a_run_without_a_place_for_a_cache_does_not_fail(run, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    done = run("-o", "r.jsonl")
    assert done.returncode == 1
    assert "the cache cannot be used (Not a directory)" in " ".join(done.stdout.split())


def test_with_no_place_for_a_cache_a_run_without_results_file_leaves_nothing_either(run, monkeypatch, tmp_path):
    """Its observations are kept among the temporary files meanwhile."""
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    done = run("--no-cache")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "2 layers x 1 environment, 0 errors" in done.stdout
    assert not [*(tmp_path / "temporary").iterdir()]


@pytest.mark.parametrize("error", [InputError(["no"]), HarnessFault("no"), ValueError("no")])
def test_a_failed_run_leaves_no_unwanted_observations(cache_folder, tmp_path, monkeypatch, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(Runner, "observe", fail)
    for output in (None, tmp_path / "r.jsonl"):
        with pytest.raises(type(error)):
            api.run(CASES[0], environments={"torch": "/nowhere"}, output=output)
    assert not [*cache_folder.glob("**/*.jsonl")]
    assert (tmp_path / "r.jsonl").exists()


def test_the_cache_is_listed_and_cleared(convparity, run, interpreter):
    run()
    shown = convparity("cache")
    assert shown.stdout.startswith(f"{cache_path()}: ")
    assert "4 observations, 2 references, 1 whole run" in shown.stdout
    assert "torch 9" in shown.stdout
    assert convparity("cache", "--clear").stdout == f"{cache_path()}: empty\n"
    assert "0 observations, 0 references" in convparity("cache").stdout
    run()
    assert len(interpreter.starts) == 2


def test_the_leftovers_of_a_killed_run_are_listed_and_deleted_too(convparity, cache_folder):
    (cache_folder / "convparity/runs").mkdir(parents=True)
    left = cache_folder / "convparity/runs/tmpabc.jsonl"
    left.write_text("{}")
    shown = convparity("cache").stdout
    assert f"runs in progress or stopped; continue a stopped run with `run ... --resume -o FILE`:\n  {left}" in shown
    assert convparity("cache", "--clear").stdout == f"{cache_path()}: empty\n"
    assert not left.exists()
    assert str(left) not in convparity("cache").stdout


def test_shapes_only_requests_only_shapes_and_is_kept_apart_from_values(run, interpreter, tmp_path):
    """The shape is that of the one layer and not of the other, by (8 - 3) + 1 = 6 and (8 - 2) + 1 = 7."""
    interpreter.does("answer.update(outcome='inferred', shape=[1, 1, 6, 6])")
    first, again = (run("--shapes-only", "-k", case, "-o", f"{case}.jsonl") for case in ("one", "one"))
    assert first.returncode == again.returncode == 0
    assert "1 from the cache" in again.stdout
    assert lines(tmp_path / "one.jsonl", "environment")[0]["details"]["shapes_only"] is True
    assert run("--shapes-only").returncode == 1
    assert interpreter.asked == [("one", "as written", "shape"), ("other", "as written", "shape")]
    interpreter.does("answer['error'] = 'no'")
    run()
    assert interpreter.asked[2:] == ASKED_ONCE


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path; from convparity.cache.store import Cache\n"
        "cache = Cache(Path(sys.argv[1])); shelf = cache.shelf('environment', {'same': 'for all'})\n"
        "for i in range(50): shelf.save({f'{sys.argv[2]}-{i}-{j}': 'text' * j for j in range(20)})\n"
        "assert not cache.problem, cache.problem\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "c.sqlite3")]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda name: subprocess.run([*command, name], timeout=120, check=False), "abcd"))
    assert [process.returncode for process in done] == [0] * 4
    cache = Cache(tmp_path / "c.sqlite3")
    keys = [f"{name}-{i}-{j}" for name in "abcd" for i in range(50) for j in range(20)]
    found = cache.shelf("environment", {"same": "for all"}).load(keys)
    cache.close()
    assert len(found) == 4000
    assert found["c-7-9"] == "text" * 9


def test_texts_long_and_short_come_back_as_they_were(tmp_path):
    cache = Cache(tmp_path / "c.sqlite3")
    shelf = cache.shelf("environment", {})
    texts = {f"key {n}": "é" * n for n in (0, 1, 511, 512, 513, 100_000)}
    shelf.save(texts)
    assert shelf.load([*texts, "another"]) == texts
    assert cache.shelf("environment", {"another": "identity"}).load(texts) == {}
    assert cache.size < 100_000
    cache.close()


def test_an_unused_shelf_is_deleted_after_a_while(tmp_path):
    cache = Cache(tmp_path / "c.sqlite3")
    for identity in ("old", "recent"):
        cache.shelf("environment", {"name": identity}).save({"key": "text"})
    with cache.connected() as db:
        db.execute("UPDATE shelf SET used = used - 86400 * (CASE id WHEN 1 THEN 91 ELSE 89 END)")
    cache.shelf("environment", {"name": "new"})
    assert cache.shelf("environment", {"name": "recent"}).load(["key"]) == {"key": "text"}
    assert cache.shelf("environment", {"name": "old"}).load(["key"]) == {}
    cache.close()


CASES = [
    make_case(id="answer", input=[8, 8], kernel=3, padding=1),
    make_case(id="pool", input=[8, 8], kernel=3, op="avg_pool"),
    make_case(id="none", input=[8, 8], kernel=9),
    make_case(id="huge", input=[2**20, 2**20], kernel=3),
]


def test_references_come_back_as_they_were_computed_and_are_not_computed_again(tmp_path, monkeypatch):
    cache = Cache(tmp_path / "c.sqlite3")
    store = cache.shelf("references", fingerprint.of_references())
    first = References(store)
    assert first.load(CASES) == CASES
    first.compute(CASES)
    second = References(store)
    assert [case.id for case in second.load(CASES)] == ["none", "huge"]  # of these there is nothing to compute
    assert [second[case] for case in CASES] == [reference.refer(case) for case in CASES]
    monkeypatch.setattr(reference, "evaluate", None)
    assert [second[case] for case in CASES] == [first[case] for case in CASES]
    cache.close()


def test_a_damaged_reference_is_computed_again(tmp_path):
    cache = Cache(tmp_path / "c.sqlite3")
    store = cache.shelf("references", {})
    for damaged in ("", "[[1, 1, 8", "3", "[[1], 2, 3]"):
        store.save({CASES[0].key: damaged})
        references = References(store)
        assert references.load(CASES[:1]) == CASES[:1]
        assert references[CASES[0]] == reference.refer(CASES[0])
    cache.close()


def test_references_without_values_say_the_shape_and_evaluate_nothing(monkeypatch):
    monkeypatch.setattr(reference, "evaluate", None)
    references = References(values=lambda case: False)
    sizes = [None if references[case].shape is None else references[case].shape[2:] for case in CASES]
    assert sizes == [(8, 8), (2, 2), None, (2**20 - 2, 2**20 - 2)]
    assert references[CASES[2]].reason


def test_a_report_takes_its_references_from_the_cache(run, tmp_path, monkeypatch):
    run("-o", "r.jsonl")
    monkeypatch.setattr(reference, "evaluate", None)
    assert len(read_results(tmp_path / "r.jsonl").verdicts) == 2


RACE = """
import multiprocessing, sys
from pathlib import Path
from convparity.cache.store import Cache

def opened(together, path):
    together.wait()
    sys.exit(Cache(path).problem or 0)

fork = multiprocessing.get_context("fork")
for i in range(40):
    together = fork.Barrier(4)
    racers = [fork.Process(target=opened, args=(together, Path(sys.argv[1]) / f"{i}.sqlite3")) for _ in range(4)]
    for racer in racers: racer.start()
    for racer in racers: racer.join()
    assert not any(racer.exitcode for racer in racers)
"""


def test_processes_that_make_the_file_at_once_can_all_use_it(tmp_path):
    """SQLite makes one of them wait, and would tell the others that the file is locked."""
    assert subprocess.run([sys.executable, "-c", RACE, str(tmp_path)], timeout=120, check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_emptying_the_cache_leaves_the_observations_of_a_run_under_way(
    convparity, interpreter, cache_folder, tmp_path, heeds_ctrl_c
):
    (tmp_path / "two.toml").write_text(CATALOG)
    interpreter.does("if task['case']['id'] == 'other': import time; time.sleep(60)")
    command = [sys.executable, "-m", "convparity", "run", "two.toml", "--env", f"torch={interpreter.python}"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=heeds_ctrl_c
    )
    try:
        deadline = time.monotonic() + 60
        while len(interpreter.asked) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (file,) = cache_folder.glob("convparity/runs/*.jsonl")
        assert f"{file}: kept, because its run is in progress\n" in convparity("cache", "--clear").stdout
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert f"--resume -o {file}" in " ".join(said.split())
    assert len(lines(file, "observation")) == 1
    convparity("cache", "--clear")
    assert not file.exists()


def test_a_full_disk_costs_the_cache_and_not_the_run(interpreter, tmp_path):
    """No file may be over a megabyte here; the answers of these layers take three, and compress to more than one."""
    sizes = [[n, 8] for n in range(8, 758)]
    (tmp_path / "many.toml").write_text(f"[[grid]]\nkernel = 3\ninput = {{ any = {sizes} }}\n")
    interpreter.does("import secrets\nanswer['error'] = 'ValueError: ' + secrets.token_hex(1900)")
    command = ["run", "many.toml", "--env", f"torch={interpreter.python}", "--json", "v.json"]

    def run(size):
        limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))) if size else None
        return subprocess.run(
            [sys.executable, "-m", "convparity", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            preexec_fn=limit,
        )

    done = run(2**20)
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stderr.count("error:")) == (1, 0)
    rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert [row["verdict"] for row in rows] == ["rejects"] * len(sizes)
    notes = " ".join(done.stdout.split())
    assert "cannot be written: File too large; so nothing of this run is kept for later runs" in notes
    assert "the cache cannot be used" in notes
    assert run(None).returncode == 1  # there is room again
