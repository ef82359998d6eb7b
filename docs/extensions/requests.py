"""The table of the page on padding, as Markdown: requests along one axis, and the pads of each framework's line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import convparity
from convparity.adapters.registry import title

ADAPTERS = ("torch", "tensorflow", "flax", "mxnet", "onnxruntime")  # Keras on one backend: the others have its words
TRANSPOSED = {"op": "conv_transpose"}
REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kernel 3, stride 2, padding 1", {"kernel": 3, "stride": 2, "padding": 1}),
    ("kernel 3, stride 2, `'same'`", {"kernel": 3, "stride": 2, "padding": "same"}),
    ("kernel 3, stride 2, `'same_lower'`", {"kernel": 3, "stride": 2, "padding": "same_lower"}),
    ("kernel 4, `'same'`", {"kernel": 4, "padding": "same"}),
    ("kernel 3, padding [0, 1]", {"kernel": 3, "padding": [[0, 1]]}),
    ("kernel 3, `'causal'`", {"kernel": 3, "padding": "causal"}),
    ("kernel 3, dilation 2, `'same'`", {"kernel": 3, "dilation": 2, "padding": "same"}),
    ("kernel 3, padding 1, mirrored", {"kernel": 3, "padding": 1, "padding_mode": "reflect"}),
    ("transposed, kernel 3, stride 2, `'same'`", TRANSPOSED | {"kernel": 3, "stride": 2, "padding": "same"}),
    ("transposed, kernel 2, stride 3, `'valid'`", TRANSPOSED | {"kernel": 2, "stride": 3, "padding": "valid"}),
    ("max pool of 3, stride 2, ceil mode", {"op": "max_pool", "kernel": 3, "stride": 2, "ceil_mode": True}),
    ("average of 3, stride 2, padding 1", {"op": "avg_pool", "kernel": 3, "stride": 2, "padding": 1}),
    ("average of 3, stride 2, `'same'`", {"op": "avg_pool", "kernel": 3, "stride": 2, "padding": "same"}),
)
SIZES = (8, 9)


def markdown() -> str:
    """Return the table, with a row for each request, or two where an even and an odd number of elements differ."""
    return "\n".join(_rows())


def _rows() -> Iterator[str]:
    yield f"| request | on | {' | '.join(map(title, ADAPTERS))} |"
    yield f"| --- | --- |{' --- |' * len(ADAPTERS)}"
    for said, fields in REQUESTS:
        sizes: dict[str, list[str]] = {}
        for size in SIZES:
            sizes.setdefault(_cells(convparity.make_case(input=[size], **fields)), []).append(str(size))
        yield from (f"| {said} | {', '.join(alike)} | {cells} |" for cells, alike in sizes.items())


def _cells(case: Any) -> str:
    """Return the cells of a case, one for each adapter."""
    report = convparity.predict(case, adapters=ADAPTERS)
    return " | ".join(_cell(report.verdict(report.cases[0], label)) for label in ADAPTERS)


def _cell(row: Any) -> str:
    """Return the pads along the axis, and the verdict if it is not agreement."""
    pads = f"({row.pads[0][0]},{row.pads[0][1]})" if row.pads else ""
    name = row.verdict.replace(" ", "-")
    verdict = "" if row.verdict == "agrees" else f"[{row.verdict}](verdicts/{name}.md)"
    return " ".join(part for part in (pads, verdict) if part)
