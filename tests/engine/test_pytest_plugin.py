"""Catalogs as tests, in a pytest inside this one, on an adapter of one's own: real workers, and no framework."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytest_plugins = ["pytester"]

# A convolution of one axis; it steps over the first element where the stride is 2, and cannot express stride 3.
ADAPTER = """
import os
import time

import numpy as np

def run(case, x, weights):
    (stride,) = case.stride
    if stride == 3:
        raise NotImplementedError("no stride of 3")
    if case.in_channels == 2:
        open(os.environ["ASLEEP"], "w").close()
        time.sleep(60)
    windows = np.lib.stride_tricks.sliding_window_view(x, case.kernel[0], axis=2)[:, :, stride - 1 :: stride]
    return np.einsum("nclk,ock->nol", windows, weights)
"""
CATALOG = """
[[case]]
id = "plain"
input = [9]
kernel = 2

[[case]]
id = "strided"
input = [9]
kernel = 2
stride = 2

[[case]]
id = "thirds"
input = [9]
kernel = 2
stride = 3
"""


@pytest.fixture
def folder(pytester, monkeypatch):
    """A project with an installed adapter and a catalog, and its environment in pyproject.toml."""
    pytester.makepyfile(my_op=ADAPTER)
    about = pytester.mkdir("my_op-1.dist-info")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-op\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[convparity.adapters]\nmy-op = my_op\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    table = f'[tool.convparity.environments]\n"my op" = {{ adapter = "my-op", python = "{sys.executable}" }}\n'
    (pytester.path / "layers.cases.toml").write_text(CATALOG)
    (pytester.path / "pyproject.toml").write_text(table)
    return pytester


def run(pytester, *arguments):
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", *arguments)


def test_one_test_for_each_case_and_environment(folder):
    done = run(
        folder, "-v", "--convparity-env", f"a:my-op={sys.executable}", "--convparity-env", f"my-op={sys.executable}"
    )
    done.assert_outcomes(passed=2, failed=4)
    done.stdout.fnmatch_lines(
        [
            "layers.cases.toml::plain-a PASSED*",
            "layers.cases.toml::plain-my-op PASSED*",
            "layers.cases.toml::strided-a FAILED*",
            "layers.cases.toml::strided-my-op FAILED*",
            "layers.cases.toml::thirds-a FAILED*",
            "layers.cases.toml::thirds-my-op FAILED*",
        ]
    )


def test_a_failure_is_the_explanation_and_no_traceback(folder):
    done = run(folder)
    done.assert_outcomes(passed=1, failed=2)
    done.stdout.fnmatch_lines(
        [
            "*_ strided-my op _*",
            "silent shift: kernel 2, stride 2 on 9",
            "my op (4) silent shift",
            "  as written:  lambda x, weights: run(Case(*",
            "  it pads the width (-1,*) instead of (0,0): its windows lie 1 px right of the requested ones*",
            "  no port: the adapter is a function, which has no ports",
            "*_ thirds-my op _*",
            "inexpressible: kernel 2, stride 3 on 9",
            "  no stride of 3",
            "FAILED layers.cases.toml::strided-my op - *silent shift: *",
        ]
    )
    text = done.stdout.str()
    assert "Traceback" not in text
    assert "pytest_plugin.py" not in text


def test_a_layer_of_two_ids_is_a_test_under_each(folder):
    again = CATALOG[: CATALOG.index("\n[[case]]", 1)].replace("plain", "repeated")
    (folder.path / "layers.cases.toml").write_text(CATALOG + again)
    run(folder, "-k", "repeated").assert_outcomes(passed=1, deselected=3)


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (["-k", "plain"], ["plain"]),
        (["-k", "my_op and not plain and not strided"], ["thirds"]),
        (["-m", "convparity and conv and my_op", "-k", "not thirds"], ["plain", "strided"]),
        (["-m", "not conv"], []),
        (["layers.cases.toml::plain-my op"], ["plain"]),
    ],
)
def test_the_options_of_pytest_select_cases(folder, arguments, chosen):
    done = run(folder, "--collect-only", "-q", *arguments)
    assert [line for line in done.outlines if "::" in line] == [f"layers.cases.toml::{id}-my op" for id in chosen]


def test_only_what_is_selected_is_run_and_all_of_it_together(folder):
    (folder.path / "layers.cases.toml").write_text(
        CATALOG + '[[case]]\nid = "slow"\ninput = [9]\nkernel = 2\nin_channels = 2\n'
    )
    done = run(folder, "-s", "-k", "plain or thirds")
    done.assert_outcomes(passed=1, failed=1, deselected=2)
    assert done.stderr.str().splitlines().count("my op: 3 observations") == 1  # two cases, and the port of one


def test_labels_that_mean_something_to_pytest_are_only_labels(folder):
    done = run(folder, "-k", "plain", "--convparity-env", f"skip:my-op={sys.executable}", "-m", "env_skip")
    done.assert_outcomes(passed=1, deselected=2)


def test_environments_of_the_ini_file_are_relative_to_it(folder):
    folder.makeini("[pytest]\nconvparity_env =\n    mine:torch=./nowhere/python\n")
    inner = folder.mkdir("inner")
    folder.chdir()
    (inner / "tox.ini").write_text((folder.path / "tox.ini").read_text())
    done = run(folder, "-k", "plain", "-c", "inner/tox.ini", "layers.cases.toml")
    done.assert_outcomes(errors=1, deselected=2)
    done.stdout.fnmatch_lines([f"*{inner}/nowhere/python*"])


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a script of a shell")
@pytest.mark.parametrize("python", [".venv", ".venv/bin/python"])
def test_an_environment_beside_the_ini_file_is_found_from_anywhere(folder, python):
    interpreter = folder.mkdir("inner") / ".venv/bin/python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    interpreter.chmod(0o755)
    (folder.path / "inner/tox.ini").write_text(f"[pytest]\nconvparity_env = mine:my-op={python}\n")
    done = run(folder, "-v", "-k", "plain", "-c", "inner/tox.ini", "--confcutdir", ".", "layers.cases.toml")
    done.assert_outcomes(passed=1, deselected=2)
    done.stdout.fnmatch_lines(["*::plain-mine PASSED*"])


def test_mistakes_in_a_catalog_are_errors_of_the_collection(folder):
    (folder.path / "layers.cases.toml").write_text('[[case]]\ninput = [8, 8]\nkernel = "3"\nstrid = 2\n')
    done = run(folder)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ['*layers.cases.toml:3:10: kernel: "3" is neither*', "*layers.cases.toml:4:1: strid: unknown key;*stride*"]
    )
    assert "Traceback" not in done.stdout.str()


def test_an_environment_that_does_not_work_is_an_error_and_not_a_failure(folder):
    done = run(folder, "-k", "plain", "--convparity-env", "my-op=nowhere/python")
    done.assert_outcomes(errors=1, deselected=2)
    done.stdout.fnmatch_lines(["*ERROR at setup of plain-my-op*", "error: *nowhere/python*"])


def test_bad_environments_are_reported_at_collection(folder):
    done = run(folder, "--convparity-env", "tourch=python")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["--convparity-env: 'tourch' is not an adapter;*did you mean 'torch'?"])


EXPECTED = """
[[expect]]
case = ["strided", "gone"]
adapter = "my-op"
verdict = "shifted"
reason = "known since 1998"

