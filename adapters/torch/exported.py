"""Runs exported programs, and gives the operators in them the names and arguments of PyTorch's own functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ..models.recorder import NotAModel

RENAMED = {"self": "input", "train": "training"}
UPSAMPLED = re.compile(r"upsample_(nearest|linear|bilinear|bicubic|trilinear)[123]d")
TRAINS = ("training", "train")  # arguments that are true in training


def is_exported(model: Any) -> bool:
    """Return whether a module is an exported program, which says itself whether it infers."""
    nodes = getattr(getattr(model, "graph", None), "nodes", ())
    return any(str(node.target).startswith("aten.") for node in nodes)


def expect_inference(model: Any) -> None:
    """Raise NotAModel if a model was exported while it was training."""
    for node in model.graph.nodes:
        schema = getattr(node.target, "_schema", None)
        given = dict(zip([a.name for a in schema.arguments], node.args)) if schema else {}
        if any({**given, **node.kwargs}.get(name) is True for name in TRAINS):
            raise NotAModel(f"{node.name} trains; call model.eval() before torch.export.export, and save it again")


def as_function(overload: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[str, tuple[Any, ...], Any]:
    """Return the name and arguments of a function that computes the same as an operator on these arguments."""
    schema = overload._schema
    name = schema.name.partition("::")[2]
    given = {**dict(zip([argument.name for argument in schema.arguments], args)), **kwargs}
    if "other" in given:  # a sum or product, which is read by the order of its arguments
        return name, tuple(args), kwargs
    upsampled = UPSAMPLED.fullmatch(name)
    if upsampled:
        return "interpolate", (), {**given, "mode": upsampled[1]}
    return name, (), {RENAMED.get(n, n): value for n, value in given.items()}


def run(torch: Any, model: Any, inputs: Sequence[Any], named: dict[str, Any], enter: Callable[[str, str], None]) -> Any:
    """Return the output of an exported program; ``enter`` gets the path and class of each call before it is made."""

    class Nodes(torch.fx.Interpreter):  # type: ignore[misc]
        def run_node(self, node: Any) -> Any:
            path, kind = list((node.meta.get("nn_module_stack") or {"": ("", "")}).values())[-1]
            enter(path, str(getattr(kind, "__name__", kind)).rpartition(".")[2])
            return super().run_node(node)

    checked = model.forward
    model.forward = Nodes(model).run  # below the hooks that check the inputs
    try:
        return model(*inputs, **named)
    finally:
        model.forward = checked
