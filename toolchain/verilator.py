"""Verilog to a simulator executable, quickly: what does not depend on the design is compiled once and kept.

Three things are cached, each under the hash of all that went into it: Verilator's run-time library, the object of the
caller's support code (which sees Verilator's headers but not the design's), and the finished executable.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from binloom.toolchain import cache, find
from binloom.toolchain.run import parallel, run

CODECS = Path(__file__).parent / "codecs"  # stand-ins for lz4.h and zlib.h, see there
RUNTIME = ("verilated.cpp", "verilated_threads.cpp")
SPLIT = 20_000  # C++ statements a file: keeps the compiler's memory and its slowest file small
SMALL = 400_000  # bytes of generated C++ under which one translation unit is quickest


@dataclass(frozen=True, slots=True)
class Library:
    """Verilog that a design stands on: models of the cells that a synthesised netlist is made of.

    Of a module that is there twice the first one counts, which is how a model takes the place of an empty box.
    """

    sources: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()  # where `include looks
    defines: tuple[str, ...] = ()

    @property
    def content(self) -> Iterator[bytes]:
        """All that a simulator depends on."""
        headers = [path for folder in self.folders for path in sorted(folder.glob("*.vh"))]
        yield from (path.read_bytes() for path in (*self.sources, *headers))
        yield from (define.encode() for define in self.defines)

    @property
    def args(self) -> list[str | Path]:
        """Of Verilator; the sources precede the design. What a model says against its parameters is an error."""
        folders = [f"-I{folder.resolve()}" for folder in self.folders]
        defines = [f"-D{define}" for define in self.defines]
        return ["-Werror-USERERROR", *defines, *folders, *(path.resolve() for path in self.sources)]


NONE = Library()


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulator is built."""

    optimise: str = "-O2"  # of the design's own C++; what is compiled once has -O2
    trace: bool = False  # able to write FST waves
    public: tuple[str, ...] = ()  # patterns of signals that can be found by name at run time
    cells: Library = NONE
    jobs: int = 2
    timeout: float = 1800.0

    @property
    def flags(self) -> tuple[str, ...]:
        """Of the C++ compiler, the same for every file that goes into one executable."""
        include = Path(_root()) / "include"
        switches = {"COVERAGE": 0, "SC": 0, "TIMING": 0, "TRACE": self.trace, "TRACE_FST": self.trace}
        switches |= {"TRACE_VCD": 0, "TRACE_SAIF": 0}
        return (
            "-std=c++17",
            "-w",
            "-faligned-new",
            "-DVERILATOR=1",
            "-DVL_TIME_CONTEXT",
            *(f"-DVM_{name}={int(value)}" for name, value in switches.items()),
            f"-I{include}",
            f"-I{include / 'vltstd'}",
            *((f"-I{CODECS}",) if self.trace else ()),
        )