[[expect]]
case = "*"
adapter = "my-op"
dilation = 7
verdict = "shifted"
reason = "of another catalog"
"""


@pytest.fixture
def expecting(folder):
    """The project again, with a file of expectations, and its catalog in a folder further down."""
    with (folder.path / "pyproject.toml").open("a") as file:
        file.write('[tool.convparity]\nexpectations = "known/expected.toml"\n')
    folder.mkdir("known").joinpath("expected.toml").write_text(EXPECTED)
    (folder.path / "layers.cases.toml").rename(folder.mkdir("catalogs") / "layers.cases.toml")
    return folder


def test_a_divergence_that_the_project_expects_is_an_expected_failure(expecting):
    done = run(expecting, "-rx")
    done.assert_outcomes(passed=1, xfailed=1, failed=1)
    done.stdout.fnmatch_lines(["*thirds-my op*", "XFAIL catalogs/layers.cases.toml::strided-my op - known since 1998"])


@pytest.mark.parametrize(
    ("arguments", "outcomes"),
    [
        (["-k", "plain"], {"passed": 1, "deselected": 2}),
        (["-k", "plain or strided"], {"passed": 1, "xfailed": 1, "deselected": 1}),
        (["-n", "2", "--dist", "loadgroup"], {"passed": 1, "xfailed": 1, "failed": 1}),
        (["-n", "2"], {"passed": 1, "xfailed": 1, "failed": 1}),
    ],
)
def test_expectations_about_layers_that_are_not_run_fail_nothing(expecting, arguments, outcomes):
    run(expecting, *arguments).assert_outcomes(**outcomes)


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        (
            '"gone"',
            '"plain"',
            "known/expected.toml:2: no longer occurs: plain in my op: expected shifted, is agrees: *",
        ),
        ('"shifted"', '"shape"', "known/expected.toml:2: strided in my op: expected shape, because * is shifted"),
        ('"known since', '"x"\nexpires = 2001-02-03\nlink = "', "known/expected.toml:2: expired on 2001-02-03: x*"),
    ],
)
def test_an_expectation_that_does_not_hold_fails_its_test(expecting, old, new, failure):
    file = expecting.path / "known/expected.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    done = run(expecting, "-k", "not thirds")
    assert done.parseoutcomes()["failed"] == 1
    done.stdout.fnmatch_lines([failure])


def test_mistakes_in_expectations_are_errors_of_the_collection(expecting):
    file = expecting.path / "known/expected.toml"
    file.write_text(file.read_text().replace("reason", "raeson", 1))
    done = run(expecting)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*expected.toml:6:1: raeson: unknown key;*"])


def test_the_plugin_works_with_xdist(folder):
    run(folder, "-n", "2", "--dist", "loadgroup").assert_outcomes(passed=1, failed=2)


def test_without_a_catalog_nothing_is_imported(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_nothing():
            ours = {name for name in sys.modules if name.startswith("convparity")}
            assert ours == {"convparity", "convparity.pytest_plugin"}
            assert "numpy" not in sys.modules
        """
    )
    run(pytester, "-p", "no:xdist", "-p", "no:hypothesispytest").assert_outcomes(passed=1)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is a signal here")
def test_ctrl_c_stops_cleanly(folder, monkeypatch, heeds_ctrl_c):
    asleep = folder.path / "asleep"
    monkeypatch.setenv("ASLEEP", str(asleep))
    slow = '[[case]]\nid = "slow"\ninput = [9]\nkernel = 2\nin_channels = 2\n'
    (folder.path / "layers.cases.toml").write_text(slow)
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=heeds_ctrl_c
    )
    deadline = time.monotonic() + 60
    while not asleep.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, out
    assert "no tests ran" in out
    assert "INTERNALERROR" not in out
