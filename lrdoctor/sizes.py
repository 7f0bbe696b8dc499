"""Sizes of files and of memory, in words.  Imports nothing: what refuses a file needs it before all else."""


def size(bytes_: int) -> str:
    """A size: `640 B`, `21 kB`, `3.1 MB`, `7.2 GB`.

    >>> size(640), size(20_800), size(3_120_000), size(7_200_000_000)
    ('640 B', '21 kB', '3.1 MB', '7.2 GB')
    """
    if bytes_ < 1000:
        return f"{bytes_} B"
    if bytes_ < 1_000_000:
        return f"{bytes_ / 1000:.0f} kB"
    if bytes_ < 1_000_000_000:
        return f"{bytes_ / 1_000_000:.1f} MB"
    return f"{bytes_ / 1_000_000_000:.1f} GB"
