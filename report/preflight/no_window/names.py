"""Which framework a layer's dotted name may be of. ``nn`` and a name alone are of several."""

from __future__ import annotations

# The folders of adapters by the first part of a name.
ROOTS = {"torch": "torch", "F": "torch", "layers": "keras", "keras": "keras", "tf": "keras", "linen": "flax"}
ROOTS |= {"jax": "flax", "jnp": "flax", "gluon": "mxnet", "mx": "mxnet", "mxnet": "mxnet"}
ROOTS |= {"torchvision": "torch", "transforms": "torch", "slim": "keras", "tf_slim": "keras", "tf1": "keras"}
NN = ("torch", "flax", "mxnet")  # what ``nn`` may be, in this order
BARE = ("keras", "torch")  # what a name alone may be, as for convolutions


def folders(name: str) -> tuple[str, ...]:
    """Return the folders of the adapters whose framework a name may be of, the likeliest first."""
    root, dot, _ = name.partition(".")
    if not dot:
        return BARE
    return NN if root == "nn" else (ROOTS[root],) if root in ROOTS else ()
