"""Live layers of PyTorch: any module that makes one convolution or pool of ``torch.nn.functional``.

Which function it calls, and with which kernel, is seen by running it. A kernel is set where it comes from: in its
parameter, or through ``weight_norm``, ``spectral_norm`` and other parametrisations.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.dtypes import Dtype
from ...cases.operations import Op
from ..adapter import bare
from ..live import AS_FUNCTION, Live, Unsupported, sole, supported

FUNCTION = re.compile(r"(conv|conv_transpose|max_pool|avg_pool)([123])d(?:_with_indices)?")
ARGUMENTS: dict[Op, tuple[str, ...]] = {
    "conv": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv_transpose": ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"),
    "max_pool": ("input", "kernel_size", "stride", "padding", "dilation"),
    "avg_pool": ("input", "kernel_size", "stride", "padding"),
}


@dataclass(frozen=True)
class _Call:
    """A call of a function that convolves or pools, with its arguments by name."""

    op: Op
    rank: int
    given: dict[str, Any]


@dataclass(frozen=True)
class _Place:
    """The place that a kernel is set in, and whether the layer may compute with another kernel than was set."""

    set: Callable[[Any], None]
    normalises: bool = False


class TorchLive(Live):
    """A module of PyTorch."""

    _place: _Place | None = None

    def copied(self) -> TorchLive:
        # A copy cannot be made of a tensor with a gradient, such as the weight that the older weight_norm computes.
        attributes = [value for module in self._modules() for value in vars(module).values()]
        computed = [t for t in attributes if isinstance(t, self.adapter.torch.Tensor) and not t.is_leaf]
        return TorchLive(self.adapter, copy.deepcopy(self.layer, {id(t): t.detach().clone() for t in computed}))

    @property
    def dtype(self) -> Dtype:
        return supported(str(next((p.dtype for p in self._floating()), "torch.float32")).replace("torch.", ""))

    def known(self, shape: tuple[int, ...]) -> Case | None:
        calls, error = self._calls(shape)
        if not calls:
            if error:
                raise error
            return None
        convs = [call for call in calls if "weight" in call.given]
        call = sole(convs or calls, "convolutions" if convs else "pools")
        if convs:
            weight, groups = call.given["weight"], call.given.get("groups", 1)
            ends = weight.shape[1] * groups, weight.shape[0]
            return bare(call.op, weight.shape[2:], ends[::-1] if "transpose" in call.op else ends, groups)
        kernel = np.broadcast_to(call.given["kernel_size"], call.rank).tolist()
        dilation = int(np.max(call.given.get("dilation", 1)))
        return bare(call.op, kernel, (shape[1], shape[1]), dilation=dilation)

    def settled(self, shape: tuple[int, ...], weights: np.ndarray) -> np.ndarray:
        torch = self.adapter.torch
        with torch.no_grad(), self._inferring():
            place = self._found(shape)
            if not place.normalises:
                return weights
            place.set(self._tensor(weights))
            weight = self._kernel(shape)["weight"]
            kernel: np.ndarray = self.adapter.to_numpy(weight.detach().cpu())
            return kernel

    def forward(self, x: np.ndarray, weights: np.ndarray | None) -> Any:
        torch = self.adapter.torch
        with torch.no_grad(), self._inferring():
            if weights is not None:
                self._found(x.shape).set(self._tensor(weights))
            y = self.layer(self._tensor(x))
        if not isinstance(y, torch.Tensor):
            raise Unsupported(f"returns a {type(y).__name__}; expected one tensor: {AS_FUNCTION}")
        return y.cpu()

    def _modules(self) -> Sequence[Any]:
        return list(self.layer.modules()) if hasattr(self.layer, "modules") else []

    def _floating(self) -> Iterator[Any]:
        return (p for module in self._modules() for p in module.parameters(recurse=False) if p.is_floating_point())

    def _lazy(self) -> bool:
        kind = self.adapter.torch.nn.parameter.UninitializedParameter
        return any(isinstance(p, kind) for p in self._floating())

    def _tensor(self, array: np.ndarray) -> Any:
        torch = self.adapter.torch
        device = next((p.device for p in self._floating()), None)
        return torch.from_numpy(np.ascontiguousarray(array)).to(device, getattr(torch, self.dtype))

    @contextmanager
    def _inferring(self) -> Iterator[None]:
        modes = [(module, module.training) for module in self._modules()]
        try:
            for module, _ in modes:
                module.training = False
            yield
        finally:
            for module, mode in modes:
                module.training = mode

    def _calls(self, shape: tuple[int, ...]) -> tuple[list[_Call], Exception | None]:
        """Return the calls that convolve or pool, and the error that ended the run on zeros of this shape."""
        live = self.copied() if self._lazy() else self
        seen: list[_Call] = []

        class Watch(self.adapter.torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
            def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                found = FUNCTION.fullmatch(getattr(function, "__name__", ""))
                if found:
                    op: Op = next(op for op in ARGUMENTS if op == found[1])
                    seen.append(_Call(op, int(found[2]), {**dict(zip(ARGUMENTS[op], args)), **(kwargs or {})}))
                return function(*args, **(kwargs or {}))

        try:
            with self.adapter.torch.no_grad(), live._inferring(), Watch():
                live.layer(live._tensor(np.zeros(shape, np.float32)))
        except Exception as error:
            return seen, error
        return seen, None

    def _kernel(self, shape: tuple[int, ...]) -> dict[str, Any]:
        """Return the arguments of the one call that has a kernel."""
        calls, error = self._calls(shape)
        convs = [call for call in calls if "weight" in call.given]
        if error and not convs:
            raise error
        given: dict[str, Any] = sole(convs, "convolutions").given
        return given

    def _found(self, shape: tuple[int, ...]) -> _Place:
        """Return the place of the kernel, found once."""
        if self._place is None:
            if self._lazy():
                self.layer(self._tensor(np.zeros(shape, np.float32)))
            given = self._kernel(shape)
            place, bias = self._place_of(given["weight"]), given.get("bias")

            def give(weights: Any) -> None:
                place.set(weights)
                if bias is not None:
                    bias.zero_()

            self._place = _Place(give, place.normalises)
        return self._place

    def _place_of(self, weight: Any) -> _Place:
        if isinstance(weight, self.adapter.torch.nn.Parameter):
            return _Place(weight.copy_)
        normalised = [place for module in self._modules() for place in self._normalised(module, weight.shape)]
        if normalised:
            place: _Place = sole(normalised, "normalised kernels of one shape")
            return place
        alike = [p for p in self._floating() if p.shape == weight.shape]
        if len(alike) != 1:
            shape = tuple(weight.shape)
            raise Unsupported(f"computes its kernel from other parameters than one of its shape {shape}; {AS_FUNCTION}")
        return _Place(alike[0].copy_)

    def _normalised(self, module: Any, shape: Any) -> Iterator[_Place]:
        """Yield the places of kernels that a module has through a parametrisation or an older hook."""
        for name, chain in getattr(module, "parametrizations", {}).items():
            if getattr(module, name).shape == shape:
                yield _Place(partial(self._parametrised, module, name, chain), True)
        for hook in module._forward_pre_hooks.values():
            kind, name = type(hook).__name__, getattr(hook, "name", "")
            if kind not in ("WeightNorm", "SpectralNorm") or getattr(module, name).shape != shape:
                continue
            give = self._weight_norm if kind == "WeightNorm" else self._spectral_norm
            yield _Place(partial(give, module, name, hook), True)

    def _parametrised(self, module: Any, name: str, chain: Any, weights: Any) -> None:
        if len(chain) == 1 and not hasattr(chain[0], "right_inverse"):
            chain.original.copy_(weights)
        else:
            setattr(module, name, weights)
        for step in chain:
            if hasattr(step, "_u"):  # torch 2.13 has no public way to let spectral_norm converge
                self._converge(step._reshape_weight_to_matrix(weights), step._u, step._v)

    def _weight_norm(self, module: Any, name: str, hook: Any, weights: Any) -> None:
        getattr(module, f"{name}_v").copy_(weights)
        getattr(module, f"{name}_g").copy_(self.adapter.torch.norm_except_dim(weights, 2, hook.dim))

    def _spectral_norm(self, module: Any, name: str, hook: Any, weights: Any) -> None:
        getattr(module, f"{name}_orig").copy_(weights)
        vectors = getattr(module, f"{name}_u"), getattr(module, f"{name}_v")
        self._converge(hook.reshape_weight_to_matrix(weights), *vectors)

    def _converge(self, matrix: Any, left: Any, right: Any) -> None:
        """Set the singular vectors that a spectral norm iterates towards."""
        u, _, v = self.adapter.torch.linalg.svd(matrix, full_matrices=False)
        left.copy_(u[:, 0])
        right.copy_(v[0])
