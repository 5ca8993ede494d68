"""The small model of the command line's tests, and its build."""

from tests.cli.conftest import built, data, model

__all__ = ["built", "data", "model"]
