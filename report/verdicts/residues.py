"""The input sizes for which a divergence holds, by residue of the size modulo the stride.

The pads that a layer was measured to use at one size fit a convention (fixed numbers, or a rule such as XLA's
``same``). Each residue is then run once. Where the convention predicts every run, the statement covers all sizes;
otherwise it covers only the sizes that were run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ...cases import arithmetic
from ...cases.arithmetic import AXIS_NAMES, Invalid
from ...cases.axis_sampling import AxisSampling
from ...cases.case import Case, Sizes
from ...cases.operations.axis import Axis, word_padding
from ...cases.operations.pool_axis import PoolAxis
from ...cases.operations.table import operation
from ...cases.sampling import LARGEST_MAP
from ...cases.text import several
from ..results.observation import AxisMap, Sampling
from .judging import MEASURED, fitted_axis
from .sizes import by_residue

LARGEST_STRIDE = 32  # above this, there are too many residues to run
PERIODS = 6  # multiples of the stride over which the prediction of a convention has to repeat

Convention = Callable[[Axis], np.ndarray]  # from an axis to its map, which has no row where no window fits


@dataclass(frozen=True)
class Holds:
    """The sizes for which a divergence holds, in words; ``general`` where a convention supports it for all sizes."""

    text: str
    general: bool


def sizes_to_run(case: Case) -> list[Sizes]:
    """Return input sizes that, with the case's own, cover every residue of every axis modulo its stride.

    Return no sizes for a layer whose strides are so large that no statement covers other sizes.
    """
    if max(case.stride) > LARGEST_STRIDE or case.adaptive:
        return []
    if operation(case.op).adjoint:  # the crops do not depend on the size, as one other size shows
        return [tuple(n + 1 for n in case.input)]
    steps = range(1, max(case.stride))
    return [tuple(n + step % s for n, s in zip(case.input, case.stride, strict=True)) for step in steps]


def holds(case: Case, runs: Iterable[tuple[Sizes, Sampling]]) -> Holds | None:
    """Return the sizes at which the measured sampling differs from the reference's, from runs of all residues.

    Return None where a run is missing, a run has no map per axis, or the strides are too large to run every residue.
    """
    if max(case.stride) > LARGEST_STRIDE or case.adaptive:
        return None
    measured = [(sizes, sampling) for sizes, sampling in runs if sampling.separable and sampling.exact]
    if any((indices < 0).all() for _, sampling in measured for indices in sampling.maps):
        return None  # where one axis reads only padding, the others cannot be determined
    if {sizes for sizes, _ in measured} != {case.input, *sizes_to_run(case)}:
        return None
    asked = [arithmetic.axes(case.on(sizes)) for sizes, _ in measured]
    statements: dict[str, list[str]] = {}
    conventions: set[str] = set()
    general = True
    for i, name in enumerate(AXIS_NAMES[case.rank]):
        axis_runs: list[tuple[Axis, AxisMap]] = []
        for axes, (_, sampling) in zip(asked, measured, strict=True):
            if isinstance(axes, Invalid):
                return None
            axis_runs.append((axes[i], sampling.by_axis[i]))
        differs, convention, start = _along(
            case.padding if isinstance(case.padding, str) else case.padding[i], *axis_runs
        )
        if not any(differs.values()):
            continue
        if convention:
            conventions.add(convention)
        else:
            general = False
        said = by_residue(differs, len(differs), case.pools) + (f", from {start} on" if start > 1 else "")
        statements.setdefault(said, []).append(name)
    if not statements:
        return None
    words = "; ".join(text.format(several(names)) for text, names in statements.items())
    ran = ", ".join("x".join(map(str, sizes)) for sizes, _ in sorted(measured, key=lambda run: run[0]))
    if general:
        return Holds(f"{words} ({' and '.join(sorted(conventions))}; ran {ran})", True)
    return Holds(f"{words}, among the sizes that were run: {ran}", False)


@lru_cache(MEASURED)
def _along(padding: str | tuple[int, int], *runs: tuple[Axis, AxisMap]) -> tuple[dict[int, bool], str, int]:
    """Return, for each residue of an axis, whether it differs, the convention by which it does, and from which size on.

    The convention is empty, and the size 0, where none is known to hold at every size from the case's own on.
    """
    first = runs[0][0]
    stride = 1 if first.adjoint else first.stride
    differs = {axis.n % stride: not axis.same_reads(got.indices) for axis, got in runs}
    convention = _convention(runs) if any(differs.values()) else None
    start = _repeats_from(first, _asked(first, padding), convention[1], differs, stride) if convention else None
    return (differs, convention[0], start) if convention and start else (differs, "", 0)


def _asked(axis: Axis, padding: str | tuple[int, int]) -> Callable[[Axis], Axis]:
    """Return the function that turns an axis of any size into the requested one."""
    if axis.adjoint:
        return lambda sized: sized  # the crops are the same at every size
    if isinstance(padding, str):
        return lambda sized: sized.with_pads(*word_padding(padding, sized.n, sized.effective, sized.stride))
    return lambda sized: sized.with_pads(*padding)


def _map(axis: Axis) -> np.ndarray:
    """Return the map of an axis; one without rows where no window fits, or where it would be too large."""
    return axis.sampling() if 0 < axis.output * axis.kernel <= LARGEST_MAP else np.empty((0, axis.kernel), np.int64)


def _word(word: str) -> Convention:
    return lambda axis: _map(axis.with_pads(*word_padding(word, axis.n, axis.effective, axis.stride)))


def _convention(runs: Sequence[tuple[Axis, AxisMap]]) -> tuple[str, Convention] | None:
    """Return the first convention that predicts every measured map of an axis, with its name."""
    candidates: list[tuple[str, Convention]] = []
    fits = [fitted_axis(axis, got) for axis, got in runs]
    known = [found for found in fits if found and found.before is not None and found.after is not None]
    if known:
        words, fixed = _fixed(known, runs[0][0].adjoint)
        candidates.append((words, fixed))
        if isinstance(runs[0][0], PoolAxis) and runs[0][0].ceil:
            candidates.append((f"{words}, rounding down", lambda axis: fixed(_rounding_down(axis))))
    if not runs[0][0].adjoint:
        candidates += [
            ("pads as XLA's 'same'", _word("same")),
            ("pads as 'same' with the odd pad first", _word("same_lower")),
        ]
    for name, predicted in candidates:
        if all(axis.alike(predicted(axis), got.indices) for axis, got in runs):
            return name, predicted
    return None


def _rounding_down(axis: Axis) -> Axis:
    return replace(axis, ceil=False) if isinstance(axis, PoolAxis) else axis


def _fixed(found: Sequence[AxisSampling], transposed: bool) -> tuple[str, Convention]:
    """Return the convention of equal pads at every size, with the measured padding mode and direction, and its name."""
    before = found[0].before or 0
    # For one of the residues, the last window ends exactly with the padding.
    after = max(sampling.after[0] for sampling in found if sampling.after)
    flipped, mode = found[0].flipped, found[0].mode

    def predicted(axis: Axis) -> np.ndarray:
        indices = _map(replace(axis.with_pads(before, after), mode=mode))
        return indices[:, ::-1] if flipped else indices

    does = "crops" if transposed else "pads"
    direction = ", kernel mirrored" if flipped else ""
    return f"{does} ({before},{after}) at every size{direction}", predicted


def _repeats_from(
    own: Axis, asked: Callable[[Axis], Axis], got: Convention, differs: dict[int, bool], period: int
) -> int | None:
    """Return the size of an axis from which, by arithmetic, every size with an answer behaves as its residue did.

    Return None if that is not so from the axis's own size on. Both outputs grow by one with every stride of input, so
    what holds over a few periods holds for all. Smaller sizes are looked at one by one, as far as padding and the
    kernel can reach across the input.
    """
    few = PERIODS * own.stride
    reach = own.effective + abs(own.before) + abs(own.after) + few
    first = 1
    for n in (*range(1, min(own.n, reach)), *range(own.n, own.n + few)):
        requested = asked(replace(own, n=n))
        if requested.invalid(""):
            continue
        wanted, found = _map(requested), got(replace(own, n=n))
        if n >= own.n and not (len(wanted) and len(found)):
            return None
        if own.alike(wanted, found) == differs[n % period]:
            if n >= own.n:
                return None
            first = n + 1
    return first
