"""Weights carried between all pairs of PyTorch, Keras, Flax and Gluon, by the lines that are printed.

Each script runs as it is printed, in the environment of its framework. The outputs are compared through files.
"""

import os
import subprocess
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from convparity.adapters.dressed import fitting, lacking
from convparity.adapters.expression import read
from convparity.adapters.registry import adapter_class
from convparity.adapters.scripts import Layouts, script
from convparity.environments.find import from_project, variables_of
from convparity.environments.interpreters import command
from convparity.report.findings.to_write import ToWrite, to_write
from convparity.runs.original import original
from convparity.runs.port_check import compared, random_arrays
from convparity.runs.scripted import Ran

# One process for each framework, with all its scripts: the frameworks take longer to start than the layers to run.
RUN_ALL = """import pathlib, runpy, sys
import numpy
for script in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    apply = runpy.run_path(str(script))["apply"]
    with numpy.load(script.with_suffix(".npz")) as arrays:
        y = apply(*(arrays[name] for name in arrays.files))
    numpy.save(script.with_suffix(".y.npy"), y)
"""
SIZES = {1: (9,), 2: (9, 8), 3: (7, 6, 5)}
RANKS = (1, 2, 3)
LINES = {
    "torch": {
        "conv": "nn.Conv{r}d(4, 6, {k}, stride=2, padding=1)",
        "depthwise": "nn.Conv{r}d(4, 8, {k}, groups=4)",
        "grouped": "nn.Conv{r}d(4, 6, {k}, groups=2, bias=False)",
        "transposed": "nn.ConvTranspose{r}d(4, 6, {k}, stride=2, padding=1, output_padding=1)",
        "longer": "nn.ConvTranspose{r}d(4, 6, {k}, stride=3, output_padding=2)",
        "in groups": "nn.ConvTranspose{r}d(4, 6, {k}, stride=2, groups=2)",
        "pool": "nn.MaxPool{r}d(3, 2, 1)",
        "lazy": "nn.LazyConv{r}d(6, {k})",
        "chain": "nn.Sequential(nn.ConstantPad{r}d(1, 0.0), nn.Conv{r}d(4, 6, {k}), nn.ReLU())",
        "function": "F.conv{r}d(F.pad(x, (0, 1)), torch.randn{w}, stride=2)",
    },
    "tensorflow": {
        "conv": "layers.Conv{r}D(6, {k}, strides=2, padding='same', activation='relu')",
        "depthwise": "layers.DepthwiseConv{r}D({k}, depth_multiplier=2)",
        "grouped": "layers.Conv{r}D(6, {k}, groups=2, use_bias=False)",
        "transposed": "layers.Conv{r}DTranspose(6, {k}, strides=2, padding='same', output_padding=1)",
        "pool": "layers.AveragePooling{r}D(3, strides=2, padding='same')",
    },
    "flax": {
        "conv": "nn.Conv(6, {k}, strides=2)",
        "depthwise": "nn.Conv(8, {k}, feature_group_count=4)",
        "grouped": "nn.Conv(6, {k}, feature_group_count=2, use_bias=False)",
        "transposed": "nn.ConvTranspose(6, {k}, strides={s}, padding=1)",
        "not mirrored": "nn.ConvTranspose(6, {k}, strides={s}, transpose_kernel=True)",
    },
    "mxnet": {
        "conv": "nn.Conv{r}D(6, {k}, strides=2, padding=1, in_channels=4)",
        "depthwise": "nn.Conv{r}D(8, {k}, groups=4, in_channels=4)",
        "grouped": "nn.Conv{r}D(6, {k}, groups=2, use_bias=False, in_channels=4)",
        "transposed": "nn.Conv{r}DTranspose(6, {k}, strides=2, padding=1, output_padding=1, in_channels=4)",
        "in groups": "nn.Conv{r}DTranspose(6, {k}, strides=2, groups=2, in_channels=4)",
        "pool": "nn.AvgPool{r}D(3, 2, 1)",
    },
}
# Each activation as PyTorch has it, in one dimension.
ACTIVATIONS = (
    *("ReLU()", "ReLU6()", "LeakyReLU(0.3)", "ELU()", "SELU()", "GELU()", "GELU('tanh')", "SiLU()", "Sigmoid()"),
    *("Tanh()", "Softplus()", "Softsign()", "Hardsigmoid()", "Hardswish()", "Mish()"),
)
KERNELS = {1: (3,), 2: (3, 2), 3: (3, 2, 3)}
ALONE = {"tensorflow": {(3, "depthwise")}}  # Keras has no such layer


