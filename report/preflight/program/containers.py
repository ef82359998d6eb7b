"""What the methods of containers, lists and dicts do while source is followed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from . import arithmetic
from .values import UNKNOWN, Box, Unknown


def fill(box: Box, values: Sequence[Any]) -> None:
    """Put the arguments of a container into it: layers, lists of layers, and pairs of a name and a layer."""
    for value in values:
        if isinstance(value, Box):
            for name, item in value.items.items():
                box.add(item, "" if name.isdigit() else name)
        elif isinstance(value, dict):
            for name, item in value.items():
                box.add(item, str(name))
        elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            box.add(value[1], value[0])
        elif isinstance(value, (list, tuple)):
            fill(box, value)
        elif not isinstance(value, (Unknown, str)) and value is not None:
            box.add(value)


def in_box(box: Box, owner: Any, name: str, values: list[Any]) -> Any:
    if name in ("add", "append", "extend", "register"):
        fill(box, values)
    elif name in ("add_module", "register_module") and len(values) == 2:
        box.add(values[1], values[0] if isinstance(values[0], str) else "")
    elif name in ("children", "modules", "values", "layers"):
        return arithmetic.items(box)
    elif name in ("items", "named_children"):
        return list(box.items.items())
    elif name == "keys":
        return list(box.items)
    return owner


def in_list(owner: Any, name: str, values: list[Any]) -> Any:
    """Return the result of a method of a list or a dict, which is really called: the items are only kept in it."""
    if name not in ("append", "extend", "insert", "pop", "reverse", "items", "keys", "values", "get", "update", "copy"):
        return UNKNOWN
    if any(isinstance(one, Unknown) for one in values) and name != "append":
        return UNKNOWN
    try:
        found = getattr(owner, name)(*values)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return UNKNOWN
    return list(found) if name in ("items", "keys", "values") else found


def in_text(owner: str, name: str, values: list[Any]) -> Any:
    """Return the result of a method of a text that is known."""
    if name in ("lower", "upper", "strip") and not values:
        return getattr(owner, name)()
    if name in ("startswith", "endswith") and len(values) == 1 and isinstance(values[0], str):
        return getattr(owner, name)(values[0])
    simple = re.fullmatch(r"[^{}]*(\{\}[^{}]*)*", owner) is not None
    if name == "format" and simple and all(isinstance(one, (int, str)) for one in values):
        return owner.format(*values) if owner.count("{}") == len(values) else UNKNOWN
    return UNKNOWN
