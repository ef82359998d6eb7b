"""Reads a model from a file of torch.export, ``.pt2``, once nothing in the file can execute code.

``torch.export.load`` unpickles, resolves names to any function of PyTorch, evaluates sizes as source and generates
code from the names of arguments. So every file and every text in the archive is looked through first.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..models.archives import Archive, inside
from ..models.recorder import NotAModel

FILES = re.compile(
    r"models/\w+\.json|data/weights/weight_\d+|data/constants/tensor_\d+|data/(weights|constants)/\w+_config\.json"
    r"|data/sample_inputs/\w+\.pt|archive_format|archive_version|byteorder|\.?data/(version|serialization_id)"
    r"|\.format_version|version|\.data/serialization_id|extra/\S*"
)
OPERATORS = "add|and_|eq|floordiv|ge|getitem|gt|le|lt|mod|mul|ne|neg|or_|pow|sub|truediv"
TARGET = re.compile(rf"torch\.ops\.aten\.(?!from_file|save|load)\w+\.\w+|_operator\.({OPERATORS})|torch\.sym_\w+")
PLAIN = re.compile(r"[\w.,:<>@#+\- ]*")  # a name or a word: with neither brackets nor quotes it calls nothing
ENTRY = re.compile(r"(weight|tensor)_\d+")
SYMBOL = re.compile(r"Symbol\('[su]\d+'(, (positive|nonnegative|integer)=True)*\)")
WORDS = re.compile(
    r"[su]\d+|Max|Min|Mod|PythonMod|FloorDiv|CleanDiv|CeilDiv|ModularIndexing|Integer|Eq|Ne|Lt|Le|Gt|Ge|True|False"
)
SIZE = re.compile(r"[\w\s+\-*/(),<>=]*")
TOLD = ("metadata", "stack_trace", "torch_version")  # texts that are only reported
IMPORTING = ("__enum__", "default_factory", "\\u")  # in the structure of arguments, these import modules
EXPORT = "load it in a function of yours, and name torch:module:function"


def load(torch: Any, path: Path) -> Any:
    """Return the module in a file. Raise NotAModel if it cannot be read, or would execute code."""
    _check(path)
    try:
        with _without_unpickling():
            program = torch.export.load(str(path))
        unguarded = "check_guards" in inspect.signature(program.module).parameters  # guards are source code
        return program.module(check_guards=False) if unguarded else program.module()
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise NotAModel(f"{path}: PyTorch {torch.__version__} cannot read it ({why})") from None


@contextlib.contextmanager
def _without_unpickling() -> Iterator[None]:
    """Let torch.load build tensors only, also where PyTorch asks it for anything."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _check(path: Path) -> None:
    archive = Archive(path)
    roots = {name.partition("/")[0] for name in archive.names}
    files = [name.partition("/")[2] for name in archive.names]
    if len(roots) != 1 or not any(name.startswith("models/") for name in files):
        raise NotAModel(f"{path}: has another layout than torch.export.save of a current PyTorch writes; {EXPORT}")
    for name, full in zip(files, archive.names):
        if not FILES.fullmatch(name):
            raise NotAModel(f"{path}: holds {name[:100]!r}, which may execute code; {EXPORT}")
        if name.endswith(".json"):
            _check_texts(path, archive.json(full))


def _check_texts(path: Path, tree: Any) -> None:
    for key, value in inside(_without_told(tree)):
        if isinstance(value, dict):
            if value.get("use_pickle"):
                raise NotAModel(f"{path}: holds a pickle, which may execute code; {EXPORT}")
        elif isinstance(value, str) and not _harmless(key, value):
            raise NotAModel(f"{path}: {key} is {value[:100]!r}, which may execute code; {EXPORT}")


def _without_told(tree: Any) -> Any:
    if isinstance(tree, dict):
        told = {*TOLD, "guards_code"}
        return {key: _without_told(part) for key, part in tree.items() if key not in told}
    return [_without_told(part) for part in tree] if isinstance(tree, list) else tree


def _harmless(key: str, text: str) -> bool:
    if key == "target":
        return TARGET.fullmatch(text) is not None
    if key == "path_name":
        return ENTRY.fullmatch(text) is not None
    if key in ("in_spec", "out_spec"):
        return not any(word in text for word in IMPORTING)
    if key == "expr_str":
        plain = SYMBOL.sub("s0", text)
        words = re.findall(r"[^\W\d]\w*", plain)
        return SIZE.fullmatch(plain) is not None and all(WORDS.fullmatch(word) for word in words)
    return PLAIN.fullmatch(text) is not None
