"""The arg_scopes of slim, which set arguments of its functions for the code inside them.

Source: ``ops/arg_scope.py`` of tf-slim 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....adapters.layers import BY_NAME
from .values import ArgScope, Named

DRESSING = ("activation_fn", "normalizer_fn", "biases_initializer")  # beside the arguments that move windows


def entered(value: Any, keywords: Mapping[str, Any], around: ArgScope) -> ArgScope:
    """Return the scope of a call of ``arg_scope`` inside another one: a scope again, or a list of functions."""
    if isinstance(value, ArgScope):
        return value
    names = [_key(one.name) for one in value if isinstance(one, Named)] if isinstance(value, (list, tuple)) else []
    return ArgScope({**around.of, **{name: {**around.of.get(name, {}), **keywords} for name in names}})


def set_by(scope: ArgScope, name: str, positional: int, given: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a layer that a scope sets, and its call does not give."""
    layers = BY_NAME.get(name)
    values = scope.of.get(_key(name))
    if not layers or not values:
        return {}
    arguments = layers[0].positional
    open_ = [one for one in arguments[positional:] if one.name not in given and (one.form or one.name in DRESSING)]
    return {one.name: values[one.name] for one in open_ if one.name in values}


def _key(name: str) -> str:
    """Return the name of a function, of which some have a long and a short one."""
    return name.rpartition(".")[2].replace("convolution", "conv")
