"""A file is written whole or not at all."""

import os
import secrets
import stat
from pathlib import Path

from lrdoctor.errors import LrdoctorError


class UnwritableError(LrdoctorError):
    """A target that cannot be written; the message says why and what to do."""


def check_target(target: Path) -> None:
    """Check, before any work is done for it, that `target` can be written, as far as that can be seen.

    Raises:
        UnwritableError: it cannot.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = 0
    except OSError as error:  # too long for the file system, a link to itself, a folder that may not be entered
        raise _unwritable(target, error) from error
    except ValueError as error:  # a NUL character
        raise UnwritableError(f"cannot write {str(target)!r}: it is no path; choose another name") from error
    if stat.S_ISDIR(mode):
        raise UnwritableError(f"cannot write {target}: it is a directory; name a file in it")
    if not mode and not target.parent.is_dir():
        raise UnwritableError(f"cannot write {target}: there is no directory {target.parent}; create it first")


def _unwritable(target: Path, error: OSError) -> UnwritableError:
    return UnwritableError(f"cannot write {target}: {error.strerror or error}; choose another place")


def write(target: Path, text: str) -> int:
    """Write `text` to `target` as UTF-8 and return its size in bytes.

    It is written to a file beside the target that then takes the target's name, so that a full disk or an interrupt
    leaves the old file as it was.  What is no regular file (`/dev/stdout`, a pipe) is written straight to.

    Raises:
        UnwritableError: the target cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    check_target(target)
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            target.write_bytes(data)
        else:
            replace(target.resolve(), data)
    except OSError as error:
        raise _unwritable(target, error) from error
    return len(data)


def replace(target: Path, data: bytes) -> None:
    """Put `data` in place of `target`, keeping the permissions of a file that is already there.

    Raises:
        OSError: the folder takes no file, or the disk is full; the old file is then as it was.
    """
    # A name of its own: the target's may be as long as the file system takes.
    beside = target.with_name(f".lrdoctor-{secrets.token_hex(6)}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(stat.S_IMODE(target.stat().st_mode))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
