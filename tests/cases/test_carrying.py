"""The lines that carry weights, executed, against what each framework's own layout says, element by element."""

from itertools import product

import numpy
import pytest
from convparity.adapters.carrying import Kernel, NotCarried, carry
from convparity.adapters.expression import read
from convparity.adapters.spelling import Inexpressible
from convparity.cases.catalog.validate import make_case
from convparity.report.findings.to_write import carried, kernel_of, to_write

IMAGE = (4, 9, 8)


def carried_to(line, adapter, input=IMAGE):
    """A random kernel of a line's layer as its framework has it, and what the printed lines make of it."""
    asked = read(line, input)
    kernel = numpy.random.RandomState(0).standard_normal(kernel_of(asked).shape)
    made = {"numpy": numpy}
    exec(to_write(asked, adapter).carry, made)
    given = (kernel, numpy.arange(asked.case.out_channels)) if asked.dressing.bias else (kernel,)
    found = made["carry"](*given)
    if asked.dressing.bias:
        assert numpy.array_equal(found[1], given[1])
    return kernel, found[0] if asked.dressing.bias else found


def test_weights_of_keras_are_transposed_for_torch():
    """Keras has (height, width, in, out), PyTorch (out, in, height, width)."""
    kernel, weight = carried_to("layers.Conv2D(6, (3, 2))", "torch")
    assert weight.shape == (6, 4, 3, 2)
    assert all(weight[o, i, h, w] == kernel[h, w, i, o] for o, i, h, w in numpy.ndindex(6, 4, 3, 2))


def test_depthwise_weights_of_keras_are_carried_to_torch():
    """Output c * m + j of PyTorch's is output j of channel c."""
    kernel, weight = carried_to("layers.DepthwiseConv2D((3, 2), depth_multiplier=2)", "torch")
    assert weight.shape == (8, 1, 3, 2)
    assert all(weight[2 * c + j, 0, h, w] == kernel[h, w, c, j] for c, j, h, w in numpy.ndindex(4, 2, 3, 2))


def test_depthwise_weights_of_torch_are_carried_to_keras():
    weight, kernel = carried_to("nn.Conv2d(4, 8, (3, 2), groups=4)", "tensorflow")
    assert kernel.shape == (3, 2, 4, 2)
    assert all(weight[2 * c + j, 0, h, w] == kernel[h, w, c, j] for c, j, h, w in numpy.ndindex(4, 2, 3, 2))


def test_weights_of_openvino_have_the_groups_apart():
    """OpenVINO has (group, out, in, height, width), or transposed (group, in, out, ...); PyTorch all in a row."""
    kernel, weight = carried_to(
        "ops.group_convolution(x, np.ones((2, 3, 2, 3, 1)), [1, 1], [0, 0], [0, 0], [1, 1])", "torch"
    )
    assert weight.shape == (6, 2, 3, 1)
    assert all(weight[3 * g + o, i, h, 0] == kernel[g, o, i, h, 0] for g, o, i, h in numpy.ndindex(2, 3, 2, 3))
    kernel, weight = carried_to("ops.group_convolution_backprop_data(x, np.ones((2, 2, 3, 3, 1)), [1, 1])", "torch")
    assert weight.shape == (4, 3, 3, 1)
    assert all(weight[2 * g + i, o, h, 0] == kernel[g, i, o, h, 0] for g, i, o, h in numpy.ndindex(2, 2, 3, 3))


def test_a_port_to_openvino_puts_the_groups_apart_itself():
    weight, kernel = carried_to("nn.Conv2d(4, 6, (3, 2), groups=2, bias=False)", "openvino")
    assert numpy.array_equal(weight, kernel)


def test_weights_of_torch_are_transposed_for_mlx():
    """MLX has (out, height, width, in), transposed or not; PyTorch has (out, in, ...), or transposed (in, out, ...)."""
    weight, kernel = carried_to("nn.Conv2d(4, 6, (3, 2), groups=2)", "mlx")
    assert kernel.shape == (6, 3, 2, 2)
    assert all(kernel[o, h, w, i] == weight[o, i, h, w] for o, i, h, w in numpy.ndindex(6, 2, 3, 2))
    weight, kernel = carried_to("nn.ConvTranspose2d(4, 6, (3, 2), stride=2)", "mlx")
    assert kernel.shape == (6, 3, 2, 4)
    assert all(kernel[o, h, w, i] == weight[i, o, h, w] for i, o, h, w in numpy.ndindex(4, 6, 3, 2))


def test_weights_of_groups_become_one_kernel_where_a_framework_has_no_groups():
    """Keras's transposed kernel is (height, width, out, in), zero between the channels of different groups."""
    weight, kernel = carried_to("nn.ConvTranspose2d(4, 6, (3, 2), groups=2)", "tensorflow")
    assert kernel.shape == (3, 2, 6, 4)
    for i, o, h, w in numpy.ndindex(4, 6, 3, 2):
        same = i // 2 == o // 3
        assert kernel[h, w, o, i] == (weight[i, o % 3, h, w] if same else 0)


