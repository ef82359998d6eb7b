"""The table of operations.

Pure, except :mod:`convparity.cases.operations.windows`: only the functions that make arrays import NumPy.
"""

from __future__ import annotations

from ..dtypes import FLOATS, INTEGERS
from . import Op
from .conv import CONV
from .conv_transpose import CONV_TRANSPOSE
from .operation import Operation
from .pool import AVERAGE_POOL, MAX_POOL

OPERATIONS: dict[Op, Operation] = {
    "conv": CONV,
    "conv_transpose": CONV_TRANSPOSE,
    "max_pool": MAX_POOL,
    "avg_pool": AVERAGE_POOL,
}


def operation(op: Op) -> Operation:
    """Return the operation with this name. Raises KeyError for an unknown name."""
    return OPERATIONS[op]


def computes(op: Op, dtype: str) -> bool:
    """Return whether an operation has a dtype: those that add numbers up have no integers. False for unknown names."""
    return op in OPERATIONS and (dtype in FLOATS or (dtype in INTEGERS and OPERATIONS[op].selects))


def having(parameter: str) -> tuple[Op, ...]:
    """Return the names of the operations that have a parameter that not all of them have."""
    return tuple(op for op, found in OPERATIONS.items() if parameter in found.parameters)
