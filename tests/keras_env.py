"""Imports Keras for the tests: on the CPU, quietly. Import it before anything that imports Keras itself.

The warnings that TensorFlow and its dependencies give while they are imported are not ours; all others stay errors.
"""

import os
import warnings

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras

__all__ = ["keras"]
