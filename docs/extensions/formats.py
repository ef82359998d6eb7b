"""The reference of the file formats, as Markdown: a table for each object of each JSON Schema.

The libraries that write Markdown of a schema nest lists as deep as the schema is, and link by its JSON pointers, of
which a page with several schemas has duplicates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from convparity.cli.schema import Schema, text

from .text import code, plain

Node = Mapping[str, Any]


def markdown() -> str:
    """Return a section for each format that ``convparity schema`` prints."""
    return "\n".join(line for format in Schema for line in _format(format.value, json.loads(text(format))))


def _format(name: str, schema: Node) -> Iterator[str]:
    yield f"## {name}\n\n{plain(schema['description'])}\n"
    yield f"```console\n$ convparity schema {name}\n```\n"
    if "oneOf" in schema:
        yield f"It is one of {_type(schema, name, schema)}.\n"
    yield from _table(schema, name, schema)
    for part, node in schema.get("$defs", {}).items():
        if _has_page(node):
            yield f"({name}-{part})=\n### {name}: {part}\n\n{plain(node.get('description', ''))}\n"
            yield from _table(node, name, schema)


def _has_page(node: Node) -> bool:
    """Return whether a definition is an object with a table of its own; others are told where they are used."""
    return node.get("type") == "object" and len(node.get("properties", {})) > 1


def _table(node: Node, name: str, schema: Node) -> Iterator[str]:
    rows = list(_rows(node, name, schema, ""))
    if rows:
        yield "| field | type | meaning |\n| --- | --- | --- |"
        yield from (f"| {' | '.join(row)} |" for row in rows)
        yield ""


def _rows(node: Node, name: str, schema: Node, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the fields of an object, and of the objects that are written within it."""
    for field, one in node.get("properties", {}).items():
        kind = _type(one, name, schema)
        needed = "" if field in node.get("required", ()) else ", optional"
        yield code(f"{path}{field}"), f"{kind}{needed}", _meaning(one, schema)
        yield from _rows(_inner(one), name, schema, f"{path}{field}.")


def _inner(node: Node) -> Node:
    """Return the object that a field holds, or that each of its elements is; an empty one if it is none."""
    for one in (node, node.get("items", {}), *node.get("anyOf", ())):
        if isinstance(one, dict) and "properties" in one and "any" not in one["properties"]:
            return one
    return {}


def _meaning(node: Node, schema: Node) -> str:
    """Return the description of a field: its own, or that of the definition it refers to; with examples and default."""
    at = _definition(node, schema)
    said = [plain(node.get("description") or at.get("description", ""))]
    if "examples" in at:
        said.append(f"For example {', '.join(code(json.dumps(one)) for one in at['examples'])}.")
    if "default" in at:
        said.append(f"Default: {code(json.dumps(at['default']))}.")
    return " ".join(filter(None, said))


def _definition(node: Node, schema: Node) -> Node:
    """Return the definition that a node refers to, itself or by its first alternative; else the node."""
    for one in (node, *node.get("anyOf", ())[:1]):
        if "$ref" in one:
            return _referred(one, schema)
    return node


def _referred(node: Node, schema: Node) -> Node:
    found: Node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return found


def _type(node: Node, name: str, schema: Node) -> str:
    """Return the values that a node allows, in words: ``array of integer or string``."""
    if "$ref" in node:
        part, found = node["$ref"].rpartition("/")[2], _referred(node, schema)
        return f"[{part}](#{name}-{part})" if _has_page(found) else _type(found, name, schema)
    for key in ("anyOf", "oneOf"):
        if key in node and "type" not in node:
            return " or ".join(dict.fromkeys(_type(one, name, schema) for one in node[key]))
    if "const" in node:
        return code(json.dumps(node["const"]))
    if "enum" in node:
        return " or ".join(code(json.dumps(one)) for one in node["enum"])
    kinds = node.get("type", "any value")
    each = node.get("items") and _type(node["items"], name, schema)
    words = [kinds] if isinstance(kinds, str) else kinds
    if set(node.get("properties", ())) == {"any"}:
        return "`{ any = [...] }`"
    return " or ".join(f"array of {each}" if word == "array" and each else word for word in words)
