"""Where the path of ready through a network is cut, so that its clock does not fall with its length.

A block takes a beat when the block behind it does: without a cut that is one path through all blocks between two
FIFOs, and each of them stops thousands of registers with it. A cut costs a register and a multiplexer a wire, so the
narrowest streams are taken that leave no more than `RUN` blocks in a row.
"""

from collections.abc import Sequence
from dataclasses import replace

from binloom.hw.branches.fifo import MAX_REGISTERS
from binloom.hw.network import Netlist, Stage
from binloom.hw.order.rewire import Rewire

RUN = 2


def with_cuts(netlist: Netlist, run: int = RUN) -> Netlist:
    """The same network with a cut in front of as many of its blocks as that takes."""
    cut = {stage.name for chain in _chains(netlist) for stage in _narrowest(chain, run)}
    cut |= {stage.name for stage in netlist.stages if _after_many(netlist, stage)}
    return replace(netlist, stages=tuple(replace(stage, cut=stage.name in cut) for stage in netlist.stages))


def _chains(netlist: Netlist) -> list[list[Stage]]:
    """The blocks in runs in which ready passes from each to the one before."""
    readers = netlist.readers
    chains: dict[str, list[Stage]] = {}  # by the stage at its end
    for stage in netlist.stages:
        before = chains.pop(stage.inputs[0], []) if _linked(stage) and readers[stage.inputs[0]] == 1 else []
        chains[stage.name] = [*before, stage]
    return list(chains.values())


def _linked(stage: Stage) -> bool:
    """Whether ready passes from it to the stage before: memories with room for more part them, a join has many."""
    return len(stage.inputs) == 1 and stage.depth(0) <= MAX_REGISTERS and not stage.block.settled


def _after_many(netlist: Netlist, stage: Stage) -> bool:
    """Whether it follows a fork or a join, from where ready goes several ways."""
    source = next((other for other in netlist.stages if other.name == stage.inputs[0]), None)
    return _linked(stage) and (netlist.readers[stage.inputs[0]] > 1 or (source is not None and len(source.inputs) > 1))


def _narrowest(chain: Sequence[Stage], run: int) -> list[Stage]:
    """The stages of a chain in front of which to cut it: the fewest wires that leave no run of blocks too long."""
    best: list[tuple[int, list[Stage]]] = [(0, [])]  # for the blocks from each one on, cut in front of it or not
    for start in range(len(chain) - 1, -1, -1):
        options, weight = [], 0
        for end in range(start, len(chain)):
            weight += not isinstance(chain[end].block, Rewire)  # wires alone take no time
            if weight > run and end > start:
                break
            wires, cuts = best[len(chain) - end - 1]
            following = chain[end + 1 : end + 2]
            options.append((wires + sum(map(_width, following)), [*following, *cuts]))
        best.append(min(options, key=lambda option: (option[0], len(option[1]))))
    return best[-1][1]


def _width(stage: Stage) -> int:
    return stage.i_maps[0].lanes * stage.i_maps[0].stored_width
