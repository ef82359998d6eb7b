"""The command without any framework: help, explain, errors, exit statuses."""

import json
import os
import re
import subprocess
import sys

import pytest
from convparity import explain, run
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.policy.lock import HEAD

FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "flax", "mxnet"}
HEAVY = {
    "convparity.cli.bisect",
    "convparity.cli.run",
    *FRAMEWORKS,
    "numpy",
    "rich.table",
    "toml_rs",
    "tomlkit",
    "junitparser",
    "psutil",
}

TEN_MISTAKES = """\
about = 3
[[case]]
input = [8, 8]
kernels = 3
stride = 0
[[case]]
input = [8, 8, 8, 8]
kernel = 3
[[case]]
input = [8, -8]
kernel = 3
padding = "smae"
groups = 2
[[grid]]
input = [8, 8]
kernel = { any = [1, 0] }
dtype = "float33"
[[gird]]
"""
# By hand, from the text above. The missing kernel and both channels of groups are among them.
PLACES = ["1:9", "4:1", "2:1", "5:10", "7:9", "10:13", "12:11", "13:10", "13:10", "16:22", "17:9", "18:3"]


def test_ten_mistakes_give_their_errors_with_places_and_status_2(convparity, tmp_path):
    (tmp_path / "bad.toml").write_text(TEN_MISTAKES)
    done = convparity("run", "bad.toml", "--env", "torch=/nowhere")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert sorted(line.split(": ")[0] for line in lines) == sorted(f"bad.toml:{place}" for place in PLACES)
    assert "did you mean 'kernel'" in done.stderr
    assert "did you mean 'same'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "textbok"], "did you mean 'textbook'?"),
        (["run", "textbook", "--env", "torch"], "is not [LABEL:]ADAPTER=PYTHON"),
        (["observe", "trch", "textbook", "-o", "r"], "ENVIRONMENT: 'trch' is not an adapter; expected torch, "),
        (["observe", "torch=", "textbook", "-o", "r"], "ENVIRONMENT: 'torch=' is not [LABEL:]ADAPTER=PYTHON"),
        (["check-adapter", "trch"], "NAME: 'trch' is not an adapter; expected torch, "),
        (["check-adapter", "trch", "--env", "x"], "NAME: 'trch' is not an adapter; expected torch, "),
        (["run", "textbook", "--env", "torch=x", "-k", "nothing-like-it"], "no case has an id that matches"),
        (["report", "missing.jsonl"], "missing.jsonl: cannot be read: No such file or directory"),
        (["explain", "nn.Conv2d(3, 64)", "--input", "3x8x8"], "kernel_size"),
        (["run", "textbook", "-o", "/dev/null/r.jsonl", "--env", "torch=x"], "cannot be written: /dev/null is not a"),
        (["run"], "CATALOG is missing; name one, such as textbook"),
        (
            ["compare", "model.py", "nn.Conv2d(3, 4, 3)"],
            'model.py is a source file, and "nn.Conv2d(3, 4, 3)" is not',
        ),
        (["run", "textbook", "--predict", "-q", "-v"], "-q and -v exclude each other"),
        (["run", "textbook", "--predict", "--json", "-", "--junit", "-"], "over -, which is another output"),
    ],
)
def test_bad_input_is_one_clear_error_and_status_2(convparity, arguments, message):
    done = convparity(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_no_framework_at_all_is_status_3(convparity, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    done = convparity("run", "textbook")
    assert done.returncode == 3
    assert done.stderr.startswith("error: no framework found")
    check_ways_on(done.stderr)


def test_a_project_whose_environments_were_never_made_says_what_to_do(convparity, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.convparity.environments]\ntorch = ".tox/torch"\nflax = ".tox/flax"\n'
    )
    done = convparity("run", "textbook")
    assert done.returncode == 3
    assert done.stderr.startswith(
        "error: pyproject.toml [tool.convparity.environments]: none of its environments exists "
        "(.tox/torch, .tox/flax); make them, or take one of three ways on:\n"
    )
    check_ways_on(done.stderr)


def check_ways_on(told: str) -> None:
    """Check that an error ends with the three ways on, each with its size and its time, and with the demo."""
    assert "or take one of three ways on:\n" in told
    *ways, last = told.splitlines()[1:]
    assert last.startswith("`convparity demo` needs nothing")
    assert [re.split("  +", way)[1] for way in ways] == [
        "run ... --predict",
        "run ... --with onnxruntime",
        "run ... --with all",
    ]
    assert all(
        re.search(r"\((at once|[\d.]+ [GM]B, about \d+ (seconds|minutes) and the download)\)$", way) for way in ways
    )


def test_interpreters_that_do_not_work_are_errors_with_status_3_and_a_report(convparity, tmp_path):
    done = convparity("run", "textbook", "--env", "torch=/nowhere/python", "--env", f"flax={sys.executable}",
                      "--json", "v.json", "--exit-zero")  # fmt: skip
    assert done.returncode == 3
    assert "error: environment 'torch' (/nowhere/python, from --env) cannot be started" in done.stdout
    assert "error: environment 'flax'" in done.stdout
    assert "ModuleNotFoundError: No module named 'jax'" in done.stdout
    assert json.loads((tmp_path / "v.json").read_text()) == {"format": 1, "verdicts": []}


def test_a_worker_that_dies_while_starting_is_a_fault(convparity, tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho last words >&2\nexit 7\n")
    broken.chmod(0o755)
    done = convparity("run", "textbook", "--env", f"torch={broken}")
    assert done.returncode == 3
    assert "ended while starting (exit status 7): last words" in done.stdout


def test_explain_says_what_flax_does_beside_the_formula(convparity):
    done = convparity("explain", "nn.ConvTranspose(1, (3, 3))", "--input", "8x8")
    assert "\nFlax applies this kernel mirrored" in done.stdout
    shown = explain("nn.ConvTranspose(1, (3, 3))", (8, 8))
    assert "applies this kernel mirrored" in str(shown)
    assert "applies this kernel mirrored" in shown._repr_html_()


def test_the_line_to_write_instead_comes_first(convparity):
    line = "layers.Conv2D(32, 3, strides=2, padding='same')"
    port = "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2))"
    done = convparity("explain", line, "--input", "3x224x224", "--to", "torch")
    assert done.stdout.splitlines()[:3] == ["In PyTorch, write", "", f"    {port}"]
    assert "Flax" not in done.stdout
    done = convparity("explain", "layers.BatchNormalization()", "--to", "torch", "--input", "8x5x5")
    assert done.stdout.startswith("In PyTorch, write\n\n    nn.BatchNorm2d(8, eps=0.001, momentum=0.01)\n")
    assert "The size of the input" not in done.stdout
    done = convparity("explain", "layers.BatchNormalization()", "--to", "torch")
    assert done.stdout.endswith("--input gives another. Write your number of channels in place of 3.\n")
    done = convparity("explain", "nn.GroupNorm(8, 64)", "--to", "tensorflow")
    assert "layers.GroupNormalization(8, epsilon=1e-05)" in done.stdout
    assert "The size of the input" not in done.stdout
    done = convparity("explain", "layers.LayerNormalization(input_shape=(8, 5, 4))", "--to", "torch")
    assert "nn.LayerNorm(4, eps=0.001)" in done.stdout
    assert done.stdout.endswith("\n\nThe line says that its input is 4x8x5.\n")
    done = convparity("explain", line, "--input", "3x224x224")
    assert done.stdout.splitlines()[:2] == ["Write instead (predicted; nothing was run):", f"  PyTorch       {port}"]
    shown = explain(line, (3, 224, 224))
    assert port in str(shown).splitlines()[1]
    assert "Write instead" in shown._repr_html_()
    written = "nn.Conv2d(3, 32, 3, stride=2, padding=1)"
    done = convparity("compare", line, written, "--input", "3x224x224")
    assert done.stdout.splitlines()[1] == f"Write instead, in PyTorch: {port}"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("shiftd",), "'shiftd' is neither a layer, such as 'nn.Conv2d(3, 64, 7)', nor one of the verdicts accepts, "),
        (("shiftd",), "; did you mean 'shifted'?"),
        ((), "nothing to explain; give a LAYER"),
        (
            ("nn.Conv2d(1, 1, 3)", "--input", "8x8", "--to", "torhc"),
            "--to: 'torhc' is not an adapter; expected torch, ",
        ),
        (
            ("nn.Conv2d(1, 1, 3)", "--input", "8x8", "--to", "flax", "--env", "flax=x"),
            "--to: is for predictions",
        ),
    ],
)
def test_a_request_that_cannot_be_explained_is_an_error(convparity, arguments, problem):
    done = convparity("explain", *arguments)
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr


