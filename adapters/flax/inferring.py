"""The arguments with which a module of linen infers."""

from __future__ import annotations

import inspect
from typing import Any

# As the modules of Flax and of its examples name them.
INFERRING = {
    "train": False,
    "training": False,
    "is_training": False,
    "deterministic": True,
    "use_running_average": True,
    "update_stats": False,
}


def inferring(module: Any) -> dict[str, Any]:
    """Return those of these arguments that a module takes when it is called."""
    known = inspect.signature(type(module).__call__).parameters
    return {name: value for name, value in INFERRING.items() if name in known}
