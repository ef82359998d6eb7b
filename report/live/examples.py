"""The worked examples of the page that runs in the browser, which it shows before anyone has asked.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A question, as :func:`convparity.report.live.answer.answered` takes it, and what it is about."""

    title: str
    line: str
    input: str
    second: str = ""
    to: str = ""


EXAMPLES = (
    Example("'same' with a stride", "layers.Conv2D(32, 3, strides=2, padding='same')", "3x224x224"),
    Example(
        "A port to check",
        "layers.Conv2D(64, 7, strides=2, padding='same')",
        "3x224x224",
        second="nn.Conv2d(3, 64, 7, stride=2, padding=3)",
    ),
    Example("From PyTorch", "nn.Conv2d(1, 1, (3, 5), stride=(3, 4), padding=(0, 1))", "8x8"),
    Example("Upsampling", "layers.Conv2DTranspose(64, 3, strides=2, padding='same')", "128x16x16"),
    Example("A pool", "nn.MaxPool2d(3, stride=2, padding=1)", "64x112x112"),
    Example("Batch norm", "layers.BatchNormalization()", "64x112x112"),
)