def test_explain_works_the_formula_out(convparity):
    done = convparity("explain", "nn.Conv2d(1, 1, (3, 5), stride=(3, 4), padding=(0, 1))", "--input", "8x8")
    assert done.returncode == 0
    assert "floor((8-3+0+3)/3) = 2  reads 1-3 | 4-6" in done.stdout
    assert "floor((8-5+2+4)/4) = 2  reads pad, 1-4 | 4-8" in done.stdout
    assert "p is the total of both sides" in done.stdout


def test_an_expression_is_never_evaluated(convparity, tmp_path):
    done = convparity("explain", "nn.Conv2d(1, 1, open('made', 'w').write('x'))", "--input", "8x8")
    assert done.returncode == 2
    assert done.stderr.count("^") == 1
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("which", ["catalog", "expectations", "results", "verdicts"])
def test_schemas_are_printed(convparity, which):
    assert json.loads(convparity("schema", which).stdout)["$schema"].startswith("https://json-schema.org/")


def loaded(*arguments):
    """Which heavy modules a command imports."""
    code = (
        "import sys\nfrom convparity.cli.main import main\n"
        f"sys.argv = ['convparity', *{list(arguments)!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print('LOADED', *sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_help_imports_nothing_heavy():
    assert loaded("run", "--help") <= {"rich.table", "convparity.cli.run"}


def test_explain_imports_no_framework_no_numpy_and_no_machinery():
    assert loaded("explain", "nn.Conv2d(3, 64, 7)", "--input", "3x9x9") == set()


def test_envs_names_what_is_missing_with_status_3(convparity):
    done = convparity("envs", "--env", f"torch={sys.executable}")
    assert done.returncode == 3
    assert "missing" in done.stdout
    assert "torch is not installed in" in done.stderr


def test_a_bug_in_convparity_never_has_the_exit_status_of_a_divergence(convparity, tmp_path, monkeypatch):
    (tmp_path / "rich").mkdir()
    (tmp_path / "rich/__init__.py").write_text("raise RuntimeError('broken on purpose')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = convparity("run", "textbook", "-k", "stem", "--env", "torch=/nowhere")
    assert done.returncode == 3
    assert "broken on purpose" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: convparity's own code failed")


def test_observe_says_what_could_not_be_observed(convparity, tmp_path):
    done = convparity("observe", "torch=/nowhere", "textbook", "-k", "stem", "-o", "r.jsonl")
    assert done.returncode == 3
    assert "error: environment 'torch'" in done.stderr
    assert "0 of 3 cases observed" in done.stderr
    assert convparity("report", "r.jsonl").returncode == 3


def test_a_full_disk_is_a_fault_in_one_line(convparity):
    done = convparity("run", "textbook", "--env", "torch=/nowhere", "-o", "/dev/full")
    assert done.returncode == 3
    assert done.stderr == "error: /dev/full: cannot be written: No space left on device; its contents so far are kept\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full here")
def test_files_that_cannot_be_written_are_reported_and_the_others_are_written(run, interpreter, tmp_path):
    """Both layers diverge, which exits with 1 where everything could be written."""
    done = run("--as-written", "--html", "/dev/full", "--json", "v.json", "--junit", "/dev/full", "--markdown", "s.md")
    full = "error: /dev/full: cannot be written: No space left on device"
    assert [line for line in done.stderr.splitlines() if "error: " in line] == [full, full]
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1].startswith("v.json   s.md   2 layers x 1 environment")
    assert len(json.loads((tmp_path / "v.json").read_text())["verdicts"]) == 2
    assert (tmp_path / "s.md").read_text()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full here")
