"""Small Keras models, each there for some corner of the layer table; what they compute is compared elsewhere."""

from tests.keras_env import keras  # isort: skip

import numpy as np
from keras import layers as k

from binloom.train import layers as binloom
from tests.lower import dialects as d


def chain(shape, *stack):
    return keras.Sequential([keras.Input(shape), *stack])


def bn(**config):
    return k.BatchNormalization(**config)


def conv_shapes(kernel, stride, padding, shape):
    return chain(
        shape,
        k.Conv2D(5, kernel, stride, padding=padding),
        bn(),
        d.QuantConv2D(3, kernel, stride, padding=padding, input_quantizer="ste_sign", kernel_quantizer="ste_sign"),
        k.Flatten(),
        k.Dense(4),
    )


def larq_pad_values(value):
    both = {"input_quantizer": "ste_sign", "kernel_quantizer": "approx_sign"}
    return chain(
        (7, 6, 2),
        d.QuantConv2D(5, 3, kernel_quantizer="ste_sign", use_bias=False),
        bn(scale=False),
        d.QuantConv2D(4, (4, 3), 2, padding="same", pad_values=value, **both),
        bn(),
        d.QuantConv2D(3, 2, padding="same", pad_values=value, dilation_rate=2, **both),
        k.GlobalAveragePooling2D(),
        k.Softmax(),
    )


def larq_depthwise():
    signs = {"input_quantizer": "ste_sign", "depthwise_quantizer": "ste_sign"}
    return chain(
        (8, 7, 3),
        d.QuantDepthwiseConv2D(3, depth_multiplier=2, padding="same", depthwise_quantizer="magnitude_aware_sign"),
        bn(),
        d.QuantDepthwiseConv2D((3, 2), padding="same", pad_values=1.0, **signs),
        bn(),
        d.QuantSeparableConv2D(
            5, 3, depth_multiplier=2, padding="same", pointwise_quantizer="magnitude_aware_sign", **signs
        ),
        bn(),
        d.QuantSeparableConv2D(
            4, 2, padding="same", pad_values=-1.0, intermediate_quantizer="ste_sign", pointwise_quantizer="swish_sign",
            **signs,
        ),
        k.Flatten(),
        bn(),
        d.QuantDense(6, input_quantizer="ste_sign", kernel_quantizer="magnitude_aware_sign"),
        bn(),
    )  # fmt: skip


def cbcnn_net():
    return chain(
        (12, 10, 1),
        d.BinaryConv2D(6, 3, padding="same", H="Glorot"),
        bn(epsilon=1e-6),
        k.MaxPooling2D(2),
        k.Activation(d.binary_tanh),
        d.BinaryConv2D(7, 3, padding="same", H=0.5, use_bias=False),
        k.MaxPooling2D(2),
        bn(epsilon=1e-6),
        k.Activation(d.binary_tanh),
        k.Flatten(),
        d.BinaryDense(8, H="Glorot", use_bias=False),
        bn(epsilon=1e-6),
        k.Activation(d.binary_tanh),
        d.BinaryDense(5, H=1.0),
        bn(epsilon=1e-6),
        k.Activation("softmax"),
    )


def binloom_net():
    return chain(
        (9, 9, 3),
        k.Rescaling(1 / 127.5, offset=-1),
        binloom.BinaryConv2D(8, 3, padding="same"),
        k.MaxPooling2D(3, 2, padding="same"),
        bn(),
        binloom.BinaryDepthwiseConv2D(3, binary_input=True, padding="same", depth_multiplier=2, use_bias=False),
        bn(),
        binloom.BinaryConv2D(8, 1, binary_input=True, groups=4),
        bn(),
        binloom.Sign(),
        k.AveragePooling2D(2, padding="same"),
        k.Flatten(),
        binloom.BinaryDense(4, binary_input=False),
    )


