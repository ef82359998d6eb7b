"""The functions of other files by what they do to the shape of a tensor, and the layout of a file's tensors."""

from __future__ import annotations

import ast
from functools import lru_cache

from ....adapters.layers import LEFT
from .outside import PADS, WINDOWS

# All by the last part of their name. Layers and functions that resize:
RESIZING = """
    Upsample UpSampling1D UpSampling2D UpSampling3D UpsamplingNearest2d UpsamplingBilinear2d interpolate upsample resize
    Resizing
"""
# Functions and methods that keep the shape, beside those of layers:
KEEPING = """
    relu relu_ relu6 gelu silu swish sigmoid tanh softmax log_softmax elu selu leaky_relu hard_sigmoid hard_swish
    hardswish hardsigmoid mish softplus dropout abs identity stop_gradient cast contiguous float half to type clone
    detach cuda clamp clip clip_by_value exp log sqrt square pow requires_grad_ batch_norm layer_norm group_norm
    instance_norm normalize l2_normalize
"""
# Others that slide no window:
SLIDING_NOTHING = """
    view reshape flatten permute transpose swapaxes moveaxis rearrange squeeze unsqueeze expand_dims expand repeat tile
    split chunk stack unstack sum mean max min amax reduce_mean reduce_sum reduce_max argmax norm matmul bmm einsum
    linear print len checkpoint Model Functional Lambda cumsum where zeros_like ones_like gather get_source_inputs
    channel_shuffle scaled_dot_product_attention correct_pad variable_scope name_scope
"""
# Layers that stand before a model, and keep the shape of an image:
PREPARING = """
    Rescaling Normalization RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness
"""
RESIZES, KEEP, BEFORE_A_MODEL = (frozenset(names.split()) for names in (RESIZING, KEEPING, PREPARING))
NEUTRAL = KEEP | frozenset(SLIDING_NOTHING.split())
RETURNED_BY = {"int_shape", "shape", "get_shape", "size"}  # functions and methods that return the shape

LAST = {"tensorflow", "keras", "tf_keras", "flax", "jax", "tf", "layers"}  # modules, and the usual names of modules
FIRST = {"torch", "mxnet", "gluon", "F"}
OTHER_LAYOUT = ("set_image_data_format", "data_format='channels_first'", 'data_format="channels_first"')


def keeps_shape(name: str) -> bool:
    """Return whether a layer or a function has an output whose shape is known from that of its input."""
    last = name.rpartition(".")[2]
    keeping = (WINDOWS, PADS, LEFT, RESIZES, KEEP, BEFORE_A_MODEL)
    return any(last in names for names in keeping)


@lru_cache(maxsize=16)
def channels_last(text: str) -> bool | None:
    """Return whether the tensors of a file have their channels last, by the modules it uses; None if not known."""
    nodes = list(ast.walk(ast.parse(text)))
    named = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    named |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    modules = {name.partition(".")[0] for name in named}
    if not modules & (LAST | FIRST):  # a part of a file
        modules = {node.id for node in nodes if isinstance(node, ast.Name)}
        modules |= {"torch"} if "nn.Module" in text else set()
    last, first = bool(modules & LAST), bool(modules & FIRST)
    return None if last == first or (last and any(other in text for other in OTHER_LAYOUT)) else last
