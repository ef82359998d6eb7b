"""The command line as people know it from other tools: help, names of options, standard output, project settings."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from convparity import api
from convparity.cli import complete
from convparity.cli.examples import EXAMPLES
from convparity.cli.main import application
from convparity.cli.verdict_pages import names, verdict_page
from convparity.demo import check, recorded
from convparity.report.findings.words import DIVERGENT, MEANINGS
from convparity.report.formats.payload import payload
from convparity.report.verdicts import verdict
from typer.main import get_command

PROJECT = """\
[tool.convparity]
catalogs = ["mine.toml"]
fail-on = "shape"
agree = ["one,other", "one,elsewhere"]
expectations = "expectations.toml"
[tool.convparity.environments]
one = { adapter = "keras-torch", python = "/nowhere/one" }
other = { adapter = "keras-jax", python = "/nowhere/other" }
torch = "/nowhere/torch"
"""
CATALOG = '[[case]]\nid = "half"\ninput = [8, 8]\nkernel = 3\npadding = 1\nstride = 2\n'


def commands(group=None, name=""):
    """Every command that is not a group, by its name."""
    group = group or get_command(application())
    for word, one in group.commands.items():
        full = f"{name} {word}".strip()
        yield from commands(one, full) if hasattr(one, "commands") else [(full, one)]


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "mine.toml").write_text(CATALOG)
    return tmp_path


def test_help_has_examples_and_groups_and_no_types_of_flags(convparity):
    text = convparity("run", "--help").stdout
    assert "<bool>" not in text
    parts = ("Usage:", "Examples:", "Arguments:", "What to run:", "Environments:", "What fails the run:", "Output:")
    assert all(text.index(one) < text.index(other) for one, other in pairwise(parts))
    for line in ("-o, --output RESULTS", "-k, --select EXPR", "-q, --quiet", "-v, --verbose", "-x, --exit-first"):
        assert line in text
    assert "shifted, values, shape, accepts" in " ".join(text.split())  # what --fail-on takes
    assert "in seconds (default: 30)." in " ".join(text.split())


def test_short_options_are_those_of_ruff_pytest_and_uv(convparity):
    assert convparity("-V").stdout == convparity("--version").stdout
    assert "-n, --no-cache" in convparity("run", "--help").stdout
    assert convparity("-h").stdout == convparity("--help").stdout


def test_every_option_and_argument_says_what_it_is_for_and_every_command_has_an_example():
    assert [(name, param.name) for name, one in commands() for param in one.params if not param.help] == []
    assert {name for name in EXAMPLES if name} == {name for name, _ in commands()}


def test_the_verdicts_in_the_help_are_those_that_can_fail_a_run():
    assert set(DIVERGENT) == set(verdict.DIVERGENT)


def test_every_verdict_has_a_page_that_explain_prints(convparity):
    assert {name.replace(" ", "-") for name in (*MEANINGS, "unforeseen")} == set(names())
    assert convparity("explain", "timed out").stdout == verdict_page("timed-out")
    assert verdict_page("shifted").startswith("# shifted\n")
    assert verdict_page("nn.Conv2d(1, 1, 3)") == ""


def test_catalogs_are_listed_and_so_are_their_cases(convparity, project):
    listed = convparity("catalogs").stdout.splitlines()
    assert [line.split()[1] for line in listed if line.startswith("textbook ")] == ["25"]
    cases = convparity("catalogs", "textbook", "-k", "layer-3-stride").stdout.splitlines()
    assert cases[1].split(maxsplit=1)[0] == "layer-3-stride"
    assert cases[-1] == "1 case"
    assert "half  3x3, stride 2, padding 1 on 8x8" in convparity("catalogs", "mine.toml").stdout


def test_a_document_goes_to_standard_output_alone_and_the_report_to_standard_error(convparity, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")  # whose commands must not get into the document
    done = convparity("run", "textbook", "-k", "layer-3-stride", "--predict", "--json", "-")
    assert len(json.loads(done.stdout)["verdicts"]) > 7
    assert "SILENT SHIFT" in done.stderr
    for option, start in (("--junit", "<?xml"), ("--markdown", "### ")):
        done = convparity("run", "textbook", "-k", "layer-3-stride", "--predict", option, "-")
        assert done.stdout.startswith(start)


def test_quiet_prints_the_headline_and_the_folder_of_a_file_is_made(convparity, tmp_path):
    done = convparity("run", "textbook", "-k", "layer-3-stride", "--predict", "-q", "--html", "out/new/x.html")
    assert done.returncode == 1
    assert [line.split("   ")[0] for line in done.stdout.splitlines()] == [
        "Keras reads other pixels in this layer. Every shape matches.",
        "out/new/x.html",
    ]
    assert (tmp_path / "out/new/x.html").stat().st_size


def test_verbose_shows_every_environment(convparity):
    done = convparity("run", "textbook", "-k", "layer-3-stride", "--predict", "-v")
    assert "onnxruntime: predicted, onnxruntime 1." in done.stdout


def test_a_project_needs_no_arguments(convparity, project):
    done = convparity("run", "--predict", "--json", "v.json")
    assert {row["case"] for row in json.loads((project / "v.json").read_text())["verdicts"]} == {"half"}
    assert "Only this fails the run: shape." in done.stdout  # the groups of `agree` are of other environments
    assert done.returncode == 0
    assert "expectations.toml does not exist yet; `convparity expect update RESULTS` makes it" in done.stderr
    assert convparity("run", "--predict", "--fail-on", "shifted").returncode == 1
    named = convparity("run", "--predict", "--expectations", "missing.toml")
    assert named.returncode == 2
    assert "`convparity expect update RESULTS --expectations FILE` makes it" in named.stderr


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("catalogs = 3", "pyproject.toml:2:12: tool.convparity: catalogs: 3 is not the name or the path of a catalog"),
        ('catalogs = "x"\nfail-on = [1]', "fail-on: 1 is not a verdict; expected a string or a list of strings"),
        ('catalogs = "textbook"\nfail-on = "shap"', "tool.convparity.fail-on: 'shap' is not a verdict"),
        ('catalogs = "textbook"\nagree = "torch"', "tool.convparity.agree: 'torch' is one environment"),
    ],
)
def test_mistakes_in_a_projects_settings_have_their_place(convparity, tmp_path, setting, problem):
    (tmp_path / "pyproject.toml").write_text(f"[tool.convparity]\n{setting}\n")
    done = convparity("run", "--predict", *(["textbook"] if setting.startswith('catalogs = "x"') else []))
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr


def listed(done):
    """The labels of the environments that ``--list`` shows."""
    lines = done.stdout.splitlines()
    return [line.split()[0] for line in lines[2 : lines.index("")]]


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ([], ["one", "other", "torch"]),
        (["--env", "o*"], ["one", "other"]),
        (["--env", "other", "--env", "o*"], ["other", "one"]),
        (["--env", "keras-jax"], ["other"]),
        (["--env", "pytorch"], ["torch"]),
        (["--env", "torch", "--env", "tf=/nowhere/tf"], ["torch", "tensorflow"]),
    ],
)
def test_environments_of_the_project_are_chosen_by_label_pattern_or_adapter(convparity, project, options, labels):
    done = convparity("run", "--list", *options)
    assert listed(done) == labels, done.stderr
    assert "1 case:" in done.stdout


@pytest.mark.parametrize(
    ("request_", "label", "told"),
    [
        ("ort==1.20.1", "onnxruntime==1.20.1", "--with: 'ort' stands for the adapter 'onnxruntime', ONNX Runtime"),
        ("keras==3.14.1", "tensorflow", "--with: 'keras' stands for the adapter 'tensorflow', Keras on TensorFlow"),
        ("mine:jax", "mine:flax", "--with: 'jax' stands for the adapter 'flax', Flax on JAX"),
    ],
)
def test_other_words_for_an_adapter_are_accepted_and_reported(convparity, project, request_, label, told):
    done = convparity("run", "--list", "--with", request_)
    assert listed(done)[0] == label.partition(":")[0]
    assert told in done.stderr


def test_an_unknown_environment_is_refused_with_the_known_ones(convparity, project):
    done = convparity("run", "--env", "tensor*")
    assert done.returncode == 2
    assert "'tensor*' is not [LABEL:]ADAPTER=PYTHON" in done.stderr
    assert "(one, other, torch)" in done.stderr


class Typed:
    params = {"catalogs": ["mine.toml"]}  # noqa: RUF012


def test_the_shell_completes_catalogs_cases_labels_and_verdicts(project, monkeypatch):
    monkeypatch.chdir(project)
    assert complete.catalogs("te") == ["textbook"]
    assert complete.catalogs("mi") == ["mine.toml"]
    assert complete.cases(Typed, "ha") == ["half"]
    assert complete.adapters("keras-") == ["keras-torch", "keras-jax"]
    assert complete.environments("o") == ["one", "other", "onnxruntime=", "openvino="]
    assert complete.labels("one,o") == ["one,other"]
    assert complete.verdicts("shape,sh") == ["shape,shifted"]
    assert complete.questions("sh") == ["shape", "shifted"]


def test_completion_prints_nothing_of_its_own(project, monkeypatch, capsys):
    (project / "pyproject.toml").write_text('[tool.convparity.environments]\ntf = "/nowhere/tf"\n')
    monkeypatch.chdir(project)
    assert complete.environments("tf") == ["tf"]
    assert capsys.readouterr() == ("", "")


def test_the_demo_needs_no_framework_and_takes_moments(convparity, tmp_path):
    done = convparity("demo", "--no-open", "-o", "shown")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "shown/report.html").read_text()
    assert done.stdout.splitlines()[0] in page
    assert "not run here: " in done.stdout
    report = convparity("report", "shown/textbook.jsonl.gz", "--json", "v.json")
    assert "recorded, not run here" in report.stdout
    rows = json.loads((tmp_path / "v.json").read_text())["verdicts"]
    assert {row["basis"] for row in rows} == {"recorded"}
    assert len({row["environment"] for row in rows}) == 7
    assert Path(tmp_path / "shown/networks.jsonl.gz").stat().st_size > 0


def test_a_row_that_is_not_as_it_was_recorded_is_named():
    rows = recorded.verdicts()
    cases, environments = ({row[name] for row in rows} for name in ("case", "environment"))
    assert len(cases) == 25 + 418 + 138
    assert list(check.changed(rows, cases, environments)) == []
    told = list(check.changed([{**rows[0], "verdict": "crashed"}, *rows[2:]], cases, environments))
    assert told[0].endswith(f"verdict was {rows[0]['verdict']}, is crashed")
    assert told[1].endswith(": is missing")
    assert len(told) == 2
    of_torch = [row for row in rows if row["environment"] == "torch"]
    assert list(check.changed(of_torch, cases, {"torch"})) == []  # a part of a run


def test_an_environment_on_another_processor_is_not_compared_with_the_recorded_one():
    report = api.predict(*api.chosen_cases(["textbook"], "layer-3-stride"))  # a prediction has no processor
    assert list(check.differences(report)) == []


def test_the_recorded_page_is_in_the_format_that_the_page_reads():
    """The page is recorded: where the format of its content changes, it has to be recorded again."""
    report = api.predict(*api.chosen_cases(["textbook"], "layer-3-stride"))
    fresh, shown = payload(report), recorded.page()
    assert (shown.keys(), shown["format"]) == (fresh.keys(), fresh["format"])
    for part in ("cells", "environments", "findings"):
        one, other = (
            content[part] if isinstance(content[part], dict) else content[part][0] for content in (shown, fresh)
        )
        assert one.keys() == other.keys()