def test_the_files_of_a_report_are_written_even_where_it_cannot_be_shown(tmp_path, interpreter):
    (tmp_path / "one.toml").write_text(MINE)
    command = [sys.executable, "-m", "convparity", "run", "one.toml", "--env", f"torch={interpreter.python}"]
    with open("/dev/full", "w") as full:
        call = [*command, "--json", "v.json"]
        assert subprocess.run(call, stdout=full, cwd=tmp_path, timeout=60, check=False).returncode == 3
    assert len(json.loads((tmp_path / "v.json").read_text())["verdicts"]) == 1


def test_files_that_cannot_be_written_are_refused_before_the_run(convparity, tmp_path):
    (tmp_path / "no").write_text("a file")
    done = convparity("run", "textbook", "--env", "torch=/nowhere", "--html", "no/r.html", "--json", "no/v/v.json")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "no/r.html: cannot be written: no is not a folder",
        "no/v/v.json: cannot be written: no is not a folder",
    ]
    assert done.stdout == ""


def test_resume_needs_a_results_file(convparity):
    done = convparity("run", "textbook", "--env", "torch=/nowhere", "--resume")
    assert done.returncode == 2
    assert done.stderr == "--resume needs the results file to continue: -o RESULTS\n"


def test_a_file_that_is_not_a_results_file_is_left_alone(convparity, tmp_path):
    (tmp_path / "notes.txt").write_text("mine\nhalf a line")
    done = convparity("run", "textbook", "--env", "torch=/nowhere", "--resume", "-o", "notes.txt")
    assert done.returncode == 2
    assert "notes.txt:1:1: not a results file" in done.stderr
    assert (tmp_path / "notes.txt").read_text() == "mine\nhalf a line"


