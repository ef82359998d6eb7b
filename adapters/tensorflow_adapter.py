"""TensorFlow: ``tf.keras.layers.Conv1D`` to ``Conv3D`` of Keras 3. Padding is a word, never a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..cases.case import Case, Pads
from .adapter import Adapter, Inexpressible, Spelling, arguments, compact, only, unless
from .conventions import lacking, numbers, same_pads, symmetric


class TensorflowAdapter(Adapter):
    """Layers of ``tf.keras``."""

    name = "tensorflow"
    title = "Keras on TensorFlow"
    imports = "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers"
    distributions = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
    modules = ("tensorflow", "keras")
    variables: ClassVar[Mapping[str, str]] = {"KERAS_BACKEND": "tensorflow"}
    channels_last = True

    def __init__(self) -> None:
        super().__init__()
        self.keras = self.namespace["keras"]
        threading = self.namespace["tf"].config.threading
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
        self.keras.config.set_image_data_format("channels_last")  # over a user's ~/.keras/keras.json
        self.keras.config.set_floatx("float32")

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "causal")):
            return Inexpressible(f"Keras has no word for {case.padding!r}")
        word = _word(case)
        asks_numbers = not isinstance(case.padding, str) and any(map(any, case.padding))
        note = "Keras has no explicit padding" if asks_numbers else ""
        return Spelling(_conv(case, word), words=repr(word), note=note)

    @staticmethod
    def port(case: Case) -> Spelling | None:
        pads = numbers(case)
        chain: list[str] = []
        crop = tuple((max(-before, 0), max(-after, 0)) for before, after in pads)
        pad = tuple((max(before, 0), max(after, 0)) for before, after in pads)
        if any(map(any, crop)):
            chain.append(f"layers.Cropping{case.rank}D({_sides(crop)!r})")
        if any(map(any, pad)):
            chain.append(f"layers.ZeroPadding{case.rank}D({_sides(pad)!r})")
        if max(case.stride) > 1 and max(case.dilation) > 1:
            # Keras 3.15 refuses strides with dilation; every s-th output of the unstrided layer is the same.
            every = f"layers.MaxPooling{case.rank}D(1, strides={compact(case.stride)!r})"
            chain += [_conv(case, None, strides=False), every]
        else:
            chain.append(_conv(case, None))
        return Spelling(chain[0] if len(chain) == 1 else f"keras.Sequential([{', '.join(chain)}])")

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> Any:
        if weights is not None:
            if not layer.built:
                layer.build(x.shape)
            conv = only([m for m in getattr(layer, "layers", [layer]) if hasattr(m, "kernel")])
            conv.kernel.assign(weights)
            if conv.bias is not None:
                conv.bias.assign(np.zeros(conv.bias.shape, np.float32))
        return layer(x)

    def declare(self, layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(layer.compute_output_shape(shape))

    def facts(self) -> dict[str, Any]:
        threads = self.namespace["tf"].config.threading.get_intra_op_parallelism_threads()
        devices = [device.device_type.lower() for device in self.namespace["tf"].config.get_visible_devices()]
        return {"threads": threads, "device": ", ".join(devices), "backend": self.keras.config.backend()}


def _word(case: Case) -> str:
    """The word that a person reaches for: 'same' where the pads look like it, else 'valid'."""
    if isinstance(case.padding, str):
        return case.padding
    centred = tuple((d * (k - 1) / 2,) * 2 for k, d in zip(case.kernel, case.dilation))
    if not any(map(any, case.padding)):
        return "valid"
    return "same" if case.padding in (centred, same_pads(case)) else "valid"


def _sides(pads: Pads) -> Any:
    """Pads as ZeroPadding1D to ZeroPadding3D take them, in the shortest form."""
    if not symmetric(pads):
        return pads if len(pads) > 1 else pads[0]
    return compact([before for before, _ in pads])


def _conv(case: Case, word: str | None, strides: bool = True) -> str:
    given = arguments(
        case.out_channels,
        compact(case.kernel),
        strides=unless(1, case.stride) if strides else None,
        padding=word,
        dilation_rate=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        use_bias=False,
    )
    return f"layers.Conv{case.rank}D({given})"


ADAPTER = TensorflowAdapter
