"""`versions` and `bisect` as commands, with tiny packages that are installed but run no layer: what is an error."""

import json

import pytest


def test_releases_that_do_not_work_are_rows_with_their_reason_and_the_command_goes_on(convparity, tmp_path):
    done = convparity("versions", "onnxruntime", "textbook", "--json", tmp_path / "v.json")
    assert done.returncode == 3, done.err
    assert "Fewer than two releases of onnxruntime were observed" in done.out
    made = json.loads((tmp_path / "v.json").read_text())
    assert [one["version"] for one in made["releases"]] == ["1.20.1", "1.32.0"]
    assert all("environment 'onnxruntime==1." in one["problem"] for one in made["releases"])
    assert "the newest patch release of each minor version is tried" in done.err
    assert len(convparity.names("made")) == 2
    told = convparity("bisect", "layer-3-stride", "onnxruntime", "--good", "1.20", "--bad", "1.32")
    assert told.returncode == 3
    assert "onnxruntime 1.20.1: not observed: environment" in told.err
    assert "Fewer than two releases of onnxruntime could be observed" in told.out


def test_releases_are_listed_and_nothing_is_installed(convparity):
    listed = convparity("versions", "onnxruntime", "textbook", "--list")
    assert listed.returncode == 0
    assert listed.out.splitlines() == [
        "release  environment",
        "1.20.1   installed when first needed",
        "1.32.0   installed when first needed",
    ]
    assert convparity("bisect", "layer-3-stride", "onnxruntime", "--list").out == listed.out
    assert convparity.names("made") == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("versions", "onnxruntime", "textbook", "--from", "1.30"), "only 1.32.0 is chosen, and a change is between"),
        (("versions", "onnxruntime", "textbook", "--from", "2"), "no release of onnxruntime is in this range"),
        (("versions", "onnxruntime", "textbook", "--from", "x"), "--from: 'x' is not a version, such as 3.15.1"),
        (("versions", "onxruntime", "textbook"), "ADAPTER: 'onxruntime' is not an adapter"),
        (("versions", "onnxruntime", "textbok"), "textbok"),
        (("bisect", "nowhere", "onnxruntime"), "'nowhere' is not an id in the catalogs that ship"),
        (("bisect", "nn.Conv2d(3, 8, 3)", "onnxruntime"), "a layer expression with --input"),
        (("bisect", "layer-3-stride", "onnxruntime", "--good", "1.32", "--bad", "1.20"), "exchange the two"),
    ],
)
def test_bad_input_is_one_sentence(convparity, arguments, problem):
    done = convparity(*arguments)
    assert (done.returncode, problem in done.err) == (2, True), done.err
    assert "Traceback" not in done.err
