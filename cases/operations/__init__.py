"""The operations, each in a module of its own: one more operation is one more module and one more entry of the table.

Pure, but for :mod:`convparity.cases.operations.windows`: NumPy is imported by what makes arrays, and by nothing else.
"""

from __future__ import annotations

from .conv import CONV
from .conv_transpose import CONV_TRANSPOSE
from .operation import Operation
from .pool import AVERAGE_POOL, MAX_POOL

OPERATIONS: dict[str, Operation] = {
    operation.name: operation for operation in (CONV, CONV_TRANSPOSE, MAX_POOL, AVERAGE_POOL)
}
OPS = tuple(OPERATIONS)


def operation(op: str) -> Operation:
    """Return the operation of a name. Raises KeyError for one that there is not."""
    return OPERATIONS[op]


def having(parameter: str) -> tuple[str, ...]:
    """Return the operations that have a parameter which others have not."""
    return tuple(op for op, found in OPERATIONS.items() if parameter in found.parameters)
