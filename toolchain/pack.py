"""A placed and routed design to the file that a chip is configured with."""

from pathlib import Path

from binloom.toolchain import find
from binloom.toolchain.run import ToolError, run


def pack(packer: str, design: Path, out: Path, *, chip: str = "", timeout: float) -> Path:
    """Run "ecppack", "icepack" or "gowin_pack", of which only the last asks for the chip. Both files lie in one folder.

    ToolError where it is missing, fails or writes nothing.
    """
    tool = find.packer(packer).require()
    folder = design.parent
    out.unlink(missing_ok=True)
    args = {
        "ecppack": ["--compress", "--input", design.name, "--bit", out.name],
        "icepack": [design.name, out.name],
        "gowin_pack": ["-d", chip, "-o", out.name, design.name],
    }[packer]
    log = folder / f"{packer}.log"
    run([tool.path, *args], cwd=folder, timeout=timeout, log=log)  # type: ignore[list-item]
    if not out.is_file() or not out.stat().st_size:
        raise ToolError(f"{packer} left no bitstream behind (log: {log})")
    return out
