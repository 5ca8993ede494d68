"""The training front end. What `save` writes, the compiler reads; `summary` shows what a model holds and will take.

Nothing is imported before it is used: a recipe is read without Keras' being there.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binloom.train.saving import save
    from binloom.train.summarise import Summary, summary

__all__ = ["Summary", "save", "summary"]

_PLACES = {"save": "binloom.train.saving"}


def __getattr__(name: str) -> object:
    import importlib

    if name not in __all__:
        raise AttributeError(f"module 'binloom.train' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES.get(name, "binloom.train.summarise")), name)
