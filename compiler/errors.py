"""The one exception for what a user can mend: a message of one line that names the culprit and the remedy."""

SHOWN = 80  # letters of what was given


class InputError(Exception):
    """The user's model, data, folder or option is wrong. The command line prints it and exits with status 2."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)


def shown(value: object) -> str:
    """What was given, for such a message."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
