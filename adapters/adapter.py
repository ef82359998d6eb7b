"""The base class of all adapters: how a spelling is built, applied and observed.

An adapter defines how a case is spelled in its framework (``as_written`` and ``port``, which are pure and need no
framework) and how a layer is applied (``forward`` and ``declare``, which need an instance; making one imports the
framework). Arrays cross this interface as NumPy arrays, channels first; the framework receives them in its own layout.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from ..cases.case import Case
from ..cases.dtypes import WIDE
from ..cases.operations import Op
from .line import Line
from .live import Live
from .running import COMPILED, chosen
from .spelling import Inexpressible, Spelling

# On a CPU, frameworks have no exception type for this: torch 2.13, XLA, TensorFlow 2.21, ONNX Runtime, C++.
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
    """A spelling to run: its source, an input (N, C, *spatial), and weights shaped as in ``cases.inputs`` or None.

    The arrays are float64 for a wide dtype, and otherwise float32, with values that the dtype holds exactly.
    """

    source: str
    x: np.ndarray
    weights: np.ndarray | None
    dtype: str = "float32"
    declare: bool = False  # whether to ask for the inferred shape
    run: bool = True  # whether to run the layer
    line: Line | None = None  # how the source takes its arrays, where it is not a spelling


@dataclass
class Result:
    """The result of a job: values (N, O, *spatial) and their dtype, or the framework's error; the declared shape."""

    values: np.ndarray | None = None
    dtype: str = ""
    error: str = ""
    inexpressible: str = ""  # why the adapter cannot express the case, if only running it shows that
    out_of_memory: bool = False
    declared: tuple[int, ...] | None = None
    declare_error: str = ""
    seconds: float = 0.0

    def fail(self, error: BaseException) -> Result:
        """Record the text of an exception raised by the framework, without its traceback."""
        self.error = error_text(error)
        self.out_of_memory = isinstance(error, MemoryError) or bool(NO_MEMORY.search(self.error))
        return self


