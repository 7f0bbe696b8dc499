"""The command line: the only module that prints, exits or reads argv.

Imports of the analysis are made inside the commands, so that `--help` answers at once.
"""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

import lrdoctor
from lrdoctor.errors import LrdoctorError, UsageError
from lrdoctor.safe import TRACEBACK, clean, internal_error

if TYPE_CHECKING:
    from lrdoctor.diagnosis import Report, Unreadable
    from lrdoctor.report.renderer import Renderer
    from lrdoctor.run import Run

Item = TypeVar("Item")

BROKEN, INTERRUPTED = 2, 130
MANY = 5
COMPLAINTS_SHOWN = 5

# The base of what typer raises for a wrong option.  It has no public name: click's own, or typer's copy of it.
CommandLineError: type[Exception] = typer.BadParameter.mro()[2]

# "\\b" keeps typer from filling the lines of a paragraph.
EXAMPLES = """\b
Examples:
  lrdoctor diagnose runs/
  lrdoctor diagnose logs/metrics.csv -o report.html -o report.json
  lrdoctor sweep runs/lr_*
  lrdoctor diagnose runs/ --quiet --fail-on divergent,too-slow

\b
Exit codes:
  0  nothing that --fail-on names was found
  1  a run has a verdict or finding that --fail-on names
  2  wrong usage, or not one run could be analysed
"""

SWEEP_EXAMPLES = """\b
Examples:
  lrdoctor sweep runs/
  lrdoctor sweep runs/lr_* -o sweep.html -o sweep.json
  lrdoctor sweep a/ b/ --together
"""

app = typer.Typer(
    name="lrdoctor",
    help="Was the learning rate right, and what should it be next time? Answers from training logs.",
    epilog=EXAMPLES,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

# Hidden from the list of arguments, where typer would show its Python type; the commands' first lines explain it.
PATHS = Annotated[list[str], typer.Argument(metavar="PATH", hidden=True)]
OUTPUT = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the report here; .html, .json or .txt says how. May be repeated. "
        "Nothing is then printed, unless --format asks for it.",
    ),
]
FORMAT = Annotated[
    str | None, typer.Option("--format", metavar="FORMAT", help="Print the report as text (default), json or html.")
]
POSTERIOR = Annotated[str | None, typer.Option(metavar="FILE", help="Other fitted tables than those shipped.")]
LOSS = Annotated[str | None, typer.Option(metavar="NAME", help="The series that is the training loss.")]
LR = Annotated[str | None, typer.Option(metavar="NAME", help="The series that is the learning rate.")]
VAL = Annotated[str | None, typer.Option(metavar="NAME", help="The series that is the validation loss.")]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, summaries and warnings on standard error.")]


def show_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        print_out(f"lrdoctor {lrdoctor.__version__}\n")
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
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(BROKEN)


@app.command(epilog=EXAMPLES)
def diagnose(
    paths: PATHS,
    output: OUTPUT = None,
    format_: FORMAT = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIST",
            help="End with exit code 1 where a run has one of these: verdicts (too-slow, well-tuned, too-high, "
            "divergent, inconclusive), unreadable, or findings by code or name. Separated by commas.",
        ),
    ] = None,
    posterior: POSTERIOR = None,
    loss: LOSS = None,
    lr: LR = None,
    val: VAL = None,
    quiet: QUIET = False,
) -> None:
    """Judge the learning rate of each run and say what to use next.

    PATH is a file, a folder or a glob of logs that TensorBoard, W&B or a CSV logger wrote.
    Runs among them that differ in LR alone are judged together as a sweep too.
    """
    from lrdoctor import gate
    from lrdoctor.batch import Choice, judge
    from lrdoctor.findings import FINDINGS

    targets, printed = outputs(output, format_)
    words = gate.parse(fail_on or (), gate.known_words((rule.code, rule.name) for rule in FINDINGS))
    report = judge(paths, Choice(posterior, loss, lr, val), partial(watched, label="diagnosing", quiet=quiet))
    if not report.diagnoses:
        deliver(report, targets, printed if printed is not None and printed.name != "text" else None, quiet=True)
        raise typer.Exit(complain_nothing(report.unreadable, paths))
    deliver(report, targets, printed, quiet=quiet)
    if not quiet:
        warn_unreadable(report.unreadable)
        for line in gate.matches(report, words):
            print_error(f"lrdoctor: --fail-on: {line}")
    raise typer.Exit(gate.exit_code(report, words))


@app.command(epilog=SWEEP_EXAMPLES)
def sweep(
    paths: PATHS,
    output: OUTPUT = None,
    format_: FORMAT = None,
    together: Annotated[
        bool, typer.Option("--together", help="Judge all runs as one sweep, whatever else differs among them.")
    ] = False,
    posterior: POSTERIOR = None,
    loss: LOSS = None,
    lr: LR = None,
    val: VAL = None,
    quiet: QUIET = False,
) -> None:
    """Judge runs that differ in learning rate together.

    Which was best, where the good learning rates lie, and what to run next.

    PATH is a file, a folder or a glob of logs. Runs whose other settings differ are kept apart as sweeps of their own.
    """
    from lrdoctor.batch import Choice, judge, no_sweep

    targets, printed = outputs(output, format_)
    chosen = Choice(posterior, loss, lr, val)
    watch = partial(watched, label="diagnosing", quiet=quiet)
    report = judge(paths, chosen, watch, claimed=True, together=together)
    if not report.diagnoses:
        raise typer.Exit(complain_nothing(report.unreadable, paths))
    if not report.sweeps:
        raise UsageError(no_sweep(report))
    deliver(report, targets, printed, quiet=quiet)
    if not quiet:
        warn_unreadable(report.unreadable)


