"""A serial line in front of a network: bytes in, bytes out."""
