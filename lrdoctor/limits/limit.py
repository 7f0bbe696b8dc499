"""What a threshold is: a number that knows its unit, reason and source."""

from typing import Self


class Limit(float):
    """A threshold that a finding quotes and a decision uses: the same number for both.

    Args:
        value: the number.
        unit: what it counts.
        reason: why it is there.
        source: where it comes from, or `provisional`.

    >>> limit = Limit(5, "points", "fewer say nothing about an end", "the README's definition")
    >>> 4 < limit, limit.unit
    (True, 'points')
    """

    unit: str
    reason: str
    source: str

    def __new__(cls, value: float, unit: str, reason: str, source: str) -> Self:
        """A float that knows its unit, reason and source."""
        made = super().__new__(cls, value)
        made.unit, made.reason, made.source = unit, reason, source
        return made

    def __getnewargs__(self) -> tuple[float, str, str, str]:  # type: ignore[override] # a float has one
        return float(self), self.unit, self.reason, self.source
