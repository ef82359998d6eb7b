"""Live layers of Flax: modules of linen and of nnx that hold one convolution, however deep inside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.dtypes import Dtype
from ...cases.operations import Op
from ..adapter import bare
from ..live import AS_FUNCTION, Live, Unsupported, sole, supported
from .inferring import inferring
from .modules_of_nnx import Features, convolutions, is_module, nnx


@dataclass(frozen=True)
class _Seen:
    """A convolution that was seen when a module ran: its path, the module, and the kernel that it computed with."""

    path: tuple[str, ...]
    module: Any
    kernel: Any


class LinenLive(Live):
    """A module of linen, which is immutable and whose variables are made here."""

    def __init__(self, adapter: Any, layer: Any) -> None:
        super().__init__(adapter, layer)
        self._initial: dict[tuple[int, ...], Any] = {}
        self._traces: dict[tuple[int, ...], Any] = {}

    def copied(self) -> LinenLive:
        return LinenLive(self.adapter, self.layer)

    @property
    def dtype(self) -> Dtype:
        return _dtype(self.layer)

    def known(self, shape: tuple[int, ...]) -> Case | None:
        seen, equations, error = self._traced(shape)
        if seen:
            return _case(sole(list(seen.values()), "convolutions").module, shape[1])
        if equations:
            return _case_of(sole(equations, "convolutions"))
        if error:
            raise error
        return None

    def settled(self, shape: tuple[int, ...], weights: np.ndarray) -> np.ndarray:
        jax, x = self.adapter.jax, np.zeros(shape, np.float32)
        seen: dict[tuple[str, ...], _Seen] = {}
        with self._watching(seen):
            self._applied(*self._given(x, weights))
        found = next(iter(seen.values()), None)
        if found is None or hasattr(found.module, "transpose_kernel") or found.kernel is None:
            return weights
        kernel = np.asarray(jax.numpy.asarray(found.kernel, weights.dtype))
        return np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1)))

    def forward(self, x: np.ndarray, weights: np.ndarray | None) -> Any:
        return _one_array(self._applied(*self._given(x, weights)))

    def _given(self, x: np.ndarray, weights: np.ndarray | None) -> tuple[Any, Any]:
        """Return the input, channels last, and the variables, which hold the weights if there are any."""
        shape = x.shape
        data = self.adapter.jnp.asarray(self.adapter.to_layout(x), self.dtype)
        if shape not in self._initial:
            self._initial[shape] = self.layer.init(self.adapter.jax.random.PRNGKey(0), data, **inferring(self.layer))
        variables = self._initial[shape]
        if weights is None:
            return data, variables
        seen, equations, _ = self._traced(shape)
        if not seen:
            return data, self._with_leaf(variables, sole(equations, "convolutions"), weights)
        conv = sole(list(seen.values()), "convolutions")
        kernel = self.adapter.given(conv.module, x, self.adapter.weights_to_layout(weights), self.dtype)[1]
        return data, {**variables, "params": _with_kernel(variables["params"], conv.path, kernel)}

    def _applied(self, data: Any, variables: Any) -> Any:
        return self.layer.apply(variables, data, **inferring(self.layer))

    def _watching(self, seen: dict[tuple[str, ...], _Seen]) -> Any:
        """Return a context in which the convolutions that run are written down."""

        def watch(following: Any, arguments: Any, named: Any, context: Any) -> Any:
            module = context.module
            if hasattr(module, "kernel_size") and context.method_name == "__call__":
                path = tuple(module.scope.path)
                seen[path] = _Seen(path, module, module.variables.get("params", {}).get("kernel"))
            return following(*arguments, **named)

        return self.adapter.namespace["nn"].intercept_methods(watch)

    def _traced(self, shape: tuple[int, ...]) -> tuple[dict[tuple[str, ...], _Seen], list[Any], Exception | None]:
        """Return the convolutions of linen by path, or else of JAX, that run on this shape; and the error that ends it.

        Nothing is computed.
        """
        if shape not in self._traces:
            self._traces[shape] = self._trace(shape)
        found: tuple[dict[tuple[str, ...], _Seen], list[Any], Exception | None] = self._traces[shape]
        return found

    def _trace(self, shape: tuple[int, ...]) -> tuple[dict[tuple[str, ...], _Seen], list[Any], Exception | None]:
        jax = self.adapter.jax
        seen: dict[tuple[str, ...], _Seen] = {}
        x = jax.ShapeDtypeStruct(self.adapter.shape_to_layout(shape), self.adapter.jnp.dtype(self.dtype))

        def run(x: Any) -> Any:
            return self.layer.init_with_output(jax.random.PRNGKey(0), x, **inferring(self.layer))[0]

        try:
            with self._watching(seen):
                traced = jax.make_jaxpr(run)(x)
        except Exception as error:
            return seen, [], error
        return seen, list(_convolutions(traced.jaxpr)), None

    def _with_leaf(self, variables: Any, equation: Any, weights: np.ndarray) -> Any:
        """Return variables with weights in the one parameter that has the shape of a convolution's kernel."""
        jax, kernel = self.adapter.jax, tuple(equation.invars[1].aval.shape)
        leaves, tree = jax.tree_util.tree_flatten(variables["params"])
        alike = [i for i, leaf in enumerate(leaves) if leaf.shape == kernel]
        if len(alike) != 1:
            raise Unsupported(f"computes its kernel from other parameters than one of its shape; {AS_FUNCTION}")
        order = np.argsort(equation.params["dimension_numbers"].rhs_spec)
        leaves[alike[0]] = self.adapter.jnp.asarray(np.transpose(weights, order), leaves[alike[0]].dtype)
        return {**variables, "params": jax.tree_util.tree_unflatten(tree, leaves)}


