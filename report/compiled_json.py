"""JSON as the standard library reads and writes it, but compiled: a large run has hundreds of thousands of lines.

What msgspec refuses or would write in another form, the standard library reads or writes instead.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

DELETE = b"\x7f"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_encode_by_json = json.JSONEncoder(check_circular=False).encode  # json.dumps with an indent would use no compiled code
compact = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would create an encoder on every call


def decoded(text: bytes) -> Any:
    """Return the value of a JSON text, NaN and infinities included. Raise ValueError or RecursionError if invalid.

    Half of a surrogate pair, which cannot be printed, is replaced.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError):
        value = json.loads(text.decode())
    if b"\\ud" in text:
        value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def one_line(value: Any) -> bytes:
    """Return a value as one line of JSON without spaces, as :data:`compact` writes it, and its end of line."""
    try:
        text = _encode(value)
    except (OverflowError, UnicodeEncodeError):
        return (compact(value) + "\n").encode()
    return text + b"\n" if text.isascii() and DELETE not in text else (compact(value) + "\n").encode()


def encoded(value: Any) -> bytes:
    """Return a value without floats as one line of JSON in ASCII, with spaces after commas and colons."""
    try:
        text = _encode(value)
    except (OverflowError, UnicodeEncodeError):  # an integer of over 64 bits, or half of a surrogate pair
        return _encode_by_json(value).encode()
    if DELETE in text or not text.isascii():  # which the standard library escapes
        return _encode_by_json(value).encode()
    return msgspec.json.format(text, indent=0)
