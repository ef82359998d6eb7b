"""Deaths, time-outs, interruptions: each costs one case, and nothing that was observed is lost."""

import json
import signal
from itertools import product

import psutil
import pytest
from convparity.cases.catalog.catalog import load_catalog

DEADLY = """\
[[case]]
id = "before"
input = [8, 8]
kernel = 3

[[case]]
id = "two-gigapixel-padding"
input = [8, 8]
kernel = 3
padding = 1073741824

[[case]]
id = "after"
input = [8, 8]
kernel = 3
stride = 2
"""

SLOW = """\
[[case]]
id = "a-million-taps"
input = [8, 8]
kernel = [1, 1048576]
padding = [0, 1048576]

[[case]]
id = "after"
input = [8, 8]
kernel = 3
"""


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def verdicts(path):
    rows = json.loads(path.read_text())["verdicts"]
    return {(r["case"], r["environment"], r["spelling"]): (r["verdict"], r["shape"], r["source"]) for r in rows}


def test_a_case_that_kills_its_process_is_crashed_and_the_others_are_there(run_catalog, tmp_path):
    catalog = tmp_path / "deadly.toml"
    catalog.write_text(DEADLY)
    done, rows = run_catalog(catalog, "--env", "flax=.tox/flax", "--env", "torch=.tox/torch")
    row = rows["two-gigapixel-padding", "flax", "as written"]
    assert row["verdict"] == "crashed"
    assert "SIGABRT" in row["reason"]
    assert row["source"] == "nn.Conv(1, (3, 3), padding=1073741824, use_bias=False)"
    assert rows["two-gigapixel-padding", "torch", "as written"]["verdict"] == "rejects"
    for case in ("before", "after"):
        for name in ("flax", "torch"):
            assert rows[case, name, "as written"]["verdict"] == "agrees"
    assert done.returncode == 1


def test_a_case_that_takes_too_long_is_timed_out_and_the_next_one_runs(run_catalog, tmp_path):
    catalog = tmp_path / "slow.toml"
    catalog.write_text(SLOW)
    _, rows = run_catalog(catalog, "--env", "mxnet=.tox/mxnet", "--timeout", "3")
    assert rows["a-million-taps", "mxnet", "as written"]["verdict"] == "timed out"
    assert rows["after", "mxnet", "as written"]["verdict"] == "agrees"


def test_a_case_that_takes_too_much_memory_costs_only_itself(run_catalog, tmp_path):
    catalog = tmp_path / "large.toml"
    catalog.write_text(SLOW.replace("kernel = [1, 1048576]\npadding = [0, 1048576]", "kernel = 1\nbatch = 40000000"))
    _, rows = run_catalog(catalog, "--env", "torch=.tox/torch", "--memory", "1")
    assert rows["a-million-taps", "torch", "as written"]["verdict"] in ("out of memory", "rejects")
    assert rows["after", "torch", "as written"]["verdict"] == "agrees"


@pytest.mark.parametrize("name", ["torch", "flax"])
def test_a_worker_killed_from_outside_costs_nothing(convparity, tmp_path, name):
    arguments = ["grid", "--env", f"{name}=.tox/{name}", "--json"]
    convparity("run", *arguments, tmp_path / "untouched.json")
    process = convparity.start("run", *arguments, tmp_path / "killed.json", "-o", tmp_path / "killed.jsonl")
    convparity.wait_for(tmp_path / "killed.jsonl", 20, process)
    (worker,) = psutil.Process(process.pid).children()
    worker.kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, out + err
    assert verdicts(tmp_path / "killed.json") == verdicts(tmp_path / "untouched.json")
    assert len([line for line in lines(tmp_path / "killed.jsonl") if line["kind"] == "environment"]) == 1