def test_a_file_in_which_an_id_means_another_layer_is_not_resumed(convparity, tmp_path):
    (tmp_path / "c.toml").write_text('[[case]]\nid = "mine"\ninput = [8, 8]\nkernel = 3\n')
    convparity("run", "c.toml", "--env", "torch=/nowhere", "-o", "r.jsonl")
    (tmp_path / "c.toml").write_text('[[case]]\nid = "mine"\ninput = [8, 8]\nkernel = 5\n')
    done = convparity("run", "c.toml", "--env", "torch=/nowhere", "-o", "r.jsonl", "--resume")
    assert done.returncode == 2
    assert done.stderr == "r.jsonl: holds a different case with the id mine; write to a new file\n"


TWO_OF_AN_ID = (
    '[[case]]\nid = "mine"\ninput = [8, 8]\nkernel = 3\n',
    '[[case]]\nid = "mine"\ninput = [8, 8]\nkernel = 5\n',
)


def test_an_id_of_two_cases_is_reported_with_both_places_and_earlier_results_stay(convparity, tmp_path):
    for name, text in zip(("c.toml", "d.toml"), TWO_OF_AN_ID, strict=True):
        (tmp_path / name).write_text(text)
    (tmp_path / "r.jsonl").write_text("results of an hour")
    done = convparity("run", "c.toml", "d.toml", "--env", "torch=/nowhere", "-o", "r.jsonl")
    assert done.returncode == 2
    assert done.stderr == 'd.toml:2:6: id: "mine" names two different cases; the other: c.toml:2:6\n'
    assert (tmp_path / "r.jsonl").read_text() == "results of an hour"


def test_cases_of_one_id_from_python_are_refused_before_the_results_are_opened(tmp_path):
    cases = [make_case(id="mine", input=[8, 8], kernel=kernel) for kernel in (3, 5)]
    (tmp_path / "r.jsonl").write_text("results of an hour")
    with pytest.raises(InputError, match="two different cases have the id mine; give one of them another id"):
        run(*cases, environments={"torch": "/nowhere"}, output=tmp_path / "r.jsonl")
    assert (tmp_path / "r.jsonl").read_text() == "results of an hour"


