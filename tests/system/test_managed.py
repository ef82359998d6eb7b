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
