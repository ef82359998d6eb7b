"""Reports in the browser: here a script that writes down the address it is given."""

import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest


@pytest.fixture
def address(tmp_path, monkeypatch):
    """Returns the address that the browser was given, and None where it was not started."""
    told, browser = tmp_path / "address", tmp_path / "a_browser"
    browser.write_text(f"#!{sys.executable}\nimport sys\nopen({str(told)!r}, 'a').write(sys.argv[1])\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    return lambda: told.read_text() if told.exists() else None


@pytest.fixture
def results(convparity, run):
    assert run("-o", "r.jsonl", "--html", "with a space.html").returncode in (0, 1)
    return "r.jsonl"


def file_of(address):
    assert address.startswith("file:///")
    return Path(url2pathname(urlsplit(address).path))


def test_show_opens_a_report(convparity, results, address, tmp_path):
    done = convparity("show", "with a space.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert file_of(address()) == (tmp_path / "with a space.html").resolve()
    assert address().endswith("/with%20a%20space.html")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.html", None, "gone.html: cannot be read: No such file or directory"),
        ("notes.html", b"<!doctype html><p>hello", "is not an HTML report of convparity; expected a file that --html"),
        ("r.jsonl", b'{"kind":"header"}\n', "make one from this results file with `convparity report r.jsonl --html "),
        ("r.jsonl.gz", b"\x1f\x8b\x08", "make one from this results file with `convparity report r.jsonl.gz --html "),
    ],
)
def test_show_refuses_a_file_that_is_no_report(convparity, address, tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = convparity("show", name)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert address() is None


def test_open_shows_the_report_that_is_written(convparity, results, address, tmp_path):
    done = convparity("report", results, "--html", "again.html", "--open", "--exit-zero")
    assert done.returncode == 0
    assert file_of(address()) == (tmp_path / "again.html").resolve()
    assert "again.html" in done.stdout


def test_open_without_a_file_writes_a_temporary_one_and_names_it(run, address):
    done = run("--open", "--exit-zero")
    assert done.returncode == 0
    page = file_of(address())
    assert 'id="payload"' in page.read_text()
    assert str(page) in done.stdout
    page.unlink()
    page.parent.rmdir()


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="their system opens addresses itself")
def test_without_a_browser_the_address_is_printed(convparity, results, monkeypatch, tmp_path):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    done = convparity("show", "with a space.html")
    assert done.returncode == 3
    assert "no browser could be started; open file:///" in done.stderr
    assert "Traceback" not in done.stderr
    done = convparity("report", results, "--html", "again.html", "--open", "--exit-zero")
    assert done.returncode == 0
    assert "no browser could be started" in done.stderr
    assert (tmp_path / "again.html").exists()
