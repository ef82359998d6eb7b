"""The lines of a script that convert a Keras layer and its weights to a model of TensorFlow Lite, and run it.

Pure: the standard library only.
"""

from __future__ import annotations

from ..dressing import OF_WEIGHTS
from .litert_script import RUN


def apply_lines(layer: str, source: str, weights: tuple[str, ...]) -> list[str]:
    """Return the lines that compute ``y`` from ``x`` and the named weights, all NumPy arrays as the layer has them."""
    if source.startswith(OF_WEIGHTS):
        return [f"given = tf.function(lambda x: {layer}(x, kernel))", *RUN]
    give = [f"{layer}.build(x.shape)", f"{layer}.set_weights([{', '.join(weights)}])"]
    return [*(give if weights else []), f"given = tf.function({layer})", *RUN]
