"""Transposed convolutions in models: recorded, filled with other weights and mended, against loops in NumPy."""

import itertools

import convparity
import numpy as np
import pytest
from convparity.adapters import registry
from convparity.adapters.models.filling import Filled
from convparity.models.mending import case
from convparity.testing import assert_same_model

SIZES = (5, 6, 4)
RANDOM = np.random.RandomState(4)


def written_out(x, kernel, bias, call):
    """Each input element, times the kernel, added where it belongs; then the crops, and zeros for negative ones."""
    settings, rank = call.settings, x.ndim - 2
    stride, dilation, groups = settings["stride"], settings["dilation"], settings["groups"]
    span = [d * (k - 1) + 1 for k, d in zip(kernel.shape[2:], dilation, strict=True)]
    whole = [(n - 1) * s + e for n, s, e in zip(x.shape[2:], stride, span, strict=True)]
    channels, outputs = x.shape[1] // groups, kernel.shape[1]
    y = np.zeros((len(x), groups * outputs, *whole))
    for place in itertools.product(*map(range, x.shape[2:])):
        for tap in itertools.product(*map(range, kernel.shape[2:])):
            at = tuple(p * s + t * d for p, s, t, d in zip(place, stride, tap, dilation, strict=True))
            for g in range(groups):
                part = slice(g * channels, (g + 1) * channels)
                kernel_there = kernel[(part, slice(None), *tap)].astype(float)
                y[(slice(None), slice(g * outputs, (g + 1) * outputs), *at)] += (
                    x[(slice(None), part, *place)] @ kernel_there
                )
    for axis in range(rank):
        (before, after), more = settings["pads"][axis], settings["output_padding"][axis]
        pads = [(0, 0)] * y.ndim
        pads[axis + 2] = max(-before, 0), max(more - after, 0)
        y = np.pad(y, pads)
        y = np.moveaxis(
            np.moveaxis(y, axis + 2, 0)[max(before, 0) : y.shape[axis + 2] - max(after - more, 0)], 0, axis + 2
        )
    return y + (0 if bias is None else bias.reshape(1, -1, *[1] * rank))


def _linen(line):
    def make(adapter, rank):
        import jax
        from flax import linen

        module = eval(line, {"linen": linen, "each": lambda n: (n,) * rank})
        x = np.zeros((1, *SIZES[:rank], 3), "f4")
        return module, module.init(jax.random.PRNGKey(0), x)

    return make


def _nnx(line):
    def make(adapter, rank):
        from flax import nnx

        return eval(line, {"nnx": nnx, "each": lambda n: (n,) * rank, "rngs": nnx.Rngs(0)})

    return make


def _torch(line):
    return lambda adapter, rank: eval(line.format(rank), {"nn": adapter.torch.nn})


def _keras(line):
    def make(adapter, rank):
        layer = eval(line.format(rank), {"layers": adapter.keras.layers})
        return adapter.keras.Sequential([adapter.keras.Input((*SIZES[:rank], 3)), layer])

    return make


def _gluon(line):
    def make(adapter, rank):
        net = eval(line.format(rank), {"nn": adapter.namespace["nn"]})
        net.initialize()
        return net

    return make


