"""What reading a file takes, which `--max-bytes` bounds: the one place that knows how much more that is than its size.

Most logs are read line by line, and take what their curves take.  What is parsed in one piece takes many times its
size in memory, and a database beside which its program left something is copied with it.
"""

from dataclasses import dataclass

from lrdoctor.reading.parsing.head import Head

# Bytes in memory for one of JSON, as measured: lists of short numbers take 5 to 15, of empty or nested objects 30; what
# a reader makes of them may add half as much.
AT_ONCE = 30
AS_TEXT = 6  # of its bytes and its text, whose characters take four each where one of them is an emoji


@dataclass(frozen=True)
class Cost:
    """What reading takes.

    Args:
        bytes_: about so many at most, in memory or on the disk.
        why: they are more than the file has; empty where they are not.
    """

    bytes_: int
    why: str = ""


def by_and_by(head: Head) -> Cost:
    """Of a file that is read from its begin to its end, a part at a time."""
    return Cost(head.size)


def at_once(head: Head, times: int = AT_ONCE) -> Cost:
    """Of a file that is read in one piece, and parsed so where it takes `AT_ONCE` times its size."""
    return Cost(times * head.size, f"read in one piece it takes about {times} times its size in memory")
