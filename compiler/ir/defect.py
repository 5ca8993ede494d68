"""The exception for a graph that breaks the rules: our own defect, never the user's."""


class GraphError(Exception):
    """Names the graph, the node, the rule and the offender. `rule` is the name of the rule, where one was broken."""

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule
