"""The tiers of the code: modules that need NumPy and others. Who may import whom is import-linter's to check."""

import subprocess
import sys

from convparity.adapters.registry import NAMES
from convparity.environments.find import EnvironmentSpec
from convparity.workers.bundle import write_bundle

# What a prediction needs: a layer is read, worked out and written in every framework.
PURE = """
import sys
sys.modules["numpy"] = None  # importing it raises ImportError

from convparity.adapters.expression import read_layer
from convparity.adapters.equinox import spelling as equinox
from convparity.adapters.flax import spelling as flax
from convparity.adapters.haiku import spelling as haiku
from convparity.adapters.keras import backends, spelling as keras
from convparity.adapters.mlx import spelling as mlx
from convparity.adapters.mxnet import spelling as mxnet
from convparity.adapters.onnx import spelling as onnx
from convparity.adapters.openvino import spelling as openvino
from convparity.adapters.paddle import spelling as paddle
from convparity.adapters.torch import onnx_spelling
from convparity.adapters.tensorflowjs import spelling as tensorflowjs
from convparity.adapters.torch import spelling as torch
from convparity.cases.arithmetic import axes

for text in (
    "nn.Conv2d(3, 8, 3, stride=2, padding=1)",
    "layers.Conv2DTranspose(4, 3, strides=2, padding='same')",
    "nn.AvgPool2d(3, stride=2, padding=1)",
):
    case, _ = read_layer(text, (3, 8, 8))
    height, width = axes(case)
    print(height.output, height.reads(0), height.reads(height.output - 1))
    for spelling in (equinox, flax, haiku, mlx, mxnet, onnx, openvino, paddle, tensorflowjs, torch, onnx_spelling):
        assert spelling.as_written(case) and spelling.port(case)
    for backend in (backends.OnTensorflow, backends.OnLitert, backends.OnTorch, backends.OnJax):
        assert keras.as_written(case) and keras.port(case, backend)
"""


def test_a_layer_is_read_computed_and_written_without_numpy():
    """By hand, on 8: kernel 3, stride 2, padding 1 reads -1,0,1 first and 5,6,7 last.

    Transposed with 'same', 16 outputs are left of 17: the last is cropped, so output 0 is made from element 0 through
    tap 0, and output 15 from element 7 through tap 1.
    """
    done = subprocess.run([sys.executable, "-c", PURE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "4 [-1, 0, 1] [5, 6, 7]",
        "16 [0, -1, -1] [-1, 7, -1]",
        "4 [-1, 0, 1] [5, 6, 7]",
    ]


# What the page in the browser needs, whose Python has the standard library and nothing else.
LIVE = """
import sys
sys.modules["numpy"] = None
before = set(sys.modules)
from convparity.report.live.answer import answered
from convparity.report.live.examples import EXAMPLES

for one in EXAMPLES:
    print(answered(one.line, one.second, one.input, one.to)["kind"])
own = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(own - sys.stdlib_module_names - {"convparity"}))
"""


def test_the_live_page_is_answered_by_the_standard_library_alone():
    done = subprocess.run([sys.executable, "-c", LIVE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *kinds, others = done.stdout.splitlines()
    assert set(kinds) == {"layer", "pair", "lines"}
    assert others == "[]"


def test_the_bundle_runs_with_nothing_but_numpy(tmp_path):
    bundle = write_bundle(tmp_path, [EnvironmentSpec(name, name, "python", "") for name in NAMES])
    code = (
        "import sys; sys.path[:] = [sys.argv[1]] + [p for p in sys.path if p]\n"
        "import numpy; before = set(sys.modules)\n"
        "import convparity.adapters.worker.serve as worker\n"
        "assert worker.__file__.startswith(sys.argv[1])\n"
        "stdlib = sys.stdlib_module_names | {'convparity', 'numpy'}\n"
        "print(sorted({n.split('.')[0] for n in set(sys.modules) - before} - stdlib))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(bundle)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
