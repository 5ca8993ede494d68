"""Time the golden model against Keras' own predict on a binary net: `python bench/golden_vs_keras.py [images]`.

The net is the Larq example's shape: three 3x3 convolutions of 32, 64 and 64 filters, two dense layers, all weights -1
or +1, and a sign before each layer but the first. Keras computes it in float32, since it knows no bits; the golden
model computes the same graph on integers. Both run in one process on the same images and must give the same logits.
"""

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run

FILTERS = (32, 64, 64)
UNITS = (64, 10)
ROUNDS = 7


@keras.saving.register_keras_serializable("bench")
class AtLeast(keras.layers.Layer):
    """+1 where x is at least its channel's bound, -1 elsewhere: what BatchNorm and a sign make together."""

    def __init__(self, bound: list[int], **options) -> None:
        super().__init__(**options)
        self.bound = bound

    def call(self, x):
        return keras.ops.where(x >= keras.ops.convert_to_tensor(self.bound, "float32"), 1.0, -1.0)


def pair(seed: int) -> tuple[Graph, keras.Model]:
    """The same net twice, with random weights."""
    random = np.random.default_rng(seed)
    builder = GraphBuilder("bench")
    x = builder.input((28, 28, 1))
    layers: list[keras.layers.Layer] = [keras.layers.Input((28, 28, 1))]
    kernels: list[np.ndarray] = []
    for index, filters in enumerate(FILTERS):
        inputs = builder.shape(x)[2]
        kernels.append(random.choice([-1, 1], (3, 3, inputs, filters)))
        x = builder.conv(x, kernels[-1])
        layers.append(keras.layers.Conv2D(filters, 3, use_bias=False))
        if index < 2:
            x = builder.max_pool(x, (2, 2))
            layers.append(keras.layers.MaxPooling2D(2))
        bound = random.integers(-200, 400, filters) if index == 0 else random.integers(-9, 20, filters)
        x = builder.threshold(x, bound)
        layers.append(AtLeast(bound.tolist()))
    x = builder.flatten(x)
    layers.append(keras.layers.Flatten())
    for index, units in enumerate(UNITS):
        kernels.append(random.choice([-1, 1], (builder.shape(x)[2], units)))
        x = builder.dense(x, kernels[-1])
        layers.append(keras.layers.Dense(units, use_bias=False))
        if index == 0:
            bound = random.integers(-9, 10, units)
            x = builder.threshold(x, bound)
            layers.append(AtLeast(bound.tolist()))
    model = keras.Sequential(layers)
    model.set_weights([kernel.astype(np.float32) for kernel in kernels])
    return builder.output(x), model


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    graph, model = pair(seed=0)
    images = np.random.default_rng(1).integers(0, 256, (count, 28, 28, 1), dtype=np.uint8)
    floats = images.astype(np.float32)

    def keras_at(size: int) -> Callable[[], np.ndarray]:
        return lambda: model.predict(floats, batch_size=size, verbose=0)

    contenders: dict[str, Callable[[], np.ndarray]] = {
        "Keras, batches of 32 (its own choice)": keras_at(32),
        "Keras, batches of 512": keras_at(512),
        "Keras, batches of 2048": keras_at(2048),
        "golden": lambda: run(graph, images)["logits"].reshape(count, -1),
    }
    results = {name: work() for name, work in contenders.items()}
    if not all((result == results["golden"]).all() for result in results.values()):
        raise SystemExit("golden and Keras differ")
    # In turns, so that whatever else the machine does meets all alike; the fastest round counts.
    seconds = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, work in contenders.items():
            start = time.perf_counter()
            work()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    for name, taken in seconds.items():
        ratio = f", golden is {taken / seconds['golden']:.2f} times as fast" if name != "golden" else ""
        print(f"{name}: {taken:.3f} s, {count / taken:,.0f} images a second{ratio}")


if __name__ == "__main__":
    main()
