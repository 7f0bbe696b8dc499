"""What goes wrong in a user's recipe, as one line each."""

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from lrdoctor.errors import LrdoctorError, UsageError

HERE = Path(__file__).parents[1]  # all of replay/
LIBRARY = Path(traceback.__file__).parent
LONGEST = 300


class OutOfMemoryError(LrdoctorError):
    """The recipe needs more memory than there is."""


@contextmanager
def in_recipe(part: str) -> Iterator[None]:
    """Turns whatever the user's code raises into a `UsageError` that names the part, the error and the line.

    Raises:
        OutOfMemoryError: memory ran out; the caller may try with less.
        UsageError: anything else.
    """
    try:
        yield
    except LrdoctorError:
        raise
    except SystemExit as error:
        raise UsageError(f"the recipe leaves the program in {part}{where(error)}: return or raise instead") from error
    except Exception as error:
        if out_of_memory(error):
            raise short_of_memory(error) from error
        raise UsageError(
            f"the recipe fails in {part}: {type(error).__name__}: {brief(error)}{where(error)}{hint(error)}"
        ) from error


@contextmanager
def in_memory() -> Iterator[None]:
    """Turns memory that runs out anywhere inside, in our own code too, into an `OutOfMemoryError`."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, LrdoctorError) and out_of_memory(error):
            raise short_of_memory(error) from error
        raise


def short_of_memory(error: BaseException) -> OutOfMemoryError:
    """What to say of it."""
    return OutOfMemoryError(
        f"the recipe needs more memory than there is ({brief(error)}): use a smaller batch with `accumulate`, "
        "or `autocast`"
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether an error is about memory, on whichever device."""
    text = str(error).lower()
    return (
        isinstance(error, MemoryError | torch.cuda.OutOfMemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text))
    )


def hint(error: BaseException) -> str:
    """What to do about an error that reruns on a GPU bring to light; "" for any other."""
    text = str(error)
    if isinstance(error, RuntimeError) and ("on the same device" in text or "Input type (torch.cuda" in text):
        return (
            ": something is left on another device: move it to the model's (`tensor.to(device)`), or use --device cpu"
        )
    if "does not require grad and does not have a grad_fn" in text:
        return ": an optimizer that differentiates gradients needs a loop of its own (lrdoctor.replay_function)"
    return ""


def brief(error: BaseException) -> str:
    """The error's message on one line, not too long."""
    text = " ".join(str(error).split()) or "no message"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def where(error: BaseException) -> str:
    """The deepest line of code that is neither ours nor an installed library's: ` (train.py, line 12)`, or ""."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        installed = "site-packages" in path.parts or HERE in path.parents or LIBRARY in path.parents
        if not frame.filename.startswith("<") and not installed:
            return f" ({path.name}, line {frame.lineno})"
    return ""
