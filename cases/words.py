"""The names that a catalog uses: operations and dtypes.

Pure, and quick to import, because the command line lists the names in its help.
"""

from __future__ import annotations

from typing import Literal, get_args

Op = Literal["conv", "conv_transpose", "max_pool", "avg_pool"]
OPS: tuple[Op, ...] = get_args(Op)
Dtype = Literal["float32", "float64", "float16", "bfloat16"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)
