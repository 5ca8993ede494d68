"""The small model of the command line's tests."""

from tests.cli.conftest import data, model

__all__ = ["data", "model"]
