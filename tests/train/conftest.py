"""Keras comes in through `keras_env`, before the modules under test import it."""

import tests.keras_env  # noqa: F401
