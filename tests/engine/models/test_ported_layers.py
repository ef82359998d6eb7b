"""The file of a model's layers in another framework, of made-up recordings: nothing is run."""

import ast

import numpy as np
import pytest
from convparity.cases.errors import InputError
from convparity.models.porting import port


@pytest.fixture
def net(model):
    """A convolution, a pool, a flattening and a dense layer; the convolution is called twice."""

    def made(layout="channels_last"):
        x = model.input(1, 4, 8, 8)
        weights = {"kernel": model.value(4, 4, 3, 3), "bias": model.value(4)}
        y = model.conv(x, 4, 3, path="block/conv", weights=weights)
        y = model.conv(y, 4, 3, path="block/conv", weights=weights)
        y = model.pool("max_pool", y, 2, 2, (0, 0), path="pool")
        y = model.same("dropout", y, path="drop", later={"rate": 0.2})
        y = model.call("flatten", y, 1, 64, path="flat")
        y = model.call("dense", y, 1, 5, path="head", weights={"kernel": model.value(5, 64)})
        model.writer.layouts = [layout if one else "" for one in model.writer.layouts]
        for number in (value for value in range(model.writer.values) if layout == "channels_last"):
            array = np.load(model.writer.folder / "arrays" / f"{number}.npy")
            if model.writer.layouts[number] and array.shape[0] == 1:
                np.save(model.writer.folder / "arrays" / f"{number}.npy", np.moveaxis(array, 1, -1))
        return model.finish(y)

    return made


def test_layers_are_written_in_order_under_their_paths(net):
    made = port(net(), "torch", [])
    lines = [line for line in made.text.splitlines() if " = nn." in line]
    assert lines == [
        "block_conv = nn.Conv2d(4, 4, 3, padding=1)",
        "pool = nn.MaxPool2d(2)",
        "head = nn.Linear(64, 5, bias=False)",
    ]
    assert "# block_conv again\n" in made.text
    assert "# drop (dropout), rate 0.2: (1,4,4,4)\n" in made.text
    assert (made.layers, made.stamp) == (3, "predicted, not run: no environment has PyTorch")
    assert "\nimport torch\nfrom torch import nn\n" in made.text
    ast.parse(made.text)


def test_a_layer_that_is_called_twice_gets_its_weights_once(net):
    assert port(net(), "torch", []).text.count("    give(block_conv, ") == 1


@pytest.mark.parametrize(
    ("layout", "adapter", "turned"),
    [
        ("channels_last", "torch", "reshape(-1, 4, 4, 4).transpose(0, 3, 1, 2)"),
        ("channels_first", "keras-jax", "reshape(-1, 4, 4, 4).transpose(0, 2, 3, 1)"),
        ("channels_first", "torch", None),
        ("channels_last", "keras-jax", None),
    ],
)
def test_weights_after_a_flattening_are_turned_where_the_other_framework_flattens_otherwise(
    net, layout, adapter, turned
):
    text = port(net(layout), adapter, []).text
    assert (turned in text) if turned else (").reshape(len(kernel), -1)" not in text)


def test_kernels_are_brought_into_the_layout_of_keras_and_dense_layers_are_turned(net):
    text = port(net(), "keras-jax", []).text
    assert "    give(block_conv, (1, 8, 8, 4), kernel=kernel, **weights[0])\n" in text
    assert "    kernel = kernel.transpose(2, 3, 1, 0)  # OIHW (4, 4, 3, 3) to HWIO (3, 3, 4, 4)\n" in text
    assert (
        "    kernel = kernel.transpose(1, 0)  # OI to IO\n    give(head, (1, 64), kernel=kernel, **weights[5])" in text
    )


def test_a_layer_without_a_line_is_named_with_the_reason(model):
    x = model.input(1, 4, 8, 8)
    y = model.conv(x, 4, 3, path="conv", weights={"kernel": model.value(4, 4, 3, 3)})
    text = port(
        model.finish(model.same("activation", y, path="odd", form="unheard_of", parameters={})), "torch", []
    ).text
    assert "# odd is not written: no line of PyTorch is known\n" in text


def test_a_model_without_layers_is_refused(model):
    made = model.finish(model.same("add", model.input(1, 4, 8, 8), scalar=1.0))
    with pytest.raises(InputError, match="none of its calls has a line in torch"):
        port(made, "torch", [])


@pytest.mark.parametrize(
    ("adapter", "made", "given"),
    [
        ("torch", "head = nn.Linear(64, 5, bias=False)", "give(head, kernel=kernel, **weights[5])"),
        ("flax", "head = nn.Dense(5, use_bias=False)", 'give("head", head, (1, 64), kernel=kernel, **weights[5])'),
        ("mxnet", "head = nn.Dense(5, flatten=False, use_bias=False)", "give(head, (1, 64), kernel=kernel, **weights"),
        (
            "onnxruntime",
            "head = helper.make_node('Gemm', ['x', 'w'], ['y'], transB=1)",
            'give("head", kernel=kernel, **',
        ),
    ],
)
def test_each_framework_has_its_own_words(net, adapter, made, given):
    text = port(net("channels_first" if adapter == "flax" else "channels_last"), adapter, []).text
    assert f"\n{made}\n" in text
    assert f"    {given}" in text
    ast.parse(text)
