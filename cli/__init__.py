"""binloom weaves trained binary neural networks into FPGA fabric.

    build = binloom.compile("model.h5", "build/")
    build.evaluate(x, y)         # accuracy of the integer model
    build.verify(images)         # the Verilog against it

Nothing is imported before it is used: `import binloom` costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binloom.api import compile, inspect, integer_graph, load
    from binloom.build import Build
    from binloom.compiler.errors import InputError
    from binloom.sim.golden import Evaluation
    from binloom.sim.verify import Verification

__all__ = ["Build", "Evaluation", "InputError", "Verification", "compile", "inspect", "integer_graph", "load"]

_PLACES = {"Build": "binloom.build", "InputError": "binloom.compiler.errors"}


def __getattr__(name: str) -> object:
    import importlib

    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("binloom")
    if name not in __all__:
        raise AttributeError(f"module 'binloom' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES.get(name, "binloom.api")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
