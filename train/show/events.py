"""A history as events that TensorBoard shows: `tensorboard --logdir FOLDER/events`.

Written by TensorBoard's own writer, which needs no TensorFlow: so it is the same on every backend, and for stages that
Keras does not run, as those of an extreme learning machine.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

FOLDER = "events"


class Events:
    """The events of one run. What an earlier process wrote is written anew, so that no step stands there twice."""

    def __init__(self, folder: Path) -> None:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        own = folder / FOLDER
        for old in own.glob("events.out.tfevents.*"):
            old.unlink()
        self.writer = EventFileWriter(str(own))
        self.done = 0

    def add(self, epochs: Sequence[Mapping[str, Any]]) -> None:
        """The epochs of a history that are new."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        for step, epoch in enumerate(epochs[self.done :], self.done + 1):
            values = [
                Summary.Value(tag=f"{part(key)}/{name(key)}", simple_value=value)
                for key, value in epoch.items()
                if isinstance(value, int | float) and key != "epoch" and isfinite(value)
            ]
            self.writer.add_event(Event(step=step, summary=Summary(value=values)))
        self.done = max(self.done, len(epochs))
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()


def part(key: str) -> str:
    """Where it stands: the curves of one quantity are drawn beside each other."""
    return key.removeprefix("val_")


def name(key: str) -> str:
    return "validation" if key.startswith("val_") else "training"
