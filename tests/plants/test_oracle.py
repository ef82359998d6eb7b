"""Random layers: the reference, and a right adapter's verdicts and samplings, against the loops of these tests.

``python -m tests.plants.test_oracle 50000`` in the checkout tries as many layers as are asked for.
"""

import sys
from collections import Counter
from random import Random

import numpy as np
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.validate import make_case
from convparity.cases.dtypes import DTYPES, FLOATS
from convparity.cases.inputs import is_exact, make_arrays
from convparity.cases.operations import OPS
from convparity.cases.operations.axis import MODES
from convparity.cases.operations.table import operation
from convparity.cases.reference import References, tolerance, values
from convparity.report.results.observation import Sampling
from convparity.report.verdicts.residues import holds, sizes_to_run

from . import loops
from .field import Field
from .planted import Plant

LAYERS = 1000
LARGEST = 2**15  # products of a layer
SIZES = range(1, 65)


def random_layer(random):
    """A random layer of any operation, rank, dtype and mode; small enough for loops."""
    op = random.choice(OPS)
    kind = operation(op)
    rank = random.choice((1, 1, 2, 2, 3))

    def each(*choices):
        return [random.choice(choices) for _ in range(rank)]

    entry = {
        "op": op,
        "input": [random.randint(1, (40, 14, 7)[rank - 1]) for _ in range(rank)],
        "kernel": each(1, 2, 2, 3, 3, 4, 5),
        "stride": each(1, 1, 2, 2, 3, 4),
        "dilation": each(1, 1, 1, 2, 3),
        "batch": random.choice((1, 1, 2, 3)),
        "dtype": random.choice(("float32", "float32", *(DTYPES if op == "max_pool" else FLOATS))),
    }
    words = ["valid", "same", "same_lower", *(["causal"] if kind.causal and rank == 1 else [])]
    sides = [[random.choice((0, 0, 1, 2, 3, -1)) for _ in range(2)] for _ in range(rank)]
    entry["padding"] = random.choice((*words, sides, sides, 0, 1, 2))
    if kind.pools and random.random() < 0.2:
        entry = {key: entry[key] for key in ("op", "input", "batch", "dtype")}
        return make_case(**entry, in_channels=random.choice((1, 3)), output_size=each(1, 2, 3, 5, 7))
    if kind.pools:
        entry["in_channels"], entry["ceil_mode"] = random.choice((1, 2, 3, 10)), random.choice((False, True))
        if kind.divides and random.random() < 0.5:
            entry["count_include_pad"] = random.choice((False, True))
        if kind.divides and random.random() < 0.2:
            entry["divisor_override"] = random.choice((1, 2, 7))
        return make_case(**entry)
    groups = random.choice((1, 1, 2, 3, 5))
    entry.update(groups=groups, in_channels=groups * random.randint(1, 3), out_channels=groups * random.randint(1, 4))
    if kind.adjoint and random.random() < 0.5:
        entry["output_padding"] = each(0, 1, 2)
    if "padding_mode" in kind.parameters and not isinstance(entry["padding"], str):
        each_axis = [random.choice(MODES) for _ in range(rank)]
        entry["padding_mode"] = random.choice((*MODES, "zeros", "zeros", each_axis, each_axis))
    if "input_padding" in kind.parameters and random.random() < 0.5:
        entry["input_padding"] = [[random.choice((0, 0, 1, 2)) for _ in range(2)] for _ in range(rank)]
    return make_case(**entry)


def random_layers(count, seed):
    random = Random(seed)
    while count:
        case = random_layer(random)
        work = np.prod([*case.input, *case.kernel]) * case.in_channels * case.out_channels * case.batch
        if work <= LARGEST:
            count -= 1
            yield case


