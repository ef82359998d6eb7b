"""The interface of an operation. An operation is a module in this folder and an entry in its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, Union

from .axis import Axis

if TYPE_CHECKING:
    import numpy as np

Sizes = tuple[int, ...]
Padding = Union[str, tuple[tuple[int, int], ...]]


class Layer(Protocol):
    """The fields of a case that operations need."""

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
    def output_size(self) -> Sizes | None: ...
    @property
    def divisor_override(self) -> int | None: ...
    @property
    def padding_mode(self) -> str: ...


class Operation:
    """One operation."""

    words: ClassVar[str]  # the beginning of a layer's description, before the kernel
    parameters: ClassVar[tuple[str, ...]] = ()  # the parameters of this operation that not all operations have
    pools: ClassVar[bool] = False  # whether it has a window and no weights
    selects: ClassVar[bool] = False  # whether each output is one of the elements of its window
    divides: ClassVar[bool] = False  # whether values are divided and therefore rounded
    adjoint: ClassVar[bool] = False  # whether inputs are written to outputs, so that padding crops
    causal: ClassVar[bool] = False  # whether causal padding is allowed
    weights: ClassVar[str] = ""  # a description of the first two axes of the weights

    def axis(self, layer: Layer, i: int) -> Axis:
        """Return axis ``i`` of a layer with its padding in numbers."""
        raise NotImplementedError

    def plain(self, n: int, kernel: int, stride: int, dilation: int) -> Axis:
        """Return an axis without padding, whether or not a window fits."""
        raise NotImplementedError

    def weights_shape(self, layer: Layer) -> tuple[int, ...] | None:
        """Return the shape of the weights, with the kernel's sizes last; None if there are none."""
        raise NotImplementedError

    def places(self, layer: Layer, output: tuple[int, ...]) -> tuple[int, ...]:
        """Return the sizes over which every tap is multiplied; the cost is their product times the number of taps."""
        raise NotImplementedError

    def first_group(self, layer: Layer, x: np.ndarray, w: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the input and the weights of the first output channel of the first example alone."""
        raise NotImplementedError

    def evaluate(self, layer: Layer, axes: tuple[Axis, ...], x: np.ndarray, w: np.ndarray | None) -> np.ndarray:
        """Return the values (N, O, *output) in float64 for an input (N, C, *spatial)."""
        raise NotImplementedError

    def evaluate_at(
        self, layer: Layer, axes: tuple[Axis, ...], place: tuple[int, ...], x: np.ndarray, w: np.ndarray | None
    ) -> float:
        """Return the value at one place (n, o, *output), computed in float64 from the elements that it reads."""
        raise NotImplementedError

    def formula(self, layer: Layer) -> str:
        """Return the formula of the output size."""
        raise NotImplementedError

    def about(self, layer: Layer) -> list[str]:
        """Return sentences that explain the formula."""
        raise NotImplementedError

    @property
    def pads_verb(self) -> str:
        """The effect of padding: ``pads`` the input or ``crops`` the output."""
        return "crops" if self.adjoint else "pads"

    @property
    def windows_noun(self) -> str:
        """The noun for the things that different padding shifts: ``windows`` or ``outputs``."""
        return "outputs" if self.adjoint else "windows"

    @staticmethod
    def extent(layer: Layer) -> tuple[str, str]:
        """Return the formula's symbol for the kernel's extent, and the text that explains it."""
        return ("k", "") if max(layer.dilation) == 1 else ("e", ", e = d(k-1) + 1")
