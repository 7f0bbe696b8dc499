"""Sizes of files and of memory, in words.  Imports nothing: what refuses a file needs it before all else."""

UNITS = ("B", "kB", "MB", "GB")
DIGITS = (0, 0, 1, 1)  # shown behind the point


def size(bytes_: int) -> str:
    """A size in the unit in which it reads as less than 1000, by the digits that are shown.

    >>> size(640), size(20_800), size(3_120_000), size(7_200_000_000)
    ('640 B', '21 kB', '3.1 MB', '7.2 GB')
    >>> size(999), size(999_499), size(999_600), size(999_960_000)
    ('999 B', '999 kB', '1.0 MB', '1.0 GB')
    """
    readable = (power for power, digits in enumerate(DIGITS) if round(bytes_ / 1000**power, digits) < 1000)
    power = next(readable, len(UNITS) - 1)
    return f"{bytes_ / 1000**power:.{DIGITS[power]}f} {UNITS[power]}"