def checked(case):
    """The mistake in a layer, in a word or two; ``agrees`` or ``no answer`` where there is none."""
    field = Field(RIGHT, References())
    reference = field.references[case]
    x, w = make_arrays(case)
    try:
        expected = loops.run(case, x, w)
    except loops.NoAnswer:
        return "no answer" if reference.answer is None else f"an answer where there is none: {case.describe()}"
    if reference.answer is None:
        return f"no answer where there is one: {case.describe()}: {reference.reason}"
    if reference.shape != expected.shape:
        return f"shape {reference.shape} instead of {expected.shape}: {case.describe()}"
    off = np.abs(values(case) - expected.astype(np.float64))
    if not (off <= (0 if is_exact(case) else tolerance(case))).all():
        return f"values off by {off.max()}: {case.describe()}"
    verdict, why, seen = field.verdict(case)
    if verdict != "agrees":
        return f"{verdict}: {why}: {case.describe()}"
    if seen.sampling is not None and not maps_of(case, seen.sampling):
        return f"sampling: {case.describe()}"
    return "agrees"


def maps_of(case, sampling):
    """Whether the elements that the probe measured are those of the loops, for windows; None of them is transposed."""
    if case.op == "conv_transpose" or not case.pads_zeros:
        return True
    if case.output_size is not None:
        asked = [loops.shares(n, outputs) for n, outputs in zip(case.input, case.output_size, strict=True)]
        return asked == [[sorted(v for v in row if v >= 0) for row in axis.tolist()] for axis in sampling.maps]
    lines = [loops.windows(case, i, n) for i, n in enumerate(case.input)]
    asked = [[sorted(p for p in row if 0 <= p < n + min(after, 0)) for row in rows] for rows, _, after, n in lines]
    if not all(any(rows) for rows in asked):
        return True  # where one axis reads padding only, nothing is seen
    return asked == [[sorted(v for v in row if v >= 0) for row in axis.tolist()] for axis in sampling.maps]


RIGHT = Plant(loops.exact, None)


def test_a_right_layer_agrees_whatever_its_parameters():
    found = Counter(checked(case) for case in random_layers(LAYERS, 15))
    assert set(found) <= {"agrees", "no answer"}, found
    assert found["agrees"] > 0.6 * LAYERS


def claims(random):
    """A claim about input sizes, for two random conventions along one axis, and whether it is right up to size 64."""
    stride, kernel = random.choice((2, 2, 3, 4)), random.choice((1, 2, 3, 5, 7))
    paddings = ["valid", "same", "same_lower", [[random.randint(0, 3), random.randint(0, 3)]]]
    asked, got = random.sample(paddings, 2)
    entry = {"kernel": kernel, "stride": stride, "input": [random.randint(8, 24)]}
    case, other = make_case(**entry, padding=asked), make_case(**entry, padding=got)
    runs = []
    for sizes in [case.input, *sizes_to_run(case)]:
        axis = axes(other.on(sizes))
        if isinstance(axis, Invalid) or isinstance(axes(case.on(sizes)), Invalid):
            return None
        runs.append((sizes, Sampling((axis[0].sampling(),), True, True)))
    found = holds(case, runs)
    if found is None or not found.general:
        return None
    wrong = []
    for n in range(case.input[0], 65):
        reads = [loops.windows(layer.on((n,)), 0, n)[0] for layer in (case, other)]
        hits = [[[p if 0 <= p < n else -1 for p in row] for row in rows] for rows in reads]
        if (hits[0] != hits[1]) != said(found.text, n, stride):
            wrong.append(n)
    return f"{case.describe()} against {got}: {found.text}: wrong at {wrong}" if wrong else "right"


def said(text, n, stride):
    """Whether a statement says that two layers differ at a size."""
    if text.startswith("differs at every width"):
        return True
    if text.startswith("differs at every"):
        return (n % 2 == 0) == text.startswith("differs at every even")
    listed = text.split(" is ", 1)[1].split(";")[0].replace(" or ", ", ")
    return n % stride in {int(number) for number in listed.split(", ")}


def test_statements_about_other_sizes_hold_up_to_64():
    random = Random(64)
    found = Counter(claims(random) for _ in range(400))
    assert set(found) <= {"right", None}, found
    assert found["right"] > 150


if __name__ == "__main__":
    count = int(sys.argv[1])
    layers = Counter(checked(case) for case in random_layers(count, 2026))
    random = Random(2027)
    sizes = Counter(claims(random) for _ in range(count // 10))
    print(layers.most_common(20), sizes.most_common(20), sep="\n")