MINE = TWO_OF_AN_ID[0]
RESULTS = '{"kind": "header", "format": 1}\n{"kind": "end"}\n'
ALONE = ("--env", "torch=/nowhere")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "mine.toml", *ALONE, "-o", "mine.toml"), "mine.toml: cannot be written over mine.toml, which is"),
        (("run", "mine.toml", *ALONE, "-o", "link.toml"), "link.toml: cannot be written over mine.toml, which is"),
        (("run", "link.toml", *ALONE, "--html", "mine.toml"), "mine.toml: cannot be written over link.toml"),
        (("run", "mine.toml", *ALONE, "--json", "./mine.toml"), "mine.toml: cannot be written over mine.toml"),
        (("run", "textbook", *ALONE, "--expectations", "e.toml", "--junit", "e.toml"), "over e.toml, which is"),
        (("run", "textbook", *ALONE, "--junit", "e.toml"), "over e.toml, which is an input"),
        (("run", "textbook", *ALONE, "--locked", "r.jsonl", "--markdown", "r.jsonl"), "over r.jsonl, which is"),
        (("run", "textbook", *ALONE, "--adapter", "mine.py", "-o", "mine.py"), "over mine.py, which is an input"),
        (("run", "textbook", *ALONE, "--html", "new", "-o", "new"), "new: cannot be written over new, which is"),
        (("report", "r.jsonl", "--html", "a/../new", "--json", "new"), "over a/../new, which is another output"),
        (("report", "r.jsonl", "--json", "r.jsonl"), "r.jsonl: cannot be written over r.jsonl, which is an input"),
        (("report", "r.jsonl", "--json", "hard.jsonl"), "hard.jsonl: cannot be written over r.jsonl, which is"),
        (("observe", "torch=/nowhere", "mine.toml", "-o", "mine.toml"), "over mine.toml, which is an input"),
        (("diff", "r.jsonl", "r.jsonl", "--json", "r.jsonl"), "over r.jsonl, which is an input"),
        (("lock", "r.jsonl", "-o", "r.jsonl"), "over r.jsonl, which is an input"),
        (("expect", "update", "r.jsonl", "--expectations", "r.jsonl"), "over r.jsonl, which is an input"),
        (("run", "textbook", *ALONE, "-o", "."), ".: cannot be written: it is a folder; name a file"),
        (("report", "r.jsonl", "--html", "a", "--json", ".."), "..: cannot be written: it is a folder; name a file"),
    ],
)  # fmt: skip
def test_no_output_overwrites_an_input_or_another_output(convparity, tmp_path, arguments, message):
    (tmp_path / "a").mkdir()
    inputs = {"mine.toml": MINE, "e.toml": "", "mine.py": "", "r.jsonl": RESULTS}
    inputs["pyproject.toml"] = '[tool.convparity]\nexpectations = "e.toml"\n'
    for name, text in inputs.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link.toml").symlink_to("mine.toml")
    (tmp_path / "hard.jsonl").hardlink_to(tmp_path / "r.jsonl")
    done = convparity(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert {name: (tmp_path / name).read_text() for name in inputs} == inputs
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_a_shipped_catalog_may_be_that_of_the_results(convparity, tmp_path):
    assert convparity("run", "textbook", "-k", "stem", *ALONE, "-o", "textbook").returncode == 3
    assert '"kind":"header"' in (tmp_path / "textbook").read_text()


def test_a_pipe_may_be_read_and_written_by_many(convparity, tmp_path):
    done = convparity("run", "textbook", "-k", "stem", *ALONE, "--json", "/dev/stdout", "--html", "/dev/stdout")
    assert done.returncode == 3
    assert '"verdicts": [\n]}' in done.stdout
    assert "</html>" in done.stdout


@pytest.fixture
def faulty(convparity, tmp_path):
    """The results file of a run whose only environment could not be started."""
    file = tmp_path / "faulty.jsonl"
    env = f"torch={tmp_path / 'no-python'}"
    assert convparity("run", "textbook", "--env", env, "-o", file).returncode == 3
    return file


def test_a_diff_with_a_run_with_errors_has_status_3_even_with_exit_zero(convparity, faulty):
    done = convparity("diff", faulty, faulty, "--exit-zero")
    assert done.returncode == 3
    assert "later run: error: environment 'torch'" in done.stdout


def test_a_run_with_errors_is_no_baseline_and_removes_nothing_from_one(convparity, faulty, tmp_path):
    lock = tmp_path / "convparity.lock"
    lock.write_text(f"{HEAD}\nstem  torch  agrees  4x4  1+1,1+1  ~\n")
    before = lock.read_bytes()
    done = convparity("lock", faulty, "-o", lock, "--prune")
    assert done.returncode == 3
    assert f"{lock}: not written" in done.stderr
    assert "environment 'torch'" in done.stderr
    assert lock.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="pipes that break are of POSIX")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments", [["explain", "nn.Conv2d(1, 1, 3)", "--input", "8x8"], ["schema", "results"], ["report", "missing"]]
)
def test_a_closed_output_does_not_give_the_status_of_a_divergence(tmp_path, monkeypatch, arguments, unbuffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        to_stdout = arguments[0] != "report"
        pipes = {"stdout": closed, "stderr": subprocess.PIPE} if to_stdout else {"stderr": closed}
        command = [sys.executable, "-m", "convparity", *arguments]
        done = subprocess.run(command, **pipes, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 130
    assert not done.stderr


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("run", "[CATALOG...]"),
        ("observe", "-o RESULTS [LABEL:]ADAPTER[=PYTHON] CATALOG..."),
        ("report", "RESULTS..."),
        ("diff", "OLD NEW"),
        ("lock", "RESULTS..."),
        ("explain", "[LAYER]"),
        ("envs", "COMMAND [ARGS]..."),
        ("check-adapter", "NAME|FILE.py"),
        ("cache", ""),
        ("schema", "FORMAT"),
        ("expect update", "RESULTS..."),
    ],
)
def test_the_usage_is_as_the_documentation_has_it(convparity, command, arguments):
    usage, _, _ = re.sub(r"\n *\n", "\n\n", convparity(*command.split(), "--help").stdout.lstrip()).partition("\n\n")
    assert " ".join(usage.split()) == f"Usage: python -m convparity {command} [OPTIONS] {arguments}".strip()


