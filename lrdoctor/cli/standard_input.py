"""A log from a pipe: `kubectl logs job | lrdoctor diagnose -`."""

import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from lrdoctor.reading.fetch.copying import Readable

STDIN = "-"


def standard_input(paths: Sequence[str]) -> "Readable | None":
    """What `-` among the paths stands for; None where it is not there.

    Raises:
        UsageError: nothing is piped in: standard input is a terminal, or closed.
    """
    if STDIN not in paths:
        return None
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("- reads a log from standard input, which is closed: pipe one in")
    if sys.stdin.isatty():
        raise UsageError(
            "- reads a log from standard input: pipe one in, as in `kubectl logs job | lrdoctor diagnose -`"
        )
    return cast("Readable", getattr(sys.stdin, "buffer", io.BytesIO()))