def build(
    verilog: str,
    top: str,
    glue: str,
    support: Path,
    settings: Settings = Settings(),
) -> Path:
    """The executable that simulates module `top` of `verilog`.

    `glue` is C++ that may include the generated header Vtop.h; `support` is the folder of design-independent C++
    (*.cpp, *.h), one of which holds main().
    """
    files = {path.name: path.read_bytes() for path in sorted(support.glob("*.[ch]*")) if path.suffix in (".cpp", ".h")}
    parts = (settings.optimise, repr(settings.public), top, verilog, glue)
    key = cache.digest(_stamp(settings), *parts, *files.values(), *settings.cells.content)

    def make(folder: Path) -> None:
        library = runtime(settings)
        driver = _objects(settings, files, support)
        (folder / "top.v").write_text(verilog)
        (folder / "glue.cpp").write_text(glue)
        _verilate(folder, top, settings)
        objects = _compile_model(folder, support, settings)
        _cxx([*objects, *sorted(driver.glob("*.o")), library / "runtime.a", "-pthread", "-o", "simulate"], folder)
        for path in [*folder.glob("model*"), *folder.glob("*.o"), *folder.glob("*.cpp")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return cache.entry("models", key, make) / "simulate"


def runtime(settings: Settings) -> Path:
    """The folder of Verilator's run-time library, built with these flags."""
    include = Path(_root()) / "include"
    sources = [*RUNTIME, *(("verilated_fst_c.cpp",) if settings.trace else ())]

    def make(folder: Path) -> None:
        objects = _compile([include / name for name in sources], folder, settings, ("-O2",))
        run(["ar", "rcs", folder / "runtime.a", *objects], timeout=60)

    return cache.entry("runtime", cache.digest(_stamp(settings)), make)


def _objects(settings: Settings, files: Mapping[str, bytes], support: Path) -> Path:
    sources = [support / name for name in files if name.endswith(".cpp")]

    def make(folder: Path) -> None:
        _compile(sources, folder, settings, ("-O2",))

    return cache.entry("support", cache.digest(_stamp(settings), *files.values()), make)


def _verilate(folder: Path, top: str, settings: Settings) -> None:
    tool = find.verilator().require()
    args: list[str | Path] = [tool.path, "--cc", *settings.cells.args, "top.v", "--top-module", top]  # type: ignore[list-item]
    args += ["--prefix", "Vtop", "--Mdir", "model"]
    # Unset bits are not read in what Amaranth writes: all has an initial value, or waits until a load has filled it.
    args += ["-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert", "-Wno-fatal", "-Wno-lint"]
    args += ["--output-split", str(SPLIT), "--no-timing"]
    if settings.trace:
        args += ["--trace-fst", "--trace-structs"]
    if settings.public:
        control = ["`verilator_config", *(f'public_flat_rd -module "*" -var "{name}"' for name in settings.public)]
        (folder / "public.vlt").write_text("\n".join(control) + "\n")
        args += ["public.vlt"]
    run(args, cwd=folder, timeout=settings.timeout, log=folder / "verilator.log", env=tool.env)


def _compile_model(folder: Path, support: Path, settings: Settings) -> list[Path]:
    """The generated files and the glue: all in one go when they are small, else file by file."""
    model = folder / "model"
    sources = sorted(model.glob("*.cpp"))
    includes = ("-Imodel", f"-I{support}")
    fast, slow = (*includes, settings.optimise), (*includes, "-O0")
    glue = folder / "glue.cpp"
    if sum(path.stat().st_size for path in sources) < SMALL:
        whole = folder / "all.cpp"
        whole.write_text("".join(f'#include "{path.relative_to(folder)}"\n' for path in [glue, *sources]))
        return _compile([whole], folder, settings, fast)
    once = [path for path in sources if "__Slow" in path.name]  # start-up code: optimising it costs more than it gives
    rest = [path for path in sources if path not in once]
    return [*_compile([glue, *rest], folder, settings, fast), *_compile(once, folder, settings, slow)]


def _compile(sources: Sequence[Path], folder: Path, settings: Settings, flags: Sequence[str] = ()) -> list[Path]:
    objects = [folder / f"{path.stem}.o" for path in sources]

    def one(source: Path, target: Path) -> None:
        _cxx([*settings.flags, *flags, "-c", source, "-o", target], folder, settings.timeout)

    # The largest first, so that none is left alone at the end.
    order = sorted(zip(sources, objects, strict=True), key=lambda pair: -pair[0].stat().st_size)
    parallel([partial(one, *pair) for pair in order], settings.jobs)
    return objects


def _cxx(args: Sequence[str | Path], folder: Path, timeout: float = 600.0) -> None:
    run([find.compiler().require().path, *args], cwd=folder, timeout=timeout)  # type: ignore[list-item]


def _root() -> str:
    """Where Verilator's headers are."""
    tool = find.verilator().require()
    root = tool.env.get("VERILATOR_ROOT") or os.environ.get("VERILATOR_ROOT")
    return root or run([tool.path, "--getenv", "VERILATOR_ROOT"], timeout=20).output.strip()  # type: ignore[list-item]


def _stamp(settings: Settings) -> str:
    tool, cxx = find.verilator().require(), find.compiler().require()
    return f"{tool.path} {tool.version} {cxx.path} {cxx.version} {' '.join(settings.flags)}"