def padded_bits():
    return chain(
        (6, 5, 2),
        k.Conv2D(4, 3),
        k.ZeroPadding2D(((1, 0), (0, 2))),
        d.QuantConv2D(3, 3, input_quantizer="ste_sign", kernel_quantizer="ste_sign"),
        bn(),
        binloom.Sign(),
        k.ZeroPadding2D(1),
        binloom.BinaryConv2D(3, 3, padding="same"),
        bn(),
        binloom.Sign(),
        k.ZeroPadding2D(1),
        k.MaxPooling2D(2),
        k.Flatten(),
        k.Dense(3),
    )


def activations():
    return chain(
        (8, 8, 2),
        k.Conv2D(4, 3, activation="relu"),
        k.MaxPooling2D(2),
        bn(),
        d.QuantConv2D(4, 2, input_quantizer="ste_sign", kernel_quantizer="ste_sign"),
        k.PReLU(shared_axes=[1, 2]),
        bn(),
        d.QuantConv2D(4, 1, input_quantizer="ste_sign", kernel_quantizer="ste_sign"),
        k.LeakyReLU(negative_slope=0.2),
        d.QuantConv2D(4, 1, kernel_quantizer="ste_sign", activation="leaky_relu"),
        k.ReLU(max_value=6.0),
        k.ReLU(negative_slope=0.25),
        k.GlobalMaxPooling2D(keepdims=True),
        k.Conv2D(3, 1, activation="sigmoid"),
    )


def averages():
    return chain(
        (7, 11, 3),
        k.Normalization(mean=[100.0, 90.5, 80.25], variance=[900.0, 1600.0, 2500.0]),
        k.AveragePooling2D((3, 2), (2, 3), padding="same"),
        d.QuantConv2D(6, 2, padding="same", kernel_quantizer="ste_sign"),
        k.AveragePooling2D(3, 1, padding="same"),
        bn(),
        d.QuantConv2D(6, 1, input_quantizer="ste_sign", kernel_quantizer="ste_sign"),
        k.GlobalAveragePooling2D(),
        k.Dense(1, activation="sigmoid"),
    )


def residual():
    x = inputs = keras.Input((8, 8, 1))
    x = bn()(d.QuantConv2D(4, 3, padding="same", kernel_quantizer="ste_sign")(x))
    for strides in (1, 2, 1):
        signs = {"input_quantizer": "ste_sign", "kernel_quantizer": "ste_sign", "padding": "same", "use_bias": False}
        branch = bn()(d.QuantConv2D(4, 3, strides, pad_values=1.0, **signs)(x))
        shortcut = x if strides == 1 else k.AveragePooling2D(2)(x)
        x = k.Add()([branch, shortcut])
    x = k.GlobalAveragePooling2D()(k.Activation("relu")(x))
    return keras.Model(inputs, k.Dense(5, activation="softmax")(x))


def shifted():
    x = inputs = keras.Input((6, 6, 2))
    x = binloom.BinaryConv2D(4, 3, padding="same", use_bias=False)(k.Rescaling(1 / 256)(x))
    x = binloom.FixedPoint(8, 3)(x)
    for strides in (1, 2):
        signs = binloom.RSign()(x)
        branch = bn()(binloom.BinaryConv2D(4 * strides, 3, strides=strides, padding="same", use_bias=False)(signs))
        shortcut = x if strides == 1 else k.AveragePooling2D(2)(k.Concatenate()([x, x]))
        branch = k.Activation("relu")(branch) if strides == 2 else binloom.BinaryConv2D(4, 1)(binloom.Sign()(branch))
        x = binloom.RPReLU(fraction=4 if strides == 1 else None)(k.Add()([branch, shortcut]))
        x = binloom.FixedPoint(16, 4)(x) if strides == 1 else x
    return keras.Model(inputs, k.Dense(3)(k.GlobalAveragePooling2D()(x)))


