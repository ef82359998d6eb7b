"""The settings of a model that are not the defaults of another framework."""

import pytest
from convparity.adapters.registry import USUAL, held
from convparity.report.preflight.defaults import NOUNS, table
from convparity.report.preflight.traps import traps


def test_every_row_is_of_a_framework_and_has_a_source():
    frameworks = {held(name).split()[0] for name in USUAL}
    assert {row.framework for row in table()} == frameworks
    assert {row.kind for row in table()} == set(NOUNS)
    assert all(row.source.startswith("https://") for row in table())
    keys = [(row.kind, row.setting, row.framework) for row in table()]
    assert len(keys) == len(set(keys))


def sentences(model, adapter):
    y = model.conv(model.input(1, 1, 4, 4), 1, 1)
    return [trap.sentence() for trap in traps(model.finish(y), adapter)]


def test_equal_settings_are_one_trap_with_their_number(model):
    x = model.input(1, 4, 8, 8)
    for number in range(3):
        x = model.same("batch_norm", x, path=f"bn{number}", epsilon=1e-3, later={"momentum": 0.99})
    assert sentences(model, "torch") == [
        "3 batch norms (bn0, ...) have epsilon 0.001; the default of PyTorch is 1e-05: write eps=0.001",
        "3 batch norms (bn0, ...) have momentum 0.99, which shows in training only; the default of PyTorch is 0.9: "
        "write momentum=0.01, which there is the weight of the new statistics",
    ]


def test_a_setting_at_the_default_is_no_trap(model):
    model.same("batch_norm", model.input(1, 4, 8, 8), epsilon=1e-3, later={"momentum": 0.99})
    assert sentences(model, "tensorflow") == []


@pytest.mark.parametrize(
    ("form", "adapter", "write"),
    [
        ("gelu", "flax", "write approximate=False"),
        ("gelu_tanh", "torch", "write approximate='tanh'"),
        ("gelu_tanh", "tensorflow", "write approximate=True"),
        ("gelu_tanh", "mxnet", "the layer has no such form; write it as a function"),
        ("gelu", "torch", ""),
        ("gelu_tanh", "flax", ""),
        ("hardswish", "onnxruntime", "write alpha=0.16666"),
        ("hardsigmoid", "torch", ""),
    ],
)
def test_the_form_of_an_activation(model, form, adapter, write):
    model.same("activation", model.input(1, 4, 8, 8), form=form, parameters={})
    found = sentences(model, adapter)
    assert bool(found) == bool(write)
    assert write in "".join(found)


def test_the_slope_of_a_leaky_relu(model):
    model.same("activation", model.input(1, 4), form="leaky_relu", parameters={"negative_slope": 0.2})
    assert "1 leaky ReLU (activation_0) has slope 0.2;" in sentences(model, "torch")[0]


@pytest.mark.parametrize(
    ("corners", "adapter", "write"),
    [
        ("aligned", "torch", "write align_corners=True"),
        ("half-pixel", "mxnet", "write align_corners=False"),
        ("aligned", "onnxruntime", "write coordinate_transformation_mode='align_corners'"),
        ("aligned", "tensorflow", "its layer has no such setting"),
        ("half-pixel", "torch", ""),
    ],
)
def test_the_corners_of_a_resize(model, corners, adapter, write):
    model.call("resize", model.input(1, 4, 8, 8), 1, 4, 16, 16, mode="linear", corners=corners)
    found = sentences(model, adapter)
    assert bool(found) == bool(write)
    assert write in "".join(found)


def test_flattening_is_a_trap_only_where_the_order_is_another(model):
    x = model.input(1, 4, 8, 8)
    model.call("flatten", x, 1, 256, path="flat")
    one = model.call("mean", x, 1, 4, 1, 1, axes=[2, 3])
    model.call("flatten", one, 1, 4, path="of one pixel")
    assert sentences(model, "torch") == []
    (found,) = traps(model.finish(x), "tensorflow")
    assert (found.value, found.default.value, found.places) == ("channels first", "channels last", ["flat"])


def test_an_average_is_a_trap_only_where_it_pads(model):
    x = model.input(1, 1, 8, 8)
    model.pool("avg_pool", x, 3, 2, (1, 1), path="edge", count_include_pad=False)
    model.pool("avg_pool", x, 2, 2, (0, 0), path="plain", count_include_pad=False)
    (found,) = traps(model.finish(x), "torch")
    assert (found.places, found.write) == (["edge"], "count_include_pad=False")
    assert traps(model.finish(x), "tensorflow") == []
