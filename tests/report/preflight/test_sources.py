"""Two source files compared: a Keras model and its ports to PyTorch, with faults that people make."""

import pytest
from convparity.cases.errors import InputError
from convparity.report.preflight.sizes import Sizes
from convparity.report.preflight.source import layers_in
from convparity.report.preflight.sources import SourcesCompared, entries

KERAS = """
from keras import layers
x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(inputs)
x = layers.BatchNormalization()(x)
x = layers.ReLU(6.)(x)
x = layers.DepthwiseConv2D(3, padding="same")(x)
x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(10)(x)
"""
TORCH = """
class Net(nn.Module):
    def __init__(self):
        self.stem = {stem}
        self.bn = nn.BatchNorm2d(32, eps={eps}, momentum={momentum})
        self.dw = nn.Conv2d(32, 32, 3, padding=1, groups=32)
        self.pool = nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), float('-inf')), nn.MaxPool2d(3, stride=2))
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 10)
    def forward(self, x):
        x = F.relu6(self.bn(self.stem(x)))
        return self.fc(self.gap(self.pool(self.dw(x))).flatten(1))
"""
RIGHT = {
    "stem": "nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 32, 3, stride=2, bias=False))",
    "eps": "1e-3",
    "momentum": "0.01",
}
WRONG = "nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)"


def compared(first, second, input=(3, 224, 224)):
    files = (("a.py", first), ("b.py", second))
    found = [(name, layers_in(text, sizes=lambda: Sizes(input)).found) for name, text in files]
    return SourcesCompared(*(entries(name, layers, input) for name, layers in found))


def test_a_right_port_has_no_difference():
    found = compared(KERAS, TORCH.format(**RIGHT))
    assert (found.same, found.differ, found.later, found.unpaired) == (True, [], [], [])
    assert len(found.pairs) == 7
    assert not any(found.drift)


def test_each_fault_is_named_at_its_place_with_the_line_to_write():
    found = compared(KERAS, TORCH.format(**{**RIGHT, "stem": WRONG, "eps": "1e-5"}))
    assert [(one.first.place, one.second.place) for one in found.differ] == [("a.py:3", "b.py:4"), ("a.py:4", "b.py:5")]
    pads, epsilon = found.differ
    assert "pads the height and width (1,1) instead of (0,1)" in pads.reason
    assert pads.sizes == "differs at every even height and width; at odd ones the two agree"
    assert pads.write == RIGHT["stem"]
    assert epsilon.reason == "has epsilon 1e-05 where the original has 0.001"
    assert epsilon.write == "nn.BatchNorm2d(32, eps=0.001, momentum=0.01)"
    # One element at a stride of 1, and nothing after it.
    assert found.drift == (-1, -1)
    assert found.to_json()["differ"][0]["port"] == {"place": "b.py:4", "line": WRONG}


def test_another_function_as_the_activation_is_named():
    (one,) = compared(KERAS, TORCH.format(**RIGHT).replace("F.relu6(", "F.relu(")).differ
    assert (one.first.place, one.second.line) == ("a.py:5", "F.relu(x)")
    assert (one.reason, one.write) == ("has form relu where the original has relu6", "nn.ReLU6()")


def test_a_momentum_alone_is_told_apart():
    found = compared(KERAS, TORCH.format(**{**RIGHT, "momentum": "0.1"}))
    assert (found.same, found.differ) == (True, [])
    assert [one.reason for one in found.later] == ["has momentum 0.9 where the original has 0.99"]
    assert "Agrees now, and will be trained differently:" in str(found)


def test_a_layer_without_a_partner_is_listed():
    found = compared(KERAS, TORCH.format(**RIGHT).replace("self.dw(x)", "x"))
    assert [one.place for one in found.unpaired] == ["a.py:6"]
    assert not found.same


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("layers.LayerNormalization()", "nn.LayerNorm(4)", "has epsilon 1e-05 where the original has 0.001"),
        ("layers.UpSampling2D(2, interpolation='bilinear')", "nn.UpsamplingBilinear2d(scale_factor=2)", "has corners"),
        ("layers.LeakyReLU()", "nn.LeakyReLU(0.2)", "has slope 0.2 where the original has 0.3"),
        (
            "layers.Flatten()",
            "nn.Flatten()",
            "flattens with the channels first where the original has them last",
        ),
        (
            "layers.ZeroPadding2D(1)",
            "nn.ZeroPad2d((1, 1, 0, 0))",
            "has pads ((0, 0), (1, 1)) where the original has ((1, 1), (1, 1))",
        ),
    ],
)
def test_layers_without_a_window_are_compared_by_their_settings(first, second, reason):
    conv = "x = nn.Conv2d(3, 4, 3)(x)\n"
    found = compared(f"{conv}x = {first}(x)", f"{conv}x = {second}(x)", (3, 9, 9))
    (difference,) = found.differ
    assert difference.reason.startswith(reason)


