"""How long to wait for an answer before asking again: learned from the answers that came, as TCP does (RFC 6298)."""

LEAST = 0.02  # seconds; a USB adapter alone may sit on a byte for 16 ms
MOST = 8.0


class Patience:
    """`wait` is the time to wait now, in seconds: twice as long after each wait in vain, until something is heard.

    It is never less than `least`.
    """

    def __init__(self, first: float, least: float = LEAST) -> None:
        self.least = least
        self.wait = self._usual = first
        self.mean = self._spread = 0.0

    def answered(self, seconds: float) -> None:
        """An answer to something that was sent once took so long."""
        if not self.mean:
            self.mean, self._spread = seconds, seconds / 2
        else:
            self._spread += (abs(seconds - self.mean) - self._spread) / 4
            self.mean += (seconds - self.mean) / 8
        self.wait = self._usual = max(self.least, self.mean + 4 * self._spread)

    def heard(self) -> None:
        """The other end is there."""
        self.wait = self._usual

    def in_vain(self) -> None:
        self.wait = max(self._usual, min(MOST, 2 * self.wait))
