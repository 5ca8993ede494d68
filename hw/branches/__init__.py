"""Where streams part, wait and meet again."""
