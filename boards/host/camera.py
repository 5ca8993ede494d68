"""Pictures from a camera, by way of OpenCV."""

from collections.abc import Iterator

import numpy as np

from binloom.boards.host.pictures import middle, to_range
from binloom.compiler.errors import InputError
from binloom.hw.stream import Map
from binloom.toolchain import find


def frames(number: int, map: Map) -> Iterator[np.ndarray]:
    """What camera `number` sees, one image after the other, for a stream of this map; ends with the camera.

    The middle of the picture is taken. InputError where there is no such camera, MissingTool without OpenCV.
    """
    name = "opencv-python-headless"
    find.package(name, "board", "a camera", f"pip install {name}", module="cv2").require()
    import cv2

    if map.channels not in (1, 3):
        raise InputError(f"a camera gives 1 or 3 channels, the model takes {map.channels}", "give image files")
    camera = cv2.VideoCapture(number)
    try:
        if not camera.isOpened():
            raise InputError(f"there is no camera {number}", "plug one in, or give another number")
        while True:
            there, picture = camera.read()
            if not there:
                return
            colours = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY if map.channels == 1 else cv2.COLOR_BGR2RGB)
            cut = middle(colours, map.height / map.width)
            yield to_range(cv2.resize(cut, (map.width, map.height), interpolation=cv2.INTER_AREA), map)
    finally:
        camera.release()