def concatenated():
    x = inputs = keras.Input((6, 7, 2))
    a = bn()(k.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x))
    b = k.SeparableConv2D(3, 3, padding="same")(x)
    x = k.Concatenate()([a, b, a])
    bits = binloom.Sign()(x)
    c = bn()(binloom.BinaryConv2D(3, 3, padding="same")(bits))
    d_ = k.Concatenate(axis=3)([bits, binloom.Sign()(c)])
    e = k.Concatenate()([binloom.BinaryConv2D(2, 1)(d_), bits, c])
    x = k.Flatten()(k.Dropout(0.5)(e))
    return keras.Model(inputs, [k.Dense(4)(x), k.Dense(3, activation="log_softmax")(x)])


def shapes():
    return chain(
        (1, 1, 12),
        k.Reshape((2, 3, 2)),
        k.Dense(5),
        k.Reshape((-1, 5)),
        k.Dense(3),
        k.Flatten(),
        bn(),
        d.QuantDense(4, input_quantizer="ste_sign", kernel_quantizer="ste_sign"),
    )


def grouped():
    return chain(
        (7, 7, 6),
        k.Conv2D(9, 3, groups=3, dilation_rate=2, padding="same"),
        bn(),
        k.DepthwiseConv2D(3, 2, padding="same", depth_multiplier=3),
        bn(),
        binloom.Sign(),
        k.Conv2D(6, 3, groups=3, padding="same"),
        k.MaxPooling2D((2, 3), (3, 1), padding="same"),
        k.Flatten(),
        k.Dense(7),
    )


def plain_image():
    return chain(
        (6, 5),
        k.Rescaling(1 / 255),
        k.Reshape((6, 5, 1)),
        binloom.BinaryConv2D(4, 3),
        bn(),
        binloom.BinaryConv2D(3, (1, 2), binary_input=True),
        k.GlobalMaxPooling2D(),
        k.Activation("tanh"),
    )


def vector():
    return chain(
        (23,),
        bn(),
        k.Dense(11, activation="relu"),
        bn(axis=1),
        d.QuantDense(7, input_quantizer="ste_sign", kernel_quantizer="ste_sign", activation=d.binary_tanh),
        bn(),
        d.QuantDense(5, kernel_quantizer="magnitude_aware_sign"),
        k.Softmax(),
    )


def training_only():
    return chain(
        (6, 5, 1),
        k.RandomFlip(),
        k.RandomRotation(0.2),
        k.RandomTranslation(0.2, 0.2),
        k.RandomZoom(0.3),
        k.RandomBrightness(0.4, value_range=(0, 1)),
        k.RandomContrast(0.4),
        k.GaussianNoise(1.0),
        binloom.BinaryConv2D(4, 3),
        k.SpatialDropout2D(0.5),
        k.ActivityRegularization(l2=0.1),
        d.SyncBatchNormalization(),
        k.AlphaDropout(0.5),
        binloom.BinaryConv2D(4, 2, binary_input=True),
        k.GaussianDropout(0.5),
        k.Identity(),
        bn(synchronized=True),
        k.Flatten(),
        k.Dense(3, activation="softplus"),
        k.Dropout(0.5),
    )


def larq_quantizer_layers():
    return chain(
        (6, 7, 2),
        d.NoOp(),
        d.QuantConv2D(5, 3, kernel_quantizer="ste_sign"),
        bn(),
        d.SteSign(),
        d.QuantConv2D(4, 2, kernel_quantizer="swish_sign"),
        bn(),
        d.ApproxSign(),
        d.QuantConv2D(4, 2, padding="same", kernel_quantizer="approx_sign"),
        bn(),
        d.SwishSign(),
        k.Flatten(),
        d.QuantDense(3, kernel_quantizer="ste_sign", activation=d.ste_sign),
        k.Dense(3, activation="log_sigmoid"),
    )


