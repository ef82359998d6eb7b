"""What every operation says of itself. An operation is a module of this folder and an entry of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, Union

from .axis import Axis

if TYPE_CHECKING:
    import numpy as np

Sizes = tuple[int, ...]
Padding = Union[str, tuple[tuple[int, int], ...]]


class Layer(Protocol):
    """What operations need to know of a case."""

    @property
    def input(self) -> Sizes: ...
    @property
    def kernel(self) -> Sizes: ...
    @property
    def stride(self) -> Sizes: ...
    @property
    def padding(self) -> Padding: ...
    @property
    def dilation(self) -> Sizes: ...
    @property
    def in_channels(self) -> int: ...
    @property
    def out_channels(self) -> int: ...
    @property
    def groups(self) -> int: ...
    @property
    def output_padding(self) -> Sizes | None: ...
    @property
    def ceil_mode(self) -> bool: ...
    @property
    def counts_padding(self) -> bool: ...
    @property
    def padding_mode(self) -> str: ...


class Operation:
    """One operation."""

    name: ClassVar[str]  # as catalogs have it
    words: ClassVar[str]  # how a sentence on a layer begins, where the kernel follows
    parameters: ClassVar[tuple[str, ...]] = ()  # those that only some operations have, and this one has
    pools: ClassVar[bool] = False  # whether it has a window and no weights
    selects: ClassVar[bool] = False  # whether each output is one of the elements of its window
    divides: ClassVar[bool] = False  # whether values are divided, so that they are rounded
    adjoint: ClassVar[bool] = False  # whether inputs are written to outputs, so that padding crops
    causal: ClassVar[bool] = False  # whether it may pad in front alone
    weights: ClassVar[str] = ""  # what the first two axes of the weights are

    def axis(self, layer: Layer, i: int) -> Axis:
        """Return an axis of a layer with its padding in numbers."""
        raise NotImplementedError

    def plain(self, n: int, kernel: int, stride: int, dilation: int) -> Axis:
        """Return an axis without padding, whether or not a window fits."""
        raise NotImplementedError

    def weights_shape(self, layer: Layer) -> tuple[int, ...] | None:
        """Return the shape of the weights, with the kernel's sizes last; None where there are none."""
        raise NotImplementedError

    def places(self, layer: Layer, output: tuple[int, ...]) -> tuple[int, ...]:
        """Return the sizes over which the kernel's taps are multiplied: the cost is their product by the kernel's."""
        raise NotImplementedError

    def first_group(self, layer: Layer, x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the input and the weights of the first output channel of the first example alone."""
        raise NotImplementedError

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        """Return the values in float64: (N, C, *spatial) to (N, O, *output)."""
        raise NotImplementedError

    def formula(self, layer: Layer) -> str:
        """Return the formula of the output size."""
        raise NotImplementedError

    def about(self, layer: Layer) -> list[str]:
        """Return sentences on what a reader of the formula may not know."""
        raise NotImplementedError

    @property
    def pads_verb(self) -> str:
        """What padding does: ``pads`` the input or ``crops`` the output."""
        return "crops" if self.adjoint else "pads"

    @property
    def windows_noun(self) -> str:
        """What it is that lies elsewhere where the padding is another: ``windows`` or ``outputs``."""
        return "outputs" if self.adjoint else "windows"

    @staticmethod
    def extent(layer: Layer) -> tuple[str, str]:
        """Return what a formula calls the kernel's extent, and where that is explained."""
        return ("k", "") if max(layer.dilation) == 1 else ("e", ", e = d(k-1) + 1")
