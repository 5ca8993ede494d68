"""A component that may be made and never become hardware."""

from amaranth.lib import wiring


class Part(wiring.Component):
    """What planning makes in numbers to ask for its figures, and tests for its model. Amaranth warns of components that
    nobody elaborates, from wherever the garbage collector happens to run; of these it does not."""

    _MustUse__silence = True
