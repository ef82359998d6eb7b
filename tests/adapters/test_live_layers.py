"""Live layers that are not a plain layer: which are understood, how they are given weights, and which are refused."""

import os

import numpy as np
import pytest
from convparity.testing import assert_consistent

ENVIRONMENT = os.environ["CONVPARITY_TEST_ADAPTER"]
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def refused(first, second=None, shape=(3, 8, 8)):
    """Return the text of the TypeError, which has to be one line that no other error is the cause of."""
    with pytest.raises(TypeError) as raised:
        assert_consistent(first, first if second is None else second, shape)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    text = str(raised.value)
    assert "\n" not in text
    assert text.startswith(("the first layer, ", "the second layer, "))
    return text


def differs(first, second, shape=(3, 8, 8), **options):
    with pytest.raises(AssertionError) as raised:
        assert_consistent(first, second, shape, **options)
    return str(raised.value)


if ENVIRONMENT in ("torch", "keras-torch"):
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Equalised(nn.Conv2d):
        """The learning rate is equalised by a constant: torch multiplies either the kernel or the input by it."""

        def __init__(self, *arguments, of_input=False):
            super().__init__(*arguments)
            self.of_input = of_input
            self.scale = (2 / self.weight[0].numel()) ** 0.5

        def forward(self, x):
            if self.of_input:
                return self._conv_forward(x * self.scale, self.weight, self.bias)
            return self._conv_forward(x, self.weight * self.scale, self.bias)

    class Standardised(nn.Conv2d):
        def __init__(self, *arguments, two_passes=False):
            super().__init__(*arguments)
            self.two_passes = two_passes

        def forward(self, x):
            w = self.weight.flatten(1)
            if self.two_passes:
                w = (w - w.mean(1, keepdim=True)) / (w.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
            else:
                mean = w.mean(1, keepdim=True)
                w = (w - mean) * torch.rsqrt((w * w).mean(1, keepdim=True) - mean * mean + 1e-5)
            return self._conv_forward(x, w.view_as(self.weight), self.bias)

    def conv(*after, **options):
        return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, **options), *after)


def torch_only(test):
    return pytest.mark.skipif(ENVIRONMENT not in ("torch", "keras-torch"), reason="needs PyTorch")(test)


def keras_only(test):
    return pytest.mark.skipif("keras" not in ENVIRONMENT and ENVIRONMENT != "tensorflow", reason="needs Keras")(test)


def flax_only(test):
    return pytest.mark.skipif(ENVIRONMENT != "flax", reason="needs Flax")(test)


@torch_only
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Softplus", "ReLU"),
        ("SiLU", "ReLU"),
        ("Hardswish", "SiLU"),
        ("Sigmoid", "Hardsigmoid"),
        ("Hardtanh", "Tanh"),
        ("GELU", "ReLU"),
    ],
)
def test_activations_that_large_sums_saturate_differ_around_zero(one, other):
    made = [nn.Sequential(nn.Conv2d(16, 4, 3, padding=1), getattr(nn, name)()) for name in (one, other)]
    assert "numbers differ" in differs(*made, (16, 32, 32))
    assert_consistent(made[0], made[0], (16, 32, 32))


@torch_only
def test_the_two_forms_of_gelu_differ():
    assert "it applies GELU by tanh instead of GELU\n" in differs(conv(nn.GELU()), conv(nn.GELU("tanh")))


@torch_only
def test_rounding_of_weights_that_are_computed_is_no_difference():
    assert_consistent(Equalised(16, 8, 3), Equalised(16, 8, 3), (16, 9, 9))
    assert_consistent(Standardised(16, 8, 3), Standardised(16, 8, 3, two_passes=True), (16, 9, 9))
    assert_consistent(Equalised(3, 4, 3), Equalised(3, 4, 3, of_input=True), (3, 9, 9))
    # By hand: the square root of 2 / (3 * 3 * 3).
    assert "it multiplies by 0.2721655\n" in differs(nn.Conv2d(3, 4, 3), Equalised(3, 4, 3), (3, 9, 9))


@torch_only
def test_a_tolerance_in_units_of_the_last_place():
    bent = conv(Bent(2.0**-15))
    assert "numbers differ" in differs(conv(), bent)
    assert_consistent(conv(), bent, (3, 8, 8), tolerance=2**9)  # 2**-15 of a number is 2**8 ULP at most
    assert "numbers differ" in differs(conv(), bent, tolerance=1)
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"tolerance is .*; expected a number of ULP, 0 or more"):
            assert_consistent(conv(), conv(), (3, 8, 8), tolerance=wrong)


@torch_only
def test_modes_are_left_as_they_are_and_statistics_too():
    layer = conv(nn.BatchNorm2d(4), nn.Dropout(0.5)).train()
    layer[1].running_mean += 3
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    assert_consistent(layer, layer, (3, 8, 8))
    assert all(module.training for module in layer.modules())
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())


