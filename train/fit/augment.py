"""Images moved, turned, zoomed and mirrored at random. They stay uint8, as what they are made of."""

import numpy as np

from binloom.train.fit.how import Stage


def augmented(images: np.ndarray, stage: Stage, random: np.random.Generator) -> np.ndarray:
    """Each image (n, height, width, channels) by an affine map of its own about its middle.

    Values between pixels are interpolated along both axes and rounded; beyond its edge an image goes on as at the edge.
    """
    if stage.flips:
        mirrored = random.random(len(images)) < 0.5
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    if not (stage.shifts or stage.turn or stage.zoom):
        return images
    shift = random.integers(-stage.shifts, stage.shifts + 1, (2, len(images)))
    if not (stage.turn or stage.zoom):
        return _shifted(images, shift)
    turn = np.deg2rad(random.uniform(-1, 1, len(images)) * (stage.turn or 0))
    zoom = 1 + random.uniform(-1, 1, len(images)) * (stage.zoom or 0)
    return _mapped(images, shift, turn, zoom)


def _shifted(images: np.ndarray, shift: np.ndarray) -> np.ndarray:
    rows, columns = (
        np.clip(np.arange(size) - by[:, None], 0, size - 1) for size, by in zip(images.shape[1:3], shift, strict=True)
    )
    return images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


def _mapped(images: np.ndarray, shift: np.ndarray, turn: np.ndarray, zoom: np.ndarray) -> np.ndarray:
    count, height, width, _ = images.shape
    y = np.arange(height)[:, None] - (height - 1) / 2 - shift[0][:, None, None]
    x = np.arange(width)[None, :] - (width - 1) / 2 - shift[1][:, None, None]
    cos, sin = ((part / zoom)[:, None, None] for part in (np.cos(turn), np.sin(turn)))
    from_y = np.clip(cos * y - sin * x + (height - 1) / 2, 0, height - 1).astype(np.float32)
    from_x = np.clip(sin * y + cos * x + (width - 1) / 2, 0, width - 1).astype(np.float32)
    top, left = from_y.astype(np.intp), from_x.astype(np.intp)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down, along = (from_y - top)[..., None], (from_x - left)[..., None]
    which = np.arange(count)[:, None, None]
    upper = images[which, top, left] * (1 - along) + images[which, top, right] * along
    lower = images[which, bottom, left] * (1 - along) + images[which, bottom, right] * along
    return np.rint(upper * (1 - down) + lower * down).astype(np.uint8)
