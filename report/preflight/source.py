"""The layers that a file of Python source applies, in the order in which it applies them. It is parsed and never run.

The model is the code of the file itself if that applies layers, or else the last class or function that no other code
of the file uses. A class is followed through its ``forward``, ``call`` or ``__call__``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from .program.calls import Return
from .program.files import File
from .program.following import Follower
from .program.outside import PADS, TENSORS, WINDOWS
from .program.state import Sizes, TooLong, unknown_sizes
from .program.values import UNKNOWN, Box, Class, Function, Instance, Layer, Tensor

HOW = "A file is read and not run: a loop over what is not known counts once, and so does a condition on it."
CHAINS = {  # of a layer that pads and the layer after it, and of a function that does
    "keras": "keras.Sequential([{}, {}])",
    "torch": "nn.Sequential({}, {})",
    "F.": "[lambda x: {}, {}]",
    "torch.": "[lambda x: {}, {}]",
    "tf.": "keras.Sequential([layers.Lambda(lambda x: {}), {}])",
    "keras.": "keras.Sequential([layers.Lambda(lambda x: {}), {}])",
    "ops.": "keras.Sequential([layers.Lambda(lambda x: {}), {}])",
    "jnp.": "nn.Sequential([lambda x: {}, {}])",
}
CALLED = re.compile(r"[\w.]+(?=\()")
MODELS = (Layer, Box, Instance)
MOST_MODELS = 10  # of a file


@dataclass(frozen=True)
class Found:
    """A layer as the file writes it, and the number of its line, from 1.

    ``after`` is where its input comes from: the number of a layer, from 0; -1 is the model's input. Without a line,
    several outputs are made one, as ``join`` says.
    """

    line: str
    number: int
    after: tuple[int, ...]
    join: str = ""
    file: str = ""  # where it is another one than the model's own

    @property
    def slides(self) -> bool:
        """Whether the layer is a convolution or a pool."""
        return any(name.rpartition(".")[2] in WINDOWS for name in CALLED.findall(self.line))

    @property
    def pads(self) -> bool:
        """Whether the layer only pads or crops."""
        return _last_name(self.line) in PADS or bool(_function(self.line))


@dataclass(frozen=True)
class SourceFile:
    """The layers of a source file, the name of the class or function that is its model, and the other models in it.

    The name is empty if the code of the file itself applies the layers. ``passed`` is what is called with a tensor and
    is not known, with the number of its line.
    """

    found: list[Found]
    model: str = ""
    others: tuple[str, ...] = ()
    passed: tuple[tuple[str, int], ...] = ()


def layers_in(
    text: str, name: str = "", path: str = "", sizes: Callable[[], Sizes] = lambda: unknown_sizes
) -> SourceFile | None:
    """Return the layers of a source file; None for a text that is a list of layers, or no Python.

    ``name`` is the class or the function of the model. With the ``path`` of the file, those that it imports from
    beside it are followed as well. ``sizes`` makes what tells the sizes of tensors to code that asks for them.
    Padding that comes right before a layer is one chain with it.
    """
    try:
        tree = ast.parse(text)
        if all(isinstance(part, ast.Expr) for part in tree.body):
            return None
        return _read(File(text, path), tree, name, sizes)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read(file: File, tree: ast.Module, name: str, sizes: Callable[[], Sizes]) -> SourceFile:
    """Return the layers of the file's own code, or of the model of a name, or of the last one that has any."""
    whole = Follower(file, sizes())
    _whole(whole, tree)
    if not name and (found := _of(whole)):
        return SourceFile(found, passed=tuple(whole.passed.items()))
    models: dict[str, list[Found]] = {}
    passed: dict[str, tuple[tuple[str, int], ...]] = {}
    for one in [name] if name else [node.name for node in reversed(_roots(tree)[-MOST_MODELS:])]:
        follower = Follower(file, sizes())
        _whole(follower, tree)
        follower.applied.clear()
        follower.passed.clear()
        _model(follower, follower.file.find(one))
        if found := _of(follower):
            models[one], passed[one] = found, tuple(follower.passed.items())
    model, *others = models or [""]
    return SourceFile(models.get(model, []), model, tuple(reversed(others)), passed.get(model, ()))


def _of(follower: Follower) -> list[Found]:
    """Return the layers that were applied; none if there are only joins."""
    applied = follower.applied if any(one.line for one in follower.applied) else []
    return list(_joined([Found(one.line, one.number, one.after, one.join, one.file) for one in applied]))


