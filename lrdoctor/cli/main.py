"""The command line: the only room that prints, exits or reads argv.

Imports of the analysis are made inside the commands, so that `--help` answers at once.
"""

import logging
import os
import sys
import warnings
from collections.abc import Sequence

import typer

from lrdoctor.cli import log_commands, replay_command  # noqa: F401 - importing them registers the commands
from lrdoctor.cli.app import app
from lrdoctor.cli.codes import EXIT_CLEAN, EXIT_ERROR, EXIT_INTERRUPTED
from lrdoctor.cli.signals import TerminatedError, ended_by_signals
from lrdoctor.cli.streams import NoOutputError, prepare, print_error, print_out
from lrdoctor.errors import TRACEBACK, LrdoctorError, internal_error

# The base of what typer raises for a wrong option.  It has no public name: click's own, or typer's copy of it.
CommandLineError: type[Exception] = typer.BadParameter.mro()[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: the one place where errors become a line."""
    if not sys.warnoptions:
        # Libraries warn their programmers; what matters to the user is in the report.
        warnings.simplefilter("ignore")
    # So does matplotlib, of a home folder that may not be written to.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    prepare()
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
        return EXIT_CLEAN
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        return fail(unforeseen(error))
    return code if isinstance(code, int) else EXIT_CLEAN


def usage_line(error: Exception) -> str:
    """A wrong option in one line, with where to look."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "lrdoctor"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{' '.join(message.split()).rstrip('.')}; `{command} --help` shows the options"


def unforeseen(error: Exception) -> str:
    """What no command guards itself against, in one line: typer prints the help, and the system fails anywhere."""
    if not isinstance(error, OSError):
        return internal_error(error)
    try:
        print_out("")
    except NoOutputError as full:
        return str(full)
    what = f": {error.filename}" if error.filename is not None else ""
    return f"{error.strerror or error}{what}: mend that and try again"


def fail(message: str) -> int:
    """Print an error and return the exit code for it."""
    print_error(f"lrdoctor: error: {' '.join(message.split())}")
    return EXIT_ERROR
