"""The releases that pip finds in an index on disk: of wheels for some Pythons, yanked ones and pre-releases."""

import os

import pytest
from convparity.cases.errors import HarnessFault, InputError
from convparity.releases.choice import Choice
from convparity.releases.registry import released
from convparity.releases.series import Series, pythons
from packaging.version import Version

WHEELS = (  # name of the file, attributes of its link
    ("onnxruntime-1.19.0-py3-none-any.whl", ""),
    ("onnxruntime-1.20.0-py3-none-any.whl", 'data-yanked="wrong"'),
    ("onnxruntime-1.20.1-py3-none-any.whl", ""),
    ("onnxruntime-1.21.0-cp310-none-any.whl", ""),
    ("onnxruntime-1.22.0-cp311-none-any.whl", ""),
    ("onnxruntime-1.23.0-py3-none-any.whl", 'data-requires-python="&gt;=3.13"'),
    ("onnxruntime-1.24.0rc1-py3-none-any.whl", ""),
    ("onnxruntime-1.25.0.tar.gz", ""),
)


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """The only index that pip knows, with the packages of WHEELS."""
    folder = tmp_path / "simple/onnxruntime"
    folder.mkdir(parents=True)
    links = "".join(f'<a href="{name}" {attributes}>{name}</a>\n' for name, attributes in WHEELS)
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>")
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    return folder


def texts(found):
    return {python: sorted(map(str, versions)) for python, versions in found.items()}


def test_releases_are_those_with_a_wheel_for_a_python_without_yanked_ones_and_pre_releases():
    assert texts(released("onnxruntime", ["3.10", "3.11", "3.13"])) == {
        "3.10": ["1.19.0", "1.20.1", "1.21.0"],
        "3.11": ["1.19.0", "1.20.1", "1.22.0"],
        "3.13": ["1.19.0", "1.20.1", "1.23.0"],
    }
    assert "1.24.0rc1" in texts(released("onnxruntime", ["3.11"], pre=True))["3.11"]


def test_a_package_without_releases_is_an_error_with_the_reason_of_pip():
    with pytest.raises(HarnessFault, match=r"nothing: pip finds no release for Python 3\.11 on this machine: No match"):
        released("nothing", ["3.11"])


def test_an_index_that_cannot_be_reached_is_called_that(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(HarnessFault, match="the package index cannot be reached"):
        released("onnxruntime", ["3.11"])


def test_each_release_gets_a_python_that_has_a_wheel_or_a_reason(monkeypatch):
    """3.11 is preferred and 3.10 at hand; 3.13 is not."""
    monkeypatch.setattr("convparity.releases.series.pythons", lambda wanted: (["3.11", "3.10"], ["3.13"]))
    series = Series("onnxruntime,onnx==1.17.0")
    found = series.chosen(Choice.parse(None, "1.20", None, None))
    asked = {str(one.version): one.spec and one.spec.request.asked for one in found}
    assert asked == {
        "1.20.1": "onnxruntime==1.20.1,onnx==1.17.0",
        "1.21.0": "onnxruntime==1.21.0,onnx==1.17.0,python==3.10",
        "1.22.0": "onnxruntime==1.22.0,onnx==1.17.0",
        "1.23.0": None,
    }
    assert found[-1].problem == "it has no wheel for Python 3.11 and 3.10, but for Python 3.13"
    assert found[0].release().label == "onnxruntime==1.20.1 onnx==1.17.0"


def test_a_named_version_is_tried_though_the_index_does_not_list_it_unless_it_is_too_old(monkeypatch):
    monkeypatch.setattr("convparity.releases.series.pythons", lambda wanted: (["3.11"], []))
    found = Series("onnxruntime").chosen(Choice.parse(None, None, None, "1.20.0,1.19.0"))
    assert [(str(one.version), bool(one.spec)) for one in found] == [("1.19.0", False), ("1.20.0", True)]
    assert "onnxruntime 1.19.0 is too old; onnxruntime needs onnxruntime 1.20 or newer" in found[0].problem


def test_a_range_without_releases_is_refused(monkeypatch):
    monkeypatch.setattr("convparity.releases.series.pythons", lambda wanted: (["3.11"], []))
    with pytest.raises(InputError, match=r"no release of onnxruntime is in this range; the newest is 1\.22\.0"):
        Series("onnxruntime").chosen(Choice.parse(None, "2.0", None, None))


@pytest.mark.parametrize(
    ("asked", "package", "moving", "request_"),
    [
        ("keras-torch", None, "keras", "keras-torch==9.1"),
        ("keras-torch,torch==2.13.0", None, "keras", "keras-torch==9.1,torch==2.13.0"),
        ("keras-jax==3.15.1", "jax", "jax", "keras-jax==3.15.1,jax==9.1"),
        ("keras-jax==3.15.1", "JAX", "jax", "keras-jax==3.15.1,jax==9.1"),
        ("tensorflow", None, "tensorflow-cpu", "tensorflow==9.1"),
        ("tf", None, "tensorflow-cpu", "tensorflow==9.1"),
        ("keras", None, "keras", "tensorflow,keras==9.1"),
        ("jax", None, "jax", "flax,jax==9.1"),
        ("flax", "jax", "jax", "flax,jax==9.1"),
    ],
)
def test_one_package_changes_and_the_rest_of_the_request_stays(asked, package, moving, request_):
    series = Series(asked, package)
    assert series.package == moving
    spec = series.spec(Version("9.1"), "3.13")
    assert spec.request.asked == f"{request_},python==3.13"


@pytest.mark.parametrize(
    ("asked", "package", "problem"),
    [
        ("keras-torch==3.15.1", None, "has a version of keras, which is what changes"),
        ("flax,jax==0.7.2", "jax", "has a version of jax, which is what changes"),
        ("new:flax", None, "has a label; each release has one of its own"),
        ("kreas", None, "'kreas' is not an adapter"),
    ],
)
def test_requests_that_fix_what_changes_are_refused(asked, package, problem):
    with pytest.raises(InputError, match=problem):
        Series(asked, package)


def test_the_python_that_runs_this_is_preferred_and_a_named_one_is_the_only_one():
    import sys

    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    at_hand, others = pythons(">=3.9,<3.20")
    assert at_hand[0] == here
    assert not set(at_hand) & set(others)
    assert pythons(sys.executable) == ([here], [])