@torch_only
def test_torch_layers_are_compared_in_their_own_dtypes():
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        assert_consistent(conv().to(dtype), nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 4, 3)).to(dtype), (3, 8, 8))
    assert "it computes in float16 instead of float32" in differs(conv(), conv().half())
    assert "computes in float8_e5m2; expected float32, float64" in refused(conv().to(torch.float8_e5m2))


@torch_only
def test_padding_that_no_window_reaches_is_the_same_in_both_lines():
    """On 8, stride 2, kernel 3: after 0 before, 1 or 2 after do the same; after 1 before, 0 or 1."""
    one = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(4, 4, 3, stride=2))
    text = differs(one, nn.Conv2d(4, 4, 3, stride=2, padding=1), (4, 8, 8))
    assert "it pads the height and width (1,1) instead of (0,1): its windows lie 1 px above" in text
    assert "second layer, Conv2d (PyTorch), height: pads (1,1), stride 2" in text
    assert "first layer, Sequential (PyTorch), height: pads (0,1), stride 2" in text
    assert "(1,0)" not in text
    assert text.endswith(
        "trailing pads that do the same: 1 to 2 along the height and width of the first layer, "
        "0 to 1 along the height and width of the second layer"
    )


@torch_only
def test_the_pads_before_a_batch_norm_are_named():
    one, other = (nn.Sequential(nn.Conv2d(3, 4, 3, padding=pad), nn.BatchNorm2d(4)) for pad in (1, 0))
    assert "it pads the height and width (0,0) instead of (1,1)" in differs(one, other)


@torch_only
@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("nn.ReLU()", "nn.ReLU6()", "it applies ReLU6 instead of ReLU\n"),
        ("nn.ReLU6()", "nn.ReLU()", "it applies ReLU instead of ReLU6\n"),
        ("nn.SiLU()", "nn.Hardswish()", "it applies hard swish instead of SiLU (swish)\n"),
        ("nn.Flatten()", "Last()", "it flattens in the other order of channels and space"),
        ("nn.BatchNorm2d(4)", "nn.BatchNorm2d(4, eps=1e-3)", "with an epsilon of 0.001 instead of 1e-05\n"),
        (
            "nn.Identity()",
            "Reversed()",
            "channels in another order: its channels are the first's 4, 3, 2, 1\n",
        ),
        ("nn.Identity()", "Added()", "it adds 0.25\n"),
    ],
)
def test_the_cause_is_named(one, other, why):
    names = {"nn": nn, "Last": Last, "Reversed": Reversed, "Added": Added}
    assert why in differs(conv(eval(one, names)), conv(eval(other, names)))


@torch_only
def test_a_difference_without_a_known_cause_names_none():
    text = differs(conv(), conv(Bent(1.0)))
    assert "numbers differ" in text
    assert not any(word in text for word in ("applies", "multiplies", "adds", "limits", "flattens", "order"))


if ENVIRONMENT in ("torch", "keras-torch"):

    class Last(nn.Module):
        def forward(self, y):
            return y.movedim(1, -1).flatten(1)

    class Reversed(nn.Module):
        def forward(self, y):
            return y.flip(1)

    class Added(nn.Module):
        def forward(self, y):
            return y + 0.25

    class Bent(nn.Module):
        """Bends a line by a little, by an amount that is no constant and no factor."""

        def __init__(self, by):
            super().__init__()
            self.by = by

        def forward(self, y):
            return y * (1 + self.by * torch.cos(y))

    class Unfolded(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(4, 27))

        def forward(self, x):
            return (self.weight @ F.unfold(x, 3)).view(len(x), 4, 6, 6)

    class Composed(nn.Module):
        def __init__(self):
            super().__init__()
            self.rows, self.columns = nn.Parameter(torch.randn(4, 3, 3, 1)), nn.Parameter(torch.randn(4, 3, 1, 3))

        def forward(self, x):
            return F.conv2d(x, self.rows * self.columns)

    class Noisy(nn.Module):
        def forward(self, y):
            return F.dropout(y, 0.5)


@torch_only
def test_a_module_that_cannot_be_compared_is_refused_in_a_sentence():
    assert "Unfolded (PyTorch), holds no convolution" in refused(Unfolded())
    assert "computes its kernel from other parameters than one of its shape (4, 3, 3, 3); pass it as" in refused(
        Composed()
    )
    two = nn.Sequential(nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3))
    assert "holds 2 convolutions; expected one: compare them one at a time" in refused(two)
    assert "returns a tuple; expected one tensor" in refused(nn.MaxPool2d(2, return_indices=True))
    assert "returns different numbers each time; expected a layer that infers" in refused(conv(Noisy()))
    assert "raises an error" in refused(nn.Sequential(nn.Linear(7, 7), nn.Conv2d(3, 4, 3)))


