"""The command that reruns a recipe."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrdoctor.cli.app import app
from lrdoctor.cli.conclusion import Wishes, conclude, configuration, what_fails
from lrdoctor.cli.help import REPLAY
from lrdoctor.cli.options import (
    BASELINE,
    CONFIG,
    EXIT_ZERO,
    FAIL_ON,
    FORMAT,
    LOSS,
    NO_CONFIG,
    NO_CURVES,
    NO_GITHUB,
    OUTPUT,
    QUIET,
    REPLAY_EXAMPLES,
    VAL,
    size_in_bytes,
)
from lrdoctor.cli.output import outputs
from lrdoctor.cli.replay_of_command import Given, check_given, rerun_command
from lrdoctor.cli.streams import print_error
from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrdoctor.records.replay import Replay
    from lrdoctor.records.run import Run

EXAMPLE_FILE = "replay_recipe.py"


@app.command(epilog=REPLAY_EXAMPLES, help=REPLAY)
def replay(
    target: Annotated[str, typer.Argument(metavar="RECIPE", hidden=True)] = "",
    arguments: Annotated[list[str] | None, typer.Argument(metavar="-- ARGUMENTS", hidden=True)] = None,
    init: Annotated[
        bool, typer.Option("--init", help=f"Write {EXAMPLE_FILE} (or RECIPE), a commented example, and end.")
    ] = False,
    log: Annotated[
        str | None, typer.Option(metavar="PATH", help="The log of a run of it: the replay begins from what it says.")
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Instead of RECIPE: run this, whatever it is written in, and read what it logs. {lr}, {steps}, {seed} "
            "and {dir}, a folder of its own to log into, are filled in; no shell runs it.",
        ),
    ] = None,
    lr: Annotated[float | None, typer.Option(metavar="LR", help="Of --command: the learning rate used now.")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Of --command: the real run's length.")] = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of --command, such as Adam: where to begin.")
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Of --command: seeds that every LR is run with.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help="Of --command: reruns at once. Default: as many as cores.")
    ] = None,
    give_up: Annotated[
        bool,
        typer.Option(
            "--give-up/--to-the-end", help="Of --command: end reruns that cannot catch up any more.", show_default=False
        ),
    ] = True,
    loss: LOSS = None,
    val: VAL = None,
    max_steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Training steps in all. Default: 1000, at most the run's length (with --command 3000); with "
            "--max-seconds as many as it lasts for.",
        ),
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(metavar="S", help="End after so many seconds with what is known.")
    ] = None,
    max_memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Use no more memory than this, such as 4GB.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(metavar="NAME", help="cpu, cuda, cuda:1 or mps. Default: the best there is.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of data orders and random numbers.")] = 0,
    lowest: Annotated[float, typer.Option(metavar="LR", help="Where the range test begins.")] = 1e-10,
    highest: Annotated[float, typer.Option(metavar="LR", help="Where it ends.")] = 10.0,
    ramp: Annotated[str, typer.Option(metavar="SCALE", help="The range test's scale: exponential or linear.")] = (
        "exponential"
    ),
    together: Annotated[
        bool | None,
        typer.Option(
            "--together/--one-by-one",
            help="Train reruns at once, or not. Default: at once on a GPU where that is valid and faster.",
            show_default=False,
        ),
    ] = None,
    output: OUTPUT = None,
    format_: FORMAT = None,
    fail_on: FAIL_ON = None,
    baseline: BASELINE = None,
    exit_zero: EXIT_ZERO = False,
    config: CONFIG = None,
    no_config: NO_CONFIG = False,
    no_curves: NO_CURVES = False,
    no_github: NO_GITHUB = False,
    quiet: QUIET = False,
) -> None:
    """The command whose help is `REPLAY`."""
    if init:
        write_example(Path(target or EXAMPLE_FILE))
        return
    given = Given(command, lr, steps, optimizer, seeds, jobs, give_up, loss, val)
    check_given(given, target, device, max_memory, together)
    if not target and command is None:
        raise UsageError("name a recipe, such as train.py:recipe; `lrdoctor replay --init` writes one to begin with")
    check_working_folder()
    targets, printed = outputs(output, format_)
    from lrdoctor.batch import Choice

    memory = None if max_memory is None else size_in_bytes(max_memory, "--max-memory")
    files = [path for path, _ in targets]
    found = configuration(config, ignored=no_config)
    asked = what_fails(found, fail_on, baseline, Choice(outputs=tuple(files)), exit_zero=exit_zero)
    run = None if log is None else logged(log, files)
    from lrdoctor.cli.replay_progress import Progress
    from lrdoctor.records.report import Report

    shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
    if command is not None:
        with Progress(visible=shown) as progress:
            outcome = rerun_command(given, run, seed, max_steps, max_seconds, progress.show)
    else:
        outcome = rerun_recipe(
            target,
            arguments or (),
            files,
            visible=shown,
            log=run,
            max_steps=max_steps,
            max_seconds=max_seconds,
            max_memory=memory,
            device=device,
            seed=seed,
            bounds=(lowest, highest),
            ramp=ramp,
            together=together,
        )
    report = Report((outcome.log,) if outcome.log is not None else (), replays=(outcome,))
    wishes = Wishes(asked, targets, printed, curves=not no_curves, github=not no_github, quiet=quiet)
    raise typer.Exit(conclude(report, wishes, (target,)))


def warn_of_training(target: str) -> None:
    """Say beforehand that a script trains when it is imported: it will, before its first rerun."""
    from lrdoctor.replay.recipe.at_import import trains_at_import
    from lrdoctor.replay.recipe.loading import script_of

    script = script_of(target)
    line = None if script is None else trains_at_import(script)
    if line is not None:
        print_error(
            f"lrdoctor: warning: {script} trains when it is imported (line {line}): put that under "
            '`if __name__ == "__main__":`, or wait for its end'
        )


def rerun_recipe(
    target: str, arguments: "Sequence[str]", files: "Sequence[Path]", *, visible: bool, **options: Any
) -> "Replay":
    """Replay the recipe that `target` names, its script given `arguments`; `options` are `lrdoctor.replay.replay`'s."""
    from lrdoctor.cli.replay_progress import Progress
    from lrdoctor.reading.overwriting import check_outputs
    from lrdoctor.replay import replay as rerun
    from lrdoctor.replay.recipe.loading import load_recipe, loaded_from

    check_outputs(files, loaded_from(target))
    warn_of_training(target)
    recipe, name = load_recipe(target, arguments)
    check_outputs(files, loaded_from(target))
    with Progress(visible=visible) as progress:
        return rerun(recipe, name=name, watch=progress.show, **options)


