"""The lines to write for layers without a window, run in the adapter's framework and compared with NumPy."""

import numpy as np
import pytest
from convparity.adapters import registry
from convparity.report.preflight.no_window.answers import answers

X = np.random.RandomState(0).standard_normal((2, 4, 4, 6)).astype(np.float32)
LAST = X.transpose(0, 2, 3, 1)


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
    "tf.image.resize(x, (8, 12), method='bicubic')": (cubic((8, 12)), {"torch", "flax"}),
    "jax.image.resize(x, (2, 8, 12, 4), 'cubic')": (cubic((8, 12)), {"torch", "flax"}),
}


def in_words(line, adapter):
    return answers(line, X.shape[1:], [adapter])


@pytest.mark.parametrize("line", LINES)
def test_the_line_to_write_computes_what_the_line_means(adapter, line, tmp_path):
    expected, frameworks = LINES[line]
    told = in_words(line, adapter.name)
    code = [text.strip() for text in told if text.startswith("    ")]
    if registry.folder(adapter.name) not in frameworks:
        assert code == []
        assert "has no line that gives the same numbers" in told[0]
        return
    recorder = registry.recorder_class(adapter.name)(adapter, tmp_path)
    x = X.transpose(0, 2, 3, 1) if "x.permute" in told[-1] else adapter.to_layout(X)  # as the answer says
    made = recorder.to_numpy(recorder.line(code[0], recorder.to_tensor(x), WEIGHTS.get(adapter.name, {})))
    if made.ndim > 2 and (adapter.channels_last or x.shape != adapter.to_layout(X).shape):
        made = np.moveaxis(made, -1, 1)
    assert made.shape == expected.shape
    assert np.allclose(made, expected, atol=1e-5)
    for wrong in code[1:]:  # the line that people write
        made = recorder.to_numpy(recorder.line(wrong, recorder.to_tensor(x), {}))
        assert not np.allclose(np.moveaxis(made, -1, 1) if x.shape != X.shape else made, expected, atol=1e-5)


WEIGHTS = {"onnxruntime": {"scale": np.ones(4, "f4"), "shift": np.zeros(4, "f4")}}
