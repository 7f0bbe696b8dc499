"""Why this verdict: the strongest reasons, as sentences."""

from dataclasses import dataclass

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.report.wording.run import reason


@dataclass(frozen=True)
class Reason:
    """One reason.

    Args:
        text: a sentence.
        sign: the name of what was measured, or a finding's code.
        steps: where it can be seen on the run's steps; None where nowhere.
        value: what was measured.
    """

    text: str
    sign: str = ""
    steps: tuple[float, float] | None = None
    value: float | None = None


def reasons(diagnosis: Diagnosis, most: int = 3) -> tuple[Reason, ...]:
    """At most `most` reasons, the strongest first."""
    return tuple(Reason(part) for part in [reason(diagnosis)] if part)[:most]
