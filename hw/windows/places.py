"""Where windows lie on an image: the one description that the circuits and their NumPy models share."""

from dataclasses import dataclass

import numpy as np

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WindowPadding:
    """Positions added on each side. `fill` is the stored value they hold; None leaves them out of the result."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    fill: int | None = None

    def __post_init__(self) -> None:
        for side in ("top", "bottom", "left", "right"):
            if getattr(self, side) < 0:
                raise ValueError(f"padding must not be negative, got {getattr(self, side)} at the {side}")

    @property
    def any(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)


NO_PADDING = WindowPadding()


@dataclass(frozen=True, slots=True)
class Geometry:
    """Windows of `kernel` positions, `dilation` apart, every `stride` positions of a padded height x width image.

    The flat view that the circuits rest on: let the image travel pixel after pixel, and call the last pixel of the
    first window, counted as if rows had no end, number `lead`. Then the window at (oy, ox) ends at pixel
    `lead + oy * stride_y * width + ox * stride_x`: windows follow each other like the pixels of one more image of
    the same size, `lead` pixels later. That holds while the border is narrower than the window, which is checked.
    """

    height: int
    width: int
    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: WindowPadding = NO_PADDING

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "dilation"):
            if min(getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1 in both directions, got {getattr(self, name)}")
        pad = self.padding
        for border, reach, size, axis in (
            (pad.top + pad.bottom, self.reach[0], self.height, "rows"),
            (pad.left + pad.right, self.reach[1], self.width, "columns"),
        ):
            if border > reach:
                raise ValueError(
                    f"padding must be narrower than the window, got {border} {axis} for a window that spans {reach + 1}"
                )
            if size + border <= reach:
                raise ValueError(f"the window spans {reach + 1} {axis}, the padded image has {size + border}")

    @property
    def reach(self) -> Pair:
        """Distance from a window's first to its last row and column."""
        return (self.kernel[0] - 1) * self.dilation[0], (self.kernel[1] - 1) * self.dilation[1]

    @property
    def out_height(self) -> int:
        return (self.height + self.padding.top + self.padding.bottom - self.reach[0] - 1) // self.stride[0] + 1

    @property
    def out_width(self) -> int:
        return (self.width + self.padding.left + self.padding.right - self.reach[1] - 1) // self.stride[1] + 1

    @property
    def lead(self) -> int:
        """Pixels that pass before the one that ends the first window."""
        return (self.reach[0] - self.padding.top) * self.width + self.reach[1] - self.padding.left

    @property
    def ends(self) -> np.ndarray:
        """For each window, row-major, the flat number of the pixel that ends it; it may lie behind the image."""
        rows = np.arange(self.out_height) * self.stride[0] * self.width
        return (self.lead + rows[:, None] + np.arange(self.out_width) * self.stride[1]).ravel()

    @property
    def steps(self) -> int:
        """Pixels a frame takes, those behind the image included that it takes to push the last window out."""
        last = (self.out_height - 1) * self.stride[0] * self.width + (self.out_width - 1) * self.stride[1]
        return max(self.height * self.width, self.lead + last + 1)

    @property
    def flush(self) -> int:
        """Steps behind the image."""
        return self.steps - self.height * self.width

    @property
    def overlaps(self) -> bool:
        """Whether the steps behind the image can be pixels of the next one: there are some, and its own windows come
        later."""
        return bool(self.flush) and self.lead <= self.height * self.width

    def follows(self, groups: int) -> np.ndarray:
        """For each window and channel group, how many beats must have passed, those of the next frame counted on."""
        return (self.ends[:, None] * groups + np.arange(groups) + 1).ravel()

    def needs(self, groups: int) -> np.ndarray:
        """The same where steps without a beat end the frame."""
        return np.minimum(self.follows(groups), self.height * self.width * groups)

    def lag(self, groups: int) -> int:
        """Steps from the last beat that the first window needs to that window; more than 0 where it ends outside."""
        return max(0, self.lead * groups + 1 - self.height * self.width * groups)

    @property
    def whole(self) -> bool:
        """Whether there is one window, and it is the image."""
        return self.kernel == (self.height, self.width) and self.dilation == (1, 1) and not self.padding.any

    def rows(self) -> np.ndarray:
        """The image row of each tap (out_height, kernel rows); outside 0 .. height - 1 it is padding."""
        first = np.arange(self.out_height) * self.stride[0] - self.padding.top
        return first[:, None] + np.arange(self.kernel[0]) * self.dilation[0]

    def columns(self) -> np.ndarray:
        """The image column of each tap (out_width, kernel columns)."""
        first = np.arange(self.out_width) * self.stride[1] - self.padding.left
        return first[:, None] + np.arange(self.kernel[1]) * self.dilation[1]

    def extract(self, frames: np.ndarray, fill: int) -> np.ndarray:
        """Frames (N, height, width, C) as windows (N, out_height, out_width, kh, kw, C), padded with `fill`."""
        pad = self.padding
        borders = ((0, 0), (pad.top, pad.bottom), (pad.left, pad.right), (0, 0))
        padded = np.pad(np.asarray(frames), borders, constant_values=fill)
        rows, columns = self.rows() + pad.top, self.columns() + pad.left
        return padded[:, rows[:, None, :, None], columns[None, :, None, :], :]
