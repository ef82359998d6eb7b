"""The settings of Keras that count: a change of one does, and Keras' own do not."""

import json

import pytest
from convparity.workers.surroundings import keras_configuration

# What Keras 3.15.1 writes on its first import where there is none, apart from the backend.
OWN = {"floatx": "float32", "epsilon": 1e-07, "image_data_format": "channels_last"}


@pytest.fixture
def written(monkeypatch, tmp_path):
    """Returns the configuration where the file of Keras' settings has a text."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def written(text):
        (tmp_path / "keras.json").write_text(text)
        return keras_configuration()

    return written


def test_settings_that_keras_writes_by_itself_are_as_none(written, tmp_path, monkeypatch):
    assert written(json.dumps({**OWN, "backend": "tensorflow"})) == ""
    assert written(json.dumps({**OWN, "backend": "torch"})) == ""  # a worker is told its own
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    assert keras_configuration() == ""


@pytest.mark.parametrize("changed", [{"floatx": "float16"}, {"image_data_format": "channels_first"}, {"new": True}])
def test_changed_settings_count(written, changed):
    assert written(json.dumps({**OWN, **changed})) == json.dumps(changed)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000], ids=["empty", "cut", "a list", "deep"])
def test_what_is_no_object_of_settings_counts_as_it_is(written, text):
    assert written(text) == text
