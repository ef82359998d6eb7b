"""The lines that convert a function of TensorFlow, ``given``, for inputs like ``x``, and compute ``y`` of ``x``.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

RUN = (
    "made = given.get_concrete_function(tf.TensorSpec(x.shape, x.dtype))",
    "lite = Interpreter(model_content=tf.lite.TFLiteConverter.from_concrete_functions([made]).convert())",
    "lite.allocate_tensors()",
    'lite.set_tensor(lite.get_input_details()[0]["index"], x)',
    "lite.invoke()",
    'y = lite.get_tensor(lite.get_output_details()[0]["index"])',
)