def test_the_help_keeps_text_in_brackets(convparity, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    help = " ".join(convparity("run", "--help").stdout.split())
    assert "(default: tool.convparity.expectations in the nearest pyproject.toml)" in help
    for command in ("run", "observe", "report", "explain", "expect update"):
        help = convparity(*command.split(), "--help").stdout
        assert "default:  " not in help
        assert "\\[" not in help


def test_a_catalog_without_cases_is_named(convparity, tmp_path):
    (tmp_path / "empty.toml").touch()
    done = convparity("run", "empty.toml")
    assert (done.returncode, done.stderr) == (2, "empty.toml: no cases\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["schema", "results"], ["cache"], ["--help"], ["run", "textbook", *ALONE]])
def test_an_output_that_cannot_be_written_is_a_fault_in_one_line(tmp_path, monkeypatch, command, unbuffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with open("/dev/full", "w") as full:
        call = [sys.executable, "-m", "convparity", *command]
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60, check=False)
    assert done.stderr.decode() == "error: standard output cannot be written: No space left on device\n"
    assert done.returncode == 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full here")
def test_errors_that_cannot_be_written_leave_their_exit_status(tmp_path):
    with open("/dev/full", "w") as full:
        call = [sys.executable, "-m", "convparity", "report", "missing"]
        assert subprocess.run(call, stderr=full, cwd=tmp_path, timeout=60, check=False).returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="closes as a POSIX shell does")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_run_with_closed_streams_ends_and_writes_its_files(tmp_path, interpreter, closed):
    """The framework agrees: the shape is (8 - 3) + 1 = 6."""
    interpreter.does("answer.update(outcome='inferred', shape=[1, 1, 6, 6])")
    (tmp_path / "one.toml").write_text(MINE)
    command = [sys.executable, "-m", "convparity", "run", "one.toml", "--shapes-only", "--no-cache", "-o", "r.jsonl"]
    command += ["--json", "v.json", "--env", f"torch={interpreter.python}"]
    call = ["sh", "-c", f'"$@" {closed}', "sh", *command]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert ("1 layer x 1 environment" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
    assert json.loads((tmp_path / "v.json").read_text())["verdicts"][0]["verdict"] == "agrees"
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert sorted(kinds) == ["case", "end", "environment", "header", "observation"]


def test_a_stack_is_read_from_a_file_or_from_lines(convparity, tmp_path):
    line = "nn.Conv2d(3, 8, 3)"
    (tmp_path / "net.txt").write_text(f"# the stem\n\n{line},\n  nn.MaxPool2d(2)\n")
    for arguments in (["net.txt"], [line, "nn.MaxPool2d(2)"]):
        done = convparity("stack", *arguments, "--input", "3x32x32", "--json", "net.json")
        assert done.returncode == 0, done.stderr
        found = json.loads((tmp_path / "net.json").read_text())
        assert [(row["line"], row["output"]) for row in found["layers"]] == [
            (line, [30, 30]),
            ("nn.MaxPool2d(2)", [15, 15]),
        ]
    done = convparity("stack", "missing.txt", "--input", "3x32x32")
    assert (done.returncode, done.stderr) == (2, "missing.txt: cannot be read: No such file or directory\n")


def test_explain_writes_its_predictions_as_json(convparity, tmp_path):
    """At 224, 'same' pads 111*2 + 3 - 224 = 1, after; padding=1 pads one before and one after."""
    line = "layers.Conv2D(32, 3, strides=2, padding='same')"
    done = convparity("explain", line, "--input", "3x224x224", "--to", "torch,flax", "--json", "-")
    found = json.loads(done.stdout)
    assert (found["framework"], found["shape"], found["basis"]) == ("Keras", [112, 112], "predicted")
    assert found["formula"][0]["pads"] == "p = 0 + 1 = 1"
    torch, flax = found["frameworks"]
    assert (torch["verdict"], torch["source"]) == ("shifted", "nn.Conv2d(3, 32, 3, stride=2, padding=1)")
    assert torch["port"] == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2))"
    assert (flax["verdict"], flax["port"], flax["reason"]) == ("agrees", None, None)
    told = convparity("explain", line, "--input", "3x224x224", "--to", "torch", "--json", "out/found.json")
    assert told.stdout.startswith("\n".join(torch["answer"]))
    assert json.loads((tmp_path / "out/found.json").read_text())["frameworks"] == [torch]
    refused = convparity("explain", line, "--input", "3x224x224", "--run", "--json", "x.json")
    assert (refused.returncode, "--json: is for predictions" in refused.stderr) == (2, True)


