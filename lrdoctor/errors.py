"""What lrdoctor raises: one base error, caught once by the command line.

A message is one line: what was found, then what to do next.
"""

TRACEBACK = "LRDOCTOR_TRACEBACK"
"""An environment variable: set to anything, it lets an internal error through with its traceback."""


class LrdoctorError(Exception):
    """The base of every error that a user can cause and mend."""


class UnreadableError(LrdoctorError):
    """A path that holds no log lrdoctor can read; the message says what it is and what to try."""


class MissingExtraError(LrdoctorError):
    """A known format whose optional dependency is not installed; the message names the extra."""


class UsageError(LrdoctorError):
    """A request that cannot be met: an unknown series, format, verdict or setting."""


def internal_error(error: Exception) -> str:
    """A bug in one line, and how to see more of it."""
    message = " ".join(str(error).split())
    return f"internal error ({type(error).__name__}: {message}): please report it, with what {TRACEBACK}=1 shows"
