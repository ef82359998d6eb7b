"""The lines to write for layers without a window, run in the adapter's framework and compared with NumPy."""

import inspect
import re

import numpy as np
import pytest
from convparity.adapters import registry
from convparity.adapters.flax import across_channels as flax
from convparity.adapters.flax import rearranging as flax_rearranging
from convparity.adapters.keras import across_channels as keras
from convparity.adapters.keras import elementwise as keras_elementwise
from convparity.adapters.keras import rearranging as keras_rearranging
from convparity.adapters.torch import across_channels as torch
from convparity.adapters.torch import rearranging as torch_rearranging
from convparity.adapters.windowless import REQUIRED
from convparity.report.preflight.no_window.answers import answers

X = np.random.RandomState(0).standard_normal((2, 4, 4, 6)).astype(np.float32)
LAST = X.transpose(0, 2, 3, 1)
X8 = np.random.RandomState(1).standard_normal((2, 8, 4, 6)).astype(np.float32)  # channels for blocks of 2x2 pixels
READ = {
    "torch": {**torch.READS, **torch_rearranging.READS},
    "keras": {**keras.READS, **keras_rearranging.READS, **keras_elementwise.READS},
    "flax": {**flax.READS, **flax_rearranging.READS},
}
SHUFFLES = ("PixelShuffle", "PixelUnshuffle", "depth_to_space", "space_to_depth")


def normalized(x, axes, epsilon):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def groups(count, epsilon):
    grouped = X.reshape(2, count, -1)
    return normalized(grouped, 2, epsilon).reshape(X.shape)


def picked(size, place):
    """Return the input at the elements that a nearest resize takes."""
    rows, columns = (
        [int(np.floor(place(i) * n / m)) for i in range(m)] for n, m in zip(X.shape[2:], size, strict=True)
    )
    return X[:, :, rows][..., columns]


def linear(size, position=lambda i, n, m: (i + 0.5) * n / m - 0.5):
    """Return the input between its elements, along one axis after the other."""
    y = X.astype(np.float64)
    for axis, (n, m) in enumerate(zip(X.shape[2:], size, strict=True), 2):
        at = np.clip([position(i, n, m) for i in range(m)], 0, n - 1)
        low = np.minimum(at.astype(int), n - 2)
        share = (at - low).reshape((-1,) + (1,) * (3 - axis))
        y = y.take(low, axis) * (1 - share) + y.take(low + 1, axis) * share
    return y


def keys(t):
    """Return the cubic kernel with a = -0.5 (Keys 1981)."""
    t = abs(t)
    return 1.5 * t**3 - 2.5 * t**2 + 1 if t <= 1 else -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0


def cubic(size):
    """Return the input resized with the cubic kernel; what lies outside is left out, and the rest is weighted up."""
    y = X.astype(np.float64)
    for axis, (n, m) in enumerate(zip(X.shape[2:], size, strict=True), 2):
        weights = np.array([[keys((i + 0.5) * n / m - 0.5 - j) for j in range(n)] for i in range(m)])
        weights /= weights.sum(1, keepdims=True)
        y = np.moveaxis(np.tensordot(y, weights, (axis, 1)), -1, axis)
    return y


