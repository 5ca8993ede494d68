"""Models as files: what is stored counts as what was trained, and takes little room."""

import keras
import numpy as np
import pytest

from binloom.compiler.ir.interpret import run
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train import models
from binloom.train.layers import BinaryDepthwiseConv2D
from binloom.train.saving import save
from binloom.train.store import as_counted
from tests.train.test_models import settle


def depthwise() -> keras.Model:
    image = keras.Input((8, 8, 3))
    x = BinaryDepthwiseConv2D(3, depth_multiplier=20, use_bias=False)(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Flatten()(keras.layers.BatchNormalization()(x))
    return keras.Model(image, keras.layers.Dense(2)(x))


MADE = {
    "cbcnn": lambda: models.cbcnn((8, 8, 3), 5, filters=(32, 64), units=64),
    "vgg": lambda: models.vgg(((32, 32), (64,)), (), (8, 8, 3), 5),
    "binaryflex": lambda: models.binaryflex((8, 8, 3), 5, stem=16, width=(16,), strides=(1,), ratios=(0.5,), squeeze=2),
    "depthwise": depthwise,
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_stored_counts_as_what_was_trained(name, tmp_path):
    keras.utils.set_random_seed(1)
    model = MADE[name]()
    settle(model)
    images = np.random.default_rng(1).integers(0, 256, (20, 8, 8, 3))
    want, before = keras.ops.convert_to_numpy(model(images.astype(np.float32))), model.get_weights()
    model.save(tmp_path / "whole.h5", include_optimizer=False)
    save(model, tmp_path / "model.h5")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["model.h5", "whole.h5"]
    assert all((one == other).all() for one, other in zip(model.get_weights(), before, strict=True))
    again = keras.models.load_model(tmp_path / "model.h5", compile=False)
    assert (keras.ops.convert_to_numpy(again(images.astype(np.float32))) == want).all()
    graphs = [run_passes(lower(read_model(tmp_path / file))) for file in ("whole.h5", "model.h5")]
    (whole,), (small,) = (run(graph, images).values() for graph in graphs)
    assert (whole == small).all()


def test_bits_take_little_room(tmp_path):
    model = models.cbcnn((8, 8, 3), 5, filters=(32, 64), units=64)
    save(model, tmp_path / "model.h5")
    model.save(tmp_path / "whole.h5", include_optimizer=False)
    kernels = sum(layer.kernel.shape.num_elements() for layer in model.layers if hasattr(layer, "kernel"))
    assert (tmp_path / "model.h5").stat().st_size < kernels / 4 + 80_000
    assert (tmp_path / "whole.h5").stat().st_size > kernels * 4


def test_a_model_is_itself_again_where_saving_fails(tmp_path):
    model = models.cbcnn((8, 8, 3), 5, filters=(4,), units=4)
    before = model.get_weights()
    with as_counted(model):
        assert len(np.unique(model.get_layer("conv1").get_weights()[0])) == 2
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        save(model, tmp_path / "file" / "model.h5")
    assert all((one == other).all() for one, other in zip(model.get_weights(), before, strict=True))
