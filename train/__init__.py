"""The training front end. What it saves, the compiler reads; `summary` shows what a model holds and will take."""

from binloom.train.summarise import Summary, summary

__all__ = ["Summary", "summary"]
