"""The activations of ``jax.nn``, which the frameworks on JAX have as functions.

Pure: the standard library only.
"""

from __future__ import annotations

from .dressing import ALIKE, Reads

READS = {
    **ALIKE,
    "leakyrelu": Reads("leaky_relu", "negative_slope", 0.01),
    "gelu": Reads("gelu", "approximate", True, {False: "gelu", True: "gelu_tanh"}),
}
FUNCTIONS = {
    "relu": "jax.nn.relu",
    "relu6": "jax.nn.relu6",
    "leaky_relu": "lambda x: jax.nn.leaky_relu(x, {})",
    "elu": "jax.nn.elu",
    "selu": "jax.nn.selu",
    "gelu": "lambda x: jax.nn.gelu(x, approximate=False)",
    "gelu_tanh": "jax.nn.gelu",
    "silu": "jax.nn.silu",
    "sigmoid": "jax.nn.sigmoid",
    "tanh": "jax.nn.tanh",
    "softplus": "jax.nn.softplus",
    "softsign": "jax.nn.soft_sign",
    "hard_sigmoid": "jax.nn.hard_sigmoid",
    "hard_swish": "jax.nn.hard_swish",
    "mish": "jax.nn.mish",
}
