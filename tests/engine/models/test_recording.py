"""The format of recordings: what is written is read again, and a damaged folder is refused."""

import json
from importlib import resources

import numpy as np
import pytest
from convparity.adapters.models.recording import Call, Recording, Unreadable, Writer

ABOUT = {"model": "torch:nets:make", "adapter": "torch", "packages": {}, "inference": "", "input_names": [""]}


@pytest.fixture
def folder(tmp_path):
    writer = Writer(tmp_path / "rec")
    x, w, y = (writer.add(np.arange(n, dtype=np.float32).reshape(1, -1, 2, 2), "channels_first") for n in (8, 4, 12))
    call = Call(0, "conv", "Conv2d", "stem.0", "nets.py:3", (x,), (y,), {"stride": [1, 1]}, {"kernel": w})
    writer.finish(ABOUT, [x], [y], [call])
    return tmp_path / "rec"


def test_a_recording_is_read_as_it_was_written(folder):
    recording = Recording(folder)
    (call,) = recording.calls
    assert (call.path, call.source, call.inputs, call.outputs) == ("stem.0", "nets.py:3", (0,), (2,))
    assert recording.array(call.weights["kernel"]).ravel().tolist() == [0, 1, 2, 3]
    assert recording.adapter == "torch"


def test_the_file_fits_its_published_schema(folder):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(resources.files("convparity.report").joinpath("schemas/recording.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads((folder / "recording.json").read_text()))


def _change(folder, **fields):
    file = folder / "recording.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "recording.json").unlink(),
        lambda folder: (folder / "recording.json").write_text("[" * 100_000),
        lambda folder: (folder / "recording.json").write_bytes(b"\xff\xfe"),
        lambda folder: _change(folder, format=2),
        lambda folder: _change(folder, values=1),
        lambda folder: _change(folder, inputs=["../../x"]),
        lambda folder: _change(folder, calls=[{"number": 0}]),
        lambda folder: _change(folder, calls=None),
    ],
)
def test_a_damaged_folder_is_refused(folder, damage):
    damage(folder)
    with pytest.raises(Unreadable, match=str(folder)):
        Recording(folder)


def test_a_damaged_or_pickled_array_is_refused(folder):
    recording = Recording(folder)
    np.save(folder / "arrays" / "0.npy", np.array([{}], dtype=object), allow_pickle=True)
    (folder / "arrays" / "1.npy").write_bytes((folder / "arrays" / "1.npy").read_bytes()[:-2])
    for value in (0, 1):
        with pytest.raises(Unreadable, match=f"{value}.npy"):
            recording.array(value)
