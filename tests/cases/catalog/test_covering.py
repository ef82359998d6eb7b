"""The catalog ``arithmetic``: what its generator writes, and that every two settings meet, by classes of their own."""

import itertools

import pytest
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import load_catalog, shipped

CASES = load_catalog("arithmetic").cases
ANSWERED = [case for case in CASES if not isinstance(axes(case), Invalid)]
OPS = ("conv", "conv_transpose", "max_pool", "avg_pool")
PRIMES = {2, 3, 5, 7, 11, 13, 17, 19, 23}


def traits(case):
    """Which of the settings below a case has: parameter to the names of those that fit."""
    stride = case.stride
    extra = case.output_padding
    return {
        "input": sizes(case.input),
        "kernel": {even_or_number(case.kernel)},
        "stride": {even_or_number(stride)},
        "padding": paddings(case),
        "dilation": {even_or_number(case.dilation)},
        "channels": {case.in_channels} if "pool" in case.op else channels(case),
        "batch": {case.batch},
        "dtype": {case.dtype},
        "padding_mode": {case.padding_mode},
        "output_padding": {None} if extra is None else output_paddings(extra, stride),
        "ceil_mode": {case.ceil_mode},
        "count_include_pad": {case.count_include_pad},
        "divisor_override": {case.divisor_override is not None},
    }


def even_or_number(numbers):
    return numbers[0] if len(set(numbers)) == 1 else "uneven"


def sizes(numbers):
    found = {"even"} if not any(n % 2 for n in numbers) else set()
    found |= {"odd"} if all(n % 2 for n in numbers) else set()
    found |= {"prime"} if set(numbers) <= PRIMES else set()
    return found | ({"uneven"} if len(set(numbers)) > 1 else set())


def paddings(case):
    if isinstance(case.padding, str):
        return {case.padding}
    sides = [side for pair in case.padding for side in pair]
    if min(sides) < 0:
        return {"negative"}
    if any(before != after for before, after in case.padding):
        return {"per side"}
    found = {sides[0] if len(set(sides)) == 1 else "per axis"}
    return found | ({"k-1"} if max(sides) and sides[::2] == [k - 1 for k in case.kernel] else set())


def channels(case):
    if case.groups == 1:
        return {"plain"}
    if case.groups < case.in_channels:
        return {"grouped"}
    return {"depthwise" if case.out_channels == case.in_channels else "multiplier"}


def output_paddings(extra, stride):
    found = {extra[0]} if len(set(extra)) == 1 else set()
    found |= {"s-1"} if max(stride) > 1 and extra == tuple(s - 1 for s in stride) else set()
    return found | ({">=s"} if all(e >= s for e, s in zip(extra, stride, strict=True)) else set())


def settings(op, rank):
    """The values that have to meet, by parameter."""
    uneven = ["uneven"] * (rank > 1)
    pool = op in ("max_pool", "avg_pool")
    wanted = {
        "input": ["even", "odd", "prime", *uneven],
        "kernel": [1, 2, 3, 4, 5, 7, *uneven],
        "stride": [1, 2, 3, 4, *uneven],
        "padding": [0, 1, 2, "per side", "negative", "k-1", "valid", "same", "same_lower", *["per axis"] * (rank > 1)],
        "dilation": [1, 2] if op == "avg_pool" else [1, 2, 3, *uneven],
        "channels": [1, 2, 3] if pool else ["plain", "grouped", "depthwise", "multiplier"],
        "batch": [0, 1, 2],
        "dtype": ["float32", "float64", "float16", "bfloat16"],
    }
    if op == "conv":
        wanted["padding"] += ["causal"] * (rank == 1)
        wanted["padding_mode"] = ["zeros", "reflect", "replicate", "circular", "symmetric"]
    if op == "conv_transpose":
        wanted["output_padding"] = [None, 0, 1, "s-1", ">=s"]
    if pool:
        wanted["ceil_mode"] = [False, True]
    if op == "avg_pool":
        wanted["count_include_pad"] = [None, True, False]
        wanted["divisor_override"] = [False, True]
    return wanted


def contradict(op, one, other):
    """Two settings that no case with an answer can have together."""
    pair = {one, other}
    if pair == {("kernel", 1), ("padding", "k-1")} or pair == {("stride", 1), ("output_padding", "s-1")}:
        return True  # padding of 0, output padding of 0
    # A pool's one-tap window would stand on nothing but padding.
    adds = {("padding", kind) for kind in (1, 2, "per side", "per axis")}
    return "pool" in op and ("kernel", 1) in pair and bool(pair & adds)


def test_the_generator_writes_the_file_that_ships():
    from convparity.cases.catalog import covering

    assert covering.text().encode() == shipped()["arithmetic"].read_bytes()


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("op", OPS)
def test_every_two_settings_meet_in_a_case_with_an_answer(op, rank):
    met = set()
    for case in ANSWERED:
        if (case.op, case.rank, case.adaptive) == (op, rank, False):
            has = [(name, setting) for name, found in traits(case).items() for setting in found]
            met |= {frozenset(pair) for pair in itertools.combinations(has, 2)}
    wanted = [[(name, setting) for setting in values] for name, values in settings(op, rank).items()]
    missing = [
        (one, other)
        for ones, others in itertools.combinations(wanted, 2)
        for one, other in itertools.product(ones, others)
        if frozenset((one, other)) not in met and not contradict(op, one, other)
    ]
    assert missing == []


def overreaches(case):
    """Whether a window is longer than its padded input; words for padding but ``valid`` make it fit."""
    if case.op == "conv_transpose" or case.padding in ("same", "same_lower", "causal"):
        return False
    pads = [(0, 0)] * case.rank if case.padding == "valid" else case.padding
    each = zip(case.input, case.kernel, case.dilation, pads, strict=True)
    return any(d * (k - 1) + 1 > n + before + after for n, k, d, (before, after) in each)


def test_most_cases_are_ordinary_and_have_an_answer():
    assert 2500 <= len(CASES) <= 4000
    assert 0.85 <= len(ANSWERED) / len(CASES) <= 0.93
    assert 0.01 <= sum(map(overreaches, CASES)) / len(CASES) <= 0.06
    assert sum(case.dtype == "float32" for case in CASES) >= 0.8 * len(CASES)
    assert sum(case.padding_mode == "zeros" for case in CASES) >= 0.8 * len(CASES)
    assert sum(case.batch == 0 for case in CASES) <= 0.08 * len(CASES)
    assert not any(case.hostile for case in CASES)


def test_the_generated_cases_are_small():
    largest = {1: 24, 2: 16, 3: 8}
    wide = [case for case in CASES if max(case.input) > largest[case.rank]]
    assert {case.input[-1] for case in wide} == {70, 140}  # each in one axis only
    assert all(max(case.input[:-1], default=0) <= 7 for case in wide)
    for case in ANSWERED:
        outputs = taps = 1
        for axis in axes(case):
            outputs *= axis.output
            taps *= axis.kernel
        assert outputs * taps <= 2**18, case.id
