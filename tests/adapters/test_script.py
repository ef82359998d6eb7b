"""The stand-alone script does what the adapter was seen to do, with the same numbers."""

import json
import os
import re
import subprocess

import numpy as np
import pytest
from convparity.adapters.adapter import Job, Spelling
from convparity.cases.catalog.validate import make_case
from convparity.cases.inputs import weights_shape

CASES = [
    {"input": [7, 6], "kernel": [3, 2], "stride": 2, "in_channels": 2, "out_channels": 3},
    {"input": [7], "kernel": 3, "in_channels": 4, "out_channels": 4, "groups": 2},
    {"input": [7, 6], "kernel": 3, "padding": "same", "in_channels": 3, "out_channels": 6, "groups": 3},
    {"input": [4, 5, 4], "kernel": 2, "padding": "valid"},
    {"op": "conv_transpose", "input": [4, 5], "kernel": 3, "stride": 2, "in_channels": 2, "out_channels": 3},
    {"op": "conv_transpose", "input": [4], "kernel": 2, "padding": "valid", "batch": 2},
    {"op": "max_pool", "input": [7, 6], "kernel": 3, "stride": 2, "in_channels": 2},
    {"op": "avg_pool", "input": [7], "kernel": 2, "padding": "valid"},
    {"input": [6, 6], "kernel": 3, "dtype": "float16"},
]

UNSPOKEN = {"mxnet": ["conv-7x6-k3-same-g3-c3x6"]}
# MXNet 1.9.1 and PaddlePaddle 3.3.1 have no such convolution on the CPU, and TensorFlow 2.21 converts none.
REFUSED = {"mxnet": ["conv-6x6-k3-float16"], "litert": ["conv-6x6-k3-float16"]}
REFUSED["paddle"] = REFUSED["mxnet"]


UNSPOKEN["tensorflowjs"] = ["conv-7-k3-g2-c4x4", "conv_transpose-4-k2-valid-b2", "conv-6x6-k3-float16"]


def in_node(script, observed):
    """The script prints the shape, and then the values of the tensor that the adapter was seen to return."""
    from convparity.adapters.tensorflowjs.adapter import command

    (node, *_), variables = command()
    ran = subprocess.run(
        [node, "--eval", script], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    shape, _, text = ran.stdout.partition("\n")
    last = np.moveaxis(observed.values, 1, -1)
    assert json.loads(shape) == list(last.shape)
    printed = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text.partition("values:")[2])]
    assert np.allclose(printed, last.ravel())


@pytest.mark.parametrize("parameters", CASES, ids=lambda parameters: make_case(**parameters).id)
def test_the_script_gives_the_output_of_the_adapter(adapter, parameters, capsys):
    case = make_case(**parameters)
    spelling = adapter.as_written(case)
    if not isinstance(spelling, Spelling):
        assert case.id in UNSPOKEN[adapter.name]
        return
    shape, weights = (case.batch, case.in_channels, *case.input), weights_shape(case)
    blanks = {"@SOURCE@": spelling.source, "@INPUT@": shape, "@WEIGHTS@": weights or (0, 0), "@DTYPE@": case.dtype}
    script = adapter.script()
    for blank, value in blanks.items():
        script = script.replace(blank, str(value))
    x = (np.arange(np.prod(shape)).reshape(shape) % 97 + 1).astype(np.float32)
    w = None if weights is None else (np.arange(np.prod(weights)).reshape(weights) % 7 + 1).astype(np.float32)
    (observed,) = adapter.run([Job(spelling.source, x, w, case.dtype)])
    if adapter.name == "tensorflowjs":
        return in_node(script, observed)
    made: dict = {}
    if observed.error:
        assert case.id in REFUSED[adapter.name]
        with pytest.raises(Exception, match=re.escape(observed.error.splitlines()[-1][-40:])):
            exec(script, made)
        return
    exec(script, made)
    printed = capsys.readouterr().out
    assert printed.startswith(f"{tuple(made['y'].shape)}\n")
    assert np.array_equal(adapter.from_layout(adapter.to_numpy(made["y"])).astype(np.float32), observed.values)