MADE = {
    "flax": [
        _linen("linen.ConvTranspose(4, each(3), strides=each(2), padding='SAME')"),
        _linen("linen.ConvTranspose(4, each(2), strides=each(3), padding='VALID', transpose_kernel=True)"),
        _linen("linen.ConvTranspose(4, each(3), strides=each(2), padding=((0, 2),) * len(each(0)), use_bias=False)"),
        _linen("linen.ConvTranspose(4, each(3), kernel_dilation=each(2), padding='SAME_LOWER')"),
        _linen("linen.ConvTranspose(4, each(2), strides=each(2), padding=3, transpose_kernel=True)"),
        _nnx("nnx.ConvTranspose(3, 4, each(3), strides=2, rngs=rngs)"),
        _nnx("nnx.ConvTranspose(3, 4, each(3), strides=each(2), padding=1, transpose_kernel=True, rngs=rngs)"),
    ],
    "torch": [
        _torch("nn.ConvTranspose{}d(3, 4, 3, stride=2, padding=1, output_padding=1)"),
        _torch("nn.ConvTranspose{}d(3, 6, 3, groups=3, dilation=2, padding=2, bias=False)"),
    ],
    "keras": [
        _keras("layers.Conv{}DTranspose(4, 3, strides=2, padding='same')"),
        _keras("layers.Conv{}DTranspose(4, 3, strides=2, padding='valid')"),
        _keras("layers.Conv{}DTranspose(4, 3, strides=2, padding='same', output_padding=1)"),
        _keras("layers.Conv{}DTranspose(4, 3, strides=3, padding='valid', output_padding=2)"),
        _keras("layers.Conv{}DTranspose(4, 2, strides=3, padding='valid')"),
    ],
    "mxnet": [_gluon("nn.Conv{}DTranspose(4, 3, strides=2, padding=1, output_padding=1, in_channels=3)")],
}


def models(adapter):
    """Models of one transposed convolution, with the number of its axes: the first in one, two and three."""
    made = MADE.get(registry.folder(adapter.name), [])
    if not made:
        pytest.skip("ONNX models are recorded in test_model_files.py")
    every = [(make, 2) for make in made] + [(made[0], 1), (made[0], 3)]
    return [(make(adapter, rank), rank) for make, rank in every]


def given(rank):
    return RANDOM.standard_normal((2, 3, *SIZES[:rank])).astype("f4")


def weights_of(recording, call):
    return {name: np.array(recording.array(value)) for name, value in call.weights.items()}


def test_a_recorded_transposed_convolution_follows_from_its_settings_and_weights(adapter):
    for model, rank in models(adapter):
        x = given(rank)
        recording = convparity.record(model, x)
        (call,) = recording.calls
        weights = weights_of(recording, call)
        assert call.kind == "conv_transpose"
        y = written_out(x, weights["kernel"], weights.get("bias"), call)
        got = recording.canonical(call.outputs[0])
        assert got.shape == y.shape, (call.settings, rank)
        assert np.allclose(got, y, atol=1e-5), (call.settings, rank)


def test_it_is_filled_with_other_weights_in_its_own_layout(adapter):
    for model, rank in models(adapter):
        x = given(rank)
        before = convparity.record(model, x)
        now = weights_of(before, before.calls[0])
        other = {name: RANDOM.standard_normal(array.shape).astype("f4") for name, array in now.items()}
        filled, left = registry.filling(adapter.name).filled(adapter, model, [Filled(before.calls[0], other, now)])
        assert left == []
        after = convparity.record(filled, x)
        assert all(np.array_equal(array, other[name]) for name, array in weights_of(after, after.calls[0]).items())


def test_its_line_computes_what_was_recorded(adapter):
    for model, rank in models(adapter):
        x = given(rank)
        recording = convparity.record(model, x)
        (call,) = recording.calls
        weights = weights_of(recording, call)
        speller, lines = registry.speller(adapter.name), registry.writer(adapter.name)
        windows = case(call.kind, call.settings, x.shape, weights["kernel"])
        line = lines.layer(speller, call.kind, call.settings, x.shape, windows, "bias" in weights)
        recorder = registry.recorder_class(adapter.name)(adapter, recording.folder / "again")
        made = recorder.line(line, recorder.to_tensor(adapter.to_layout(x)), weights)
        assert np.allclose(recorder.to_numpy(made), recording.array(call.outputs[0]), atol=1e-5), line


def test_crops_on_the_other_side_are_named_with_the_line_to_write(adapter):
    if adapter.name != "flax":
        pytest.skip("a module of Flax")
    from flax import nnx

    def net(padding):
        return nnx.ConvTranspose(3, 4, (3, 3), strides=2, padding=padding, rngs=nnx.Rngs(0))

    x = given(2)
    assert_same_model(net("SAME"), net(((2, 1), (2, 1))), x)
    with pytest.raises(AssertionError, match=r"crops \(1,0\) where the original crops \(0,1\)"):
        assert_same_model(net("SAME"), net(((1, 2), (1, 2))), x)
