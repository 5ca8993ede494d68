"""The exception for a graph that breaks the rules: our own defect, never the user's."""


class GraphError(Exception):
    """Names the graph, the node, the rule and the offender."""
