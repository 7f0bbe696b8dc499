"""Standard output and standard error, in whatever state they are: full, closed, gone, unable to show a character."""

import errno
import io
import sys

from lrdoctor.display import clean, inert
from lrdoctor.errors import LrdoctorError


class NoOutputError(LrdoctorError):
    """Standard output takes nothing; the message says why and what to do."""


class Closed(io.TextIOBase):
    """In place of a standard output that was closed from the start (`>&-`): Python has None there."""

    def write(self, _text: str, /) -> int:
        """Fail, as writing to a closed file descriptor does."""
        raise OSError(errno.EBADF, "it is closed")


def prepare() -> None:
    """Make both streams fit for any text: a terminal that cannot show a character must not end the report."""
    if sys.stdout is None:
        sys.stdout = Closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def no_output(error: OSError) -> NoOutputError:
    """The error for a standard output that took nothing.

    The stream is let go: the interpreter would try again at its end to write what is buffered, and say so at length.
    """
    sys.stdout = None
    return NoOutputError(f"cannot write to standard output: {error.strerror or error}; choose another place")


def print_out(text: str) -> None:
    """Text to standard output; a reader that has gone away (`| head`) is no error.

    Raises:
        NoOutputError: the disk is full, or the stream closed.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # As in `no_output`.
    except OSError as error:
        raise no_output(error) from error


def print_error(line: str) -> None:
    """A line to standard error, without secrets (CI keeps its logs) or anything that could repaint the terminal."""
    from lrdoctor.redaction import text

    print_error_as_is(f"{inert(clean(text(line)))}\n")


def print_error_as_is(text: str) -> None:
    """Our own text to standard error; where that takes nothing, nothing is said."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        sys.stderr = None
