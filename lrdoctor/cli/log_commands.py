"""The commands that read finished logs: diagnose, sweep, inspect, formats, explain."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from lrdoctor.cli.app import app
from lrdoctor.cli.conclusion import Wishes, conclude, configuration, what_fails
from lrdoctor.cli.config import Config
from lrdoctor.cli.help import DIAGNOSE, EXPLAIN, FORMATS, INSPECT, SWEEP
from lrdoctor.cli.options import (
    BASELINE,
    CONFIG,
    DEFAULT_MAX_BYTES,
    EXAMPLES,
    EXIT_ZERO,
    FAIL_ON,
    FORMAT,
    LOSS,
    LR,
    MAX_BYTES,
    NEXT_BATCH,
    NEXT_STEPS,
    NO_CONFIG,
    NO_CURVES,
    NO_GITHUB,
    OUTPUT,
    PATHS,
    POSTERIOR,
    QUIET,
    SWEEP_EXAMPLES,
    VAL,
    VERBOSE,
    size_in_bytes,
)
from lrdoctor.cli.output import complain_nothing, complain_of, outputs, watched
from lrdoctor.cli.standard_input import standard_input
from lrdoctor.cli.streams import print_out
from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lrdoctor.batch import Choice
    from lrdoctor.records.roles import Roles
    from lrdoctor.records.run import Run
    from lrdoctor.report.renderer import Renderer


@app.command(epilog=EXAMPLES, help=DIAGNOSE)
def diagnose(
    paths: PATHS,
    output: OUTPUT = None,
    format_: FORMAT = None,
    fail_on: FAIL_ON = None,
    baseline: BASELINE = None,
    exit_zero: EXIT_ZERO = False,
    posterior: POSTERIOR = None,
    loss: LOSS = None,
    lr: LR = None,
    val: VAL = None,
    next_steps: NEXT_STEPS = None,
    next_batch: NEXT_BATCH = None,
    max_bytes: MAX_BYTES = DEFAULT_MAX_BYTES,
    config: CONFIG = None,
    no_config: NO_CONFIG = False,
    no_curves: NO_CURVES = False,
    no_github: NO_GITHUB = False,
    verbose: VERBOSE = False,
    quiet: QUIET = False,
) -> None:
    """The command whose help is `DIAGNOSE`."""
    from lrdoctor.batch import judge

    found = configuration(config, ignored=no_config)
    targets, printed = outputs(output if output or format_ else list(found.output), format_)
    series = {"loss": loss, "lr": lr, "val": val}
    chosen = _choice(found, targets, paths, series, posterior, max_bytes, (next_steps, next_batch))
    asked = what_fails(found, fail_on, baseline, chosen, exit_zero=exit_zero)
    wishes = Wishes(asked, targets, printed, not no_curves, verbose, not no_github, quiet)
    report = judge(paths, chosen, partial(watched, label="diagnosing", quiet=quiet))
    raise typer.Exit(conclude(report, wishes, paths))


@app.command(epilog=SWEEP_EXAMPLES, help=SWEEP)
def sweep(
    paths: PATHS,
    output: OUTPUT = None,
    format_: FORMAT = None,
    fail_on: FAIL_ON = None,
    baseline: BASELINE = None,
    exit_zero: EXIT_ZERO = False,
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
    config: CONFIG = None,
    no_config: NO_CONFIG = False,
    no_curves: NO_CURVES = False,
    no_github: NO_GITHUB = False,
    verbose: VERBOSE = False,
    quiet: QUIET = False,
) -> None:
    """The command whose help is `SWEEP`."""
    from lrdoctor.batch import judge
    from lrdoctor.report.wording.sweep import no_sweep

    found = configuration(config, ignored=no_config)
    targets, printed = outputs(output if output or format_ else list(found.output), format_)
    series = {"loss": loss, "lr": lr, "val": val}
    chosen = _choice(found, targets, paths, series, posterior, max_bytes, (next_steps, next_batch))
    asked = what_fails(found, fail_on, baseline, chosen, exit_zero=exit_zero)
    wishes = Wishes(asked, targets, printed, not no_curves, verbose, not no_github, quiet)
    watch = partial(watched, label="diagnosing", quiet=quiet)
    report = judge(paths, chosen, watch, assume_sweep=True, ignore_other_settings=together)
    if not report.diagnoses:
        raise typer.Exit(complain_nothing(report.unreadable, paths))
    if not report.sweeps:
        raise UsageError(no_sweep(report))
    raise typer.Exit(conclude(report, wishes, paths))


def _choice(
    config: Config,
    targets: "Sequence[tuple[Path, Renderer]]",
    paths: "list[str]",
    series: "Mapping[str, str | None]",
    posterior: str | None,
    max_bytes: str,
    next_run: tuple[int | None, int | None],
) -> "Choice":
    """What options and configuration say of reading; an option comes before any line of the configuration."""
    from lrdoctor.batch import Choice
    from lrdoctor.inference.transfer import next_run_of

    unnamed = [part for part, name in series.items() if name is None]
    overrides = ((config.glob(p), {k: its[k] for k in unnamed if k in its}) for p, its, _ in config.overrides)
    named = {part: series[part] or config.series.get(part) for part in ("loss", "lr", "val")}
    return Choice(
        posterior=posterior,
        **named,
        max_bytes=size_in_bytes(max_bytes, "--max-bytes"),
        outputs=tuple(path for path, _ in targets),
        next_run=next_run_of(*next_run),
        stdin=standard_input(paths),
        overrides=tuple(overrides),
    )


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
    from lrdoctor.batch import Choice, each_of, loaded_for
    from lrdoctor.cli import exit_code
    from lrdoctor.measurement.log_quality import assess
    from lrdoctor.report import inspection
    from lrdoctor.vocabulary.settings import learning_rate

    chosen = Choice(None, loss, lr, val, size_in_bytes(max_bytes, "--max-bytes"), stdin=standard_input(paths))
    formats = {"text": inspection.as_text, "json": inspection.as_json}
    if format_ not in formats:
        raise UsageError(f"unknown format {format_!r}: inspect knows {', '.join(formats)}")

    def understood(run: "Run", roles: "Roles") -> inspection.Inspected:
        quality = assess(run, roles)
        return inspection.Inspected(run, roles, *learning_rate(run, roles), quality.refusal, quality.caveats)

    loaded = loaded_for(paths, chosen, inspection.PASSED_LISTED if format_ == "json" else inspection.PASSED_SHOWN)
    runs, unreadable = each_of(loaded, understood, chosen)
    if runs or loaded.passed or format_ == "json":
        print_out(formats[format_](runs, unreadable, inspection.Passed(loaded.passed, loaded.passed_in_all)))
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
