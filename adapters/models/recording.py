"""A recording: every call of a model on one input, in order, as a folder of ``.npy`` files and one JSON file.

``recording.json`` lists the calls (``schemas/recording.json`` in ``report``), and ``arrays/N.npy`` holds value N,
in the framework's own layout. A value is an input of the model, a result of a call, or a weight. Values have numbers,
so that it is known which call made what another one reads. No file is ever unpickled.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 1
FILE, ARRAYS = "recording.json", "arrays"
LARGEST_JSON = 2**26  # bytes; a network of 10,000 calls takes 10 MB
LARGEST_ARRAY = 2**33  # bytes
DTYPES = {"float16", "float32", "float64", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}


class Unreadable(ValueError):
    """A folder that is no recording, or a damaged one: one sentence."""


@dataclass(frozen=True)
class Call:
    """One call of a layer or a function.

    ``kind`` is one of :mod:`convparity.adapters.models.kinds`, and ``settings`` are in its terms; ``name`` is the
    framework's own. ``path`` is the place in the model, and ``source`` the line of the model that makes the call, as
    ``file.py:12``. ``inputs``, ``outputs`` and ``weights`` are numbers of values. ``layout`` is that of the first input
    and of the outputs. ``later`` are settings that inference does not show, such as a momentum.
    """

    number: int
    kind: str
    name: str
    path: str
    source: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    layout: str = ""
    later: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the call as an object of the file."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Call:
        """Return the call that an object of the file describes. Raise TypeError or KeyError for another object."""
        known = {name: fields[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "inputs": tuple(known["inputs"]), "outputs": tuple(known["outputs"])})


class Writer:
    """Writes a recording. The arrays are on disk as soon as they are added, and the JSON file comes last."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.values = folder, 0
        self.layouts: list[str] = []
        (folder / ARRAYS).mkdir(parents=True, exist_ok=True)

    def add(self, array: np.ndarray, layout: str = "") -> int:
        """Write an array, and return its number. ``layout`` is channels_first, channels_last or unknown."""
        self.layouts.append(layout)
        np.save(_place(self.folder, self.values), np.asarray(array, order="C"), allow_pickle=False)
        self.values += 1
        return self.values - 1

    def read(self, value: int) -> np.ndarray:
        """Return a value that was added."""
        array: np.ndarray = np.load(_place(self.folder, value), allow_pickle=False)
        return array

    def finish(
        self, about: Mapping[str, Any], inputs: Sequence[int], outputs: Sequence[int], calls: Sequence[Call]
    ) -> None:
        """Write the JSON file. ``about`` says which model was recorded, and where."""
        whole = {
            "format": FORMAT,
            **about,
            "values": self.values,
            "layouts": self.layouts,
            "inputs": list(inputs),
            "outputs": list(outputs),
            "calls": [call.to_json() for call in calls],
        }
        draft = self.folder / f"{FILE}.part"
        draft.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, self.folder / FILE)


class Recording:
    """A recording that was read from a folder; arrays are loaded when they are asked for."""

    def __init__(self, folder: Path) -> None:
        """Read the JSON file. Raise Unreadable if it is missing, damaged or of another format."""
        self.folder = folder
        self.about = _read(folder)
        try:
            self.calls = [Call.from_json(fields) for fields in self.about["calls"]]
            self.inputs, self.outputs = tuple(self.about["inputs"]), tuple(self.about["outputs"])
            self.layouts: list[str] = list(self.about["layouts"])
            values = self.about["values"]
            used = {*self.inputs, *self.outputs}
            for number, call in enumerate(self.calls):
                used.update(call.inputs, call.outputs, call.weights.values())
                if call.number != number or not isinstance(call.settings, dict):
                    raise ValueError(number)
            if len(self.layouts) != values or not all(type(value) is int and 0 <= value < values for value in used):
                raise ValueError(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(f"{folder / FILE}: not a recording of convparity ({type(error).__name__})") from None

    @property
    def adapter(self) -> str:
        """The adapter of the framework that was recorded."""
        return str(self.about.get("adapter", ""))

    def canonical(self, value: int) -> np.ndarray:
        """Return a value with its channels first, if its layout is known."""
        return channels_first(self.array(value), self.layouts[value])

    def array(self, value: int) -> np.ndarray:
        """Return a value in the framework's layout. Raise Unreadable if its file is missing or damaged."""
        path = _place(self.folder, value)
        try:
            array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise Unreadable(f"{path}: not an array of a recording ({type(error).__name__})") from None
        if array.dtype.name not in DTYPES or array.nbytes > LARGEST_ARRAY:
            raise Unreadable(f"{path}: {array.nbytes} bytes of {array.dtype.name}; no recording has such an array")
        return array


def _place(folder: Path, value: int) -> Path:
    return folder / ARRAYS / f"{value}.npy"


def _read(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise Unreadable(f"{path}: larger than {LARGEST_JSON // 2**20} MB; too large for a recording")
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unreadable(f"{folder}: not a recording: it has no {FILE}; `convparity record` writes one") from None
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"{path}: not JSON") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise Unreadable(f"{path}: not a recording of format {FORMAT}")
    return about


def channels_first(array: np.ndarray, layout: str) -> np.ndarray:
    """Return an array with the channels as its second axis; arrays without a layout stay as they are."""
    return np.moveaxis(array, -1, 1) if layout == "channels_last" and array.ndim > 2 else array


def in_layout(array: np.ndarray, layout: str) -> np.ndarray:
    """Return an array whose second axis are the channels in another layout."""
    last = layout == "channels_last" and array.ndim > 2
    return np.ascontiguousarray(np.moveaxis(array, 1, -1) if last else array)
