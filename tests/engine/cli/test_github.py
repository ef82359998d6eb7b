"""The output of the command in a job on GitHub, read by the rules of the program that runs the job."""

import json

import pytest

HOSTILE = "::set-output name=a::b\n::add-mask::c\n  ##[add-path]/evil " + "x " * 30 + "::debug::d"
CASE = {
    "id": "one", "op": "conv", "input": [8, 8], "kernel": [3, 3], "stride": [1, 1], "padding": [[0, 0], [0, 0]],
    "dilation": [1, 1], "batch": 1, "in_channels": 1, "out_channels": 1, "groups": 1,
    "dtype": "float32", "hostile": False,
}  # fmt: skip
SEEN = {"kind": "observation", "case": "one", "input": [8, 8], "spelling": "as written", "want": "values"}


def obeyed(text):
    """The commands that a runner would obey: ``::`` first in a line, ``##[`` anywhere, but for what is stopped."""
    until, commands = None, []
    for line in map(str.strip, text.splitlines()):
        if until:
            until = None if line == f"::{until}::" else until
        elif line.startswith("::stop-commands::"):
            until = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line.split("::error title=")[0].split("::warning title=")[0]:
            commands.append(line)
    assert until is None
    return commands


@pytest.fixture
def results(tmp_path):
    """A results file in which everything that can be is hostile."""
    lines = [
        {"kind": "header", "convparity": "0.1.0", "format": 1},
        {"kind": "case", "case": CASE},
        {"kind": "environment", "label": HOSTILE, "adapter": HOSTILE, "packages": {HOSTILE: HOSTILE}, "details": {}},
        {**SEEN, "environment": HOSTILE, "outcome": "raised", "error": HOSTILE, "source": HOSTILE, "note": HOSTILE},
        {"kind": "fault", "environment": HOSTILE, "message": HOSTILE},
        {"kind": "end"},
    ]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return "r.jsonl"


@pytest.fixture
def on_github(monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


def test_nothing_but_the_annotations_is_a_command(convparity, results, on_github):
    done = convparity("report", results)
    assert done.returncode == 3
    commands = obeyed(done.stdout)
    assert [line.split(" ")[0] for line in commands] == ["::error", "::warning"]
    assert obeyed(done.stderr) == []
    unguarded = obeyed(done.stdout.replace("::stop-commands::", ""))
    assert any(line.startswith("error: ") for line in unguarded)  # so there was something to stop


def test_outside_github_no_annotation_is_printed(convparity, results, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    out = convparity("report", results).stdout
    assert "stop-commands" not in out
    assert "::error" not in out


def test_an_error_message_with_an_id_is_not_a_command(convparity, tmp_path, on_github):
    cases = [{**CASE, "id": "##[add-path]/evil"}, {**CASE, "id": "##[add-path]/evil", "stride": [2, 2]}]
    lines = [{"kind": "header", "convparity": "0.1.0", "format": 1}, *({"kind": "case", "case": c} for c in cases)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = convparity("report", "r.jsonl")
    assert done.returncode == 2
    assert "##[add-path]" in done.stderr
    assert obeyed(done.stderr) == []


def test_the_files_are_written(convparity, results, tmp_path, on_github, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    convparity("report", results, "--junit", "j.xml", "--markdown", "summary.md")
    assert (tmp_path / "j.xml").read_text().startswith("<?xml")
    before, headline, *_ = (tmp_path / "summary.md").read_text().splitlines()
    assert before == "before"
    assert headline.startswith("### ")
    assert headline.endswith(" raises an error in this layer.")


@pytest.mark.parametrize("option", ["--junit", "--markdown"])
def test_files_that_cannot_be_written_are_refused_before_the_work(convparity, option):
    done = convparity("report", "missing.jsonl", option, "/dev/null/file")
    assert (done.returncode, done.stderr) == (2, "/dev/null/file: cannot be written: /dev/null is not a folder\n")


@pytest.mark.parametrize(
    "command", [["run", "textbook", "--env", "torch=x"], ["observe", "torch=x", "textbook", "-o", "r.jsonl"]]
)
@pytest.mark.parametrize("shard", ["0/4", "5/4", "x", "1/26"])
def test_malformed_parts_are_refused(convparity, tmp_path, command, shard):
    done = convparity(*command, "--shard", shard)
    assert done.returncode == 2
    assert done.stderr.startswith("--shard: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "r.jsonl").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["diff", "r.jsonl", "other.jsonl"],
        ["expect", "update", "r.jsonl", "--expectations", "e.toml"],
        ["report", "r.jsonl", "--expectations", "e.toml"],
    ],
)
def test_every_command_escapes_foreign_text(convparity, results, tmp_path, monkeypatch, command):
    text = (tmp_path / results).read_text()
    (tmp_path / results).write_text("".join(line for line in text.splitlines(True) if '"fault"' not in line))
    other = text.replace('"one"', '"two"').replace('"stride": [1, 1]', '"stride": [2, 2]')
    (tmp_path / "other.jsonl").write_text(other)
    expected = '[[expect]]\ncase = "one"\nverdict = "shape"\nreason = "::error::x ##[error]boo"\n'
    (tmp_path / "e.toml").write_text(expected)
    plain = convparity(*command)
    (tmp_path / "e.toml").write_text(expected)  # which update has changed
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = convparity(*command)
    for printed in (done.stdout, done.stderr):
        assert {line.split(" ")[0] for line in obeyed(printed)} <= {"::error", "::warning"}
    assert done.returncode == plain.returncode
    assert any("##[" in line for line in plain.stdout.splitlines() + plain.stderr.splitlines()), plain.stdout


def test_output_of_convparity_alone_is_printed_as_it_is(convparity, on_github):
    assert json.loads(convparity("schema", "results").stdout)
    assert convparity("--version").stdout.startswith("convparity ")
