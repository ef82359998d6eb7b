"""The chapter's own loop in one framework: build a layer, initialise it, call it, read the shape.

Runs in the framework's interpreter: ``python chapter_loop.py ADAPTER < LAYERS``, where LAYERS is JSON, the imports
above a spelling and a list of [source, input shape (N, C, *spatial)]. Prints how many layers gave a shape; those that
raise are passed over.
"""

import json
import re
import sys


def torch_shape(namespace):
    torch = namespace["torch"]

    def shape(source, size):
        layer = eval(re.sub(r"nn\.Conv(Transpose)?(\d)d\(\d+, ", r"nn.LazyConv\1\2d(", source), namespace)
        return layer(torch.rand(size=size)).shape

    return shape


def keras_shape(namespace):
    keras = namespace["keras"]

    def shape(source, size):
        return eval(source, namespace)(keras.random.uniform((size[0], *size[2:], size[1]))).shape

    return shape


def flax_shape(namespace):
    jax = namespace["jax"]

    def shape(source, size):
        layer = eval(source, namespace)
        key = jax.random.PRNGKey(0)
        x = jax.random.uniform(key, shape=(size[0], *size[2:], size[1]))
        return (layer.init_with_output(key, x)[0] if hasattr(layer, "apply") else layer(x)).shape

    return shape


def mxnet_shape(namespace):
    np = namespace["np"]

    def shape(source, size):
        layer = eval(source, namespace)
        layer.initialize()
        output = layer(np.random.uniform(size=tuple(size)))
        output.wait_to_read()  # MXNet computes in the background; an error shows only here
        return output.shape

    return shape


TRACKS = {
    "torch": torch_shape,
    "tensorflow": keras_shape,
    "keras-torch": keras_shape,
    "keras-jax": keras_shape,
    "flax": flax_shape,
    "mxnet": mxnet_shape,
}


def main():
    imports, layers = json.load(sys.stdin)
    namespace = {}
    exec(imports, namespace)
    shape = TRACKS[sys.argv[1]](namespace)
    shapes = 0
    for source, size in layers:
        try:
            shape(source, size)
            shapes += 1
        except Exception:  # what a framework refuses, the chapter would not have written
            continue
    print(shapes)


main()