@torch_only
def test_a_difference_in_groups_is_named():
    text = differs(nn.Conv2d(4, 8, 3, groups=2), nn.Conv2d(4, 8, 3), (4, 8, 8))
    assert "it has 1 group instead of 2; its weights have the shape (8,4,3,3)" in text


@torch_only
def test_a_layer_that_raises_where_the_other_does_not_differs():
    text = differs(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 3), (3, 2, 2))
    assert "it raises an error (RuntimeError: Calculated padded input size" in text
    assert text.endswith("where the shape is (1,4,2,2)")
    text = differs(nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3, padding=1), (3, 2, 2))
    assert "it returns the shape (1,4,2,2) where the first raises an error" in text


@torch_only
def test_the_chapters_helper_gives_weights_through_a_norm_and_to_a_parameter(adapter):
    if adapter.name != "torch":
        pytest.skip("a layer of torch for the adapter of torch")
    image, kernel = np.arange(9.0).reshape(3, 3), np.array([[0.0, 1.0], [2.0, 3.0]])

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.k = nn.Parameter(torch.zeros(1, 1, 2, 2))

        def forward(self, x):
            return F.conv2d(x, self.k)

    normed = nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 1, 2))
    for layer in (Own(), normed, nn.utils.weight_norm(nn.Conv2d(1, 1, 2)), nn.Conv2d(1, 1, 2).double()):
        Y = adapter.comp_conv2d(layer, image, kernel)
        np.testing.assert_allclose(Y, [[19, 25], [37, 43]], rtol=1e-6)  # the chapter "Convolutions for Images"


@keras_only
def test_user_defined_layers_are_not_copied_and_get_their_weights_back(adapter):
    keras, layers = adapter.namespace["keras"], adapter.namespace["layers"]

    class Own(layers.Layer):
        def __init__(self, function):
            super().__init__()
            self.function, self.conv = function, layers.Conv2D(4, 3)

        def call(self, x):
            return self.conv(self.function(x))

    plain = layers.Conv2D(4, 3, padding="same")
    pad = [[0, 0], [1, 1], [1, 1], [0, 0]]
    own = Own(lambda x: keras.ops.pad(x, pad))
    said = refused(plain, own)
    assert said.startswith("the second layer, Own (")
    assert said.endswith(
        "is not built, and Own cannot be copied from its configuration: call it on an input once before you compare it"
    )
    own(np.zeros((1, 8, 8, 3), np.float32))
    before = [np.array(keras.ops.convert_to_numpy(value)) for value in own.variables]
    assert_consistent(plain, own, (3, 8, 8))
    assert_consistent(own, own, (3, 8, 8))
    for was, value in zip(before, own.variables):
        np.testing.assert_array_equal(was, keras.ops.convert_to_numpy(value))
    function = keras.Sequential([layers.Lambda(lambda x: keras.ops.pad(x, pad)), layers.Conv2D(4, 3)])
    assert_consistent(plain, function, (3, 8, 8))
    assert not plain.built
    assert not function.built


@keras_only
def test_keras_layers_are_compared_in_their_own_dtypes(adapter):
    layers = adapter.namespace["layers"]
    for dtype in ("float16", "bfloat16", "mixed_bfloat16"):
        assert_consistent(layers.Conv2D(4, 3, dtype=dtype), layers.Conv2D(4, 3, dtype=dtype), (3, 8, 8))
    text = differs(layers.Conv2D(4, 3), layers.Conv2D(4, 3, dtype="bfloat16"))
    assert "it computes in bfloat16 instead of float32" in text


@keras_only
def test_layers_of_keras_that_cannot_be_compared_are_refused(adapter):
    keras, layers = adapter.namespace["keras"], adapter.namespace["layers"]
    assert "holds 2 convolutions" in refused(keras.Sequential([layers.Conv2D(4, 3), layers.Conv2D(4, 3)]))
    first = layers.Conv2D(4, 3, data_format="channels_first")
    assert "has data_format='channels_first'; expected 'channels_last'" in refused(first)
    assert "has no single kernel to give weights to" in refused(layers.SeparableConv2D(8, 3))


