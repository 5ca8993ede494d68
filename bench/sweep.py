"""Components synthesised one by one for `fit.py`: `python bench/sweep.py [FAMILY ...] [--jobs 1] [--clock] [--known]`.

Writes `sweep.json`: for each component of `swept.py` what yosys makes of it and, with `--clock`, how fast nextpnr
routes those whose clock the model rests on. A component whose Verilog has not changed is not run again: results lie in
build/sweep/ by the hash of Verilog, command and version of the tool. Runs go through joblib.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from amaranth.back import verilog
from components import block
from joblib import Parallel, delayed
from swept import clocked, components

from binloom.compiler.emit.verilog import Platform
from binloom.compiler.targets.area import area_of
from binloom.compiler.targets.device import Device
from binloom.compiler.targets.devices import DEVICES
from binloom.toolchain import cache, find, nextpnr, yosys

RESULTS = Path(__file__).with_name("sweep.json")
WORK = Path("build/sweep")
TOP = "sweep"
DEVICE = {"ecp5": "ecp5-85f", "ice40": "ice40-hx8k"}
ROUTED = {"ecp5": "ecp5-25f", "ice40": "ice40-hx8k"}  # what the components are placed on, which are small
BATCH = 120_000  # characters of Verilog that one run of yosys takes
SEEDS = (1,)
PORT = re.compile(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", re.MULTILINE)

Spec = Mapping[str, Any]


def label(spec: Spec) -> str:
    return cache.digest(json.dumps(spec, sort_keys=True))[:12]


def emit(spec: Spec, family: str) -> str:
    platform = Platform(family)
    name = f"c_{label(spec)}"
    return verilog.convert(block(spec), name=name, platform=platform, emit_src=False, strip_internal_attrs=True)


def around(texts: Mapping[str, str]) -> str:
    """A module that holds all of these, its ports long enough for theirs."""
    inputs = outputs = 0
    lines = []
    for name, text in texts.items():
        connections = []
        head = text[re.search(rf"^module {name}\(", text, re.MULTILINE).start() :]  # type: ignore[union-attr]
        for way, high, port in PORT.findall(head[: head.index("endmodule")]):
            width = int(high or 0) + 1
            if port in ("clk", "rst"):
                connections.append(f".{port}({port})")
            elif way == "input":
                connections.append(f".{port}(i[{inputs + width - 1}:{inputs}])")
                inputs += width
            else:
                connections.append(f".{port}(o[{outputs + width - 1}:{outputs}])")
                outputs += width
        lines.append(f"  {name} u_{name} ({', '.join(connections)});")
    ports = f"input clk, input rst, input [{inputs - 1}:0] i, output [{outputs - 1}:0] o"
    return "\n".join([f"module {TOP}({ports});", *lines, "endmodule", ""])


def known(folder: Path, key: str) -> dict | None:
    file = folder / f"{key}.json"
    return json.loads(file.read_text()) if file.is_file() else None


def synthesise(device: Device, batch: Mapping[str, tuple[str, str]]) -> None:
    """Leaves the area of each component of the batch, {module: (key, Verilog)}, in the folder of results."""
    folder = WORK / f"run_{next(iter(batch.values()))[0]}"
    folder.mkdir(parents=True, exist_ok=True)
    sources = [folder / f"{name}.v" for name in batch] + [folder / f"{TOP}.v"]
    texts = {name: text for name, (_, text) in batch.items()}
    for source, text in zip(sources, [*texts.values(), around(texts)], strict=True):
        source.write_text(text)
    made = yosys.synthesise(sources, TOP, device.synth, folder, keep=list(batch), timeout=3600)
    for name, (key, _) in batch.items():
        cells = made.cells[name]
        found = {"area": asdict(area_of(cells, device.family)), "cells": cells}
        (WORK / f"{key}.json").write_text(json.dumps(found))
    print(f"{device.family.name}: {len(batch)} components, {made.seconds:.0f} s", flush=True)


def batches(texts: Mapping[str, tuple[str, str]]) -> Iterator[dict[str, tuple[str, str]]]:
    batch: dict[str, tuple[str, str]] = {}
    for name, entry in sorted(texts.items(), key=lambda item: len(item[1][1])):
        if batch and sum(len(text) for _, text in batch.values()) + len(entry[1]) > BATCH:
            yield batch
            batch = {}
        batch[name] = entry
    if batch:
        yield batch


def route(device: Device, key: str, name: str, text: str) -> None:
    """Leaves the clocks of a component, by seed, in the folder of results."""
    folder = WORK / f"route_{key}"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.v"
    source.write_text(text)
    made = yosys.synthesise([source], name, device.synth, folder, timeout=3600)
    args = (*device.args, "--speed", device.speed, *device.family.context)
    kind = device.family.nextpnr
    routed = nextpnr.route(kind, made.json, name, args, folder, seeds=SEEDS, freq=200.0, jobs=1, timeout=3600)
    (WORK / f"{key}.json").write_text(json.dumps([seed.clock_mhz for seed in routed]))
    print(f"{device.family.name}: {name} routed, {sum(seed.seconds for seed in routed):.0f} s", flush=True)


def sweep(family: str, jobs: int, clock: bool, new: bool) -> dict[str, Any]:
    device = DEVICES[DEVICE[family]]
    tool = find.yosys().require()
    specs = list(components(family))
    texts = {f"c_{label(spec)}": (spec, emit(spec, family)) for spec in specs}
    keys = {name: cache.digest(str(tool.version), device.synth, text)[:24] for name, (_, text) in texts.items()}
    missing = {name: (keys[name], text) for name, (_, text) in texts.items() if known(WORK, keys[name]) is None}
    if new:
        Parallel(n_jobs=jobs)(delayed(synthesise)(device, batch) for batch in batches(missing))
    rows = []
    router = find.nextpnr(device.family.nextpnr)
    for name, (spec, text) in texts.items():
        if (made := known(WORK, keys[name])) is None:
            continue
        row = {"spec": spec, **{what: n for what, n in made["area"].items() if n}}
        if clocked(spec):
            key = cache.digest(keys[name], str(router.version), str(SEEDS))[:24]
            if clock and known(WORK, key) is None:
                route(DEVICES[ROUTED[family]], key, name, text)
            if (found := known(WORK, key)) is not None:
                row["mhz"] = sorted(found)
        rows.append(row)
    return {"yosys": str(tool.version), "nextpnr": str(router.version), "command": device.synth, "rows": rows}


def dump(results: Mapping[str, Mapping[str, Any]]) -> str:
    """JSON with a component a line."""
    families = []
    for family, found in sorted(results.items()):
        rows = ",\n".join(f"   {json.dumps(row)}" for row in found["rows"])
        head = json.dumps({name: value for name, value in found.items() if name != "rows"})
        families.append(f' "{family}": {head[:-1]}, "rows": [\n{rows}\n ]}}')
    return "{\n" + ",\n".join(families) + "\n}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("family", nargs="*", choices=[*DEVICE, []], help="which families; all where none is named")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--clock", action="store_true", help="place and route as well")
    parser.add_argument("--known", action="store_true", help="synthesise nothing: only what has results already")
    args = parser.parse_args(arguments)
    WORK.mkdir(parents=True, exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for family in args.family or DEVICE:
        begin = time.perf_counter()
        results[family] = sweep(family, args.jobs, args.clock, not args.known)
        RESULTS.write_text(dump(results))
        print(f"{family}: {len(results[family]['rows'])} components, {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
