"""What every adapter has in common: how a spelling is built, applied and observed.

An adapter says how a case is spelled in its framework (``as_written``, ``port``: pure, no framework needed) and how
a layer is applied (``forward``, ``declare``: after the class was made, which imports the framework). Arrays cross
this interface as NumPy, channels first; each adapter's framework sees its own layout.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..cases.case import Case
from .spelling import Inexpressible, Spelling

# Frameworks have no exception of their own for it on a CPU: torch 2.13, XLA, TensorFlow 2.21, ONNX Runtime, C++.
NO_MEMORY = re.compile(
    "can't allocate memory|not enough memory|RESOURCE_EXHAUSTED|OOM when allocating|"
    "failed to allocate memory|bad_alloc",
    re.IGNORECASE,
)

SCRIPT = """import numpy

layer = @SOURCE@
x = numpy.arange(numpy.prod(@INPUT@)).reshape(@INPUT@) % 97 + 1
w = numpy.arange(numpy.prod(@WEIGHTS@)).reshape(@WEIGHTS@) % 7 + 1
{}
print(tuple(y.shape))
print(y)
"""


@dataclass(frozen=True)
class Job:
    """A spelling to run: its source, an input (N, C, *spatial), weights as of ``cases.inputs`` or None.

    The arrays are float64 for dtype float64, else float32 of values that the dtype holds.
    """

    source: str
    x: np.ndarray
    weights: np.ndarray | None
    dtype: str = "float32"
    declare: bool = False  # whether to ask for the inferred shape too
    run: bool = True  # or to ask for nothing else


@dataclass
class Result:
    """What came of a job: values (N, O, *spatial) and their dtype, or the framework's error; the shape it declared."""

    values: np.ndarray | None = None
    dtype: str = ""
    error: str = ""
    inexpressible: str = ""  # why there are no words for it, where only running it tells
    out_of_memory: bool = False
    declared: tuple[int, ...] | None = None
    declare_error: str = ""
    seconds: float = 0.0

    def fail(self, error: BaseException) -> Result:
        """Record an exception of the framework's; the traceback is not kept, its text is."""
        self.error = error_text(error)
        self.out_of_memory = isinstance(error, MemoryError) or bool(NO_MEMORY.search(self.error))
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
    applying: ClassVar[str] = ""  # the lines of a stand-alone script that make ``y`` of a layer as written, x and w
    batch: ClassVar[int] = 1  # how many jobs the framework is given at once

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        exec(self.imports, self.namespace)  # our own constant: what the report shows above the spelling

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        """The words a user of this framework would reach for."""
        raise NotImplementedError

    @staticmethod
    def port(case: Case) -> Spelling | Inexpressible:
        """What reproduces the case exactly in this framework, or why nothing can."""
        raise NotImplementedError

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        """Apply a layer in the framework's layout; weights of None are for a pool, or leave it its initial ones.

        ``x`` and ``weights`` become arrays of the framework's ``dtype``; what comes back is one of its arrays.
        """
        raise NotImplementedError

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        """The output shape that the framework infers without running; () where it infers none.

        Shapes and weights are in its layout. Only the shape of ``weights`` matters; they are None for a pool.
        """
        raise NotImplementedError

    def pin(self) -> None:
        """Make runs of this process alike: threads, defaults. Of the worker's own process, never of a user's."""

    def bare(self, layer: Any, channels: int) -> Case | None:
        """What a live layer is, whatever it pads and however it steps, for an input of so many channels.

        A case without an input, of its operation, kernel, channels and groups; None where it holds no convolution or
        pool that this adapter knows.
        """
        return None

    def facts(self) -> dict[str, Any]:
        """What else changes results, as the framework itself says it: the device, threads, the backend."""
        raise NotImplementedError

    @classmethod
    def script(cls) -> str:
        """A script that shows what a layer as written does and needs only the framework; empty where there is none.

        Its @SOURCE@, @INPUT@ and @WEIGHTS@ (shapes as of ``cases.inputs``, a pool's (0, 0)) and @DTYPE@ are blanks.
        """
        variables = f"import os\n\nos.environ.update({dict(cls.variables)!r})\n" if cls.variables else ""
        return f"{variables}{cls.imports}\n{SCRIPT.format(cls.applying)}" if cls.applying else ""

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

    def to_numpy(self, y: Any) -> np.ndarray:
        """An array of the framework's as NumPy's, of any dtype that NumPy can convert."""
        return np.asarray(y)

    def comp_conv2d(self, layer: Any, X: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Apply a convolution layer of this framework to one image: the chapter's helper.

        ``layer`` may be lazily built; it may also be a transposed convolution or a pool. ``X`` is (H, W), or
        (N, C, H, W), channels first in every framework. ``weights`` is (kh, kw), or (out, in/groups, kh, kw), of a
        transposed convolution (in, out/groups, kh, kw); with it given, a bias is set to zero; without it the layer
        initialises itself as it would by default. Returns (H', W'), or (N, C, H', W') for a 4-D ``X``.
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
        """Apply a layer to (N, C, *spatial), with weights as of ``cases.inputs``; returns (N, O, *spatial)."""
        return self.taken(self.forward(layer, *self.laid_out(x, weights), "float32"), Result())

    def laid_out(self, x: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """An input and weights in the framework's layout."""
        return self.to_layout(x), None if weights is None else self.weights_to_layout(weights)

    def taken(self, y: Any, result: Result) -> np.ndarray:
        """Take an output of the framework's into a result, as (N, O, *spatial), float64 or else float32."""
        values, named = self.to_numpy(y), re.search(r"b?float\d+|complex\d+|u?int\d+|bool", str(y.dtype))
        result.dtype = named.group() if named else str(y.dtype)
        values = values if values.dtype == np.float64 else values.astype(np.float32)
        result.values = self.from_layout(values)
        return result.values

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
                self.observe_declared(result, layer, job)
            if job.run:
                self.taken(self.forward(layer, *self.laid_out(job.x, job.weights), job.dtype), result)
        except (Exception, SystemExit) as error:  # sys.exit of an adapter of one's own is not the worker's end
            result.fail(error)
        result.seconds = time.perf_counter() - start
        return result

    def observe_declared(self, result: Result, layer: Any, job: Job) -> None:
        """Ask the framework for the shape it infers; a refusal is an observation too."""
        try:
            weights = None if job.weights is None else self.weights_to_layout(job.weights)
            declared = self.declare(layer, self.shape_to_layout(job.x.shape), weights, job.dtype)
            if declared and len(declared) != job.x.ndim:
                raise TypeError(f"declare returned {declared!r}; the shape has {job.x.ndim} axes")
            result.declared = self.shape_from_layout(declared) if declared else None
        except Exception as error:
            result.declare_error = error_text(error)

    def to_layout(self, x: np.ndarray) -> np.ndarray:
        """(N, C, *spatial) in the framework's layout."""
        return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if self.channels_last else x

    def from_layout(self, y: np.ndarray) -> np.ndarray:
        """The framework's layout as (N, C, *spatial)."""
        return np.moveaxis(y, -1, 1) if self.channels_last else y

    def weights_to_layout(self, weights: np.ndarray) -> np.ndarray:
        """Weights in the framework's layout: as they are, or the two channel axes last and swapped.

        (O, C/groups, *kernel) becomes (*kernel, C/groups, O), and (C, O/groups, *kernel) (*kernel, O/groups, C).
        """
        return np.ascontiguousarray(np.moveaxis(weights, (1, 0), (-2, -1))) if self.channels_last else weights

    def shape_to_layout(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape (N, C, *spatial) in the framework's layout."""
        return (shape[0],) + shape[2:] + (shape[1],) if self.channels_last else shape

    def shape_from_layout(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape in the framework's layout as (N, C, *spatial)."""
        shape = tuple(int(size) for size in shape)
        return (shape[0], shape[-1]) + shape[1:-1] if self.channels_last else shape


def error_text(error: BaseException) -> str:
    """The exception as a traceback's last line has it."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def only(layers: Sequence[Any]) -> Any:
    """The single convolution of a layer or a small network of pads, crops and one convolution."""
    if len(layers) != 1:
        raise ValueError(f"weights need exactly one convolution to go to; this layer holds {len(layers)}")
    return layers[0]


def bare(op: str, kernel: Sequence[int], channels: tuple[int, int], groups: int = 1, dilation: int = 1) -> Case:
    """A case for :meth:`Adapter.bare`; ``channels`` are those in and out."""
    rank, sizes = len(kernel), tuple(map(int, kernel))
    ones, none = (1,) * rank, ((0, 0),) * rank
    return Case((), sizes, ones, none, (dilation,) * rank, op, 1, channels[0], channels[1], groups)
