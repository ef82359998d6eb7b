"""Averages that are multiplied or divided by a number: sums of windows, divided by a divisor of their own."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...cases.case import Case
from ...cases.catalog.validate import LIMIT
from ...cases.operations.pool_axis import PoolAxis
from ...cases.operations.table import operation
from ..conventions import numbers
from .literals import dotted, number
from .source import Source
from .steps import Scale


def scaled(node: ast.expr) -> tuple[ast.expr, Scale] | None:
    """Return the expression that a number multiplies or divides, and the step that does so; None for any other."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Mult, ast.Div)):
        return None
    value, factor = node.left, _number(node.right)
    if factor is None and isinstance(node.op, ast.Mult):
        value, factor = node.right, _number(node.left)
    times = factor_of(factor, isinstance(node.op, ast.Div))
    return None if times is None or number(value) is not None else (value, Scale(node, times))


def _number(node: ast.expr) -> int | float | None:
    """Return the value of a number, or of ``ops.convert_like(9, x)``, which has the dtype of ``x``; None for others."""
    converts = isinstance(node, ast.Call) and dotted(node.func).endswith(".convert_like") and node.args
    return number(node.args[0]) if converts and isinstance(node, ast.Call) else number(node)


def factor_of(factor: object, divides: bool) -> Fraction | None:
    """Return the factor of a product, or of a quotient by it; None if it is no finite number other than 0."""
    if not isinstance(factor, (int, float)) or not math.isfinite(factor) or factor == 0:
        return None
    return 1 / Fraction(factor) if divides else Fraction(factor)


def rescale(source: Source, own: Case, case: Case, scales: Sequence[Scale]) -> Case:
    """Return the case of a layer whose output is multiplied by numbers. Raises InputError if no case describes it.

    ``own`` is the case of the layer itself, on an input that was padded before, and ``case`` that of both together.
    """
    first = scales[0].node
    if case.op != "avg_pool":
        what = f"{source.quoted(first)} multiplies the output of a layer that is no average, which no case describes"
        raise source.error(f"layer: {what}", first)
    axes = [operation(own.op).axis(own, i) for i in range(own.rank)]
    whole = all(isinstance(axis, PoolAxis) and not axis.hangs_over(axis.output - 1) for axis in axes)
    counted = own.counts_padding or not any(side > 0 for pair in numbers(own) for side in pair)
    if own.divisor_override is None and not (whole and counted):
        what = f"{source.quoted(first)} multiplies averages over windows of different sizes, which no case describes"
        raise source.error(f"layer: {what}", first)
    divisor = Fraction(own.divisor_override or math.prod(own.kernel))
    for scale in scales:
        divisor /= scale.times
    if divisor.denominator != 1 or not 1 <= divisor <= LIMIT:
        what = f"{source.quoted(scales[-1].node)} divides the sum of each window by {float(divisor):g}"
        raise source.error(f"layer: {what}; expected a positive whole number", scales[-1].node)
    return replace(case, divisor_override=int(divisor), count_include_pad=None, id="")
