"""The commands that read finished logs: diagnose, sweep, inspect, formats, explain."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from lrdoctor.cli.app import app
from lrdoctor.cli.help import DIAGNOSE, EXPLAIN, FORMATS, INSPECT, SWEEP
from lrdoctor.cli.options import (
    DEFAULT_MAX_BYTES,
    EXAMPLES,
    FORMAT,
    LOSS,
    LR,
    MAX_BYTES,
    NEXT_BATCH,
    NEXT_STEPS,
    OUTPUT,
    PATHS,
    POSTERIOR,
    QUIET,
    SWEEP_EXAMPLES,
    VAL,
    size_in_bytes,
)
from lrdoctor.cli.output import complain_nothing, complain_of, deliver, outputs, watched
from lrdoctor.cli.streams import print_error, print_out
from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from lrdoctor.records.roles import Roles
    from lrdoctor.records.run import Run


@app.command(epilog=EXAMPLES, help=DIAGNOSE)
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
    next_steps: NEXT_STEPS = None,
    next_batch: NEXT_BATCH = None,
    max_bytes: MAX_BYTES = DEFAULT_MAX_BYTES,
    quiet: QUIET = False,
) -> None:
    """The command whose help is `DIAGNOSE`."""
    from lrdoctor.batch import Choice, judge
    from lrdoctor.cli import exit_code
    from lrdoctor.findings import FINDINGS
    from lrdoctor.inference.transfer import next_run_of

    targets, printed = outputs(output, format_)
    words = exit_code.parse(fail_on or (), exit_code.known_words((rule.code, rule.name) for rule in FINDINGS))
    report = judge(
        paths,
        Choice(
            *(posterior, loss, lr, val, size_in_bytes(max_bytes, "--max-bytes"), tuple(path for path, _ in targets)),
            next_run=next_run_of(next_steps, next_batch),
        ),
        partial(watched, label="diagnosing", quiet=quiet),
    )
    if not report.diagnoses:
        deliver(report, targets, printed if printed is not None and printed.name != "text" else None, quiet=True)
        raise typer.Exit(complain_nothing(report.unreadable, paths))
    deliver(report, targets, printed, quiet=quiet)
    complain_of(report.unreadable, quiet=quiet)
    for line in exit_code.matches(report, words):
        print_error(f"lrdoctor: --fail-on: {line}")
    raise typer.Exit(exit_code.exit_code(report, words))


@app.command(epilog=SWEEP_EXAMPLES, help=SWEEP)
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
    next_steps: NEXT_STEPS = None,
    next_batch: NEXT_BATCH = None,
    max_bytes: MAX_BYTES = DEFAULT_MAX_BYTES,
    quiet: QUIET = False,
) -> None:
    """The command whose help is `SWEEP`."""
    from lrdoctor.batch import Choice, judge
    from lrdoctor.cli import exit_code
    from lrdoctor.inference.transfer import next_run_of
    from lrdoctor.report.wording.sweep import no_sweep

    targets, printed = outputs(output, format_)
    largest = size_in_bytes(max_bytes, "--max-bytes")
    written = tuple(path for path, _ in targets)
    chosen = Choice(posterior, loss, lr, val, largest, written, next_run_of(next_steps, next_batch))
    watch = partial(watched, label="diagnosing", quiet=quiet)
    report = judge(paths, chosen, watch, assume_sweep=True, ignore_other_settings=together)
    if not report.diagnoses:
        raise typer.Exit(complain_nothing(report.unreadable, paths))
    if not report.sweeps:
        raise UsageError(no_sweep(report))
    deliver(report, targets, printed, quiet=quiet)
    complain_of(report.unreadable, quiet=quiet)
    raise typer.Exit(exit_code.exit_code(report, ()))


@app.command(help=INSPECT)
def inspect(
    paths: PATHS,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    loss: LOSS = None,
    lr: LR = None,
    val: VAL = None,
    max_bytes: MAX_BYTES = DEFAULT_MAX_BYTES,
) -> None:
    """The command whose help is `INSPECT`."""
    from lrdoctor.batch import Choice, each_run
    from lrdoctor.cli import exit_code
    from lrdoctor.measurement.log_quality import assess
    from lrdoctor.report import inspection
    from lrdoctor.vocabulary.settings import learning_rate

    chosen = Choice(None, loss, lr, val, size_in_bytes(max_bytes, "--max-bytes"))
    formats = {"text": inspection.as_text, "json": inspection.as_json}
    if format_ not in formats:
        raise UsageError(f"unknown format {format_!r}: inspect knows {', '.join(formats)}")

    def understood(run: "Run", roles: "Roles") -> inspection.Inspected:
        quality = assess(run, roles)
        return inspection.Inspected(run, roles, *learning_rate(run, roles), quality.refusal, quality.caveats)

    runs, unreadable = each_run(paths, understood, chosen)
    if runs or format_ == "json":
        print_out(formats[format_](runs, unreadable))
    if not runs:
        raise typer.Exit(complain_nothing(unreadable, paths))
    complain_of(unreadable, quiet=False)
    raise typer.Exit(exit_code.exit_code_of_reading(len(runs), unreadable))


@app.command(help=FORMATS)
def formats() -> None:
    """The command whose help is `FORMATS`."""
    from lrdoctor.reading.discovery.recognition import known_formats

    print_out("".join(f"{title}\n" for title in sorted(known_formats(), key=str.lower)))


@app.command(help=EXPLAIN)
def explain(
    code: Annotated[str, typer.Argument(metavar="[CODE]", hidden=True)] = "",
) -> None:
    """The command whose help is `EXPLAIN`."""
    from lrdoctor.report.explanation import explained, listed

    print_out(explained(code) if code else listed())
