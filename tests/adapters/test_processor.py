"""The instruction set, by the flags of existing processors and by oneDNN's own report."""

import os
import platform
import re
import subprocess
import sys

import pytest
from convparity.adapters import processor

OLD = "fpu sse sse2 ssse3 sse4_1 sse4_2 avx f16c"  # Intel Sandy Bridge
ZEN2 = f"{OLD} avx2 fma"  # AMD EPYC 7002
SKYLAKE = f"{ZEN2} avx512f avx512dq avx512cd avx512bw avx512vl"
ZEN4 = f"{SKYLAKE} avx512_vnni avx512_bf16"
ALDER_LAKE = f"{ZEN2} avx_vnni"
SAPPHIRE_RAPIDS = f"{ZEN4} avx_vnni avx512_fp16 amx_tile amx_int8 amx_bf16"


@pytest.mark.parametrize(
    ("flags", "most", "isa"),
    [
        ("sse4_1", "", "sse41"),
        (OLD, "", "avx"),
        (ZEN2, "", "avx2"),
        (ALDER_LAKE, "", "avx2_vnni"),
        (SKYLAKE, "", "avx512_core"),
        (ZEN4, "", "avx512_core_bf16"),
        (SAPPHIRE_RAPIDS, "", "avx512_core_amx"),
        (SAPPHIRE_RAPIDS, "avx512_core_fp16", "avx512_core_fp16"),
        (ZEN4, "avx2", "avx2"),
        (ZEN4, "avx2_vnni", "avx2"),  # which this processor has not
        (ZEN2, "avx512_core", "avx2"),
        (ZEN4, "all", "avx512_core_bf16"),  # a word that allows everything
        ("", "", platform.machine()),  # such as on ARM
    ],
)
def test_the_newest_instruction_set_that_the_processor_has_and_that_is_allowed(flags, most, isa):
    assert processor.isa(frozenset(flags.split()), most) == isa


SAYS = {
    "Intel SSE4.1": {"sse41"},
    "Intel AVX": {"avx"},
    "Intel AVX2": {"avx2"},
    "Intel AVX2 with Intel DL Boost": {"avx2_vnni"},
    "Intel AVX-512 with AVX512BW, AVX512VL, and AVX512DQ extensions": {"avx512_core"},
    "Intel AVX-512 with Intel DL Boost": {"avx512_core_vnni"},
    "Intel AVX-512 with Intel DL Boost and bfloat16 support": {"avx512_core_bf16"},
}
CONVOLVE = {
    "torch": "import torch\ntorch.nn.Conv2d(8, 8, 3)(torch.ones(2, 8, 8, 8))",
    "tensorflow": "import tensorflow as tf\ntf.nn.conv2d(tf.ones((2, 8, 8, 2)), tf.ones((3, 3, 2, 3)), 1, 'VALID')",
    "mxnet": "import mxnet as mx\nc = mx.gluon.nn.Conv2D(3, 3)\nc.initialize()\nc(mx.nd.ones((1, 2, 8, 8))).asnumpy()",
}


@pytest.mark.parametrize("most", ["", "SSE41", "AVX2", "avx512_core", "nonsense"])
def test_onednn_reports_the_same_instruction_set(adapter, monkeypatch, most):
    if adapter.name not in CONVOLVE:
        pytest.skip(f"{adapter.name} does not use oneDNN by itself")
    for name in processor.CAPS:
        monkeypatch.setenv(name, most)
    variables = {**os.environ, "ONEDNN_VERBOSE": "2", "DNNL_VERBOSE": "2", "TF_ENABLE_ONEDNN_OPTS": "1"}
    code = [sys.executable, "-c", CONVOLVE[adapter.name]]
    said = subprocess.run(code, env=variables, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^(?:onednn|dnnl)_verbose,.*,isa:(.*)$", said, re.MULTILINE)
    assert found, said
    isa = adapter.facts().get("onednn_isa") or processor.onednn_isa()  # TensorFlow here may be without oneDNN
    assert isa in SAYS.get(found[1], {"avx2_vnni_2", "avx512_core_fp16", "avx512_core_amx"}), found[1]