def _whole(follower: Follower, tree: ast.Module) -> None:
    """Follow the code of a file, and apply the models that it makes and never applies."""
    try:
        follower.holds(follower.root, tree)
        follower.through(tree.body, follower.file)
        for value in list(follower.file.names.values()):
            if isinstance(value, MODELS) and not follower.applied_once(value):
                follower.apply(value, [follower.latest() if follower.applied else Tensor()], {})
    except (TooLong, Return):
        return


def _model(follower: Follower, model: object) -> None:
    """Follow a class or a function as the model."""
    try:
        if isinstance(model, Function):
            made = follower.call(model, [(None, _given(one)) for one in _required(model)], {})
        elif isinstance(model, Class):
            made = follower.call(model, [], {})
        else:
            return
        if isinstance(made, MODELS) and not follower.applied_once(made):
            follower.apply(made, [Tensor()], {})
    except (TooLong, Return):
        return


def _required(model: Function) -> list[str]:
    given = model.node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args)]
    return names[: len(names) - len(given.defaults)]


def _given(name: str) -> object:
    return Tensor() if name in TENSORS else UNKNOWN


def _roots(tree: ast.Module) -> list[ast.ClassDef | ast.FunctionDef]:
    """Return the classes and functions at the top that no other one names, and the file's own code does not call."""
    defined = [part for part in tree.body if isinstance(part, (ast.ClassDef, ast.FunctionDef))]
    used: set[str] = set()
    for part in tree.body:
        if part in defined:
            used |= {name for name in _names(part) if name != part.name}
        elif not (isinstance(part, ast.If) and ast.unparse(part.test).startswith("__name__")):
            calls = [node for node in ast.walk(part) if isinstance(node, ast.Call) and _called(node) != "setattr"]
            used |= {name for node in calls for name in _names(node)}
    return [part for part in defined if part.name not in used] or defined[-1:]


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _names(part: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(part) if isinstance(node, ast.Name))


def _joined(found: Sequence[Found]) -> Iterator[Found]:
    """Yield the layers, each with the padding before it as one chain, and numbered anew."""
    numbers: dict[int, int] = {-1: -1}
    yielded = 0
    waiting: tuple[int, Found] | None = None
    for number, layer in enumerate(found):
        name = _last_name(layer.line)
        chained = name in WINDOWS and name[:1].isupper() and not layer.pads
        if waiting and chained and layer.after == (waiting[0],) and not _zeros(waiting[1], name):
            at, pad = waiting
            chain = CHAINS[_function(pad.line) or ("keras" if "D(" in pad.line else "torch")]
            layer, waiting = replace(layer, line=chain.format(pad.line, layer.line), after=pad.after), None
            numbers[at] = numbers[number] = yielded
        elif waiting:  # by itself, as zeros before a max pool, whose own padding never counts
            at, pad = waiting
            numbers[at], waiting = yielded, None
            yielded += 1
            yield replace(pad, after=_renumbered(pad.after, numbers))
        if layer.pads and numbers.get(number) is None:
            waiting = number, layer
            continue
        numbers[number] = yielded
        yielded += 1
        yield replace(layer, after=_renumbered(layer.after, numbers))
    if waiting:
        yield replace(waiting[1], after=_renumbered(waiting[1].after, numbers))


def _zeros(pad: Found, name: str) -> bool:
    zeros = "Zero" in pad.line.partition("(")[0] or (bool(_function(pad.line)) and "inf" not in pad.line)
    return zeros and "max" in name.lower()


def _function(line: str) -> str:
    """Return the module of a function that pads by numbers that are known, with its dot; empty for any other line."""
    name = line.partition("(")[0]
    root = f"{name.partition('.')[0]}."
    if name.rpartition(".")[2] != "pad" or root not in CHAINS:
        return ""
    arguments = ast.parse(line, mode="eval").body
    names = {node.id for node in ast.walk(arguments) if isinstance(node, ast.Name)} - {"x", root[:-1], "float", "np"}
    return "" if names else root


def _renumbered(after: tuple[int, ...], numbers: dict[int, int]) -> tuple[int, ...]:
    return tuple(numbers.get(one, -1) for one in after)


def _last_name(line: str) -> str:
    return line.partition("(")[0].rpartition(".")[2]