class Adapter:
    """One framework. Subclasses set the class variables and the five methods that raise NotImplementedError."""

    name: ClassVar[str]
    title: ClassVar[str]
    imports: ClassVar[str]  # the import lines that a user has above the layer; executed unchanged
    distributions: ClassVar[tuple[str, ...]]  # packages whose versions are recorded, the framework itself first
    modules: ClassVar[tuple[str, ...]]  # modules that this adapter needs
    npm: ClassVar[tuple[str, ...]] = ()  # packages of npm that it needs as well, in the environment's own folder
    variables: ClassVar[Mapping[str, str]] = {}  # environment variables of the worker process
    channels_last: ClassVar[bool]
    applying: ClassVar[str] = ""  # the lines of a script that compute ``y`` from ``layer``, ``x`` and ``w``
    batch: ClassVar[int] = 1  # number of jobs to run at once
    # What an environment may choose of its mode, device and provider, as patterns (see ``running.py``).
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    compiling: ClassVar[str] = ""  # in a script, the compiled ``layer``, if there is such a mode

    def __init__(self) -> None:
        self.chosen = {name: chosen(name) for name in self.choices}
        self.namespace: dict[str, Any] = {}
        exec(self.imports, self.namespace)  # a constant of the class, which the report shows above the spelling

    @staticmethod
    def as_written(case: Case) -> Spelling | Inexpressible:
        """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
        raise NotImplementedError

    @staticmethod
    def port(case: Case) -> Spelling | Inexpressible:
        """Return source that reproduces the case exactly in this framework, or why nothing can."""
        raise NotImplementedError

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        """Return the output of a layer, in the framework's layout.

        ``x`` and ``weights`` become arrays of the framework with this ``dtype``, and the output is one too. ``weights``
        are None for a pool, or to keep the layer's initial weights.
        """
        raise NotImplementedError

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        """Return the output shape that the framework infers without running the layer; () if it infers none.

        Shapes and weights are in the framework's layout. Only the shape of ``weights`` matters; None for a pool.
        """
        raise NotImplementedError

    def pin(self) -> None:
        """Make runs reproducible: set threads and defaults. Called in a worker's process, never in a user's.

        Raise Unavailable if this environment chose a device or a provider that is not to be had here.
        """

    @property
    def compiles(self) -> bool:
        """Whether this environment chose to compile its layers."""
        return self.chosen.get("mode") == COMPILED

    def live(self, layer: Any) -> Live:
        """Return a layer that exists already, in a user's process, as one that can be described and applied."""
        return Live(self, layer)

    def facts(self) -> dict[str, Any]:
        """Return other facts that change results, as the framework reports them: device, threads, backend."""
        raise NotImplementedError

    @classmethod
    def variables_for(cls, choices: Mapping[str, str]) -> Mapping[str, str]:
        """Return the environment variables of the worker process of an environment that made these choices."""
        return cls.variables

    def script(self) -> str:
        """Return a script that runs a layer as written and needs only the framework; empty if there is none.

        Its blanks are @SOURCE@, @DTYPE@, and the shapes @INPUT@ and @WEIGHTS@ (as in ``cases.inputs``; (0, 0) for a
        pool).
        """
        wanted = dict(self.variables_for(self.chosen))
        variables = f"import os\n\nos.environ.update({wanted!r})\n" if wanted else ""
        applying = self.applying.replace("= layer(x)", f"= {self.compiling}(x)") if self.compiles else self.applying
        return f"{variables}{self.imports}\n{SCRIPT.format(applying)}" if applying else ""

    def packages(self) -> dict[str, str]:
        """Return the versions of the installed distributions, by name."""
        from importlib import metadata  # slow to import, and not needed by the controller

        versions = {}
        for name in self.distributions:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
        return versions

    def build(self, source: str) -> Any:
        """Return the layer that a spelling makes: its value, or ``net`` if it is more than one statement."""
        scope = self.names(source)
        if source.startswith("net = "):
            exec(source, scope)
            return scope["net"]
        return eval(source, scope)

    def names(self, source: str) -> dict[str, Any]:
        """Return the names that a spelling is in terms of."""
        return dict(self.namespace)

    def to_numpy(self, y: Any) -> np.ndarray:
        """Return an array of the framework as a NumPy array, of any dtype that NumPy can convert."""
        return np.asarray(y)

    def comp_conv2d(self, layer: Any, X: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Apply a convolution layer of this framework to one image, like the chapter's helper function.

        ``layer`` may be lazily built; it may also be a transposed convolution or a pool. ``X`` is (H, W) or
        (N, C, H, W), channels first in every framework. ``weights`` is (kh, kw), (out, in/groups, kh, kw), or, for a
        transposed convolution, (in, out/groups, kh, kw). With weights, the bias is set to zero; without them, the layer
        initialises itself as usual. The layer infers, whatever its mode. Returns (H', W'), or (N, C, H', W') for a 4-D
        ``X``. Raises ValueError for other ranks, Unsupported for a layer that has no kernel to give weights to, and
        whatever the framework raises.
        """
        X = np.asarray(X, dtype=np.float32)
        if X.ndim not in (2, 4):
            raise ValueError(f"X has shape {X.shape}; expected (H, W) or (N, C, H, W)")
        if weights is not None:
            weights = np.asarray(weights, dtype=np.float32)
            weights = weights[None, None] if weights.ndim == 2 else weights
        Y = self.apply(layer, X if X.ndim == 4 else X[None, None], weights)
        return Y if X.ndim == 4 else Y[0, 0]

    def apply(self, layer: Any, x: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Return (N, O, *spatial) for an input (N, C, *spatial), with weights shaped as in ``cases.inputs``."""
        return self.taken(self.live(layer).forward(x, weights), Result())

    def laid_out(
        self, x: np.ndarray, weights: np.ndarray | None, line: Line | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return an input and weights in the framework's layout, or in that of a line."""
        x = self.to_layout(x, line)
        if weights is None:
            return x, None
        if line is None or line.order is None:
            return x, self.weights_to_layout(weights)
        return x, np.ascontiguousarray(weights.transpose(line.order)).reshape(line.shape)

    def taken(self, y: Any, result: Result, line: Line | None = None) -> np.ndarray:
        """Store an output of the framework in a result and return it: (N, O, *spatial), float64 or float32."""
        values, named = self.to_numpy(y), re.search(r"b?float\d+|complex\d+|u?int\d+|bool", str(y.dtype))
        result.dtype = named.group() if named else str(y.dtype)
        values = values.astype(np.float64 if values.dtype.name in WIDE else np.float32, copy=False)
        result.values = self.from_layout(values, line)
        return result.values

    def run(self, jobs: Sequence[Job]) -> Iterator[Result]:
        """Yield one result per job, in order; an exception from the framework is a result."""
        for job in jobs:
            yield self.run_one(job)

    def run_one(self, job: Job) -> Result:
        """Build, declare and apply the layer of one job, and return the result."""
        result, start = Result(), time.perf_counter()
        try:
            layer = self.build(job.source)
            if job.declare:
                self.observe_declared(result, layer, job)
            if job.run:
                given = self.laid_out(job.x, job.weights, job.line)
                self.taken(self.forward(layer, *given, job.dtype), result, job.line)
        except (Exception, SystemExit) as error:  # sys.exit in a user's adapter must not end the worker
            result.fail(error)
        result.seconds = time.perf_counter() - start
        return result

    def observe_declared(self, result: Result, layer: Any, job: Job) -> None:
        """Record the shape that the framework infers, or its error."""
        try:
            weights = None if job.weights is None else self.weights_to_layout(job.weights)
            declared = self.declare(layer, self.shape_to_layout(job.x.shape), weights, job.dtype)
            if declared and len(declared) != job.x.ndim:
                raise TypeError(f"declare returned {declared!r}; the shape has {job.x.ndim} axes")
            result.declared = self.shape_from_layout(declared) if declared else None
        except Exception as error:
            result.declare_error = error_text(error)

    def to_layout(self, x: np.ndarray, line: Line | None = None) -> np.ndarray:
        """Return an array (N, C, *spatial) in the layout of the framework, or of a line."""
        last = self.channels_last if line is None else line.channels_last
        return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if last else x

    def from_layout(self, y: np.ndarray, line: Line | None = None) -> np.ndarray:
        """Return an array in the layout of the framework, or of a line, as (N, C, *spatial)."""
        last = self.channels_last if line is None else line.channels_last
        return np.moveaxis(y, -1, 1) if last else y

    def weights_to_layout(self, weights: np.ndarray) -> np.ndarray:
        """Return weights in the framework's layout: unchanged, or with the two channel axes last and swapped.

        (O, C/groups, *kernel) becomes (*kernel, C/groups, O); (C, O/groups, *kernel) becomes (*kernel, O/groups, C).
        """
        return np.ascontiguousarray(np.moveaxis(weights, (1, 0), (-2, -1))) if self.channels_last else weights

    def shape_to_layout(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return a shape (N, C, *spatial) in the framework's layout."""
        return (shape[0],) + shape[2:] + (shape[1],) if self.channels_last else shape

    def shape_from_layout(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return a shape in the framework's layout as (N, C, *spatial)."""
        shape = tuple(int(size) for size in shape)
        return (shape[0], shape[-1]) + shape[1:-1] if self.channels_last else shape


def error_text(error: BaseException) -> str:
    """Return an exception as the last line of a traceback shows it."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def takes_weights(layer: Any) -> bool:
    """Return whether a layer is a function of an input and weights, as a line of functions is."""
    return isinstance(layer, FunctionType) and layer.__code__.co_argcount == 2


def only(layers: Sequence[Any]) -> Any:
    """Return the only convolution of a layer, or of a small network of pads, crops and one convolution."""
    if len(layers) != 1:
        raise ValueError(f"weights need exactly one convolution; this layer holds {len(layers)}")
    return layers[0]


def bare(op: Op, kernel: Sequence[int], channels: tuple[int, int], groups: int = 1, dilation: int = 1) -> Case:
    """Return a case for ``Live.known``; ``channels`` is the pair (in, out)."""
    rank, sizes = len(kernel), tuple(map(int, kernel))
    ones, none = (1,) * rank, ((0, 0),) * rank
    return Case((), sizes, ones, none, (dilation,) * rank, op, 1, channels[0], channels[1], groups)
