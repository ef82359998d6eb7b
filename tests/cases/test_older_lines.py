"""Lines of TensorFlow 1, slim and Keras 1, each beside the line of today that is the same layer.

The arguments, their order and their defaults are those of tf-keras 2.21 (``legacy_tf_layers``), tf-slim 1.1
(``layers/layers.py``) and Keras 1.2.2.
"""

import pytest
from convparity.adapters.expression import read
from convparity.cases.errors import InputError

IMAGE = (3, 9, 12)


@pytest.mark.parametrize(
    ("older", "today", "input"),
    [
        (
            "tf.layers.conv2d(x, 8, 3, 2, 'SAME', activation=tf.nn.relu)",
            "layers.Conv2D(8, 3, 2, 'same', activation='relu')",
            IMAGE,
        ),
        (
            "tf.compat.v1.layers.conv2d(x, 8, (3, 5), padding='same', use_bias=False, dilation_rate=2)",
            "layers.Conv2D(8, (3, 5), padding='same', dilation_rate=2, use_bias=False)",
            IMAGE,
        ),
        ("tf.layers.conv1d(x, 8, 3, strides=2)", "layers.Conv1D(8, 3, strides=2)", (3, 9)),
        ("tf.layers.max_pooling2d(x, 3, 2, 'same')", "layers.MaxPooling2D(3, 2, 'same')", IMAGE),
        ("tf.layers.average_pooling1d(x, 2, 2)", "layers.AveragePooling1D(2, 2)", (3, 9)),
        (
            "tf.layers.conv2d_transpose(x, 8, 5, 2, 'same')",
            "layers.Conv2DTranspose(8, 5, strides=2, padding='same')",
            IMAGE,
        ),
        ("tf.layers.conv2d_transpose(x, 8, 2, 3)", "layers.Conv2DTranspose(8, 2, strides=3)", IMAGE),
        (
            "tf.layers.separable_conv2d(x, 8, 3, 2, 'same', depth_multiplier=2)",
            "layers.SeparableConv2D(8, 3, 2, 'same', depth_multiplier=2)",
            IMAGE,
        ),
        ("slim.conv2d(net, 8, [3, 3])", "layers.Conv2D(8, 3, padding='same', activation='relu')", IMAGE),
        (
            "slim.convolution2d(net, 8, 3, 2, 'VALID', activation_fn=None, biases_initializer=None, scope='a')",
            "layers.Conv2D(8, 3, 2, 'valid', use_bias=False)",
            IMAGE,
        ),
        (
            "tf.contrib.layers.conv2d(x, 8, 3, rate=2, activation_fn=tf.nn.elu)",
            "layers.Conv2D(8, 3, padding='same', dilation_rate=2, activation='elu')",
            IMAGE,
        ),
        ("slim.max_pool2d(net, [3, 3], scope='pool1')", "layers.MaxPooling2D(3, strides=2)", IMAGE),
        ("slim.avg_pool2d(net, 4, 4, 'SAME')", "layers.AveragePooling2D(4, padding='same')", IMAGE),
        (
            "slim.conv2d_transpose(net, 8, 4, stride=2, activation_fn=None)",
            "layers.Conv2DTranspose(8, 4, strides=2, padding='same')",
            IMAGE,
        ),
        (
            "slim.separable_conv2d(net, None, [3, 3], 1, 2)",
            "layers.DepthwiseConv2D(3, strides=2, padding='same', activation='relu')",
            IMAGE,
        ),
        (
            "slim.separable_conv2d(net, 8, [3, 3])",
            "layers.SeparableConv2D(8, 3, padding='same', activation='relu')",
            IMAGE,
        ),
        (
            "Convolution2D(8, 3, 5, border_mode='same', subsample=(2, 1), activation='relu')",
            "layers.Conv2D(8, (3, 5), strides=(2, 1), padding='same', activation='relu')",
            IMAGE,
        ),
        ("Convolution1D(8, 3, border_mode='same', subsample_length=2)", "layers.Conv1D(8, 3, 2, 'same')", (3, 9)),
        ("MaxPooling2D((3, 3), strides=(2, 2), border_mode='same')", "layers.MaxPooling2D(3, 2, 'same')", IMAGE),
        ("AveragePooling2D(border_mode='same')", "layers.AveragePooling2D(2, padding='same')", IMAGE),
    ],
)
def test_an_older_line_is_the_layer_of_today(older, today, input):
    one, other = read(older, input), read(today, input)
    assert one.case == other.case
    assert (one.dressing.bias, one.dressing.after) == (other.dressing.bias, other.dressing.after)


def test_what_slim_does_by_itself_is_said():
    """A norm stands in place of the bias, and slim.arg_scope may change every default."""
    found = read("slim.conv2d(net, 8, [3, 3], normalizer_fn=slim.batch_norm)", IMAGE)
    assert not found.dressing.bias
    assert found.dressing.after == ()
    assert "Its normalizer_fn and its ReLU are left aside." in found.asides
    assert any("outside of an arg_scope" in aside for aside in found.asides)
    assert "A pool of slim has a stride of 2 by default." in read("slim.max_pool2d(net, 3)", IMAGE).asides
    assert "A pool of slim has a stride of 2 by default." not in read("slim.max_pool2d(net, 2)", IMAGE).asides


def test_a_convolution2d_of_three_numbers_is_said_to_have_been_another_layer():
    """Keras 1 took the number of filters, of rows and of columns; Keras 3 takes filters, kernel and strides."""
    found = read("Convolution2D(8, 3, 3)", IMAGE)
    assert found.case.stride == (3, 3)
    assert any("In Keras 1, these numbers were a kernel of (3, 3), without strides" in aside for aside in found.asides)
    assert not any("Keras 1" in aside for aside in read("Convolution2D(8, 3, strides=3)", IMAGE).asides)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("tf.layers.conv2d(x, 8, 3, padding='full')", "padding: 'full' is not known"),
        ("tf.layers.max_pooling2d(x, 3)", "strides is missing"),
        ("slim.conv2d(net, 8)", "kernel_size is missing"),
        ("slim.conv2d(net, 8, 3, data_format='NHCW')", "data_format: "),
    ],
)
def test_an_older_line_that_does_not_fit_is_refused_at_its_argument(line, problem):
    with pytest.raises(InputError) as refused:
        read(line, IMAGE)
    assert problem in refused.value.problems[0]