def ceilings():
    return chain(
        (6, 6, 2),
        k.Conv2D(4, 2, activation="linear"),
        k.Activation("relu6"),
        k.Conv2D(4, 2, activation="hard_tanh"),
        bn(),
        k.ReLU(max_value=0.75),
        k.MaxPooling2D(2),
        k.Conv2D(3, 1, activation="relu6"),
        k.Flatten(),
        k.Dense(3, activation="hard_tanh"),
    )


def eight_bits():
    return chain(
        (8, 7, 2),
        binloom.BinaryConv2D(6, 3, padding="same"),
        binloom.Clip(-2.5, 3),
        binloom.FixedPoint(8, 5),
        binloom.Int8BatchNormalization(input_fraction=5, output_fraction=4),
        binloom.BinaryConv2D(5, 3, binary_input=True, use_bias=False),
        binloom.Clip(),
        binloom.Int8BatchNormalization(),
        k.Flatten(),
        binloom.BinaryDense(3),
    )


def pixel_bits():
    x = inputs = keras.Input((6, 7, 2))
    x = binloom.Thermometer(3, lo=-500, hi=500)(binloom.bit_plane_input(x, 3, planes=5))
    x = bn()(binloom.BinaryConv2D(5, 3, padding="same")(x))
    return keras.Model(inputs, k.Dense(3)(k.Flatten()(x)))


def camera():
    x = inputs = keras.Input((6, 7, 3))
    x = bn()(binloom.BinaryConv2D(5, 3, padding="same")(binloom.image_compression(x)))
    return keras.Model(inputs, k.Dense(3)(k.Flatten()(x)))


def codes():
    return chain(
        (6, 5, 2),
        binloom.OvsfConv2D(4, 3, ratio=0.5, padding="same"),
        bn(),
        binloom.Sign(),
        binloom.OvsfConv2D(3, 2, ratio=0.25),
        k.Flatten(),
        k.Dense(3),
    )


MODELS = {
    "eight bits": eight_bits,
    "plain image": plain_image,
    "vector": vector,
    "larq pad 0": lambda: larq_pad_values(0.0),
    "larq pad 1": lambda: larq_pad_values(1.0),
    "larq pad -1": lambda: larq_pad_values(-1.0),
    "larq depthwise": larq_depthwise,
    "cbcnn": cbcnn_net,
    "binloom": binloom_net,
    "padded bits": padded_bits,
    "activations": activations,
    "averages": averages,
    "residual": residual,
    "shifted": shifted,
    "pixel bits": pixel_bits,
    "camera": camera,
    "codes": codes,
    "concat": concatenated,
    "shapes": shapes,
    "grouped": grouped,
    "training only": training_only,
    "larq quantizer layers": larq_quantizer_layers,
    "ceilings": ceilings,
    **{
        f"kernel {kernel} stride {stride} {padding} {shape}": lambda a=(kernel, stride, padding, shape): conv_shapes(*a)
        for kernel, stride, padding, shape in [
            (1, 1, "valid", (1, 1, 1)),
            (1, 2, "same", (5, 3, 7)),
            (2, 2, "same", (5, 8, 3)),
            (3, 1, "same", (1, 4, 2)),
            (3, 2, "same", (32, 3, 1)),
            (3, 3, "valid", (13, 12, 2)),
            (4, 2, "same", (6, 9, 3)),
            (5, 2, "same", (9, 11, 3)),
            (6, 2, "same", (9, 10, 2)),
            (7, 3, "same", (10, 8, 1)),
        ]
    },
}


def randomise(model: keras.Model, seed: int) -> None:
    """Weights of all signs, gammas of 0 among them; variances positive; each a float32."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        value = rng.normal(0, 1, weight.shape)
        if "variance" in weight.path:
            value = 0.2 + np.abs(value) * 4
        if "gamma" in weight.path:
            value *= rng.random(weight.shape) > 0.15
        if "mean" in weight.path:
            value *= 3
        if "kernel" in weight.path:
            value = value / 2
        weight.assign(value.astype(np.float32))
