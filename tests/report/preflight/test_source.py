"""The layers of source files, in the order in which the code applies them."""

import textwrap

import pytest
from convparity.report.preflight.source import layers_in


def found(text):
    return [(one.number, one.line) for one in layers_in(textwrap.dedent(text)) or ()]


def test_keras_code_is_read_from_the_inside_out():
    assert found(
        """
        from keras import layers
        inputs = layers.Input((32, 32, 3))
        x = layers.Conv2D(8, 3, name="stem")(inputs)
        x = layers.ReLU(6.)(x)
        x = layers.Conv2D(
            16, 3,
            strides=2,
        )(layers.MaxPooling2D(2)(x))
        outputs = layers.Dense(10)(layers.Flatten()(x))
        """
    ) == [
        (4, 'layers.Conv2D(8, 3, name="stem")'),
        (5, "layers.ReLU(6.)"),
        (9, "layers.MaxPooling2D(2)"),
        (6, "layers.Conv2D(16, 3, strides=2)"),
        (10, "layers.Flatten()"),
        (10, "layers.Dense(10)"),
    ]


def test_a_module_is_followed_through_its_forward():
    assert found(
        """
        class Net(nn.Module):
            def __init__(self):
                self.second = nn.Conv2d(8, 4, 3)
                self.first = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
                self.unused = nn.Conv2d(1, 1, 1)
            def forward(self, x):
                x = self.first(x)
                return F.max_pool2d(F.relu(self.second(x)), 2)
        """
    ) == [
        (5, "nn.Conv2d(3, 8, 3)"),
        (5, "nn.BatchNorm2d(8)"),
        (4, "nn.Conv2d(8, 4, 3)"),
        (9, "F.max_pool2d(F.relu(self.second(x)), 2)"),
    ]


def test_a_class_without_a_forward_is_read_in_the_order_of_its_init():
    text = (
        "class Net:\n    def __init__(self):\n        self.a = nn.Conv2d(3, 8, 3)\n        self.b = nn.MaxPool2d(2)\n"
    )
    assert found(text) == [(3, "nn.Conv2d(3, 8, 3)"), (4, "nn.MaxPool2d(2)")]


def test_padding_right_before_a_layer_is_a_chain_with_it_unless_that_is_a_max_pool():
    assert found(
        """
        x = layers.ZeroPadding2D(3)(x)
        x = layers.Conv2D(64, 7, strides=2)(x)
        x = layers.ZeroPadding2D(1)(x)
        x = layers.MaxPooling2D(3, strides=2)(x)
        y = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3))
        """
    ) == [
        (3, "keras.Sequential([layers.ZeroPadding2D(3), layers.Conv2D(64, 7, strides=2)])"),
        (4, "layers.ZeroPadding2D(1)"),
        (5, "layers.MaxPooling2D(3, strides=2)"),
        (6, "nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3))"),
    ]


@pytest.mark.parametrize("text", ["nn.Conv2d(3, 8, 3)\nnn.MaxPool2d(2)\n", "(0): Conv2d(3, 8)", "", "\0"])
def test_a_list_of_layers_is_no_source_file(text):
    assert layers_in(text) is None
