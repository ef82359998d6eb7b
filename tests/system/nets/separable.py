"""A network of separable convolutions, in Keras."""


def of_keras():
    import keras
    from keras import layers

    x = keras.Input((12, 10, 3))
    y = layers.SeparableConv2D(
        5, 3, strides=2, padding="same", depth_multiplier=2, bias_initializer="ones", name="first"
    )(x)
    y = layers.SeparableConv2D(4, 3, use_bias=False, name="second")(layers.ReLU(name="act")(y))
    return keras.Model(x, layers.Dense(3, name="head")(layers.Flatten()(y)))
