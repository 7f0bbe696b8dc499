"""What a gate found: which runs, sweeps and paths fail what the user asked for, and what it left aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """What a failure is about."""

    RUN = "run"
    SWEEP = "sweep"
    REPLAY = "replay"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Failure:
    """One run, sweep or path that fails.

    Args:
        subject: what `index` counts.
        index: the position among the report's `diagnoses`, `sweeps`, `replays` or `unreadable`.
        matched: the words of `--fail-on` that it matched, such as `too-high>=80%`, `LR102`.
        message: what was found, one line.
    """

    subject: Subject
    index: int
    matched: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Gate:
    """The outcome of a gate.

    Args:
        asked: what fails, as it was asked for: `divergent, too-high>=80%`.
        failures: in the order of the report.
        ignored: what would have failed but for a reason that was given, one line each.
        known: what the baseline has already, one line each.
        warnings: what the user should mend in what was asked for, one line each: an ignore that no longer applies.
        exit_zero: whether failures leave the exit code at 0.
    """

    asked: str
    failures: Sequence[Failure] = ()
    ignored: Sequence[str] = ()
    known: Sequence[str] = ()
    warnings: Sequence[str] = ()
    exit_zero: bool = False
