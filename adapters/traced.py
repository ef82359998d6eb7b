"""The base class of the adapters on JAX, which trace many layers into one compilation.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from .adapter import Adapter, Job, Result, error_text
from .running import JAX_DEVICES, on_cpu, unavailable


class TracedAdapter(Adapter):
    """A framework on JAX. Compiling a layer alone takes ten times as long as compiling it together with many others."""

    variables: ClassVar[Mapping[str, str]] = {"JAX_PLATFORMS": "cpu", "NPROC": "1"}  # NPROC sizes XLA's thread pool
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"device": JAX_DEVICES}
    batch = 100
    infers: ClassVar[bool] = False  # whether the framework infers shapes by another means than tracing
    jax: Any

    def given(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> tuple[Any, Any]:
        """Return the input and the kernel as the layer takes them: NumPy arrays, or None for no kernel."""
        raise NotImplementedError

    def applied(self, layer: Any, x: Any, kernel: Any) -> Any:
        """Return the output of a layer on what ``given`` returned, or on tracers of it."""
        raise NotImplementedError

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        return self.applied(layer, *self.given(layer, x, weights, dtype))

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        nothing = np.broadcast_to(np.zeros((), self.jax.numpy.dtype(dtype)), shape)
        x = self.jax.ShapeDtypeStruct(shape, nothing.dtype)
        _, kernel = self.given(layer, nothing, weights, dtype)
        return tuple(self.jax.eval_shape(lambda x, kernel: self.applied(layer, x, kernel), x, kernel).shape)

    @classmethod
    def variables_for(cls, choices: Mapping[str, str]) -> Mapping[str, str]:
        return cls.variables if on_cpu(choices) else {**cls.variables, "JAX_PLATFORMS": choices["device"]}

    def pin(self) -> None:
        super().pin()
        if on_cpu(self.chosen):
            return
        try:
            self.jax.devices(self.chosen["device"])
        except Exception as error:
            raise unavailable(self.chosen["device"], f"JAX {self.jax.__version__}", error) from None

    def facts(self) -> dict[str, Any]:
        return {"device": self.jax.default_backend()}

    def run(self, jobs: Sequence[Job]) -> Iterator[Result]:
        results = self._by_width(jobs)
        return (results[i] for i in range(len(jobs)))

    def _by_width(self, jobs: Sequence[Job]) -> dict[int, Result]:
        """Return the results by index. JAX's x64 mode is on only for jobs of 64 bits.

        Without it, they would silently be of 32 bits; with it, flax's float32 averages would be float64.
        """
        results: dict[int, Result] = {}
        for wide in (False, True):
            chosen = [i for i, job in enumerate(jobs) if (job.dtype in ("float64", "int64")) == wide]
            with self._x64(wide):
                results.update(zip(chosen, self._run([jobs[i] for i in chosen])))
        return results

    def _x64(self, wide: bool) -> Any:
        """Return a context in which JAX's x64 mode is on or off."""
        if hasattr(self.jax, "enable_x64"):  # since JAX 0.8, which deprecates the older place
            return self.jax.enable_x64(wide)
        return importlib.import_module("jax.experimental").enable_x64(wide)

    def _run(self, jobs: Sequence[Job]) -> Iterator[Result]:
        if not all(job.run for job in jobs):
            yield from super().run(jobs)
            return
        if not jobs:
            return
        results = [Result() for _ in jobs]
        start = time.perf_counter()
        try:
            self._run_traced(jobs, results)
        except Exception as error:
            # A layer that traces but fails in lowering (a stride of 0) fails the whole module: run each job alone.
            if len(jobs) > 1:
                for job in jobs:
                    yield from self._run([job])
                return
            results[0].fail(error)
        for result in results:
            result.seconds = (time.perf_counter() - start) / len(jobs)
            yield result

    def _run_traced(self, jobs: Sequence[Job], results: list[Result]) -> None:
        layers: list[Any] = []
        inputs: list[Any] = []
        for job, result in zip(jobs, results):
            try:
                layer = self.build(job.source)
                if job.declare and self.infers:
                    self.observe_declared(result, layer, job)
                inputs.append(self.given(layer, *self.laid_out(job.x, job.weights, job.line), job.dtype))
                layers.append(layer)
            except Exception as error:
                inputs[len(layers) :] = [None]
                layers.append(None)
                result.fail(error)

        def network(inputs: list[Any]) -> list[Any]:
            outputs = []
            for layer, given, result in zip(layers, inputs, results):
                try:
                    outputs.append(None if layer is None else self.applied(layer, *given))
                except Exception as error:
                    outputs.append(None)
                    result.fail(error)
                    if not self.infers:
                        result.declare_error = error_text(error)
            return outputs

        traced = self.jax.jit(network).trace(inputs)
        for shape, result in zip(traced.out_info, results):
            if shape is not None and not self.infers:
                result.declared = self.shape_from_layout(shape.shape)
        for y, job, result in zip(traced.lower().compile()(inputs), jobs, results):
            if y is not None:
                self.taken(y, result, job.line)
