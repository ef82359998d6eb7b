"""How models and their inputs are named on the command line."""

import numpy as np
import pytest
from convparity.adapters.models import inputs, naming


def test_a_factory_with_literal_arguments_is_read():
    named = naming.parse("new:torch:timm.models:create_model('resnet18', depth=[1, -2], pretrained=False)")
    assert (named.label, named.module, named.function) == ("new:torch", "timm.models", "create_model")
    assert named.arguments == ("resnet18",)
    assert dict(named.keywords) == {"depth": [1, -2], "pretrained": False}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("torch:nets:make(size)", "literals"),
        ("torch:nets:make(**{})", "literals"),
        ("torch:nets:make(", "not a function's name"),
        ("torch:nets:(lambda: 1)()", "not a function's name"),
        ("torch:nets.py/x:make", "not the name of a module"),
        ("nets:make", "names no model"),
        ("missing.onnx", "no such file"),
        ("weights.pt", "pickle"),
        ("net.pb", "the files that are read are .onnx, .keras, .h5, .pt2, .tflite: save the model"),
    ],
)
def test_a_text_that_names_no_model_is_refused_with_the_reason(text, why):
    with pytest.raises(naming.BadName, match=why):
        naming.parse(text)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("torch:nets:make", True),
        ("old:torch:nets.small:Net.make(3)", True),
        ("net.onnx", True),
        ("nn.Conv2d(3, 32, 3, stride=2, padding=1)", False),
        ("x[:, 1:]", False),
        ("layers.Lambda(lambda x: x)", False),
        (f"nn.Sequential({'nn.ZeroPad2d(1), ' * 20}nn.Conv2d(3, 8, 3))", False),  # longer than a file's name may be
    ],
)
def test_a_model_is_distinguished_from_a_line_of_source(text, model):
    assert naming.looks_like_a_model(text) is model


@pytest.mark.parametrize("word", ["normal", "uniform", "image"])
def test_an_input_is_the_same_each_time_and_has_no_symmetry(word):
    name, x = inputs.read(f"picture=2x3x17x20:{word}")
    assert name == "picture"
    assert x.shape == (2, 3, 17, 20)
    assert np.array_equal(x, inputs.read(f"picture=2x3x17x20:{word}")[1])
    for changed in (x[:, ::-1], x[..., ::-1], x[..., ::-1, :], np.roll(x, 1, axis=-1), x[::-1]):
        assert not np.allclose(x, changed)


@pytest.mark.parametrize("text", ["", "3x", "0x3x4x4", "1x3x8x8:noise", "99999x99999x99999", "x.npy", "1x3 x8"])
def test_a_malformed_input_is_refused(text):
    with pytest.raises(inputs.BadInput):
        inputs.read(text)


def test_a_constant_or_pickled_array_is_refused(tmp_path):
    np.save(tmp_path / "ones.npy", np.ones((1, 3, 4, 4)))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(inputs.BadInput, match="constant"):
        inputs.read(str(tmp_path / "ones.npy"))
    with pytest.raises(inputs.BadInput, match="not an array of numbers"):
        inputs.read(str(tmp_path / "objects.npy"))
