"""Weights carried between all pairs of PyTorch, Keras, Flax and Gluon, by the lines that are printed.

Each script runs as it is printed, in the environment of its framework. The outputs are compared through files.
"""

import os
import subprocess
from itertools import permutations

import numpy as np
import pytest
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
    },
    "tensorflow": {
        "conv": "layers.Conv{r}D(6, {k}, strides=2, padding='same', activation='relu')",
        "depthwise": "layers.DepthwiseConv{r}D({k}, depth_multiplier=2)",
        "grouped": "layers.Conv{r}D(6, {k}, groups=2, use_bias=False)",
        "transposed": "layers.Conv{r}DTranspose(6, {k}, strides=2, padding='same', output_padding=1)",
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
    },
}
KERNELS = {1: (3,), 2: (3, 2), 3: (3, 2, 3)}
ALONE = {"tensorflow": {(3, "depthwise")}}  # Keras has no such layer


def lines(framework, rank):
    """The lines of a framework for layers of one rank, by their kinds."""
    for kind, line in LINES[framework].items():
        if (rank, kind) not in ALONE.get(framework, ()):
            yield kind, line.format(r=rank, k=KERNELS[rank], s=(2,) * rank)


def scripts(framework, rank):
    """Each layer as it was read, its script, and the scripts of its ports, by the ports' adapters."""
    for kind, line in lines(framework, rank):
        asked = read(line, (4, *SIZES[rank]))
        itself, layer = original(asked), asked.layer
        assert itself.source, itself.why
        weights = ("kernel", "bias") if asked.dressing.bias else ("kernel",)
        kept = Layouts(layer.channels_last, layer.channels_last)
        ports = {framework: script(framework, adapter_class(framework).imports, itself.source, "", weights, kept)}
        for other in LINES:
            if other != framework:
                port = to_write(asked, other)
                assert isinstance(port, ToWrite), port
                assert not port.why_not
                layouts = Layouts(layer.channels_last, port.reading.layer.channels_last)
                imports = adapter_class(other).imports
                ports[other] = script(other, imports, port.source, port.carry, port.weights, layouts)
        yield kind, asked, weights, ports


@pytest.fixture(scope="module")
def ran(tmp_path_factory, convparity_root):
    """The outputs of all scripts, by framework, rank, kind and the framework that computed them; and the layers."""
    folder = tmp_path_factory.mktemp("scripts")
    specs = {spec.adapter: spec for spec in from_project()}
    asked = {}
    for framework in LINES:
        (folder / framework).mkdir()
    for framework in LINES:
        for rank in RANKS:
            for kind, layer, weights, ports in scripts(framework, rank):
                arrays = random_arrays(layer, weights)
                asked[framework, rank, kind] = layer, arrays
                for other, text in ports.items():
                    name = folder / other / f"{framework}-{rank}-{kind}"
                    name.with_suffix(".py").write_text(text)
                    np.savez(name.with_suffix(".npz"), **arrays)
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
    for (own, rank, kind), (layer, arrays) in asked.items():
        if own != framework:
            continue
        name = f"{framework}-{rank}-{kind}.y.npy"
        first, second = (Ran(np.load(folder / place / name), {place: ""}) for place in (framework, other))
        check = compared(layer, arrays, first, second)
        assert np.ptp(first.y) > 1  # not all one number
        assert check.agrees, (rank, kind, str(check))
        count += 1
    assert count == sum(len(list(lines(framework, rank))) for rank in RANKS)
