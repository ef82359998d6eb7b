"""JSON that is read and written by a compiled library is, to the byte, that of the standard library."""

import json
import math
import random

import pytest
from convparity.report.compiled_json import decoded, encoded

ASCII = "".join(map(chr, range(128)))
VALUES = [
    ASCII,
    "Größe, 大小, \U0001f600",
    "half of a pair: \ud800",
    {"case": "a, b: c", "sampling": [{"before": -1, "after": [0, 3]}, None], "": [], "empty": {}},
    [True, False, None, [[]], (1, 2)],
    [2**63 - 1, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 2**512],
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_is_written_as_the_standard_library_writes_it(value):
    assert encoded(value) == json.dumps(value).encode()


def test_random_values_are_written_and_read_as_by_the_standard_library():
    chosen = random.Random(0)

    def made(depth=0):
        kind = chosen.randrange(5 if depth < 4 else 3)
        if kind == 0:
            return chosen.randrange(-(10 ** chosen.randrange(1, 25)), 10 ** chosen.randrange(1, 25))
        if kind < 3:
            return "".join(chr(chosen.choice([chosen.randrange(256), 34, 92, 127])) for _ in range(chosen.randrange(8)))
        if kind == 3:
            return [made(depth + 1) for _ in range(chosen.randrange(4))]
        return {str(number): made(depth + 1) for number in range(chosen.randrange(4))}

    for _ in range(2000):
        value = made()
        assert encoded(value) == json.dumps(value).encode()
        assert decoded(json.dumps(value).encode()) == value


@pytest.mark.parametrize("number", [str(2**64), str(-(2**63) - 1), "0.1", "-0.0", "1e5", "1e400", "1e-7"])
def test_a_number_is_read_as_what_it_is(number):
    found, right = decoded(number.encode()), json.loads(number)
    assert (found, type(found), math.copysign(1, found)) == (right, type(right), math.copysign(1, right))


def test_what_json_does_not_have_is_read_as_by_the_standard_library():
    assert math.isnan(decoded(b"NaN"))
    assert decoded(b"-Infinity") == -math.inf


def test_half_of_a_surrogate_pair_is_replaced_and_a_pair_is_one_character():
    assert decoded(rb'["\ud800", "\ud83d\ude00"]') == ["?", "\U0001f600"]


@pytest.mark.parametrize("text", [b"", b"{", b"[1,]", b'{"a": 1} x', b'"\x01"', b"'a'"])
def test_what_is_not_json_is_an_error(text):
    with pytest.raises(ValueError, match=r"Expecting|Extra data|Illegal|Invalid|JSON"):
        decoded(text)


def test_what_is_not_utf_8_is_an_error_of_its_own():
    with pytest.raises(UnicodeDecodeError):
        decoded(b'"\xff"')
