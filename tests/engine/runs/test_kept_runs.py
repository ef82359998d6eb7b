"""The same run again is taken from the cache whole: it says the same, and only what is the same run is taken for it."""

import gzip
import json
import pickle
from contextlib import closing

import pytest
from convparity import api
from convparity.cache.store import Cache
from convparity.runs import execution
from convparity.runs import kept_runs as finished

from ..interpreter import CATALOG, READY

SHARED = "from the cache"
# How an output differs from the reference: shifted by one, with the elements that it read; and everything else.
RAN = """
case = task["case"]
if case["id"] == "one":
    answer.update(outcome="ran", shape=[1, 1, 6, 6], dtype="float32", digest="0" * 32)
    if task["want"] == "sampling":
        rows = [[i + k - 1 for k in range(3)] for i in range(task["input"][0] - 2)]
        answer["sampling"] = {"maps": [rows, rows], "separable": True, "exact": True}
else:
    answer["error"] = "RuntimeError: no"
"""

# The layers that torch's model has an answer for, refused.
REFUSED = """
answer.update(source=f"nn.Conv2d(1, 1, {task['case']['kernel'][0]}, bias=False)", error="RuntimeError: no")
"""


@pytest.fixture
def runs_from_observations(monkeypatch):
    """Fails a test that puts a run together from its observations."""

    def fail(*arguments, **named):
        raise AssertionError("the run was put together again")

    monkeypatch.setattr(execution, "Runner", fail)


def written(folder, name):
    return [(folder / f"{name}.{kind}").read_bytes() for kind in ("jsonl", "json", "html", "xml", "md")]


def wanted(name):
    kinds = {"-o": "jsonl", "--json": "json", "--html": "html", "--junit": "xml", "--markdown": "md"}
    return [part for option, kind in kinds.items() for part in (option, f"{name}.{kind}")]


def test_the_same_run_again_writes_the_same_to_the_byte(run, interpreter, tmp_path):
    interpreter.does(RAN)
    first, second = run(*wanted("first")), run(*wanted("second"))
    asked = len(interpreter.asked)
    assert (first.returncode, second.returncode) == (1, 1)
    assert "SILENT SHIFT" in first.stdout.upper()
    last = first.stdout.splitlines()[-1]
    assert first.stdout.replace(last, "") == second.stdout.replace(second.stdout.splitlines()[-1], "")
    assert f"{asked} {SHARED}" in second.stdout
    assert written(tmp_path, "first") == written(tmp_path, "second")
    assert len(interpreter.asked) == asked


def test_a_kept_run_is_not_built_from_its_observations_again(run, interpreter, tmp_path, runs_from_observations):
    run()
    arguments = {"environments": {"torch": str(interpreter.python)}}
    report = api.run(tmp_path / "two.toml", **arguments, output=tmp_path / "again.jsonl")
    assert report.from_cache == 4
    assert [verdict.verdict for verdict in report.verdicts] == ["rejects", "rejects"]
    assert api.read_results(tmp_path / "again.jsonl").counts == report.counts
    with pytest.raises(AssertionError, match="together again"):
        api.run(tmp_path / "two.toml", **arguments, cache=False)


@pytest.mark.parametrize(
    "options",
    [["--as-written"], ["--shapes-only"], ["-k", "one"], ["--shard", "1/1"], ["--timeout", "9"]],
    ids=" ".join,
)
def test_a_run_with_other_options_is_not_taken_from_the_kept_one(
    run, interpreter, tmp_path, runs_from_observations, options
):
    assert run(*options).returncode in (0, 1)
    with pytest.raises(AssertionError, match="together again"):
        api.run(tmp_path / "two.toml", environments={"torch": str(interpreter.python)})


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("kernel = 2", "kernel = 4"), ('"other"', '"renamed"'), ("kernel = 2", "kernel = 2\nhostile = true")],
)
def test_other_cases_or_another_order_are_not_taken_from_a_kept_run(
    run, interpreter, tmp_path, runs_from_observations, was, becomes
):
    run()
    head, one, other = CATALOG.partition('[[case]]\nid = "other"')
    for text in (CATALOG.replace(was, becomes), f"{one}{other}{head}"):
        (tmp_path / "two.toml").write_text(text)
        with pytest.raises(AssertionError, match="together again"):
            api.run(tmp_path / "two.toml", environments={"torch": str(interpreter.python)})


def test_an_environment_with_another_label_or_other_facts_is_not_taken_from_a_kept_run(run, interpreter, tmp_path):
    run()
    environment = f"its:torch={interpreter.python}"
    assert api.run(tmp_path / "two.toml", environments=[environment]).environments[0].label == "its"
    interpreter.says(**READY | {"facts": {"device": "slide rule"}})
    (tmp_path / "three.toml").write_text(CATALOG.replace("kernel = 2", "kernel = 4"))
    environments = {"torch": str(interpreter.python)}
    assert api.run(tmp_path / "three.toml", environments=environments).results.faults  # what was cached is dropped
    assert not api.run(tmp_path / "three.toml", environments=environments).results.faults
    report = api.run(tmp_path / "two.toml", environments=environments)
    assert report.environments[0].details["facts"] == {"device": "slide rule"}


def test_the_expectations_of_one_run_do_not_apply_to_the_next(run, tmp_path):
    expected = "[[expect]]\ncase = '*'\nenvironment = 'torch'\nverdict = 'rejects'\nreason = 'known'\n"
    (tmp_path / "e.toml").write_text(expected)
    assert run("--expectations", "e.toml").returncode == 0
    assert run().returncode == 1
    assert run("--expectations", "e.toml").returncode == 0


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(99)", "answer['outcome'] = 'out of memory'", "os.kill(os.getpid(), 11)"]
)
def test_a_run_that_may_end_differently_next_time_is_not_kept(run, interpreter, code):
    interpreter.does(f"if task['case']['id'] == 'one': {code}\nanswer['error'] = 'RuntimeError: no'")
    for _ in range(2):
        starts = len(interpreter.starts)
        run("--timeout", "3")
        assert len(interpreter.starts) > starts


