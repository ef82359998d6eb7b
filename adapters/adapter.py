"""What every adapter has in common: how a spelling is built, applied and observed.

An adapter says how a case is spelled in its framework (``as_written``, ``port``: pure, no framework needed) and how
a layer is applied (``forward``, ``declare``: after the class was made, which imports the framework). Arrays cross
this interface as NumPy, channels first; each adapter's framework sees its own layout.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..cases.case import Case

NAMES = ("torch", "tensorflow", "flax", "mxnet")
ONE_PAD_PER_AXIS = "the layer takes one number per axis and pads both sides alike"


@dataclass(frozen=True)
class Spelling:
    """One line of source code for a layer, and how that framework's vocabulary bent the request.

    ``words`` is how the padding was said; ``note`` what the framework has no words for, as a sentence.
    """

    source: str
    words: str = ""
    note: str = ""


@dataclass(frozen=True)
class Inexpressible:
    """Why a framework has no words for a case."""

    reason: str


@dataclass(frozen=True)
class Job:
    """A spelling to run: its source, an input (N, C, *spatial), weights (O, C/groups, *kernel) or None."""

    source: str
    x: np.ndarray
    weights: np.ndarray | None
    declare: bool = False  # whether to ask for the inferred shape too


@dataclass
class Result:
    """What came of a job: values (N, O, *spatial) or the framework's error; and the shape it had declared."""

    values: np.ndarray | None = None
    error: str = ""
    out_of_memory: bool = False
    declared: tuple[int, ...] | None = None
    declare_error: str = ""
    seconds: float = 0.0

    def fail(self, error: BaseException) -> Result:
        """Record an exception of the framework's; the traceback is not kept, its text is."""
        self.out_of_memory = isinstance(error, MemoryError)
        self.error = error_text(error)
        return self