if ENVIRONMENT == "flax":
    import jax
    from flax import linen, nnx
    from jax import numpy as jnp

    class OfNnx(nnx.Module):
        def __init__(self, padding=1, epsilon=1e-5):
            rngs = nnx.Rngs(0)
            self.conv = nnx.Conv(3, 4, (3, 3), strides=2, padding=padding, rngs=rngs)
            self.norm, self.drop = nnx.BatchNorm(4, epsilon=epsilon, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)

        def __call__(self, x):
            return self.drop(self.norm(self.conv(x)))

    class OfLinen(linen.Module):
        padding: object = 1

        @linen.compact
        def __call__(self, x, train):
            x = linen.Conv(4, (3, 3), strides=2, padding=self.padding)(x)
            x = linen.BatchNorm(use_running_average=not train)(x)
            return linen.Dropout(0.5, deterministic=not train)(x)

    class Lax(linen.Module):
        """A parameter of its own, laid out as in PyTorch, and the function of JAX."""

        @linen.compact
        def __call__(self, x):
            w = self.param("w", linen.initializers.normal(), (4, 3, 3, 3))
            layout = ("NHWC", "OIHW", "NHWC")
            return jax.lax.conv_general_dilated(x, w, (2, 2), [(1, 1), (1, 1)], dimension_numbers=layout)

    class Two(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.Conv(4, (3, 3))(linen.Conv(4, (3, 3))(x))

    class Undecided(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.BatchNorm()(linen.Conv(4, (3, 3))(x))

    class RawNnx(nnx.Module):
        def __init__(self):
            self.w = nnx.Param(jnp.ones((3, 3, 3, 4)))

        def __call__(self, x):
            return jax.lax.conv_general_dilated(
                x, self.w[...], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )


@flax_only
def test_modules_of_nnx_and_user_defined_modules():
    rngs = nnx.Rngs(0)
    assert_consistent(OfNnx(), OfNnx(), (3, 8, 8))
    assert_consistent(OfNnx(), OfLinen(), (3, 8, 8))
    assert_consistent(Lax(), linen.Conv(4, (3, 3), strides=2, padding=1), (3, 8, 8))
    upwards = nnx.ConvTranspose(3, 4, (3, 3), strides=2, rngs=rngs)
    assert_consistent(upwards, linen.ConvTranspose(4, (3, 3), strides=(2, 2)), (3, 8, 8))
    assert_consistent(linen.WeightNorm(linen.Conv(4, (3, 3))), linen.Conv(4, (3, 3)), (3, 8, 8))
    assert "it pads the height and width (0,1) instead of (1,1)" in differs(OfNnx(), OfLinen("SAME"))
    assert "with an epsilon of 1e-05 instead of 0.001" in differs(OfNnx(epsilon=1e-3), OfLinen())


@flax_only
def test_a_module_of_nnx_keeps_its_weights_and_its_mode():
    layer = OfNnx()
    layer.train()
    before = np.array(layer.conv.kernel[...])
    assert_consistent(layer, layer, (3, 8, 8))
    np.testing.assert_array_equal(before, np.array(layer.conv.kernel[...]))
    assert not layer.drop.deterministic


@flax_only
def test_flax_modules_are_compared_in_their_own_dtypes():
    for dtype in (jnp.bfloat16, jnp.float16):
        of_nnx = nnx.Conv(3, 4, (3, 3), dtype=dtype, rngs=nnx.Rngs(0))
        assert_consistent(linen.Conv(4, (3, 3), dtype=dtype), of_nnx, (3, 8, 8))
    text = differs(linen.Conv(4, (3, 3)), linen.Conv(4, (3, 3), dtype=jnp.bfloat16))
    assert "it computes in bfloat16 instead of float32" in text


@flax_only
def test_modules_of_flax_that_cannot_be_compared_are_refused():
    assert "Two (Flax on JAX), holds 2 convolutions; expected one" in refused(Two())
    assert "use_running_average" in refused(Undecided())
    assert "holds no convolution, transposed convolution or pool that convparity knows; pass it as" in refused(RawNnx())


@pytest.mark.skipif(ENVIRONMENT != "mxnet", reason="needs Gluon")
def test_blocks_of_gluon_are_compared(adapter):
    nn = adapter.namespace["nn"]

    def chain(*blocks):
        made = nn.HybridSequential()
        made.add(*blocks)
        return made

    plain = nn.Conv2D(4, 3, padding=1, in_channels=3)
    nested = chain(chain(nn.Conv2D(4, 3, padding=1, in_channels=3)), nn.BatchNorm(epsilon=0.0), nn.Dropout(0.5))
    assert_consistent(plain, nested, (3, 8, 8))
    smooth, sharp = (chain(nn.Conv2D(4, 3, in_channels=3), nn.Activation(name)) for name in ("softrelu", "relu"))
    assert "it applies ReLU instead of softplus\n" in differs(smooth, sharp)
    assert_consistent(smooth, smooth, (3, 8, 8))
    two = chain(nn.Conv2D(4, 3), nn.Conv2D(4, 3))
    assert "holds 2 convolutions; expected one" in refused(two)
    doubled = nn.Conv2D(4, 3, in_channels=3)
    doubled.cast("float64")
    assert "it computes in float64 instead of float32" in differs(nn.Conv2D(4, 3, in_channels=3), doubled)
