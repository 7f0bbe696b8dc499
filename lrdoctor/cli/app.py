"""The application and what it does without a command."""

import os
import sys
from typing import Annotated

import typer

from lrdoctor.cli.codes import EXIT_ERROR
from lrdoctor.cli.options import EXAMPLES
from lrdoctor.cli.streams import print_error_as_is, print_out
from lrdoctor.version import __version__

# Colours and frames for a person at a terminal; what is piped into a file or a pager stays plain text.
AT_A_TERMINAL = sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ

app = typer.Typer(
    name="lrdoctor",
    help="Was the learning rate right, and what should it be next time? Answers from training logs.",
    epilog=EXAMPLES,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if AT_A_TERMINAL else None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def show_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        print_out(f"lrdoctor {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Was the learning rate right, and what should it be next time? Answers from training logs."""
    if context.invoked_subcommand is None:
        print_error_as_is(context.get_help() + "\n")
        raise typer.Exit(EXIT_ERROR)
