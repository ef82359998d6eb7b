"""Flax on JAX: ``flax.linen.Conv``. Padding is a word, a number, or a pair per axis."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..cases.case import Case, Pads
from .adapter import Adapter, Inexpressible, Job, Result, Spelling, arguments, compact, error_text, only, unless
from .conventions import numbers, symmetric


class FlaxAdapter(Adapter):
    """Modules of ``flax.linen``, traced many to one compilation: a lone one costs ten times as much."""

    name = "flax"
    title = "Flax on JAX"
    imports = "import jax\nfrom flax import linen as nn"
    distributions = ("flax", "jax", "jaxlib", "numpy")
    modules = ("flax", "jax")
    variables: ClassVar[Mapping[str, str]] = {"JAX_PLATFORMS": "cpu", "NPROC": "1"}  # XLA sizes its pool by NPROC
    channels_last = True
    batch = 100

    def __init__(self) -> None:
        super().__init__()
        self.jax = self.namespace["jax"]
        self.zeros = self.namespace["nn"].initializers.zeros

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        if isinstance(case.padding, str):
            return Spelling(_conv(case, case.padding.upper()), words=repr(case.padding.upper()))
        return Spelling(_conv(case, _pads(case.padding)))

    @staticmethod
    def port(case: Case) -> Spelling | None:
        pads = numbers(case)
        if min(map(min, pads)) >= 0:
            return Spelling(_conv(case, _pads(pads)))
        # XLA's CPU backend (jaxlib 0.10.2) reads outside the input where one axis is both cropped and padded.
        crop = ", ".join(f"{max(-before, 0) or ''}:{min(after, 0) or ''}" for before, after in pads)
        padded = tuple((max(before, 0), max(after, 0)) for before, after in pads)
        return Spelling(f"nn.Sequential([lambda x: x[:, {crop}, :], {_conv(case, _pads(padded))}])")

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> Any:
        if weights is None:
            return layer.init_with_output(self.jax.random.PRNGKey(0), x)[0]
        convs = {f"layers_{i}": m for i, m in enumerate(getattr(layer, "layers", [])) if hasattr(m, "kernel_size")}
        parameters: dict[str, Any] = {"kernel": weights}
        if only(list(convs.values()) or [layer]).use_bias:
            parameters["bias"] = np.zeros(weights.shape[-1], np.float32)
        if convs:
            return layer.apply({"params": dict.fromkeys(convs, parameters)}, x)
        # Linen traces the initializer to check shapes even where weights are given: two thirds of the tracing.
        return layer.clone(kernel_init=self.zeros).apply({"params": parameters}, x)

    def declare(self, layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
        x = self.jax.ShapeDtypeStruct(shape, np.float32)
        return tuple(self.jax.eval_shape(lambda x: self.forward(layer, x, None), x).shape)

    def facts(self) -> dict[str, Any]:
        return {"device": self.jax.default_backend()}

    def run(self, jobs: Sequence[Job]) -> Iterator[Result]:
        results = [Result() for _ in jobs]
        start = time.perf_counter()
        try:
            self._run_traced(jobs, results)
        except Exception as error:
            # What passes tracing and fails in lowering (a stride of 0) fails the whole module: find out whose it is.
            if len(jobs) > 1:
                for job in jobs:
                    yield from self.run([job])
                return
            results[0].fail(error)
        for result in results:
            result.seconds = (time.perf_counter() - start) / len(jobs)
            yield result

    def _run_traced(self, jobs: Sequence[Job], results: list[Result]) -> None:
        layers: list[Any] = []
        for job, result in zip(jobs, results):
            try:
                layers.append(self.build(job.source))
            except Exception as error:
                layers.append(None)
                result.fail(error)

        def network(inputs: list[Any]) -> list[Any]:
            outputs = []
            for layer, (x, weights), result in zip(layers, inputs, results):
                try:
                    outputs.append(None if layer is None else self.forward(layer, x, weights))
                except Exception as error:
                    outputs.append(None)
                    result.declare_error = error_text(error)
                    result.fail(error)
            return outputs

        inputs = [
            (self.to_layout(job.x), None if job.weights is None else self.weights_to_layout(job.weights))
            for job in jobs
        ]
        traced = self.jax.jit(network).trace(inputs)
        for shape, result in zip(traced.out_info, results):
            if shape is not None:
                result.declared = self.shape_from_layout(shape.shape)
        for y, result in zip(traced.lower().compile()(inputs), results):
            if y is not None:
                result.values = self.from_layout(np.asarray(y))


def _pads(pads: Pads) -> Any:
    """Pads in the shortest form that flax takes."""
    return compact([before for before, _ in pads]) if symmetric(pads) else pads


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.out_channels,
        case.kernel,
        strides=unless(1, case.stride),
        padding=padding,
        kernel_dilation=unless(1, case.dilation),
        feature_group_count=unless(1, [case.groups]),
        use_bias=False,
    )
    return f"nn.Conv({given})"


ADAPTER = FlaxAdapter
