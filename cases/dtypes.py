"""The names of dtypes that a catalog uses. Pure."""

from __future__ import annotations

from typing import Literal, get_args

Dtype = Literal["float32", "float64", "float16", "bfloat16"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)