def lines(framework, rank):
    """The lines of a framework for layers of one rank, by their kinds."""
    for kind, line in LINES[framework].items():
        if (rank, kind) not in ALONE.get(framework, ()):
            yield kind, line.format(r=rank, k=KERNELS[rank], s=(2,) * rank, w=(6, 4, *KERNELS[rank]))
    if framework == "torch" and rank == 1:
        for activation in ACTIVATIONS:
            yield activation, f"nn.Sequential(nn.Conv1d(4, 6, 3), nn.{activation})"


def scripts(framework, rank):
    """Each layer's kind, and for each framework the layer as far as that one has it, and the script there."""
    for kind, line in lines(framework, rank):
        whole = read(line, (4, *SIZES[rank]))
        found = {}
        for other in LINES:
            asked = replace(whole, dressing=fitting(other, whole.dressing))
            port = None if other == framework else to_write(asked, other)
            found[other] = asked, _script(framework if port is None else other, asked, port)
        yield kind, found


def _script(adapter, asked, port):
    """The script of a port, or of the layer itself."""
    kept = asked.layer.channels_last
    if port is None:
        itself = original(asked)
        assert itself.source, itself.why
        return script(adapter, adapter_class(adapter).imports, itself.source, "", names(asked), Layouts(kept, kept))
    assert isinstance(port, ToWrite), port
    assert not port.why_not
    assert port.weights == names(asked)
    layouts = Layouts(kept, port.channels_last)
    return script(adapter, adapter_class(adapter).imports, port.source, port.carry, port.weights, layouts)


def names(asked):
    if asked.case.pools:
        return ()
    return ("kernel", "bias") if asked.dressing.bias else ("kernel",)


@pytest.fixture(scope="module")
def ran(tmp_path_factory, convparity_root):
    """The folder of all scripts and their outputs, and each layer with its arrays."""
    folder = tmp_path_factory.mktemp("scripts")
    specs = {spec.adapter: spec for spec in from_project()}
    asked = {}
    for framework in LINES:
        (folder / framework).mkdir()
    for framework in LINES:
        for rank in RANKS:
            for kind, found in scripts(framework, rank):
                for other, (layer, text) in found.items():
                    arrays = random_arrays(layer, names(layer))
                    asked[framework, rank, kind, other] = layer, arrays
                    name = f"{framework}-{rank}-{kind}"
                    (folder / other / f"{name}.py").write_text(text)
                    np.savez(folder / other / f"{name}.npz", **arrays)
    running = [
        subprocess.Popen(
            command(specs[framework].python, RUN_ALL, str(folder / framework)),
            env={**os.environ, **variables_of(specs[framework])},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for framework in LINES
    ]
    for process in running:
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, out[-3000:]
    return folder, asked


@pytest.mark.parametrize(("framework", "other"), list(permutations(LINES, 2)))
def test_the_port_gives_what_the_layer_gives(ran, framework, other):
    folder, asked = ran
    count = 0
    for (own, rank, kind, where), (layer, arrays) in asked.items():
        if (own, where) != (framework, other) or (lacking(other, asked[own, rank, kind, own][0].dressing)):
            continue
        name = f"{framework}-{rank}-{kind}.y.npy"
        first, second = (Ran(np.load(folder / place / name), {place: ""}) for place in (framework, other))
        check = compared(layer, arrays, first, second)
        assert np.ptp(first.y) > 0.5  # not all one number
        assert check.agrees, (rank, kind, str(check))
        count += 1
    without = 4 if (framework, other) == ("torch", "mxnet") else 0  # Gluon has fewer activations
    assert count == sum(len(list(lines(framework, rank))) for rank in RANKS) - without