def test_a_run_with_a_failed_environment_is_not_kept(run, interpreter):
    interpreter.does("print('no reply', flush=True)")
    assert [run().returncode for _ in range(2)] == [3, 3]


def test_results_go_into_a_pipe_and_are_not_read_back_from_it(run, interpreter):
    first, second, third = (run("-o", "/dev/stderr") for _ in range(3))
    for done in (first, second, third):
        assert done.stderr.count('{"kind":"observation"') == 4
        assert '{"kind":"end"}' in done.stderr
    assert len(interpreter.starts) == 1


def spoil(content, key=finished.KEY):
    with closing(Cache()) as cache, cache.connected() as db:
        identities = db.execute("SELECT identity FROM shelf WHERE kind = ?", (finished.KIND,)).fetchall()
    with closing(Cache()) as cache:
        for (identity,) in identities:
            finished.Shelf(cache, identity).save_bytes({key: content, "report": content})


def touching(path):
    """A pickle of version 4 that creates a file when it is loaded, by names of our own modules and no other."""

    def text(value):
        return b"\x8c" + bytes([len(value)]) + value.encode()

    def name(dotted):
        return text("convparity.report.results.file") + text(dotted) + b"\x93"

    return b"\x80\x04" + name("Path.touch") + name("Path") + text(str(path)) + b"\x85R\x85R."


def test_a_planted_file_executes_nothing(run, tmp_path):
    pickle.loads(touching(tmp_path / "proof"))
    assert (tmp_path / "proof").exists()
    run()
    spoil(touching(tmp_path / "mark"))
    done = run()
    assert (done.returncode, f"4 {SHARED}" in done.stdout) == (1, True)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [],
        lambda lines: [b"garbage"],
        lambda lines: lines[:-1],
        lambda lines: [line for line in lines if b'"other"' not in line],
        lambda lines: [line.replace(b'"torch"', b'"flax"') for line in lines],
        lambda lines: [line.replace(b'"kernel":[2,2]', b'"kernel":[3,2]') for line in lines],
        lambda lines: [gzip.compress(bytes(2**20)) * 2**9],
    ],
    ids=["empty", "garbage", "stopped", "fewer cases", "another environment", "another case", "a bomb"],
)
def test_a_damaged_kept_run_is_built_again(run, interpreter, tmp_path, change):
    run("-o", "r.jsonl")
    lines = (tmp_path / "r.jsonl").read_bytes().splitlines(keepends=True)
    assert change(lines) != lines
    spoil(b"".join(change(lines)))
    done = run()
    assert (done.returncode, f"4 {SHARED}" in done.stdout, len(interpreter.starts)) == (1, True, 1)
    assert "Traceback" not in done.stderr


def test_the_rows_are_kept_with_the_run(run, interpreter, tmp_path):
    """What is stored is told from what would be worked out again by a sentence that only the stored rows have."""
    interpreter.does(REFUSED)
    run("--json", "first.json")
    first = (tmp_path / "first.json").read_bytes()
    of_9 = "predicted by the model of torch 2.13.0"
    rows = {row["case"]: row["unforeseen"] for row in json.loads(first)["verdicts"]}
    assert rows == {"one": f"agrees (6,6), {of_9}", "other": f"agrees (7,7), {of_9}"}
    changed = first.replace(b"agrees (7,7)", b"kept\\u001b (7,7)")
    assert changed != first
    spoil(changed, finished.ROWS)
    said = run("--json", "second.json", "--fail-on", "unforeseen", "--junit", "second.xml")
    assert (tmp_path / "second.json").read_bytes() == changed
    assert "kept\\x1b (7,7)" in (tmp_path / "second.xml").read_text()
    assert "\x1b" not in said.stdout


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"",
        lambda text: b"garbage",
        lambda text: b"[1]",
        lambda text: b'{"verdicts": [1]}',
        lambda text: text[:-9],
        lambda text: text.replace(b"agrees", "agréé".encode()),
        lambda text: text.replace(b'"other"', b'"another"'),
        lambda text: json.dumps({**json.loads(text), "verdicts": json.loads(text)["verdicts"][:1]}).encode(),
    ],
    ids=["empty", "garbage", "a list", "no rows", "cut off", "not ASCII", "another layer", "a row fewer"],
)
def test_rows_are_worked_out_again_where_they_are_damaged(run, interpreter, tmp_path, change):
    interpreter.does(REFUSED)
    run("--json", "first.json")
    first = (tmp_path / "first.json").read_bytes()
    assert change(first) != first
    spoil(change(first), finished.ROWS)
    run("--json", "second.json")
    assert (tmp_path / "second.json").read_bytes() == first


def test_only_the_newest_runs_are_kept(tmp_path):
    with closing(Cache(tmp_path / "c.sqlite3")) as cache:
        for n in range(5):
            cache.shelf("run", {"n": n}).save_bytes({"report": b"x"})
            cache.shelf("environment", {"n": n}).save({"key": "text"})
        with cache.connected() as db:
            db.execute("UPDATE shelf SET used = used - 1000 + id")
        cache.shelf("run", {"n": 0})  # which makes it the newest
        cache.keep_newest("run", 2)
        kept = [n for n in range(5) if cache.shelf("run", {"n": n}).load_bytes("report", 9)]
        assert kept == [0, 4]
        assert [holding.kind for holding in cache.holdings()].count("environment") == 5
