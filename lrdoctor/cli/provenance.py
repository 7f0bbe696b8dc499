"""What a report says of its own making: the date, the command line, what it is about."""

import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrdoctor.records.provenance import Provenance

EPOCH = "SOURCE_DATE_EPOCH"
"""The variable that fixes the date of what is built, see reproducible-builds.org."""


def provenance(paths: Sequence[str] = ()) -> "Provenance":
    """Of a report that is made now, by this command line, about `paths`."""
    from lrdoctor.records.provenance import Provenance

    return Provenance(now(), command(), title(paths))


def now() -> str:
    """The date and time in UTC, or what `SOURCE_DATE_EPOCH` says."""
    try:
        at = datetime.fromtimestamp(int(os.environ[EPOCH]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        at = datetime.now(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def command() -> str:
    """The command line as a shell reads it."""
    return shlex.join(["lrdoctor", *sys.argv[1:]])


def title(paths: Sequence[str]) -> str:
    """The name of the one folder that was named; "" otherwise."""
    if len(paths) != 1 or not os.path.isdir(paths[0]):  # noqa: PTH112 - or a URL
        return ""
    return Path(os.path.abspath(paths[0])).name  # noqa: PTH100 - a link keeps its own name
