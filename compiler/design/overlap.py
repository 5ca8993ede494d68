"""Which windows may be pushed out by the next frame.

A window whose border lies behind the image has windows left when a frame ends. Where the next frame is there, its
beats push them out, which costs no cycle; but then they come only as that frame goes on. There are two places where
it may not go on, and a window ends each frame by itself.

Between a fork and a join that could hang: the fork waits for room on the other branch, the join for a window, and the
window for the fork. Depths of FIFOs take for granted (`fifo.py`) that it does not. In front of every fork no beat waits
for one that comes later, since the network's input gives whatever is taken; nor where no join follows, since
whatever comes out is taken.

Behind a block that gives the first beats of a frame out before it has any of it, as `Pad` its upper border, the next
frame seems to have begun when none follows.
"""

from collections.abc import Mapping
from dataclasses import replace

from binloom.hw.network import Netlist, Stage
from binloom.hw.windows.window import Window


def without_hangs(netlist: Netlist) -> Mapping[str, Stage]:
    """The stages by name, those that must let nothing of the next frame in made so."""
    readers = netlist.readers
    # Inputs side by side may be fed in turns: as if they came from one fork.
    forked = {name for name in netlist.inputs if len(netlist.inputs) > 1}
    for stage in netlist.stages:
        if any(name in forked or readers[name] > 1 for name in stage.inputs):
            forked.add(stage.name)
    eager: set[str] = set()
    for stage in netlist.stages:
        needs = stage.block.needs() if len(stage.inputs) > 1 else (stage.block.needs(),)
        if not any(needed[0] for needed in needs) or eager.intersection(stage.inputs):
            eager.add(stage.name)
    joined: set[str] = set()
    for stage in reversed(netlist.stages):
        if stage.name in joined or len(stage.inputs) > 1:
            joined.update(stage.inputs)
    alone = forked & joined | eager
    return {
        stage.name: replace(stage, block=stage.block.alone())
        if isinstance(stage.block, Window) and stage.name in alone
        else stage
        for stage in netlist.stages
    }
