"""An adapter made from a function: a user's own operation, in a file with ``def run(case, x, weights)``.

The function receives a :class:`~convparity.cases.case.Case`, an input (N, C, *spatial) and weights as in
``cases.inputs`` (None for a pool), and returns (N, O, *spatial). It raises NotImplementedError if it cannot express the
case. The file may also define ``ops`` and ``dtypes``, tuples of the operations and dtypes that it supports,
``distributions``, the packages whose versions are recorded, and ``title``.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, ClassVar

import numpy as np

from ..cases.case import Case
from ..cases.dtypes import DTYPES
from ..cases.errors import InputError
from ..cases.operations import OPS
from ..cases.text import did_you_mean
from .adapter import Adapter, Job, Result
from .spelling import Inexpressible, Spelling

Function = Callable[[Case, np.ndarray, Any], Any]


class FunctionAdapter(Adapter):
    """A function as an adapter. Its spelling is the call of the function; it has no ports."""

    imports = "import numpy as np"
    modules = ()
    channels_last = False
    function: ClassVar[Function]
    ops: ClassVar[tuple[str, ...]]
    dtypes: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.namespace.update(Case=Case, run=type(self).function)

    @classmethod
    def as_written(cls, case: Case) -> Spelling | Inexpressible:
        if case.op not in cls.ops or case.dtype not in cls.dtypes:
            return Inexpressible(f"{cls.name} supports {', '.join(cls.ops)} in {', '.join(cls.dtypes)}")
        said = [f for f in fields(case) if f.name != "id" and getattr(case, f.name) != f.default]
        parameters = ", ".join(f"{f.name}={getattr(case, f.name)!r}" for f in said)
        return Spelling(f"lambda x, weights: run(Case({parameters}), x, weights)")

    @staticmethod
    def port(case: Case) -> Spelling | Inexpressible:
        return Inexpressible("the adapter is a function, which has no ports")

    def forward(self, layer: Any, x: np.ndarray, weights: np.ndarray | None, dtype: str) -> Any:
        y = layer(x, weights)
        array = np.asarray(y)
        if array.ndim != x.ndim:
            came = f"an array of shape {array.shape}" if array.ndim else reprlib.repr(y)
            raise TypeError(f"run returned {came}; it has to return an array (N, out, *spatial) with {x.ndim} axes")
        return array

    def run_one(self, job: Job) -> Result:
        unspoken = Result()

        def run(case: Case, x: np.ndarray, weights: Any) -> Any:
            try:
                sized = replace(case.on(x.shape[2:]), batch=len(x))  # a layer is also run on inputs of other sizes
                return type(self).function(sized, x, weights)
            except NotImplementedError as error:
                unspoken.inexpressible = str(error) or f"{self.name} cannot express this"
                raise

        self.namespace["run"] = run
        result = super().run_one(job)
        return unspoken if unspoken.inexpressible else result

    def declare(self, layer: Any, shape: tuple[int, ...], weights: np.ndarray | None, dtype: str) -> tuple[int, ...]:
        return ()

    def facts(self) -> dict[str, Any]:
        return {"numpy": np.__version__}


def adapter_in(module: Any, name: str) -> type[Adapter]:
    """Return the adapter in a user's file: its class ``ADAPTER``, or an adapter made from its function ``run``.

    Raises InputError if the settings beside a function are not allowed.
    """
    if hasattr(module, "ADAPTER"):
        found: type[Adapter] = module.ADAPTER
        return found
    return adapter_of(name, module.run, module)


def adapter_of(name: str, function: Function, file: Any) -> type[FunctionAdapter]:
    """Return the adapter of a function, with the settings in its ``file``, a module. Raises InputError."""
    said = {
        "name": name,
        "title": getattr(file, "title", name),
        "distributions": _said(file, "distributions", ()),
        "ops": _said(file, "ops", OPS, OPS),
        "dtypes": _said(file, "dtypes", ("float32",), DTYPES),
        "function": staticmethod(function),
    }
    return type("OwnAdapter", (FunctionAdapter,), said)


def _said(file: Any, name: str, default: tuple[str, ...], allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the words of a setting in a file, which may be one word or several. Raises InputError."""
    said = getattr(file, name, default)
    words = tuple(said) if isinstance(said, (tuple, list, set, frozenset)) else (said,)
    for word in words:
        if not isinstance(word, str) or (allowed and word not in allowed):
            known = (", ".join(allowed) or "the names of packages") + did_you_mean(str(word), allowed)
            raise InputError([f"{name} holds {reprlib.repr(word)}; expected {known}"])
    return words
