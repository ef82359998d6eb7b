"""Every line that convparity prints can be read: a port as the case that it is for, and lines can be written again.

Two cases are the same layer here if they have the same operation, channels, groups and kernel, the same output size,
and read the same elements along each axis; averages also have to divide by the same numbers.
"""

import re
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np
import pytest
from convparity.adapters.expression import read as read_text
from convparity.adapters.expression import read_layer
from convparity.adapters.registry import NAMES, adapter_class
from convparity.adapters.spelling import Spelling
from convparity.cases.arithmetic import Invalid, axes
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.errors import InputError
from convparity.cases.operations import OPS
from convparity.cases.operations.table import operation

CATALOGS = sorted(file.name[:-5] for file in resources.files("convparity.cases").joinpath("catalogs").iterdir())
# Averages that a framework's own pool cannot compute are a quotient, or a mean of slices, which is no layer. Neither
# are adaptive pools with windows of different sizes, written as a slice for each window.
BY_HAND = re.compile(
    r" / (?!ops\.)[^\d]|\.mean\(|\.sum\(|lax\.add|keras\.ops\.sum|ConstantOfShape|tf\.onesLike| for a, b in |'Gather'"
)


@cache
def cases():
    """All distinct cases of the catalogs that ship."""
    every = (case for name in CATALOGS for case in load_catalog(name) if case.op in OPS)
    return tuple({(case.key, case.hostile): case for case in every}.values())


def read_back(name, case, source):
    """The case that a framework's line is read as, on the input and the weights of the case that it was made for."""
    input = (case.batch, case.in_channels, *case.input)
    beside = ("onnxruntime", "openvino", "tensorflowjs")
    weights = None if case.pools or name not in beside else operation(case.op).weights_shape(case)
    if weights and name == "tensorflowjs":  # (*kernel, in, out)
        weights = (*weights[2:], weights[1], weights[0])
    return read(source, input, weights, case.dtype, case.rank)


@cache
def read(source, input, weights, dtype, rank):
    return read_text(source, input, weights, dtype, rank).case


@cache
def meaning(case):
    """The result of a case; None if it is invalid."""
    found = axes(case)
    if isinstance(found, Invalid):
        return None
    along = []
    for axis in found:
        some = sorted({*range(min(axis.output, 4)), *range(max(axis.output - 4, 0), axis.output)})
        reads = [axis.reads(i) for i in some]
        along.append((axis.output, [sorted(taps) if case.pools else taps for taps in reads]))
        if case.divisor_override is not None:
            along.append(case.divisor_override)
        elif case.op == "avg_pool":
            along.append(axis.counted(case.counts_padding)[some].tolist())
    return case.op, case.batch, case.in_channels, case.out_channels, case.groups, case.kernel, along


def as_commented(case, source):
    """The case with the weights that a port's comment says it needs."""
    comment = source.partition("  # ")[2]
    if "spread with zeros" in comment:
        wide = tuple(d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation, strict=True))
        case = replace(case, kernel=wide, dilation=(1,) * case.rank)
    return replace(case, groups=1) if "block-diagonal" in comment else case


def is_by_hand(case, source):
    return case.pools and BY_HAND.search(source) is not None


def uneven(name, case):
    """Whether an adaptive pool is one of Equinox with windows of two sizes, which no case describes."""
    sizes = zip(case.input, case.output_size or (), strict=False)
    return name == "equinox" and any(n % o for n, o in sizes)


@pytest.mark.parametrize("name", NAMES)
def test_every_port_is_read_as_its_case(name):
    read = by_hand = 0
    for case in cases():
        port = None if case.hostile else adapter_class(name).port(case)
        if not isinstance(port, Spelling) or meaning(case) is None:
            continue
        if is_by_hand(case, port.source):
            with pytest.raises(InputError):
                read_back(name, case, port.source)
            by_hand += 1
            continue
        got = read_back(name, case, port.source)
        assert meaning(got) == meaning(as_commented(case, port.source)), (case.id, port.source)
        read += 1
    assert read > 3000
    assert by_hand < 450


@pytest.mark.parametrize("name", NAMES)
def test_every_line_as_written_can_be_written_again(name):
    """A line is read, the port of what was read is printed in the same framework, and read as the same case."""
    read, seen = 0, set()
    for case in cases():
        written = None if case.hostile else adapter_class(name).as_written(case)
        if not isinstance(written, Spelling) or (written.source, case.input, case.in_channels) in seen:
            continue
        seen.add((written.source, case.input, case.in_channels))
        if uneven(name, case):
            with pytest.raises(InputError, match="windows of two sizes"):
                read_back(name, case, written.source)
            continue
        got = read_back(name, case, written.source)
        read += 1
        again = adapter_class(name).port(got)
        if meaning(got) is None or not isinstance(again, Spelling) or is_by_hand(case, again.source):
            continue
        back = read_back(name, got, again.source)
        assert meaning(back) == meaning(as_commented(got, again.source)), (written.source, again.source)
    assert read > 1500


@pytest.mark.parametrize("name", NAMES)
def test_hostile_lines_are_read_or_refused(name):
    hostile = [case for case in cases() if case.hostile]
    refused = 0
    for case in hostile:
        try:
            written = adapter_class(name).as_written(case)
            if isinstance(written, Spelling):
                read_back(name, case, written.source)
        except InputError:
            refused += 1
    assert 10 < refused < len(hostile)


@pytest.mark.parametrize("name", ["tensorflow", "keras-torch", "keras-jax"])
def test_keras_crops_with_output_padding_are_written_in_keras_words(name):
    """With output padding o, 'same' crops e - e%2 - o elements, the smaller half first: (n-1)s + e%2 + o are left.

    ``_get_output_shape_given_tf_padding`` of Keras 3.15; measured on all three backends.
    """
    for k in range(1, 7):
        for s in range(1, 5):
            for o in range(s):
                source = f"layers.Conv1DTranspose(1, {k}"
                source += f", strides={s}" if s > 1 else ""
                source += f", padding='same', output_padding={o}, use_bias=False)"
                case, _ = read_layer(source, (1, 5))
                (axis,) = axes(case)
                assert axis.output == 4 * s + k % 2 + o
                total = k - k % 2 - o
                if total < 0:
                    continue
                assert axis.pads == (total // 2, total - total // 2)
                said = adapter_class(name).as_written(case).source
                again, _ = read_layer(said, (1, 5))
                assert meaning(again) == meaning(case)
                assert "'same'" in said or total == 0
                assert np.array_equal(axes(again)[0].sampling(), axis.sampling())