def test_branches_that_meet_before_a_layer_are_left_to_the_second_file():
    """A U-Net's decoder: Keras takes the channels of its input, PyTorch's line has them."""
    keras = """
c1 = layers.Conv2D(8, 3, padding="same")(x)
u = layers.Conv2DTranspose(8, 3, strides=2, padding="same")(layers.MaxPooling2D(2)(c1))
y = layers.Conv2D(8, 3, padding="same")(layers.concatenate([u, c1]))
"""
    torch = """
c1 = nn.Conv2d(3, 8, 3, padding=1)(x)
u = nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1)(nn.MaxPool2d(2)(c1))
y = nn.Conv2d(16, 8, 3, padding=1)(torch.cat([u, c1], 1))
"""
    (difference,) = compared(keras, torch, (3, 16, 16)).differ
    assert difference.second.place == "b.py:3"
    assert difference.write == "nn.Sequential(nn.ConvTranspose2d(8, 8, 3, stride=2), nn.ZeroPad2d((0, -1, 0, -1)))"


def test_channels_that_have_a_name_are_not_compared():
    keras = "def head(x, classes):\n    return layers.Conv2D(classes, 3, padding='same')(x)\n"
    assert compared(keras, "y = nn.Conv2d(8, 21, 3, padding=1)(x)", (8, 16, 16)).same
    assert not compared(keras, "y = nn.Conv2d(8, 21, 3)(x)", (8, 16, 16)).same


BLOCKS = """
def block(x, width, stride):
    x = layers.Conv2D(width, 3, strides=stride, padding="same")(x)
    return layers.BatchNormalization()(x)
x = keras.Input((32, 32, 3))
for width, stride in [(8, 1), (16, 2), (16, 2)]:
    x = block(x, width, stride)
x = tf.reduce_mean(x, [1, 2])
"""
MODULES = """
class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, stride, padding=1)
        self.bn = nn.BatchNorm2d(cout)
    def forward(self, x):
        return self.bn(self.conv(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList()
        last = 3
        for width, stride in zip((8, 16, 16), (1, 2, 2)):
            self.layers.append(Block(last, width, stride))
            last = width
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x.mean((2, 3))
"""


def test_blocks_in_loops_are_paired_one_by_one_and_told_once_for_each_way_that_they_differ():
    found = compared(BLOCKS, MODULES, (3, 32, 32))
    assert len(found.pairs) == 7
    assert found.unpaired == []
    assert [one.first.line for one in found.differ].count("layers.BatchNormalization()") == 3
    text = str(found)
    assert text.count("has epsilon 1e-05 where the original has 0.001") == 1
    assert "The same holds for 2 more layers: b.py:6 (2 times)" in text
    assert text.count("pads the height and width (1,1) instead of (0,1)") == 1
    # The second convolution's stride of 1 x 1 px, and the third's of 2 x 1 px.
    assert found.drift == (-3, -3)


FLAT = """
class Net(nn.Module):
    def __init__(self):
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8 * 6 * 6, 10)
    def forward(self, x):
        x = self.conv(x)
        {flat}
        return self.fc(x)
"""
FLAT_IN_KERAS = (
    "from keras import layers\nx = layers.Conv2D(8, 3)(inputs)\nx = layers.Flatten()(x)\nx = layers.Dense(10)(x)"
)


@pytest.mark.parametrize(
    "flat",
    [
        "x = x.flatten(1)",
        "x = torch.flatten(x, start_dim=1)",
        "x = x.view(x.size(0), -1)",
        "x = x.reshape(len(x), -1)",
        "x = x.view(-1, 8 * 6 * 6)",
    ],
)
def test_a_flattening_by_a_method_is_compared_with_that_of_keras(flat):
    """It has the channels first, so the dense layer after it needs another order of its kernel."""
    found = compared(FLAT_IN_KERAS, FLAT.format(flat=flat), (3, 8, 8))
    (order,) = found.differ
    assert order.reason == "flattens with the channels first where the original has them last"
    assert order.write == "x.permute(0, 2, 3, 1).flatten(1)"
    assert (order.second.place, found.unpaired) == ("b.py:8", [])


def test_a_dense_layer_after_a_reshape_that_is_not_known_is_compared_on_the_inputs_that_it_states():
    """The comparison ended with an error before, since the layer before it has 8 channels."""
    found = compared(FLAT_IN_KERAS, FLAT.format(flat="x = own_order(x)"), (3, 8, 8))
    assert [entry.line for entry in found.unpaired] == ["layers.Flatten()"]
    assert found.pairs[-1][1].line == "nn.Linear(288, 10)"


def test_a_layer_whose_arguments_cannot_be_read_is_an_error_and_not_left_out():
    """Left out of both files, two layers that differ would count as the same."""
    with pytest.raises(InputError, match="momentum: own is not a number"):
        compared(KERAS, TORCH.format(**{**RIGHT, "momentum": "own"}))
