"""The chapter's own loop in one framework: build a layer, initialise it, call it, read the shape.

Runs in the framework's interpreter: ``python chapter_loop.py ADAPTER < LAYERS``, where LAYERS is JSON, a list of
[source, input shape (N, C, H, W)]. Prints how many layers gave a shape; those that raise are passed over.
"""

import json
import re
import sys


def torch_shape():
    import torch
    from torch import nn

    def shape(source, size):
        layer = eval(re.sub(r"nn\.Conv2d\(\d+, ", "nn.LazyConv2d(", source), {"nn": nn})
        return layer(torch.rand(size=size)).shape

    return shape


def tensorflow_shape():
    import tensorflow as tf

    def shape(source, size):
        n, c, h, w = size
        layer = eval(source, {"layers": tf.keras.layers})
        return layer(tf.random.uniform(shape=(n, h, w, c))).shape

    return shape


def flax_shape():
    import jax
    from flax import linen as nn

    def shape(source, size):
        n, c, h, w = size
        layer = eval(source, {"nn": nn})
        key = jax.random.PRNGKey(0)
        return layer.init_with_output(key, jax.random.uniform(key, shape=(n, h, w, c)))[0].shape

    return shape


def mxnet_shape():
    from mxnet import np, npx
    from mxnet.gluon import nn

    npx.set_np()

    def shape(source, size):
        layer = eval(source, {"nn": nn})
        layer.initialize()
        output = layer(np.random.uniform(size=tuple(size)))
        output.wait_to_read()  # MXNet computes in the background; an error shows only here
        return output.shape

    return shape


def main():
    shape = globals()[f"{sys.argv[1]}_shape"]()
    shapes = 0
    for source, size in json.load(sys.stdin):
        try:
            shape(source, size)
            shapes += 1
        except Exception:  # what a framework refuses, the chapter would not have written
            continue
    print(shapes)


main()
