"""The forms of activations, as functions of NumPy arrays with their parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Function = Callable[[np.ndarray, Mapping[str, Any]], np.ndarray]
_ERF = np.vectorize(math.erf, otypes=[np.float64])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    y: np.ndarray = 0.5 * (1 + np.tanh(0.5 * x))
    return y


def _relu6(x: np.ndarray) -> np.ndarray:
    y: np.ndarray = np.clip(x, 0, 6)
    return y


def _softmax(x: np.ndarray, axis: int) -> np.ndarray:
    e = np.exp(x - x.max(axis, keepdims=True))
    y: np.ndarray = e / e.sum(axis, keepdims=True)
    return y


def _selu(x: np.ndarray) -> np.ndarray:
    scale, alpha = 1.0507009873554805, 1.6732632423543772  # Klambauer et al., arXiv:1706.02515
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


FORMS: dict[str, Function] = {
    "relu": lambda x, p: np.maximum(x, 0),
    "relu6": lambda x, p: _relu6(x),
    "leaky_relu": lambda x, p: np.where(x > 0, x, x * p.get("negative_slope", 0.01)),
    "elu": lambda x, p: np.where(x > 0, x, p.get("alpha", 1.0) * np.expm1(np.minimum(x, 0))),
    "selu": lambda x, p: _selu(x),
    "gelu": lambda x, p: 0.5 * x * (1 + _ERF(x / math.sqrt(2))),
    "gelu_tanh": lambda x, p: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x, p: x * _sigmoid(x),
    "hardswish": lambda x, p: x * _relu6(x + 3) / 6,
    "hardsigmoid": lambda x, p: _relu6(x + 3) / 6,
    "hardsigmoid_old": lambda x, p: np.clip(0.2 * x + 0.5, 0, 1),  # of Keras 2 and Theano
    "sigmoid": lambda x, p: _sigmoid(x),
    "tanh": lambda x, p: np.tanh(x),
    "softplus": lambda x, p: np.logaddexp(x, 0),
    "mish": lambda x, p: x * np.tanh(np.logaddexp(x, 0)),
    "softmax": lambda x, p: _softmax(x, int(p.get("axis", -1))),
    "clip": lambda x, p: np.clip(x, p.get("low"), p.get("high")),
}
