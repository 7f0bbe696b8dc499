"""How a command ends: the gate, the report, what failed, the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lrdoctor.cli.config import Config, find
from lrdoctor.cli.github import in_actions, tell
from lrdoctor.cli.output import complain_nothing, complain_of, deliver
from lrdoctor.cli.provenance import provenance
from lrdoctor.cli.streams import print_error
from lrdoctor.errors import UsageError

if TYPE_CHECKING:
    from lrdoctor.batch import Choice
    from lrdoctor.gate.baseline import Baseline
    from lrdoctor.gate.judge import Asked
    from lrdoctor.records.report import Report
    from lrdoctor.report.renderer import Renderer


@dataclass(frozen=True)
class Wishes:
    """What the options say of the end.

    Args:
        asked: what fails.
        targets: files to write, each with its format.
        printed: the format to print, or None.
        curves: whether JSON holds the points of curves.
        verbose: whether text holds everything of every run.
        github: whether GitHub Actions are told.
        quiet: whether standard error holds only errors and reasons to fail.
    """

    asked: "Asked"
    targets: "Sequence[tuple[Path, Renderer]]"
    printed: "Renderer | None"
    curves: bool = True
    verbose: bool = False
    github: bool = True
    quiet: bool = False


def configuration(name: str | None, *, ignored: bool) -> Config:
    """The project's configuration; `ignored`: none, whatever is there.

    Raises:
        UsageError: it cannot be read, or says what is not understood; or it was named and is to be ignored.
    """
    if ignored:
        if name is not None:
            raise UsageError("--config and --no-config: choose one")
        return Config()
    try:
        return find(name, Path.cwd())
    except FileNotFoundError:  # the working folder was deleted
        return Config()


def what_fails(
    config: Config, fail_on: Sequence[str] | None, baseline: str | None, chosen: "Choice", *, exit_zero: bool
) -> "Asked":
    """What fails, by options and configuration; the logs of a baseline are read as `chosen` for the others.

    Raises:
        UsageError: a word is unknown, or the baseline is none.
    """
    from lrdoctor.findings import FINDINGS

    asked = config.asked(fail_on, [(rule.code, rule.name) for rule in FINDINGS], exit_zero=exit_zero)
    place = baseline if baseline is not None else config.baseline
    return replace(asked, baseline=_baseline(place, chosen)) if place else asked


def _baseline(place: str, chosen: "Choice") -> "Baseline":
    """What an earlier report or the runs of a log have.

    Raises:
        UsageError: there is neither.
    """
    from lrdoctor.batch import judge
    from lrdoctor.gate.baseline import of_report_now
    from lrdoctor.gate.earlier import is_report, of_report

    if is_report(Path(place)):
        return of_report(Path(place))
    report = judge([place], replace(chosen, stdin=None))
    if not report.diagnoses:
        why = report.unreadable[0].reason if report.unreadable else "there is no log"
        raise UsageError(f"--baseline {place}: {why}; name an earlier JSON report, or a run")
    return of_report_now(report)


def conclude(report: "Report", wishes: Wishes, paths: Sequence[str]) -> int:
    """Judge, deliver, say what failed; the exit code."""
    from lrdoctor.cli import exit_code
    from lrdoctor.gate.judge import judge
    from lrdoctor.gate.subjects import tally

    gate = judge(report, wishes.asked)
    gated = gate if gate.asked or gate.warnings else None
    report = replace(report, gate=gated, provenance=provenance(paths))
    nothing = not report.diagnoses and not report.replays
    printed = wishes.printed if not nothing or (wishes.printed and wishes.printed.name != "text") else None
    deliver(
        report,
        wishes.targets,
        printed,
        quiet=wishes.quiet or nothing,
        curves=wishes.curves,
        verbose=wishes.verbose,
    )
    if wishes.github and in_actions():
        tell(report)
    if nothing:
        return complain_nothing(report.unreadable, paths)
    complain_of(report.unreadable, quiet=wishes.quiet)
    code = exit_code.exit_code(report)
    if gated is not None:
        for line in gated.warnings:
            print_error(f"lrdoctor: warning: {line}")
        for failure in gated.failures:
            print_error(f"lrdoctor: --fail-on: {failure.message}")
        if not wishes.quiet:
            left = [
                f"{len(lines)} {what}" for lines, what in ((gated.ignored, "ignored"), (gated.known, "known")) if lines
            ]
            print_error(f"lrdoctor: {_failing(len(gated.failures), *left)}; {tally(report)}")
    return code


def _failing(failures: int, *more: str) -> str:
    return ", ".join((f"{failures or 'none'} failed", *more))
