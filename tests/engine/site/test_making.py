"""The folder of the site, and the code in it."""

import json
import re
import subprocess
import sys
import zipfile

import pytest
from convparity.cases.errors import InputError
from convparity.report.live.answer import answered
from convparity.report.live.examples import EXAMPLES
from convparity.site.making import check_folder, make
from convparity.site.pyodide import NAMES

STEM = EXAMPLES[0]
# Without site-packages: what the zip lacks, this Python does not have either.
ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
from convparity.report.live.answer import answer
print(answer(sys.argv[2]))
assert sys.modules["convparity"].__file__.startswith(sys.argv[1])
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    make(folder, {name: name.encode() for name in NAMES})
    return folder


def test_the_folder_has_the_page_the_code_and_python(site):
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert files == {"index.html", "convparity.zip", *(f"pyodide/{name}" for name in NAMES)}


def test_the_page_loads_from_its_own_folder_only(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    sources = {word for rule in policy.split("; ") for word in rule.split()[1:] if not word.startswith("'sha256-")}
    assert sources == {"'none'", "'self'", "'wasm-unsafe-eval'", "blob:", "data:"}
    assert "default-src 'none'" in policy
    assert not re.search(r"(?:src|href)=\"?https?:", page)


def test_the_code_answers_alone_and_its_zip_is_the_same_each_time(site, tmp_path):
    code = site / "convparity.zip"
    question = {"line": STEM.line, "second": "", "input": STEM.input, "to": ""}
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(code), json.dumps(question)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == answered(STEM.line, "", STEM.input, "")
    make(tmp_path, {})
    assert (tmp_path / "convparity.zip").read_bytes() == code.read_bytes()


def test_the_code_is_what_answers_import_and_no_more(site):
    names = set(zipfile.ZipFile(site / "convparity.zip").namelist())
    assert {"convparity/__init__.py", "convparity/report/preflight/defaults.toml"} <= names
    parts = {name.split("/")[1] for name in names}
    assert parts == {"__init__.py", "adapters", "cases", "report"}
    assert not any(name.endswith(("/adapter.py", "/reference.py", "/recorder.py")) for name in names)


def test_a_folder_with_another_page_is_not_written_to(site, tmp_path):
    check_folder(site)
    check_folder(tmp_path / "new")
    (tmp_path / "index.html").write_text("<h1>Mine</h1>")
    with pytest.raises(InputError, match=r"index\.html is a page that convparity did not make; name another folder"):
        check_folder(tmp_path)
    with pytest.raises(InputError, match="is a file; name a folder"):
        check_folder(tmp_path / "index.html")
