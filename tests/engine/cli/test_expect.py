"""Expectations and the gate, by the command, on results files."""

import json

import pytest

CASES = {
    "a": {"in_channels": 1},
    "b": {"in_channels": 2},
}
SHAPE = [1, 1, 6, 6]


def case(id):
    plain = {"input": [8, 8], "kernel": [3, 3], "stride": [1, 1], "padding": [[0, 0], [0, 0]], "dilation": [1, 1]}
    return {**plain, **CASES[id], "id": id}


@pytest.fixture
def results(tmp_path):
    """Writes a results file in which these (case, environment) raise, or have another shape than they should."""

    def write(name, raising=(), wrong=(), labels=("old", "new")):
        lines = [{"kind": "header", "convparity": "0.1.0", "format": 1}]
        lines += [{"kind": "case", "case": case(id)} for id in CASES]
        for label in labels:
            packages = {"torch": "2.13.0"}
            lines.append(
                {"kind": "environment", "label": label, "adapter": "torch", "packages": packages, "details": {}}
            )
            for id in CASES:
                where = {"environment": label, "case": id, "input": [8, 8], "spelling": "as written", "want": "shape"}
                said = {"outcome": "inferred", "shape": SHAPE}
                if (id, label) in raising:
                    said = {"outcome": "raised", "error": "ValueError: no"}
                elif (id, label) in wrong:
                    said = {"outcome": "inferred", "shape": [1, 1, 5, 5]}
                lines.append({"kind": "observation", **where, **said})
        lines.append({"kind": "end"})
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        return name

    return write


def test_expectations_are_updated_and_become_stale(convparity, results, tmp_path):
    """Unexpected: 1. Updated: 0. Less than expected: 1, as stale. Comments survive byte for byte."""
    found = results("r.jsonl", raising=[("a", "old"), ("b", "old")])
    file = tmp_path / "e.toml"
    file.write_text("about = 'ours'  # kept\n\n# nothing yet\n")
    with_it = ("--expectations", "e.toml")
    done = convparity("report", found, *with_it)
    assert done.returncode == 1
    assert "0 divergences are expected (e.toml)" not in done.stdout  # no entry, so no file that says anything
    assert "REJECTS" in done.stdout

    assert convparity("expect", "update", found, *with_it).returncode == 0
    assert file.read_text().startswith("about = 'ours'  # kept\n\n# nothing yet\n\n[[expect]]\n")
    done = convparity("report", found, *with_it)
    assert done.returncode == 0
    assert "2 divergences are expected (e.toml)" in done.stdout
    assert "REJECTS" not in done.stdout

    file.write_text(file.read_text().replace("[[expect]]\n", "[[expect]] # mine\n"))
    fewer = results("s.jsonl", raising=[("a", "old")])
    done = convparity("report", fewer, *with_it)
    assert done.returncode == 1
    assert "e.toml:5: no longer occurs: b in old: expected rejects, is agrees" in done.stdout
    before = file.read_text()
    done = convparity("expect", "update", fewer, *with_it)
    assert (done.returncode, done.stdout) == (0, "narrowed  e.toml:5: case without b\n")
    assert file.read_text() == before.replace('["a", "b"]', '["a"]')
    assert convparity("report", fewer, *with_it).returncode == 0
    assert convparity("expect", "update", fewer, *with_it).stdout == "e.toml: nothing to change\n"


def test_the_three_ways_to_fail_are_distinguished(convparity, results, tmp_path):
    entries = (("a", "old", "shape"), ("b", "new", "rejects"), ("stem", "old", "shape"))
    (tmp_path / "e.toml").write_text(
        "".join(
            f"[[expect]]\ncase = '{id}'\nenvironment = '{label}'\nverdict = '{verdict}'\nreason = 'so'\n"
            for id, label, verdict in entries
        )
    )
    done = convparity("report", results("r.jsonl", raising=[("a", "old")]), "--expectations", "e.toml")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("e.toml:")]
    assert lines == [
        "e.toml:1: a in old: expected shape, because so; is rejects",
        "e.toml:6: no longer occurs: b in new: expected rejects, is agrees: so",
        "e.toml:11: matches nothing: no case of this run is stem",
    ]


def test_the_project_names_the_expectations_file(convparity, results, tmp_path):
    found = results("r.jsonl", raising=[("a", "old")])
    (tmp_path / "pyproject.toml").write_text("[tool.convparity]\nexpectations = 'known/e.toml'\n")
    (tmp_path / "known").mkdir()
    done = convparity("report", found)
    assert done.stderr == "known/e.toml does not exist yet; `convparity expect update RESULTS` makes it\n"
    assert done.returncode == 1
    assert convparity("expect", "update", found).returncode == 0
    assert (tmp_path / "known/e.toml").exists()
    assert convparity("report", found).returncode == 0
    (tmp_path / "pyproject.toml").write_text("[tool.convparity]\nexpectations = 3\n")
    done = convparity("report", found)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "expectations: 3 is not the path of a file; expected a path or a list of paths" in done.stderr


def test_only_the_named_verdicts_fail_the_run(convparity, results):
    found = results("r.jsonl", raising=[("a", "old")])
    assert convparity("report", found, "--fail-on", "rejects").returncode == 1
    done = convparity("report", found, "--fail-on", "shape,values")
    assert done.returncode == 0
    assert "REJECTS" in done.stdout
    assert "Only this fails the run: shape and values." in done.stdout


def test_environments_that_have_to_agree(convparity, results):
    both = results("both.jsonl", raising=[("a", "old"), ("a", "new")])
    assert convparity("report", both, "--agree", "old,new").returncode == 0
    one = results("one.jsonl", wrong=[("a", "old"), ("b", "old")])
    done = convparity("report", one, "--agree", "old,new")
    assert done.returncode == 1
    assert "and 1 more\n          gives (5,5) in old, (6,6) in new\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["report", "r.jsonl", "--agree", "old,nwe"],
            "--agree: 'nwe' is not an environment of this run; expected new, old",
        ),
        (["report", "r.jsonl", "--fail-on", "shap"], "did you mean 'shape'?"),
        (["report", "r.jsonl", "--expectations", "none.toml"], "none.toml: cannot be read: No such file"),
        (["expect", "update", "r.jsonl"], "no expectations file is named; name one with --expectations FILE"),
        (
            ["run", "textbook", "--env", "torch=x", "--agree", "torch,keras"],
            "'keras' is not an environment of this run",
        ),
    ],
)
def test_bad_input_is_status_2(convparity, results, arguments, message):
    results("r.jsonl")
    done = convparity(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stopped_run_is_neither_an_agreement_nor_a_baseline(convparity, results, tmp_path):
    whole = results("whole.jsonl")
    lines = (tmp_path / whole).read_text().splitlines(keepends=True)
    (tmp_path / "stopped.jsonl").write_text("".join(lines[:-1]))  # all but that it ended
    assert convparity("report", whole).returncode == 0
    for options in ((), ("--exit-zero",)):
        done = convparity("report", "stopped.jsonl", *options)
        assert done.returncode == 3
        assert "No difference in what was observed, but not everything was observed." in done.stdout
    assert convparity("diff", whole, "stopped.jsonl").returncode == 3
    done = convparity("lock", "stopped.jsonl")
    assert done.returncode == 3
    assert done.stderr == (
        "error: convparity.lock: not written, because this run cannot be a baseline: "
        "the run was stopped before the end\n"
    )
    assert not (tmp_path / "convparity.lock").exists()
