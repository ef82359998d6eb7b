"""The operations, each in a module of its own. To add one, add a module, its name here, and an entry in the table.

The names are here because they are quick to import: the command line lists them in its help.
"""

from __future__ import annotations

from typing import Literal, get_args

Op = Literal["conv", "conv_transpose", "max_pool", "avg_pool"]
OPS: tuple[Op, ...] = get_args(Op)