def softmax(x, axis):
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def to_space(x, crd):
    """Return blocks of 2x2 pixels made of channels, which count the channel first in CRD and last in DCR."""
    n, c, h, w = x.shape
    parts = x.reshape(n, c // 4, 2, 2, h, w) if crd else x.reshape(n, 2, 2, c // 4, h, w).transpose(0, 3, 1, 2, 4, 5)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(n, c // 4, 2 * h, 2 * w)


def to_depth(x, crd):
    """Return channels made of blocks of 2x2 pixels; the reverse of ``to_space``."""
    n, c, h, w = x.shape
    parts = x.reshape(n, c, h // 2, 2, w // 2, 2)
    axes = (0, 1, 3, 5, 2, 4) if crd else (0, 3, 5, 1, 2, 4)
    return parts.transpose(axes).reshape(n, 4 * c, h // 2, w // 2)


def response(before, after, bias, alpha, beta):
    """Return the input divided by a power of the squares of the channels around each."""
    squares = np.pad(X**2, ((0, 0), (before, after), (0, 0), (0, 0)))
    sums = sum(squares[:, at : at + X.shape[1]] for at in range(before + after + 1))
    return X / (bias + alpha * sums) ** beta


def channels_first(y):
    """Return an array that has its channels last with the channels first."""
    return np.moveaxis(y, -1, 1)


def per_channel(numbers):
    return np.array(numbers).reshape(-1, 1, 1)


EVERYWHERE = {"torch", "keras", "flax", "mxnet", "onnx"}
BOTH = {"torch", "keras"}
# The line, the expected output, and the folders of the adapters that have a line.
LINES = {
    "layers.LayerNormalization()": (normalized(X, 1, 1e-3), EVERYWHERE - {"onnx"}),
    "nn.LayerNorm(4)": (normalized(X, 1, 1e-5), EVERYWHERE - {"onnx"}),
    "layers.GroupNormalization(2)": (groups(2, 1e-3), EVERYWHERE - {"mxnet"}),
    "nn.GroupNorm(2, 4, eps=0.1)": (groups(2, 0.1), EVERYWHERE - {"mxnet"}),
    "layers.Flatten()": (LAST.reshape(2, -1), EVERYWHERE),
    "nn.Flatten()": (X.reshape(2, -1), EVERYWHERE),
    "layers.ZeroPadding2D(((0, 1), (2, 0)))": (np.pad(X, ((0, 0), (0, 0), (0, 1), (2, 0))), EVERYWHERE - {"onnx"}),
    "nn.ZeroPad2d((0, 1, 2, 3))": (np.pad(X, ((0, 0), (0, 0), (2, 3), (0, 1))), EVERYWHERE - {"onnx"}),
    "nn.ReflectionPad2d((1, 2, 0, 1))": (
        np.pad(X, ((0, 0), (0, 0), (0, 1), (1, 2)), "reflect"),
        {"torch", "keras", "flax"},
    ),
    "F.pad(x, (0, 1, 2, 3))": (np.pad(X, ((0, 0), (0, 0), (2, 3), (0, 1))), EVERYWHERE - {"onnx"}),
    "F.pad(x, (2, 1), 'circular')": (np.pad(X, ((0, 0),) * 3 + ((2, 1),), "wrap"), {"torch", "flax"}),
    "tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]])": (np.pad(X, ((0, 0), (0, 0), (1, 2), (0, 1))), EVERYWHERE - {"onnx"}),
    "tf.pad(x, ((0, 0), (1, 2), (3, 1), (0, 0)), 'REFLECT')": (
        np.pad(X, ((0, 0), (0, 0), (1, 2), (3, 1)), "reflect"),
        {"torch", "keras", "flax"},
    ),
    "keras.ops.pad(x, ((0, 0), (1, 2), (3, 1), (0, 0)), mode='symmetric')": (
        np.pad(X, ((0, 0), (0, 0), (1, 2), (3, 1)), "symmetric"),
        {"flax"},
    ),
    "jnp.pad(x, ((0, 0), (1, 0), (0, 0), (0, 0)), constant_values=2.5)": (
        np.pad(X, ((0, 0), (0, 0), (1, 0), (0, 0)), constant_values=2.5),
        {"torch", "keras", "flax"},
    ),
    "layers.Cropping2D(((1, 0), (2, 1)))": (X[:, :, 1:, 2:-1], {"torch", "keras", "flax"}),
    "layers.UpSampling2D((2, 3))": (X.repeat(2, 2).repeat(3, 3), EVERYWHERE),
    "nn.Upsample(scale_factor=2)": (X.repeat(2, 2).repeat(2, 3), EVERYWHERE),
    "layers.UpSampling2D(2, interpolation='bilinear')": (linear((8, 12)), EVERYWHERE - {"mxnet"}),
    "layers.Resizing(3, 5)": (linear((3, 5)), EVERYWHERE - {"mxnet"}),
    "tf.image.resize(x, (3, 5), 'nearest')": (picked((3, 5), lambda i: i + 0.5), EVERYWHERE - {"mxnet"}),
    "F.interpolate(x, (3, 5))": (picked((3, 5), lambda i: i), {"torch", "onnx"}),
    "nn.UpsamplingBilinear2d((7, 11))": (
        linear((7, 11), lambda i, n, m: i * (n - 1) / (m - 1)),
        {"torch", "onnx"},
    ),
    "tf.compat.v1.image.resize_bilinear(x, (8, 18))": (linear((8, 18), lambda i, n, m: i * n / m), {"torch", "onnx"}),
    "tf.image.resize_bilinear(x, (6, 5))": (linear((6, 5), lambda i, n, m: i * n / m), {"onnx"}),
    "tf.image.resize_bilinear(x, (7, 11), align_corners=True)": (
        linear((7, 11), lambda i, n, m: i * (n - 1) / (m - 1)),
        {"torch", "onnx"},
    ),
    "tf.image.resize_nearest_neighbor(x, (6, 5))": (picked((6, 5), lambda i: i), {"torch", "onnx"}),
    "tf.image.resize(x, (8, 12), method='bicubic')": (cubic((8, 12)), {"torch", "flax"}),
    "jax.image.resize(x, (2, 8, 12, 4), 'cubic')": (cubic((8, 12)), {"torch", "flax"}),
    "nn.LayerNorm((4, 4, 6))": (normalized(X, (1, 2, 3), 1e-5), EVERYWHERE - {"mxnet"}),
    "layers.LayerNormalization(axis=[1, 2, 3])": (normalized(X, (1, 2, 3), 1e-3), EVERYWHERE - {"mxnet"}),
    "layers.Softmax()": (softmax(X, 1), EVERYWHERE),
    "layers.Softmax(axis=1)": (softmax(X, 2), EVERYWHERE),
    "layers.Activation('softmax')": (softmax(X, 1), EVERYWHERE),
    "tf.nn.log_softmax(x)": (np.log(softmax(X, 1)), EVERYWHERE),
    "nn.Softmax(dim=1)": (softmax(X, 1), EVERYWHERE),
    "nn.Softmax(dim=-1)": (softmax(X, 3), EVERYWHERE),
    "nn.Softmax()": (softmax(X, 1), EVERYWHERE),
    "nn.Softmax2d()": (softmax(X, 1), EVERYWHERE),
    "F.log_softmax(x, dim=-2)": (np.log(softmax(X, 2)), EVERYWHERE),
    "nn.softmax(x, axis=0)": (softmax(X, 0), EVERYWHERE),
    "nn.PReLU()": (np.where(X > 0, X, 0.25 * X), EVERYWHERE),
    "nn.PReLU(4)": (np.where(X > 0, X, 0.25 * X), EVERYWHERE - {"flax"}),
    "layers.PReLU(keras.initializers.Constant(0.25))": (np.where(X > 0, X, 0.25 * X), {"keras", "onnx"}),
    "layers.GroupNormalization(groups=-1)": (normalized(X, (2, 3), 1e-3), EVERYWHERE - {"mxnet"}),
    "nn.InstanceNorm2d(4)": (normalized(X, (2, 3), 1e-5), EVERYWHERE - {"mxnet"}),
    "linen.InstanceNorm(epsilon=0.1)": (normalized(X, (2, 3), 0.1), EVERYWHERE - {"mxnet"}),
    "nn.PixelShuffle(2)": (to_space(X8, True), EVERYWHERE),
    "nn.PixelUnshuffle(2)": (to_depth(X8, True), EVERYWHERE),
    "tf.nn.depth_to_space(x, 2)": (to_space(X8, False), EVERYWHERE),
    "keras.ops.space_to_depth(x, 2)": (to_depth(X8, False), EVERYWHERE),
    "tf.nn.local_response_normalization(x, depth_radius=1, bias=2, alpha=0.3, beta=0.75)": (
        response(1, 1, 2, 0.3, 0.75),
        EVERYWHERE,
    ),
    "layers.Concatenate()": (np.concatenate([X, X], 1), EVERYWHERE),
    "tf.concat([a, b], 1)": (np.concatenate([X, X], 2), EVERYWHERE),
    "torch.cat([a, b], dim=1)": (np.concatenate([X, X], 1), EVERYWHERE),
    "torch.cat([a, b])": (np.concatenate([X, X], 0), EVERYWHERE),
    "tf.nn.lrn(x)": (response(5, 5, 1, 1, 0.5), EVERYWHERE),
    "nn.LocalResponseNorm(3, alpha=0.6)": (response(1, 1, 1, 0.2, 0.75), EVERYWHERE),
    "layers.Reshape((6, 4, 4))": (channels_first(LAST.reshape(2, 6, 4, 4)), EVERYWHERE),
    "layers.Reshape((8, -1))": (channels_first(LAST.reshape(2, 8, 12)), EVERYWHERE),
    "layers.Reshape((-1, 4))": (X.reshape(2, 4, 24), EVERYWHERE),
    "layers.Reshape((1, 1, 96))": (LAST.reshape(2, 96, 1, 1), EVERYWHERE),
    "layers.Reshape((-1,))": (LAST.reshape(2, 96), EVERYWHERE),
    "tf.reshape(x, (-1, 12, 2, 4))": (channels_first(LAST.reshape(2, 12, 2, 4)), EVERYWHERE),
    "jnp.reshape(x, (2, 3, 32))": (channels_first(LAST.reshape(2, 3, 32)), EVERYWHERE),
    "torch.reshape(x, (2, 8, 2, 6))": (X.reshape(2, 8, 2, 6), EVERYWHERE),
    "torch.reshape(x, (2, 4, 24))": (X.reshape(2, 4, 24), EVERYWHERE),
    "layers.Permute((2, 1, 3))": (X.transpose(0, 1, 3, 2), EVERYWHERE),
    "layers.Permute((3, 2, 1))": (channels_first(LAST.transpose(0, 3, 2, 1)), EVERYWHERE),
    "keras.ops.transpose(x, (0, 2, 3, 1))": (channels_first(LAST.transpose(0, 2, 3, 1)), EVERYWHERE),
    "torch.permute(x, (0, 2, 1, 3))": (X.transpose(0, 2, 1, 3), EVERYWHERE),
    "layers.Add()([a, b])": (X + X, EVERYWHERE),
    "layers.subtract([a, b])": (X - X, EVERYWHERE),
    "layers.Multiply()([a, b])": (X * X, EVERYWHERE),
    "layers.Average()([a, b])": (X, EVERYWHERE),
    "layers.Maximum()([a, b])": (X, EVERYWHERE),
    "layers.Minimum()([a, b])": (X, EVERYWHERE),
    "layers.Rescaling(1 / 255)": (X / 255, EVERYWHERE),
    "layers.Rescaling(1. / 127.5, offset=-1)": (X / 127.5 - 1, EVERYWHERE),
    "layers.Rescaling([1, 2, 3, 4], offset=[0.5, 0, -1, 2])": (
        X * per_channel([1, 2, 3, 4]) + per_channel([0.5, 0, -1, 2]),
        EVERYWHERE,
    ),
    "layers.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1, 4, 0.25, 0.04])": (
        (X - per_channel([0.1, 0.2, 0.3, 0.4])) / per_channel([1, 2, 0.5, 0.2]),
        EVERYWHERE,
    ),
    "transforms.Normalize([0.1, 0.2, 0.3, 0.4], std=[1, 2, 0.5, 0.2])": (
        (X - per_channel([0.1, 0.2, 0.3, 0.4])) / per_channel([1, 2, 0.5, 0.2]),
        EVERYWHERE,
    ),
    "layers.Lambda(lambda t: tf.pad(t, [[0, 0], [1, 2], [0, 1], [0, 0]]))": (
        np.pad(X, ((0, 0), (0, 0), (1, 2), (0, 1))),
        EVERYWHERE - {"onnx"},
    ),
    "F.local_response_norm(x, 2, alpha=0.6)": (response(1, 0, 1, 0.3, 0.75), {"torch", "flax"}),
}


def input_of(line):
    return X8 if any(name in line for name in SHUFFLES) else X


def in_words(line, adapter):
    return answers(line, input_of(line).shape[1:], [adapter])


@pytest.mark.parametrize("line", LINES)
def test_the_line_to_write_computes_what_the_line_means(adapter, line, tmp_path):
    expected, frameworks = LINES[line]
    told = in_words(line, adapter.name)
    code = [text.strip() for text in told if text.startswith("    ")]
    code = [re.sub(r"\b[ab]\b", "x", text) for text in code]  # both inputs
    tensorflow_alone = registry.folder(adapter.name) == "keras" and ("lrn" in line or "esponse" in line)
    lacks = tensorflow_alone and adapter.name not in ("tensorflow", "litert")
    if lacks or registry.folder(adapter.name) not in frameworks:
        assert code == []
        assert "has no line that gives the same numbers" in told[0]
        return
    recorder = registry.recorder_class(adapter.name)(adapter, tmp_path)
    given = input_of(line)
    moved = "so move the channels there" in told[-1]
    x = X.transpose(0, 2, 3, 1) if moved else adapter.to_layout(given)
    weights = weights_of(line, adapter)
    made = recorder.to_numpy(recorder.line(code[0], recorder.to_tensor(x), weights))
    if made.ndim > 2 and (adapter.channels_last or x.shape != adapter.to_layout(given).shape):
        made = np.moveaxis(made, -1, 1)
    assert made.shape == expected.shape
    assert np.allclose(made, expected, atol=1e-5)
    for wrong in code[1:] if "PReLU" not in line else []:  # what people write; slopes are tested below
        made = recorder.to_numpy(recorder.line(wrong, recorder.to_tensor(x), {}))
        made = np.moveaxis(made, -1, 1) if x.shape != given.shape else made
        assert "ermute" in wrong or (made.shape == expected.shape) != ("[x, x]" in wrong)
        assert made.shape != expected.shape or not np.allclose(made, expected, atol=1e-5)


def test_a_prelu_has_as_many_slopes_as_the_line_says(adapter, tmp_path):
    """nn.PReLU(4) has one for each channel, nn.PReLU() one, and layers.PReLU() one for each element."""
    places = {"torch": {4: (4,), 1: (1,)}, "keras": {4: (1, 1, 4), 1: (1, 1, 1)}}.get(registry.folder(adapter.name))
    if places is None:
        pytest.skip("the slopes of PyTorch and Keras are compared")
    for line, count in {"nn.PReLU(4)": 4, "layers.PReLU(shared_axes=[1, 2])": 4, "nn.PReLU()": 1}.items():
        code = [text.strip() for text in in_words(line, adapter.name) if text.startswith("    ")]
        layer = eval(code[0], dict(adapter.namespace))
        slopes = np.arange(1, count + 1, dtype="f4") / 8
        recorder = registry.recorder_class(adapter.name)(adapter, tmp_path)
        x = recorder.to_tensor(adapter.to_layout(X))
        if registry.folder(adapter.name) == "torch":
            assert layer.weight.shape == places[count]
            layer.weight.data = recorder.to_tensor(slopes)
        else:
            layer(x)
            assert layer.alpha.shape == places[count]
            layer.set_weights([slopes.reshape(places[count])])
        made = recorder.to_numpy(layer(x))
        made = np.moveaxis(made, -1, 1) if adapter.channels_last else made
        assert np.allclose(made, np.where(X > 0, X, slopes.reshape(-1, 1, 1) * X))


def test_arguments_and_defaults_are_those_of_the_framework(adapter):
    where = registry.folder(adapter.name)
    if where not in READ:
        pytest.skip("its lines are not read")
    space = dict(adapter.namespace)
    space["linen"] = space["nn"] if where == "flax" else None
    space["functional"] = getattr(space.get("nn"), "functional", None)
    space |= {name: getattr(space.get("keras"), name, None) for name in ("activations", "ops")}
    seen = 0
    for name, layer in READ[where].items():
        root, dot, _ = name.partition(".")
        if space.get(root) is None and root == "tf":
            continue  # Keras without TensorFlow
        whole = name if dot else f"{'layers' if where == 'keras' else 'nn'}.{name}"
        holder = space[whole.partition(".")[0]]
        for part in whole.split(".")[1:]:
            holder = getattr(holder, part)
        if inspect.isbuiltin(holder):
            continue  # torch.softmax has no signature to read
        own = inspect.signature(holder).parameters
        for argument, default in layer.arguments.items():
            expected = {id(REQUIRED): inspect.Parameter.empty}.get(id(default), default)
            found = own[argument].default
            assert (0.0 if found == "Zeros" else found) == expected, (name, argument)
            seen += 1
    assert seen >= 4


def weights_of(line, adapter):
    """Return the weights that the nodes of ONNX read."""
    if adapter.name != "onnxruntime":
        return {}
    shape = X.shape[1:] if "LayerNorm" in line else (4,)
    return {"scale": np.ones(shape, "f4"), "shift": np.zeros(shape, "f4"), "slope": np.full((4, 1, 1), 0.25, "f4")}