def test_a_stack_is_read_from_the_file_of_a_model(convparity, tmp_path):
    (tmp_path / "net.py").write_text("import keras\nx = keras.layers.Conv2D(8, 3, strides=2, padding='same')(x)\n")
    done = convparity("stack", "net.py", "--input", "3x32x32", "--to", "torch")
    assert "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))" in done.stdout
    (tmp_path / "net.py").write_text("import keras\n\nx = keras.layers.Conv2D(8, size)(x)\n")
    done = convparity("stack", "net.py", "--input", "3x32x32")
    assert done.returncode == 2
    assert "net.py:3: kernel_size: size is not a literal" in done.stderr
    (tmp_path / "net.py").write_text("import keras\n")
    done = convparity("stack", "net.py", "--input", "3x32x32")
    assert done.returncode == 2
    assert "net.py: calls no layer that is known" in done.stderr
    (tmp_path / "net.py").write_text("import keras\nx = keras.layers.Conv2D(8, 3)(attention(keras.Input((9, 9, 3))))\n")
    done = convparity("stack", "net.py", "--input", "32x32x3")
    assert (done.returncode, "channels last; write them first: 3x32x32" in done.stderr) == (2, True)
    done = convparity("stack", "net.py", "--input", "3x32x32")
    assert "Not known without running net.py, and taken to change nothing: attention (line 2)." in done.stdout


def test_two_source_files_are_compared_without_a_framework(convparity, tmp_path):
    (tmp_path / "a.py").write_text("import keras\nx = keras.layers.Conv2D(8, 3, strides=2, padding='same')(x)\n")
    (tmp_path / "b.py").write_text("import torch\nx = nn.Conv2d(3, 8, 3, stride=2, padding=1)(x)\n")
    done = convparity("compare", "a.py", "b.py", "--input", "3x32x32", "--json", "c.json")
    assert done.returncode == 1
    assert done.stdout.startswith("1 of 1 layer differs by itself (predicted; nothing was run)")
    assert "b.py:2: nn.Conv2d(3, 8, 3, stride=2, padding=1)" in done.stdout
    (found,) = json.loads((tmp_path / "c.json").read_text())["differ"]
    assert found["write"] == "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2))"
    assert convparity("compare", "a.py", "a.py", "--input", "3x32x32").returncode == 0
    done = convparity("compare", "a.py", "missing.py", "--input", "3x32x32")
    assert (done.returncode, done.stderr) == (2, "missing.py: cannot be read: No such file or directory\n")
    for option in (["--carry"], ["--html", "x.html"], ["--run"]):
        done = convparity("compare", "a.py", "b.py", "--input", "3x32x32", *option)
        assert done.returncode == 2
        assert option[0] in done.stderr
