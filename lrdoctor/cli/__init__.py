"""The command line: the only room that prints, exits or reads argv.

Imports of the analysis are made inside the commands, so that `--help` answers at once.
"""

import os
import sys
import warnings
from collections.abc import Sequence

import typer

from lrdoctor.cli import logs, output, replay
from lrdoctor.cli.app import app
from lrdoctor.cli.output import BROKEN, print_error
from lrdoctor.cli.signals import TerminatedError, ended_by_signals
from lrdoctor.errors import LrdoctorError
from lrdoctor.safe import TRACEBACK, internal_error

__all__ = ["app", "fail", "logs", "main", "output", "replay", "usage_line"]

INTERRUPTED = 130

# The base of what typer raises for a wrong option.  It has no public name: click's own, or typer's copy of it.
CommandLineError: type[Exception] = typer.BadParameter.mro()[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: the one place where errors become a line."""
    if not sys.warnoptions:
        # Libraries warn their programmers; what matters to the user is in the report.
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a character must not end the report.
            stream.reconfigure(errors="replace")
    try:
        with ended_by_signals():
            code = app(args=arguments, prog_name="lrdoctor", standalone_mode=False)
    except TerminatedError as error:
        return error.code
    except CommandLineError as error:
        return fail(usage_line(error))
    except LrdoctorError as error:
        return fail(str(error))
    except (BrokenPipeError, SystemExit):
        # Nobody reads the help any more (`--help | head`): typer makes a `SystemExit(1)` of that.
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        return fail(internal_error(error))
    return code if isinstance(code, int) else 0


def usage_line(error: Exception) -> str:
    """A wrong option in one line, with where to look."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "lrdoctor"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{' '.join(message.split()).rstrip('.')}; `{command} --help` shows the options"


def fail(message: str) -> int:
    """Print an error and return the exit code for it."""
    print_error(f"lrdoctor: error: {' '.join(message.split())}")
    return BROKEN
