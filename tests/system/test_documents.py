"""Every command in README.md, in docs/ and in the examples of the help runs, in the order of its page.

So do the fenced blocks of Python, those of a page together.

Where a page installs an environment or names an interpreter, the environment of this checkout with the same adapter
takes its place: tests/system/test_managed.py installs one for real.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from convparity.adapters.registry import USUAL
from convparity.cli.examples import EXAMPLES
from convparity.site.pyodide import NAMES as PYODIDE
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")))
COMMAND = re.compile(r"^(?: {4}(?:\$ )?)?(?:.*&& )?(?:\.venv/bin/)?(convparity [a-z].*)$")
LAYERS = "\n".join(
    f'[[case]]\nid = "{id}"\ninput = [8, 8]\nkernel = 3\nstride = 2\npadding = {padding}\nop = "{op}"\n'
    for id, op, padding in (("half", "conv", 1), ("upsample", "conv_transpose", '"same"'), ("pooled", "max_pool", 1))
)
PROJECT = "\n".join(
    [
        "[tool.convparity]",
        'catalogs = "layers.toml"',
        "[tool.convparity.environments]",
        *(f'{name} = "{ROOT}/.tox/{name}"' for name in USUAL),
        *(f'"torch-2.{n}" = {{ adapter = "torch", python = "{ROOT}/.tox/torch" }}' for n in (12, 13)),
        "",
    ]
)

SOURCES = {
    "keras_model.py": "x = layers.Conv2D(8, 3, strides=2, padding='same')(x)\nx = layers.MaxPooling2D(2)(x)\n",
    "torch_model.py": "x = nn.Conv2d(3, 8, 3, stride=2, padding=1)(x)\nx = nn.MaxPool2d(2)(x)\n",
}
SOURCES["model.py"] = SOURCES["keras_model.py"]


def commands(page):
    """The commands in the blocks of a page, each with the exit status that a comment beside it tells, if any."""
    found = []
    fenced = False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        command = COMMAND.match(line) if fenced or line.startswith("    ") else None
        if command:
            text, _, comment = command[1].partition("  #")
            told = re.search(r"(?:fails|passes): (\d)", comment)
            found.append((text.strip(), int(told[1]) if told else None))
    return found


def snippets(page):
    """The fenced blocks of Python of a page, as one text."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


def adapter_of(text):
    return next(name for name in sorted(USUAL, key=len, reverse=True) if text.rpartition(":")[2].startswith(name))


def here(words):
    """The words of a command with the environments of this checkout in place of others, and without downloads."""
    if words[0] in ("versions", "bisect"):  # which only list the releases here: tests/system/test_managed.py runs them
        return [*words, "--list"]
    if "--on" in words:  # tests/cluster has a cluster
        at = words.index("--on")
        words = [*words[:at], *words[at + 2 :]]
    if words[0] == "hunt":  # tests/system/test_hunt.py hunts for longer
        words = [word for word in words if word not in ("--minutes", "10", "--layers", "500")] + ["--layers", "3"]
        return [f"{word}={ROOT}/.tox/{word}" if word in USUAL else word for word in words]
    if words[0] == "observe" and "--with" in words:  # which takes the place of the argument
        at = words.index("--with")
        words = ["observe", f"{adapter_of(words[at + 1])}=", *words[1:at], *words[at + 2 :]]
    if words[0] == "site" and "--pyodide" not in words:  # which is downloaded otherwise
        words = [*words, "--pyodide", "node_modules/pyodide"]
    taken = []
    for before, word in zip([None, *words], words, strict=False):
        if before in ("--with", "--env") and word == "all":
            taken[-1:] = [part for name in USUAL for part in ("--env", f"{name}={ROOT}/.tox/{name}")]
        elif before == "--with" or (before == "--env" and "=" in word):
            label = word.replace(",", " ") if before == "--with" else word.partition("=")[0]
            label = label.replace("=", "-").replace(":", "-")
            taken[-1:] = ["--env", f"{label}:{adapter_of(word)}={ROOT}/.tox/{adapter_of(word)}"]
        elif before == "observe" and "=" in word:
            taken.append(f"{word.partition('=')[0]}={ROOT}/.tox/{adapter_of(word)}")
        else:
            taken.append(word)
    return taken


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path, template, monkeypatch):
    """A project of its own with the files that the pages speak of."""
    monkeypatch.setenv("BROWSER", "true")  # which is what opens the report of the demo
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return shutil.copytree(template, tmp_path / "project")


