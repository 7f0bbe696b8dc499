"""Whether cells hold the days, months or years that a series in time goes by; a training's rows are minutes apart."""

import re
from collections.abc import Sequence

MIN_DAYS = 3  # different ones
_TIME = re.compile(r"\d:\d\d")

_DAY = re.compile(
    r"(?:(?:1[89]|20)\d\d[-/](?:0?[1-9]|1[0-2])(?:[-/](?:[0-2]?\d|3[01]))?|[0-3]?\d[-/. ](?:[01]?\d|[A-Za-z]{3,9})"
    r"[-/. ](?:\d\d)?\d\d|(?:1[89]|20)\d\d[- ]?[QqWw]\d\d?|[A-Za-z]{3,9}[- ](?:1[89]|20)\d\d)"
    r"(?:[T ](?P<hour>\d\d):00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?$"
)


def are_days(cells: Sequence[str]) -> bool:
    """Whether these are dates without a time of day, or on the full hour, and differ.

    >>> are_days(["2024-01-01", "2024-01-02", "2024-01-03"]), are_days(["2024-01-01 10:00:03", "2024-01-01 10:00:41"])
    (True, False)
    """
    filled = _filled(cells)
    return len(set(filled)) >= MIN_DAYS and all(map(_DAY.match, filled))


def are_times(cells: Sequence[str]) -> bool:
    """Whether these are times of day or durations: `00:12`, `2024-01-01 10:00:03`."""
    filled = _filled(cells)
    return bool(filled) and all(map(_TIME.search, filled))


def _filled(cells: Sequence[str]) -> list[str]:
    """The cells that hold something; the rule below the header of a table in Markdown does not."""
    return [cell.strip() for cell in cells if cell.strip("-: \t")]
