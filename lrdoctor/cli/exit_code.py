"""Report -> exit code, and nothing else."""

from collections.abc import Iterable

from lrdoctor.cli.codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FAILED
from lrdoctor.records.report import Report
from lrdoctor.records.unreadable import Unreadable


def exit_code(report: Report) -> int:
    """0, 1 or 2; that something named could not be analysed outranks what was asked to fail."""
    code = exit_code_of_reading(len(report.diagnoses) + len(report.replays), report.unreadable)
    fails = report.gate is not None and bool(report.gate.failures) and not report.gate.exit_zero
    return EXIT_FAILED if code == EXIT_CLEAN and fails else code


def exit_code_of_reading(runs: int, unreadable: Iterable[Unreadable]) -> int:
    """0, or 2 where there is no run, or something that the user named could not be had."""
    return EXIT_ERROR if not runs or any(one.named for one in unreadable) else EXIT_CLEAN
