"""Which of our own sources can execute text or stored bytes: every place is named here, with its reason."""

import ast
from collections import Counter
from pathlib import Path

import convparity
import pytest

PACKAGE = Path(convparity.__file__).parent
MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "runpy", "code", "imp"}
WORDS = {"eval", "exec", "compile", "__import__", "system", "popen", "find_class"}
WORDS |= {f"spawn{how}" for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")}
KEYWORDS = {"allow_pickle", "shell"}
ALLOWED = {
    ("adapters/adapter.py", "exec"): (
        2,
        "the imports of an adapter, and its spelling where that is several statements",
    ),
    ("adapters/adapter.py", "eval"): (1, "the spelling: what the report shows is what was executed"),
    ("adapters/own/loading.py", "exec"): (1, "an adapter's file, which the user names on the command line or installs"),
    ("adapters/own/loading.py", "compile"): (1, "the same file, so that tracebacks name it"),
    ("adapters/models/recorder.py", "eval"): (1, "the line that mends a model: what is shown is what was executed"),
    ("adapters/torch/recorder.py", "eval"): (2, "PyTorch's own method, which ends the training of a model"),
    ("adapters/torch/adapter.py", "compile"): (1, "PyTorch's own function, which compiles a layer"),
    ("adapters/traced.py", "compile"): (1, "JAX' own method, which compiles a traced function"),
}


def uses(source):
    """Yield the words of MODULES that are imported, and those of WORDS that are called, referred to or passed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from {alias.name.partition(".")[0] for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from {(node.module or "").partition(".")[0]} & MODULES
            yield from {alias.name for alias in node.names} & WORDS
        elif isinstance(node, ast.Name):
            yield from {node.id} & (WORDS | MODULES - {"code"})
        elif isinstance(node, ast.Attribute) and not _is_re(node):
            yield from {node.attr} & WORDS
        elif isinstance(node, ast.keyword) and node.arg and not _is_false(node.value):
            yield from {node.arg} & KEYWORDS
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from {node.value} & (MODULES - {"code"})  # importlib.import_module("pickle")


def _is_false(node):
    return isinstance(node, ast.Constant) and node.value is False


def _is_re(node):
    return isinstance(node.value, ast.Name) and (node.value.id, node.attr) in {
        ("re", "compile"),
        ("platform", "system"),
    }


def test_nothing_executes_what_it_reads_except_where_that_is_the_purpose():
    found = Counter(
        (path.relative_to(PACKAGE).as_posix(), word)
        for path in PACKAGE.rglob("*.py")
        for word in uses(path.read_text())
    )
    assert found == {place: times for place, (times, _) in ALLOWED.items()}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import importlib; importlib.import_module('marshal')",
        "import numpy as np; np.load(f, allow_pickle=True)",
        "eval(text)",
        "import builtins; builtins.exec(text)",
        "__import__(name)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "from shelve import open",
    ],
)
def test_a_planted_use_of_eval_or_pickle_is_found(source):
    assert list(uses(source))


def test_output_files_are_written_in_one_way():
    """Through ``output_file``, which follows no link that another user made.

    Two developers' tools write what ships, and the store of environments, a recording and a script that is run write
    into folders of their own.
    """
    texts = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    writing = {name for name, text in texts.items() if ".write_text(" in text or ".write_bytes(" in text}
    own = {f"environments/managed/{name}.py" for name in ("installers", "store")}
    tools = {"cases/catalog/covering.py", "demo/record.py"}
    assert writing == {*tools, "adapters/models/recording.py", "runs/scripted.py", *own}