class NnxLive(Live):
    """A module of nnx, which holds its variables."""

    def copied(self) -> NnxLive:
        live = NnxLive(self.adapter, nnx().clone(self.layer))
        live.layer.set_attributes(deterministic=True, use_running_average=True, raise_if_not_found=False)
        return live

    @property
    def dtype(self) -> Dtype:
        convs = self._convolutions()
        return _dtype(convs[0] if convs else self.layer)

    def known(self, shape: tuple[int, ...]) -> Case | None:
        convs = self._convolutions()
        if not convs:
            return None
        conv = sole(convs, "convolutions")
        return bare(_op(conv), _sizes(conv), (conv.in_features, conv.out_features), _groups(conv))

    def forward(self, x: np.ndarray, weights: np.ndarray | None) -> Any:
        data = self.adapter.jnp.asarray(self.adapter.to_layout(x), self.dtype)
        if weights is not None:
            conv = sole(self._convolutions(), "convolutions")
            given = self.adapter.given(Features(conv), x, self.adapter.weights_to_layout(weights), self.dtype)[1]
            conv.kernel[...] = self.adapter.jnp.asarray(given, conv.kernel.dtype)
            if conv.bias is not None:
                conv.bias[...] = self.adapter.jnp.zeros_like(conv.bias[...])
        return _one_array(self.layer(data))

    def _convolutions(self) -> list[Any]:
        return convolutions(self.layer)


def of_layer(adapter: Any, layer: Any) -> Live:
    """Return a module of nnx or of linen, or a function of JAX, as a live layer."""
    if is_module(layer):
        return NnxLive(adapter, layer)
    return LinenLive(adapter, layer) if hasattr(layer, "init_with_output") else Live(adapter, layer)


def _case(conv: Any, channels: int) -> Case:
    return bare(_op(conv), _sizes(conv), (channels, conv.features), _groups(conv))


def _op(conv: Any) -> Op:
    return "conv_transpose" if hasattr(conv, "transpose_kernel") else "conv"


def _sizes(conv: Any) -> tuple[int, ...]:
    return (conv.kernel_size,) if isinstance(conv.kernel_size, int) else tuple(conv.kernel_size)


def _groups(conv: Any) -> int:
    return int(getattr(conv, "feature_group_count", 1))


def _dtype(module: Any) -> Dtype:
    """Return the dtype that a module declares for its computation or its parameters."""
    declared = getattr(module, "dtype", None) or getattr(module, "param_dtype", None) or "float32"
    return supported(np.dtype(declared).name)


def _case_of(equation: Any) -> Case:
    """Return the case of a convolution of JAX itself. Raises Unsupported if it is a transposed one."""
    spec, groups = equation.params["dimension_numbers"].rhs_spec, equation.params["feature_group_count"]
    if set(equation.params["lhs_dilation"]) != {1}:
        raise Unsupported(f"makes a transposed convolution with lax itself; {AS_FUNCTION}")
    out, each, *kernel = (equation.invars[1].aval.shape[i] for i in spec)
    return bare("conv", kernel, (each * groups, out), groups)


def _convolutions(jaxpr: Any) -> Iterator[Any]:
    """Yield the convolutions in a trace, with those of the functions that it calls."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "conv_general_dilated":
            yield equation
        for inner in equation.params.values():
            inner = getattr(inner, "jaxpr", inner)
            if hasattr(inner, "eqns"):
                yield from _convolutions(inner)


def _with_kernel(parameters: Any, path: tuple[str, ...], kernel: Any) -> dict[str, Any]:
    """Return nested parameters with this kernel, and a bias of zeros, in the module at a path."""
    if path:
        return {**parameters, path[0]: _with_kernel(parameters[path[0]], path[1:], kernel)}
    bias = {"bias": np.zeros_like(parameters["bias"])} if "bias" in parameters else {}
    return {**parameters, "kernel": kernel, **bias}


def _one_array(y: Any) -> Any:
    if not hasattr(y, "dtype"):
        raise Unsupported(f"returns a {type(y).__name__}; expected one array: {AS_FUNCTION}")
    return y
