"""The names of dtypes that a catalog uses. Pure."""

from __future__ import annotations

from typing import Literal, get_args

Float = Literal["float32", "float64", "float16", "bfloat16"]
Integer = Literal["int8", "uint8", "int32", "int64"]
Dtype = Literal["float32", "float64", "float16", "bfloat16", "int8", "uint8", "int32", "int64"]
FLOATS: tuple[Float, ...] = get_args(Float)
INTEGERS: tuple[Integer, ...] = get_args(Integer)  # of max pools alone
DTYPES: tuple[Dtype, ...] = get_args(Dtype)
WIDE = ("float64", "int32", "int64")  # with values that float32 does not hold
LOWEST = {"int8": -(2**7), "uint8": 0, "int32": -(2**31), "int64": -(2**63)}  # what integers have for minus infinity
