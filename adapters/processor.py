"""The instruction set that the processor has and that oneDNN may use; it decides which kernels compute a layer.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any

# oneDNN's names for instruction sets, oldest first, with the flags that Linux lists for each ("CPU dispatcher control"
# in oneDNN's documentation; dnnl_cpu_isa_t in dnnl_types.h).
_AVX512 = ("avx512f", "avx512bw", "avx512vl", "avx512dq")
INSTRUCTION_SETS: Mapping[str, tuple[str, ...]] = {
    "sse41": ("sse4_1",),
    "avx": ("avx",),
    "avx2": ("avx2",),
    "avx2_vnni": ("avx2", "avx_vnni"),
    "avx2_vnni_2": ("avx2", "avx_vnni", "avx_vnni_int8", "avx_ne_convert"),
    "avx512_core": _AVX512,
    "avx512_core_vnni": (*_AVX512, "avx512_vnni"),
    "avx512_core_bf16": (*_AVX512, "avx512_vnni", "avx512_bf16"),
    "avx512_core_fp16": (*_AVX512, "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx_vnni"),
    "avx512_core_amx": (*_AVX512, "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"),
}
CAPS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")  # the first counts if both are set


def isa(flags: frozenset[str] | None = None, most: str = "") -> str:
    """Return the newest of oneDNN's instruction sets that the processor has, up to ``most`` if that is one of them.

    ``flags`` are the processor's flags as /proc/cpuinfo lists them; by default this machine's. If the processor has
    none of these instruction sets, or the system lists no flags, this returns the machine type, such as ``aarch64``.
    """
    found = _flags() if flags is None else flags
    names = list(INSTRUCTION_SETS)
    allowed = names[: names.index(most) + 1] if most in names else names
    return next((name for name in reversed(allowed) if found.issuperset(INSTRUCTION_SETS[name])), platform.machine())


def onednn_isa() -> str:
    """Return the instruction set that oneDNN uses: the processor's, or an older one set by an environment variable."""
    return isa(most=next((os.environ[name] for name in CAPS if os.environ.get(name)), "").lower())


def torch_facts(torch: Any) -> dict[str, Any]:
    """Return the facts that change PyTorch's results: threads, device, and the kernels that the processor allows."""
    device = torch.get_default_device()
    facts = {"threads": torch.get_num_threads(), "device": str(device)}
    if device.type == "cuda":
        facts["tf32"] = torch.backends.cudnn.allow_tf32
    if torch.backends.mkldnn.is_available():
        facts["onednn_isa"] = onednn_isa()
    capability = getattr(getattr(torch.backends, "cpu", None), "get_cpu_capability", None)  # not before torch 2.1
    return {**facts, "cpu_capability": capability().lower()} if capability else facts


def _flags() -> frozenset[str]:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, values = line.partition(":")
                if name.strip() == "flags":
                    return frozenset(values.split())
    except OSError:
        pass
    return frozenset()
