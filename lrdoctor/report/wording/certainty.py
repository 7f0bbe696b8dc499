"""How sure a probability is, in words."""

VERY_LIKELY = 0.9
LIKELY = 0.7


def certainty(p: float) -> str:
    """A probability in words: very likely from 0.9, likely from 0.7, leaning below.

    >>> certainty(0.93), certainty(0.7), certainty(0.44)
    ('very likely', 'likely', 'leaning')
    """
    return "very likely" if p >= VERY_LIKELY else "likely" if p >= LIKELY else "leaning"
