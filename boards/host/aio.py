"""The same board for a program that is written with asyncio: the line is talked to in a thread of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from binloom.boards.host.device import Benchmarked, Counts, Device
from binloom.boards.host.layout import Result
from binloom.boards.identity import Identity

T = TypeVar("T")
END = object()


class AsyncDevice:
    """A Device whose calls are awaited. They may be made from any task: one after the other goes out on the line.

        async with AsyncDevice("/dev/ttyUSB0", "build") as board:
            print(await board.infer(image))

    A call that is cancelled goes on unheard until it has its answer, and the next one waits for that. Arguments are
    those of Device.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._args, self._options = args, options
        self._thread = ThreadPoolExecutor(1, "binloom-board")
        self._device: Device | None = None

    async def __aenter__(self) -> Self:
        self._device = await self._do(lambda: Device(*self._args, **self._options))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._do(self.device.close)
        self._thread.shutdown(wait=False)

    @property
    def device(self) -> Device:
        """The device itself, once the block was entered."""
        if self._device is None:
            raise RuntimeError("an AsyncDevice is opened by `async with`")
        return self._device

    @property
    def identity(self) -> Identity:
        return self.device.identity

    async def infer(self, image: np.ndarray | Path | str) -> Result:
        """Classify one image."""
        return await self._do(lambda: self.device.infer(image))

    async def batch(self, images: Iterable[np.ndarray | Path | str]) -> AsyncIterator[Result]:
        """The result of each image, in their order."""
        results = self.device.batch(images)
        while (result := await self._do(lambda: next(results, END))) is not END:
            assert isinstance(result, Result)
            yield result

    async def load(self) -> None:
        """Send the weights."""
        await self._do(self.device.load)

    async def check(self) -> bool:
        """Have the board read its weights back; False where they had to be loaded again."""
        return await self._do(self.device.check)

    async def benchmark(self, frames: int = 1000) -> Benchmarked:
        """Frames that the board holds itself, as fast as it takes them."""
        return await self._do(lambda: self.device.benchmark(frames))

    async def counters(self) -> Counts:
        """What the board has counted."""
        return await self._do(self.device.counters)

    async def reset(self, *, everything: bool = False) -> None:
        """Forget the images that are under way; or everything."""
        await self._do(lambda: self.device.reset(everything=everything))

    async def _do(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
