"""An environment that convparity installs from nothing, with a real framework; needs a package index."""

import json

import pytest


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def in_data_folder(data_folder, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(data_folder))


def test_a_run_installs_what_it_needs_and_the_next_one_finds_it(convparity, tmp_path):
    arguments = ("run", "textbook", "--with", "onnxruntime==1.20.1", "--exit-zero")
    first = convparity(*arguments, "--json", tmp_path / "first.json", cwd=tmp_path)
    assert first.returncode == 0, first.err
    assert "installing 1 environment into" in first.err
    again = convparity(*arguments, "--json", tmp_path / "again.json", cwd=tmp_path)
    assert again.returncode == 0, again.err
    assert "installing" not in again.err
    rows, same = (json.loads((tmp_path / f"{name}.json").read_text())["verdicts"] for name in ("first", "again"))
    assert {(row["environment"], row["version"]) for row in rows} == {("onnxruntime==1.20.1", "1.20.1")}
    assert [row["verdict"] for row in rows] == [row["verdict"] for row in same]
    written = [row["verdict"] for row in rows if row["spelling"] == "as written"]
    assert len(written) == 25
    assert written.count("agrees") == 24  # ONNX has no padding by reflection


def test_versions_installs_releases_and_tells_what_a_later_one_refuses(convparity, tmp_path):
    """ONNX Runtime 1.28.0 and later refuse an output padding that is not below the stride; 1.20.1 does not."""
    arguments = ("onnxruntime", "field-reports", "-k", "tconv-output-padding-not-below-stride")
    done = convparity("versions", *arguments, "--versions", "1.20.1,1.32.0", "--json", tmp_path / "v.json")
    assert done.returncode == 1, done.err
    (change,) = json.loads((tmp_path / "v.json").read_text())["changes"]
    assert (change["before"], change["after"]) == ("1.20.1", "1.32.0")
    assert change["what"] == "agrees -> rejects; shape (1,3,13) -> nothing"
