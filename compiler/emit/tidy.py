"""Makes generated Verilog readable: plain module names, and none of the wires that nothing reads."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from binloom.hw.arrays.loaded import UNINITIALISED

IDENTIFIER = re.compile(r"\\\S+|[A-Za-z_$][\w$]*")
MODULE = re.compile(r"^module (\\\S+|\w+)", re.MULTILINE)
PIN = re.compile(r"\.(?:\\\S+ |\w+)\(")  # a name of the module below, not of this one
WIRE = re.compile(r"^  wire (?:signed )?(?:\[[^]]*\] )?(\\\S+ |\w+);$")
ASSIGN = re.compile(r"^  assign (\\\S+ |\w+) = .*;$")
# A memory that Amaranth starts from zeros and that no bitstream can fill: its declaration, without its contents.
LOADED = re.compile(
    rf"^  \(\* {UNINITIALISED} = .*\*\)\n((?:  \(\*.*\*\)\n)*  reg .*;\n)  initial begin\n(?:    .*\n)*?  end\n",
    re.MULTILINE,
)
ATTRIBUTE = re.compile(r"^ *\(\*.*\*\)$")  # belongs to the line under it


def tidy(text: str, top: str, ports: Sequence[str], keep: Collection[str]) -> str:
    """The same design. `ports` is the order of the top module's ports; wires named in `keep` stay, read or not."""
    text = text[text.index("\nmodule ") + 1 :]  # what is before it tells the generator's version
    text = LOADED.sub(r"\1", text)
    modules = [_sweep(module, keep) for module in re.split(r"(?<=^endmodule\n)", text, flags=re.MULTILINE)]
    text = _plain_modules("".join(modules))
    return re.sub(rf"^module {top}\(.*\);$", f"module {top} ({', '.join(ports)});", text, count=1, flags=re.MULTILINE)


def _sweep(module: str, keep: Collection[str]) -> str:
    """Without the wires that are only assigned, again and again as others lose their reader."""
    lines: list[str] = module.splitlines(keepends=True)
    wires = {found[1].strip() for line in lines if (found := WIRE.match(line))} - set(keep)
    names = [IDENTIFIER.findall(PIN.sub("(", line)) for line in lines]
    uses = Counter(name for line in names for name in line if name in wires)
    header = set(IDENTIFIER.findall(lines[0])) if lines else set()  # ports have no more than a declaration each
    dead = set()
    assigned: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if found := ASSIGN.match(line):
            assigned.setdefault(found[1].strip(), []).append(number)
    removed: set[int] = set()
    work = [name for name in wires if name not in header]
    while work:
        name = work.pop()
        at = assigned.get(name, [])
        if name in dead or uses[name] != 1 + len(at):
            continue
        dead.add(name)
        removed.update(at)
        for number in at:
            for other in names[number]:
                if other in wires and other != name:
                    uses[other] -= 1
                    if other not in header:
                        work.append(other)
    removed.update(n for n, line in enumerate(lines) if (found := WIRE.match(line)) and found[1].strip() in dead)
    for number in reversed(range(len(lines) - 1)):
        if number + 1 in removed and ATTRIBUTE.match(lines[number]):
            removed.add(number)
    return "".join(line for number, line in enumerate(lines) if number not in removed)


def _plain_modules(text: str) -> str:
    """Module names such as `\\net.conv1 ` as `net_conv1`, where no two become one."""
    escaped = [name for name in MODULE.findall(text) if name.startswith("\\")]
    taken = {name for name in MODULE.findall(text) if not name.startswith("\\")}
    plain: dict[str, str] = {}
    for name in escaped:
        wanted = re.sub(r"\W", "_", name[1:])
        while wanted in taken:
            wanted += "_"
        taken.add(wanted)
        plain[name] = wanted
    return re.sub(r"\\\S+", lambda found: plain.get(found[0], found[0]), text)
