"""Which codes a convolution of orthogonal codes keeps: the choices by name, for its Keras layer and for its reader."""

STEPS = 128  # coefficients are whole multiples of 1 / STEPS
CHOICES = ("first", "spread", "mixed")
MIX = 40_503  # 2^16 times the golden ratio, less 2^16: so multiplied, numbers fall anywhere, as if by chance


def chosen_codes(choice: str, ratio: float, length: int) -> list[int]:
    """max(1, floor(ratio * length)) codes by number, rising: 0, 1, 2, ...; evenly spread; or one of each run between
    evenly spread ones, anywhere in it."""
    count = max(1, int(ratio * length))
    if choice == "first":
        return list(range(count))
    spread = [index * length // count for index in range(count)]
    if choice == "spread":
        return spread
    if choice != "mixed":
        raise ValueError(f"a choice of codes is one of {', '.join(CHOICES)}, got {choice!r}")
    run = length // count
    return [code + MIX * index % (1 << 16) * run // (1 << 16) for index, code in enumerate(spread)]
