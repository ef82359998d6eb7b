"""Dependencies point one way, and the worker's code needs nothing but NumPy."""

import ast
import subprocess
import sys
from importlib import resources

import pytest
from convparity.adapters.registry import NAMES
from convparity.environments.find import EnvironmentSpec
from convparity.workers.bundle import write_bundle

ALLOWED = {
    "convparity.cases": {"convparity.cases"},
    "convparity.adapters": {"convparity.cases", "convparity.adapters"},
    "convparity.report": {"convparity.cases", "convparity.report"},
}


def imported(package, path):
    """The convparity packages that a module imports, absolute or relative."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            yield from (".".join([*base, name]) for name in [(node.module or "").split(".")[0]])
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("package", ALLOWED)
def test_dependencies_point_one_way(package):
    for path in resources.files(package).iterdir():
        if path.name.endswith(".py"):
            ours = {name for name in imported(package, path) if name.startswith("convparity")}
            outside = {n for n in ours if not any(n.startswith(allowed) for allowed in ALLOWED[package])}
            assert outside <= {"convparity."}, path.name  # its version


def test_the_reference_shares_no_code_with_the_adapters():
    for name in ("reference.py", "arithmetic.py", "inputs.py"):
        text = resources.files("convparity.cases").joinpath(name).read_text(encoding="utf-8")
        assert "adapters" not in "".join(line for line in text.splitlines() if "import" in line)


def test_the_bundle_runs_with_nothing_but_numpy(tmp_path):
    bundle = write_bundle(tmp_path, [EnvironmentSpec(name, name, "python", "") for name in NAMES])
    code = (
        "import sys; sys.path[:] = [sys.argv[1]] + [p for p in sys.path if p]\n"
        "import numpy; before = set(sys.modules)\n"
        "import convparity.adapters.worker.serve as worker\n"
        "assert worker.__file__.startswith(sys.argv[1])\n"
        "stdlib = sys.stdlib_module_names | {'convparity', 'numpy'}\n"
        "print(sorted({n.split('.')[0] for n in set(sys.modules) - before} - stdlib))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(bundle)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