class Adapter:
    """One framework. Subclasses set the class variables and the five methods that raise NotImplementedError."""

    name: ClassVar[str]
    title: ClassVar[str]
    imports: ClassVar[str]  # the lines above a spelling in someone's file; executed as they stand
    distributions: ClassVar[tuple[str, ...]]  # whose versions are recorded, the framework itself first
    modules: ClassVar[tuple[str, ...]]  # what must be importable for this adapter to serve
    variables: ClassVar[Mapping[str, str]] = {}  # environment of the worker process
    channels_last: ClassVar[bool]
    batch: ClassVar[int] = 1  # how many jobs the framework is given at once

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        exec(self.imports, self.namespace)  # our own constant: what the report shows above the spelling

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        """The words a user of this framework would reach for."""
        raise NotImplementedError

    @staticmethod
    def port(case: Case) -> Spelling | None:
        """What reproduces the case exactly in this framework, or None where nothing can."""
        raise NotImplementedError

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> Any:
        """Apply a layer to an input, both in the framework's layout; with its own initial weights if None are given."""
        raise NotImplementedError

    def declare(self, layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The output shape that the framework infers without running; shapes in the framework's layout."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """What else changes results, as the framework itself says it: the device, threads, the backend."""
        raise NotImplementedError

    def packages(self) -> dict[str, str]:
        """The versions of the distributions that matter here."""
        from importlib import metadata  # slow to import, and the controller does not need it

        versions = {}
        for name in self.distributions:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
        return versions

    def build(self, source: str) -> Any:
        """The layer that a spelling makes: its value, or its ``net`` where it takes more than one statement."""
        if source.startswith("net = "):
            scope = dict(self.namespace)
            exec(source, scope)
            return scope["net"]
        return eval(source, dict(self.namespace))

    def comp_conv2d(self, layer: Any, X: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Apply a convolution layer of this framework to one image: the chapter's helper.

        ``layer`` may be lazily built. ``X`` is (H, W), or (N, C, H, W), channels first in every framework.
        ``weights`` is (kh, kw), or (out, in/groups, kh, kw); with it given, a bias is set to zero; without it the
        layer initialises itself as it would by default. Returns (H', W'), or (N, C, H', W') for a 4-D ``X``.
        Raises ValueError on other ranks, and whatever the framework raises.
        """
        X = np.asarray(X, dtype=np.float32)
        if X.ndim not in (2, 4):
            raise ValueError(f"X has shape {X.shape}; allowed is (H, W) or (N, C, H, W)")
        if weights is not None:
            weights = np.asarray(weights, dtype=np.float32)
            weights = weights[None, None] if weights.ndim == 2 else weights
        Y = self.apply(layer, X if X.ndim == 4 else X[None, None], weights)
        return Y if X.ndim == 4 else Y[0, 0]

    def apply(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Apply a layer to (N, C, *spatial), with weights (O, C/groups, *kernel); returns (N, O, *spatial)."""
        y = self.forward(layer, self.to_layout(x), None if weights is None else self.weights_to_layout(weights))
        return self.from_layout(np.asarray(y))

    def run(self, jobs: Sequence[Job]) -> Iterator[Result]:
        """Run jobs, one result each, in order; an exception of the framework's is a result."""
        for job in jobs:
            yield self.run_one(job)

    def run_one(self, job: Job) -> Result:
        """Build, declare and apply one job's layer."""
        result, start = Result(), time.perf_counter()
        try:
            layer = self.build(job.source)
            if job.declare:
                self.observe_declared(result, layer, job.x.shape)
            result.values = self.apply(layer, job.x, job.weights)
        except Exception as error:
            result.fail(error)
        result.seconds = time.perf_counter() - start
        return result

    def observe_declared(self, result: Result, layer: Any, shape: tuple[int, ...]) -> None:
        """Ask the framework for the shape it infers; a refusal is an observation too."""
        try:
            result.declared = self.shape_from_layout(self.declare(layer, self.shape_to_layout(shape)))
        except Exception as error:
            result.declare_error = error_text(error)

    def to_layout(self, x: np.ndarray) -> np.ndarray:
        """(N, C, *spatial) in the framework's layout."""
        return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if self.channels_last else x

    def from_layout(self, y: np.ndarray) -> np.ndarray:
        """The framework's layout as (N, C, *spatial)."""
        return np.moveaxis(y, -1, 1) if self.channels_last else y

    def weights_to_layout(self, weights: np.ndarray) -> np.ndarray:
        """(O, C/groups, *kernel) in the framework's layout: the same, or (*kernel, C/groups, O)."""
        return np.ascontiguousarray(np.moveaxis(weights, (1, 0), (-2, -1))) if self.channels_last else weights

    def shape_to_layout(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape (N, C, *spatial) in the framework's layout."""
        return (shape[0],) + shape[2:] + (shape[1],) if self.channels_last else shape

    def shape_from_layout(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape in the framework's layout as (N, C, *spatial)."""
        shape = tuple(int(size) for size in shape)
        return (shape[0], shape[-1]) + shape[1:-1] if self.channels_last else shape


def adapter_class(name: str) -> type[Adapter]:
    """The adapter of a name, its framework not yet imported. Raises KeyError for an unknown name."""
    if name not in NAMES:
        raise KeyError(name)
    module = importlib.import_module(f"{__package__}.{name}_adapter")
    found: type[Adapter] = module.ADAPTER
    return found


def error_text(error: BaseException) -> str:
    """The exception as a traceback's last line has it."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def only(layers: Sequence[Any]) -> Any:
    """The single convolution of a layer or a small network of pads, crops and one convolution."""
    if len(layers) != 1:
        raise ValueError(f"weights need exactly one convolution to go to; this layer holds {len(layers)}")
    return layers[0]


def arguments(*values: Any, **keywords: Any) -> str:
    """Source text of call arguments; keywords that are None are left out."""
    parts: list[str] = [repr(value) for value in values]
    return ", ".join(parts + [f"{key}={value!r}" for key, value in keywords.items() if value is not None])


def compact(numbers: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all axes agree, as people write it."""
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def unless(default: int, numbers: Sequence[int]) -> int | tuple[int, ...] | None:
    """The numbers for a keyword argument, or None where every axis has the default."""
    return None if all(number == default for number in numbers) else compact(numbers)