def test_ctrl_c_keeps_what_was_observed_and_says_so(convparity, tmp_path, heeds_ctrl_c):
    results = tmp_path / "stopped.jsonl"
    process = convparity.start(
        "run", "grid", "--env", "tensorflow=.tox/tensorflow", "-o", results, preexec_fn=heeds_ctrl_c
    )
    convparity.wait_for(results, 50, process)
    workers = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"--resume -o {results}" in " ".join(out.split())
    assert not any(worker.is_running() for worker in workers)
    assert sum(line["kind"] == "observation" for line in lines(results)) > 50
    report = convparity("report", results)
    assert "its run was stopped before the end" in " ".join(report.out.split())
    assert report.returncode == 3


def test_a_results_file_that_was_cut_off_in_a_line_keeps_the_rest(convparity, tmp_path):
    results = tmp_path / "cut.jsonl"
    convparity("observe", "torch=.tox/torch", "textbook", "-o", results)
    text = results.read_text()
    results.write_text(text[: text.rindex('{"kind":"observation"') + 40])
    report = convparity("report", results)
    assert "the last line was cut off; left out" in " ".join(report.out.split())


def test_a_run_leaves_nothing_in_the_folder_for_temporary_files(convparity, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    catalog = tmp_path / "grouped.toml"  # which Keras compiles: TensorFlow writes code there, and is then killed
    catalog.write_text("[[case]]\ninput = [9, 9]\nkernel = 3\ngroups = 2\nin_channels = 4\nout_channels = 4\n")
    done = convparity("run", catalog, "--env", "tensorflow=.tox/tensorflow")
    assert done.returncode == 0, done.err
    assert list(folder.iterdir()) == []


def test_an_environment_that_does_not_work_leaves_the_others_their_results(run_catalog):
    done, rows = run_catalog("textbook", "--env", "torch=.tox/torch", "--env", "mxnet=.tox/torch", "-k", "layer")
    assert done.returncode == 3
    assert "error: environment 'mxnet'" in done.out
    assert "No module named 'mxnet'" in done.out
    assert {environment for _, environment, _ in rows} == {"torch"}


def test_hostile_ids_do_not_reach_the_terminal_raw(convparity, tmp_path):
    catalog = tmp_path / "hostile.toml"
    hostile = r"\u001b[31mred\u0000<script>alert(1)</script>[bold]" + "x" * 100_000
    catalog.write_text(f'[[case]]\nid = "{hostile}"\ninput = [8, 8]\nkernel = 3\npadding = 1\nstride = 2\n')
    done = convparity("run", catalog, "--env", "tensorflow=.tox/tensorflow", "--html", tmp_path / "report.html")
    assert done.returncode == 1
    assert "\x1b" not in done.out + done.err
    assert len(done.out) < 5000
    page = (tmp_path / "report.html").read_text()
    assert "<script>alert(1)" not in page
    assert "\x00" not in page


def test_output_of_a_framework_is_kept_with_the_observation_and_not_on_the_terminal(convparity, tmp_path):
    catalog, results = tmp_path / "loud.toml", tmp_path / "loud.jsonl"
    catalog.write_text('[[case]]\nid = "does-not-fit"\ninput = [8, 8]\nkernel = 9\n')
    done = convparity("run", catalog, "--env", "mxnet=.tox/mxnet", "-o", results)
    (seen,) = [line for line in lines(results) if line["kind"] == "observation"]
    assert "infer_shape error" in seen["log"]  # MXNet's C++ writes it to the standard error
    assert "infer_shape error" not in done.out + done.err


def test_every_case_with_vast_numbers_has_an_outcome(run_catalog):
    """In the two frameworks that die of the most signals in the least time; a death costs a case and no other."""
    done, rows = run_catalog(
        "hostile", "-k", "^", "--env", "flax=.tox/flax", "--env", "mxnet=.tox/mxnet", "--timeout", "4", "--as-written"
    )
    assert done.returncode == 1, done.err
    cases = {case.id for case in load_catalog("hostile") if "^" in case.id}
    assert {(case, environment) for case, environment, _ in rows} == {*product(cases, ("flax", "mxnet"))}
    assert {"crashed", "agrees"} <= {row["verdict"] for row in rows.values()}
