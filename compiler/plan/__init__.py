"""The planner: chooses the fold of every op and the depth of every FIFO."""
