"""Where the Python of the browser comes from: the user's own copy, or npm's registry, here a server of the test's."""

import io
import os
import sys
import tarfile
import threading

import pytest
from convparity.cases.errors import HarnessFault, InputError
from convparity.site import pyodide
from convparity.site.pyodide import NAMES, pyodide_files, registry
from convparity.site.serving import address, server


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    """No registry is set, and nothing was downloaded before."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / ".npmrc"))
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)


def package(names=NAMES):
    """A package of npm with files that hold their names."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as made:
        for name in (*names, "README.md"):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(name)
            made.addfile(member, io.BytesIO(name.encode()))
    return content.getvalue()


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A registry, which serves what is put into the folder."""
    folder = tmp_path / "registry"
    (folder / "pyodide/-").mkdir(parents=True)
    with server(folder) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", address(found))
        yield folder / f"pyodide/-/{pyodide.PACKAGE}"
        found.shutdown()


def test_the_files_come_from_a_package_or_from_a_folder(tmp_path):
    expected = {name: name.encode() for name in NAMES}
    file, folder = tmp_path / "pyodide.tgz", tmp_path / "node_modules/pyodide"
    file.write_bytes(package())
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text(name)
    assert pyodide_files(file) == expected
    assert pyodide_files(folder) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello", "is not a package of npm"),
        (package(NAMES[1:]), "has no pyodide.mjs"),
        (package()[:100], "is not a package of npm"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["no package", "a file is missing", "cut off", "no file"],  # the content holds the time
)
def test_what_is_not_pyodide_is_refused_with_what_is_expected(tmp_path, content, why):
    file = tmp_path / "given.tgz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=why) as raised:
        pyodide_files(file)
    assert str(file) in str(raised.value)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match=r"empty: has no pyodide\.mjs; expected the npm package pyodide"):
        pyodide_files(empty)


def test_another_package_under_this_name_is_refused_by_its_checksum(served):
    served.write_bytes(package())
    with pytest.raises(HarnessFault, match=r"is not Pyodide .*, by its checksum; run `npm pack pyodide@"):
        pyodide_files(None)
    assert not pyodide.kept_package().exists()


def test_a_download_is_kept_and_not_repeated(served, monkeypatch):
    served.write_bytes(package())
    monkeypatch.setattr(pyodide, "SHA512", sum_of(package()))
    first = pyodide_files(None)
    served.unlink()
    assert pyodide_files(None) == first == {name: name.encode() for name in NAMES}
    pyodide.kept_package().write_bytes(b"damaged")  # which is noticed, and fetched anew
    with pytest.raises(HarnessFault, match="cannot be downloaded"):
        pyodide_files(None)


def sum_of(content):
    import base64
    import hashlib

    return base64.b64encode(hashlib.sha512(content).digest()).decode()


@pytest.mark.parametrize("where", ["http://user:secret@127.0.0.1:1/", "not an address"])
def test_a_registry_that_cannot_be_reached_is_one_error_with_the_way_around_it(monkeypatch, where):
    monkeypatch.setenv("npm_config_registry", where)
    with pytest.raises(HarnessFault, match=r"cannot be downloaded: .*; run `npm pack pyodide@.*--pyodide") as raised:
        pyodide_files(None)
    assert "secret" not in str(raised.value)


def test_the_registry_is_that_of_npm(tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "npm").write_text("#!/bin/sh\necho https://of-npm.example/\n")
    (tools / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    assert registry() == "https://of-npm.example/"
    (tmp_path / ".npmrc").write_text("fund=false\nregistry = https://mirror.example/npm\n@scope:registry=https://o/\n")
    assert registry() == "https://mirror.example/npm/"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://other.example")
    assert registry() == "https://other.example/"


def test_without_npm_the_error_says_three_ways_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(HarnessFault, match=r"npm, which is not installed: install Node.js, or .* or run `npm pack"):
        registry()