def test_weights_of_a_grouped_convolution_become_one_kernel_where_a_framework_has_no_groups():
    """MLX's Conv3d has (out, depth, height, width, in), zero between the channels of different groups."""
    weight, kernel = carried_to("nn.Conv3d(4, 6, (3, 2, 1), groups=2)", "mlx", (4, 9, 8, 7))
    assert kernel.shape == (6, 3, 2, 1, 4)
    for o, i, d, h in numpy.ndindex(6, 4, 3, 2):
        same = i // 2 == o // 3
        assert kernel[o, d, h, 0, i] == (weight[o, i % 2, d, h, 0] if same else 0)


def test_weights_are_mirrored_where_one_side_flips():
    """Flax mirrors this kernel, (height, width, in, out); PyTorch does not."""
    kernel, weight = carried_to("linen.ConvTranspose(6, (3, 2), strides=(2, 2))", "torch")
    assert weight.shape == (4, 6, 3, 2)
    assert all(weight[i, o, h, w] == kernel[2 - h, 1 - w, i, o] for i, o, h, w in numpy.ndindex(4, 6, 3, 2))


def test_weights_are_not_mirrored_where_flax_does_not_flip():
    kernel, weight = carried_to("linen.ConvTranspose(6, (3, 2), strides=(2, 2), transpose_kernel=True)", "torch")
    assert all(weight[i, o, h, w] == kernel[h, w, o, i] for i, o, h, w in numpy.ndindex(4, 6, 3, 2))


def test_zeros_lengthen_a_kernel_by_the_output_padding():
    """Keras cannot pad an output that has a bias, so its kernel is longer by the output padding."""
    weight, kernel = carried_to("nn.ConvTranspose1d(4, 6, 2, stride=4, output_padding=3, dilation=2)", "mxnet", (4, 9))
    assert numpy.array_equal(weight, kernel)  # Gluon has output padding
    weight, kernel = carried_to(
        "nn.ConvTranspose1d(4, 6, 2, stride=4, output_padding=3, dilation=2)", "keras-jax", (4, 9)
    )
    assert kernel.shape == (6, 6, 4)
    assert all(kernel[w, o, i] == (weight[i, o, w // 2] if w in (0, 2) else 0) for w, o, i in numpy.ndindex(6, 6, 4))


RANKS = {1: "(3,)", 2: "(3, 2)", 3: "(3, 2, 2)"}


FRAMEWORKS = (
    "torch",
    "keras-jax",
    "mxnet",
    "onnxruntime",
    "flax",
    "equinox",
    "haiku",
    "openvino",
    "litert",
    "mlx",
    "paddle",
    "torch-onnx",
)


@pytest.mark.parametrize(("rank", "adapter"), list(product(RANKS, FRAMEWORKS)))
def test_every_weight_arrives_once_in_every_rank(rank, adapter):
    """All taps arrive, each in one place, whatever the rank."""
    input = (4, *(9, 8, 7)[:rank])
    kernel, found = carried_to(f"linen.Conv(6, {RANKS[rank]})", adapter, input)
    assert sorted(kernel.ravel()) == sorted(found.ravel())
    first = numpy.unravel_index(0, found.shape)
    assert found[first] == kernel.ravel()[0]  # the first tap of the first channels is first in every order


def test_weights_that_cannot_be_carried_are_refused_with_the_reason():
    one, other = (Kernel("Oi#", make_case(input=[8], kernel=3, op=op)) for op in ("conv", "conv_transpose"))
    with pytest.raises(NotCarried, match="another operation"):
        carry(one, other, False)
    other = Kernel("Oi#", make_case(input=[8], kernel=3, in_channels=2))
    with pytest.raises(NotCarried, match=r"the shape \(1, 1, 3\) instead of \(1, 2, 3\)"):
        carry(one, other, False)
    grouped = Kernel("Oi#", make_case(input=[8], kernel=3, in_channels=2, out_channels=2, groups=2))
    with pytest.raises(NotCarried, match="has 2 groups instead of 1"):
        carry(other, grouped, False)


def test_a_pool_has_no_weights_to_carry():
    asked = read("nn.MaxPool2d(3, 2, 1)", IMAGE)
    assert to_write(asked, "tensorflow").weights == ()
    assert carried(asked) == {}


def test_a_framework_without_a_port_says_why():
    found = to_write(read("nn.Conv2d(4, 8, 3, dtype=torch.bfloat16)", IMAGE), "mxnet")
    assert isinstance(found, Inexpressible)
    assert "bfloat16" in found.reason
