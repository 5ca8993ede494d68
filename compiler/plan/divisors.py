"""The divisors of a number: what lanes, simd, pe and the like can be."""

from functools import cache


@cache
def divisors(n: int) -> tuple[int, ...]:
    """From 1 to n, in order."""
    small = [d for d in range(1, int(n**0.5) + 1) if n % d == 0]
    return (*small, *(n // d for d in reversed(small) if d * d != n))
