"""The one exception for what a user can mend: a message of one line that names the culprit and the remedy."""


class InputError(Exception):
    """The user's model, data, folder or option is wrong. The command line prints it and exits with status 2."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
