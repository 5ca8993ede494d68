"""What hardware will cost before there is any: cells and clock of blocks, from their structure and fitted figures."""

from binloom.compiler.cost.estimate import area, netlist_area, node_areas
from binloom.compiler.cost.frequency import clock, clock_of

__all__ = ["area", "clock", "clock_of", "netlist_area", "node_areas"]