def check_working_folder() -> None:
    """Check that the working folder was not deleted: torch's libraries would end the program there.

    Raises:
        UsageError: it was.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError("the working folder is no longer there: go to one that is") from error


def logged(path: str, outputs: "Sequence[Path]" = ()) -> "Run":
    """The one run of a log.

    Raises:
        UsageError: there are several, or an output is one of its files.
        UnreadableError: there is none.
    """
    from lrdoctor.reading.fetch.urls import redact_url
    from lrdoctor.reading.load import load, only
    from lrdoctor.reading.overwriting import check_outputs

    loaded = load([path])
    check_outputs(outputs, loaded.inputs)
    runs = only(loaded)
    if len(runs) > 1:
        names = ", ".join(run.name for run in runs[:3])
        raise UsageError(f"--log {redact_url(path)} holds {len(runs)} runs ({names}, ...): name the log of one of them")
    return runs[0]


def write_example(path: Path) -> None:
    """Write the example recipe; an existing file is left alone.

    Raises:
        UsageError: the file exists, or its name does not end in .py.
        UnwritableError: it cannot be written.
    """
    from lrdoctor.cli.files import check_target, write
    from lrdoctor.replay.recipe.example import EXAMPLE

    check_target(path)
    if path.exists():
        raise UsageError(f"{path} exists already: name another file (`lrdoctor replay --init other.py`)")
    if path.suffix != ".py":
        raise UsageError(f"{path} is no name for a Python script: end it in .py")
    write(path, EXAMPLE)
    print_error(f"lrdoctor: wrote {path}: edit it, then run `lrdoctor replay {path}`")
