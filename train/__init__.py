"""The training front end. What `save` writes, the compiler reads; `summary` shows what a model holds and will take."""

from binloom.train.saving import save
from binloom.train.summarise import Summary, summary

__all__ = ["Summary", "save", "summary"]