@app.command()
def inspect(
    paths: PATHS,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    loss: LOSS = None,
    lr: LR = None,
    val: VAL = None,
) -> None:
    """Show what is read from each log and what is taken for what.

    PATH is a file, a folder or a glob of logs that TensorBoard, W&B or a CSV logger wrote.
    """
    from lrdoctor.batch import each_run
    from lrdoctor.configuration import learning_rate
    from lrdoctor.quality import assess
    from lrdoctor.report import inspection
    from lrdoctor.vocabulary import assign_roles

    formats = {"text": inspection.as_text, "json": inspection.as_json}
    if format_ not in formats:
        raise UsageError(f"unknown format {format_!r}: inspect knows {', '.join(formats)}")

    def understood(run: "Run") -> inspection.Inspected:
        roles = assign_roles(run, loss=loss, lr=lr, val=val)
        return inspection.Inspected(run, roles, *learning_rate(run, roles), assess(run, roles).refusal)

    runs, unreadable = each_run(paths, understood)
    if runs or format_ == "json":
        print_out(formats[format_](runs, unreadable))
    if not runs:
        raise typer.Exit(complain_nothing(unreadable, paths))
    warn_unreadable(unreadable)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="[CODE]", hidden=True)] = "",
) -> None:
    """List the findings, or print what one means.

    CODE is a finding's code or name, such as LR101 or diverged-non-finite.
    """
    from lrdoctor.report.explanation import explained, listed

    print_out(explained(code) if code else listed())


def watched(items: "Sequence[Item]", label: str, *, quiet: bool) -> "Iterator[Item]":
    """The items, with a bar on standard error where somebody watches and there is something to wait for."""
    if quiet or len(items) < MANY or sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    with typer.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


def outputs(names: Sequence[str] | None, printed: str | None) -> "tuple[list[tuple[Path, Renderer]], Renderer | None]":
    """The files to write, and the format to print: text where nothing else was asked for."""
    from lrdoctor.report import renderer

    targets = [target(name) for name in names or ()]
    return targets, renderer(printed or "text") if printed or not targets else None


def target(name: str) -> "tuple[Path, Renderer]":
    """Where to write and in which format; raises `LrdoctorError` before any work where that cannot be."""
    from lrdoctor.atomic import check_target
    from lrdoctor.report import RENDERERS

    path = Path(name)
    for known in RENDERERS:
        if path.suffix.lower() in known.suffixes:
            check_target(path)
            return path, known
    suffixes = ", ".join(known.suffixes[0] for known in RENDERERS)
    raise UsageError(f"the name of {name} does not say which format to write: end it in {suffixes}")


def deliver(
    report: "Report", targets: "Sequence[tuple[Path, Renderer]]", printed: "Renderer | None", *, quiet: bool
) -> None:
    """Write the report everywhere it was asked for: every format is made before the first file is touched."""
    from lrdoctor.atomic import write
    from lrdoctor.report.numbers import count, size
    from lrdoctor.report.words import tally

    def text(known: "Renderer") -> str:
        if known.watched is None:
            return known.render(report)
        return known.watched(report, lambda runs: watched(runs, f"drawing {known.name}", quiet=quiet))

    made = [(path, text(known)) for path, known in targets]
    shown = None if printed is None else text(printed)
    for path, content in made:
        written = size(write(path, content))
        if not quiet:
            runs = count(len(report.diagnoses), "run")
            print_error(f"lrdoctor: wrote {path} ({written}; {runs}: {tally(report.diagnoses)})")
    # Last: a reader that has gone away (`| head`) must not cost the files.
    if shown is not None:
        print_out(shown)


def complain_nothing(unreadable: "Sequence[Unreadable]", paths: Sequence[str]) -> int:
    """Say why nothing could be analysed; the exit code for it.  One reason for all runs is said once."""
    reasons = list(dict.fromkeys(entry.reason for entry in unreadable))
    if len(reasons) == 1 and len(unreadable) > 1:
        print_error(f"lrdoctor: error: {reasons[0]} (the same for {len(unreadable)} logs)")
    elif unreadable:
        complain("error", unreadable)
    else:
        print_error(f"lrdoctor: error: {', '.join(paths)}: no log was found: name a log file or a folder of them")
    return BROKEN


def warn_unreadable(unreadable: "Sequence[Unreadable]") -> None:
    """Say which paths could not be analysed."""
    complain("warning", unreadable)


def complain(level: str, unreadable: "Sequence[Unreadable]") -> None:
    """One line a path, the first few."""
    for entry in unreadable[:COMPLAINTS_SHOWN]:
        text = entry.reason if entry.path in entry.reason else f"{entry.path}: {entry.reason}"
        print_error(f"lrdoctor: {level}: {text}")
    if len(unreadable) > COMPLAINTS_SHOWN:
        print_error(f"lrdoctor: {level}: and {len(unreadable) - COMPLAINTS_SHOWN:,} more that could not be analysed")


def print_out(text: str) -> None:
    """Text to standard output; a reader that has gone away (`| head`) is no error."""
    try:
        if sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would be written, and fail, when the interpreter ends.
        sys.stdout = None


def print_error(line: str) -> None:
    """A line to standard error, with nothing in it that could repaint the terminal."""
    if sys.stderr is not None:
        print(clean(line), file=sys.stderr)


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
        code = app(args=arguments, prog_name="lrdoctor", standalone_mode=False)
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