@pytest.fixture(scope="module")
def template(tmp_path_factory, convparity, cache):
    """The files that the pages speak of, made once."""
    tmp_path = tmp_path_factory.mktemp("template")
    for name in ("layers.toml", "my.toml"):
        (tmp_path / name).write_text(LAYERS)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    text = (ROOT / "docs/adapters.md").read_text(encoding="utf-8")
    (tmp_path / "my_pool.py").write_text(adapter_in(text))
    (tmp_path / "my_op.py").write_text(adapter_in(text))
    (tmp_path / "mobilenet.py").write_text((ROOT / "tests/system/nets/mobilenet.py").read_text(encoding="utf-8"))
    (tmp_path / "nets.py").write_text("from mobilenet import torch_port as make\n")
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "results").mkdir()
    (tmp_path / "node_modules/pyodide").mkdir(parents=True)
    for name in PYODIDE:
        (tmp_path / "node_modules/pyodide" / name).write_text(name)
    for name in ("results.jsonl", "results/torch.jsonl", "old.jsonl", "new.jsonl"):
        done = convparity("run", "layers.toml", "--env", "torch", "-o", name, "--exit-zero", cwd=tmp_path, cache=cache)
        assert done.returncode == 0, done.err
    made = convparity("report", "results.jsonl", "--html", "report.html", "--exit-zero", cwd=tmp_path)
    assert made.returncode == 0, made.err
    made = convparity("expect", "update", "results.jsonl", "--expectations", "expectations.toml", cwd=tmp_path)
    assert made.returncode == 0, made.err
    return tmp_path


def adapter_in(text):
    """The adapter that docs/adapters.md shows, from its block."""
    block = re.match(r"(?: {4}(?!\$).*\n|\n)+", text[text.index("    import numpy") :])
    return "\n".join(line[4:] for line in block[0].splitlines())


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
def test_every_command_of_a_page_runs(convparity, project, cache, page):
    for command, status in commands(page):
        words = here(shlex.split(command)[1:])
        words = [name for word in words for name in (sorted(map(str, project.glob(word))) if "*" in word else [word])]
        done = convparity(*words, cwd=project, cache=cache)
        assert done.returncode in ({0, 1} if status is None else {status}), (command, done.out, done.err)
        assert "Traceback" not in done.err


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)])
def test_the_snippets_of_a_page_run(project, cache, page):
    text = snippets(page).replace('"torch": ".venv"', f'"torch": "{ROOT}/.tox/torch"')
    variables = os.environ | {"XDG_CACHE_HOME": str(cache)}
    call = [sys.executable, "-c", text]
    done = subprocess.run(call, cwd=project, env=variables, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


def test_every_example_of_the_help_runs(convparity, project, cache):
    """In one project, because making one takes longer than the examples."""
    elsewhere = ("envs add", "envs lock", "envs remove")  # of what tests/system/test_managed.py installs
    for command in (command for name in EXAMPLES if name not in elsewhere for command, _ in EXAMPLES[name]):
        words = here(shlex.split(command))
        words = [each for word in words for each in (sorted(map(str, project.glob(word))) if "/*" in word else [word])]
        done = convparity(*words, cwd=project, cache=cache)
        assert done.returncode in (0, 1), (command, done.out, done.err)


def workflow(name):
    """The workflow of docs/ci.md with this name."""
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    found = [YAML(typ="safe").load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    return next(one for one in found if one["name"] == name)


def test_the_nightly_job_runs_line_by_line_and_is_quiet_about_what_is_expected(project, cache, tmp_path):
    """`convparity` is a script that puts the environments of this checkout in the place of those to be installed."""
    (job,) = workflow("nightly")["jobs"].values()
    lines = [step["run"] for step in job["steps"] if "run" in step and "pip install" not in step["run"]]
    assert len(lines) == 1
    (project / "bin").mkdir()
    script = project / "bin/convparity"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"from test_documents import here\n"
        f"os.execv(sys.executable, [sys.executable, '-m', 'convparity', *here(sys.argv[1:])])\n"
    )
    script.chmod(0o755)
    summary = tmp_path / "summary.md"
    variables = {
        **os.environ,
        "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "XDG_CACHE_HOME": str(cache),
    }

    def night():
        summary.unlink(missing_ok=True)
        call = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", lines[0]]
        return subprocess.run(
            call, cwd=project, env=variables, capture_output=True, text=True, timeout=600, check=False
        )

    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    settings = re.search(r"```toml\n(\[tool.convparity\]\n.*?)```", text, re.DOTALL)
    (project / "pyproject.toml").write_text(settings[1])
    (project / "expectations.toml").unlink()
    first = night()
    assert first.returncode in (0, 1), first.stderr
    update = [str(script), "expect", "update", "results/nightly.jsonl"]
    assert subprocess.run(update, cwd=project, env=variables, check=False).returncode == 0
    second = night()
    assert second.returncode == 0, second.stdout
    annotations = [line for line in second.stdout.splitlines() if line.startswith("::") and " title=" in line]
    assert [line.partition(" ")[0] for line in annotations] == ["::notice"]
    assert summary.read_text().startswith("### PASSES: nothing new, ")
